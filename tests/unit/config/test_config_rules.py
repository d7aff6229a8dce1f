"""What the configuration refuses: one line that names the file, the key, and what is allowed."""

import math
from pathlib import Path

import pytest
import yaml

from freqbench.config import CLASSICAL, CONTROLS, load_config, parse_config
from freqbench.errors import FreqbenchError

SMOKE = yaml.safe_load((Path(__file__).parents[3] / "config" / "smoke.yaml").read_text(encoding="utf-8"))


def changed(**parts):
    """Return the smoke study with parts replaced; a mapping is merged with the one that is there."""
    content = SMOKE.copy()
    for name, part in parts.items():
        merge = isinstance(part, dict) and isinstance(content.get(name), dict)
        content[name] = content[name] | part if merge else part
    return content


def dataset(**parts):
    """Return the smoke study with one data set, parts of it replaced."""
    return SMOKE | {"datasets": {"tissue": SMOKE["datasets"]["phantom_tissue"] | parts}}


def without(*keys):
    return {key: value for key, value in SMOKE.items() if key not in keys}


def refused(content, tmp_path) -> str:
    """Return what is said about a wrong file, after its path."""
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    with pytest.raises(FreqbenchError) as caught:
        load_config(path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


LFFL = {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": "paper"}

CASES = {
    "misspelt key": (changed(trainin={}), "trainin: unknown key; did you mean `training`?"),
    "misspelt inner key": (
        changed(training={"batchsize": 4}),
        "training.batchsize: unknown key; did you mean `batch_size`?",
    ),
    "misspelt key in a list": (
        changed(methods=[{"name": "spatial"}, LFFL | {"weigth": 1}]),
        "methods.1.weigth: unknown key; did you mean `weight`?",
    ),
    "misspelt key in a union": (
        dataset(source={"kind": "phantom", "specimn": "nuclei"}),
        "datasets.tissue.source.specimn: unknown key; did you mean `specimen`?",
    ),
    "key of the other source": (
        dataset(source={"kind": "phantom", "folder": "x"}),
        "datasets.tissue.source.folder: unknown key; it belongs to `kind: fmd`",
    ),
    "unknown key unlike any": (
        changed(figures={"zzz": 1}),
        "figures.zzz: unknown key; allowed: regions, region_size",
    ),
    "missing key": (without("training"), "training: this key is required"),
    "missing inner key": (
        dataset(source={}),
        "datasets.tissue.source.kind: this key is required; it is `phantom`, `fmd`, `bbbc006` or `folder`",
    ),
    "missing name of a method": (changed(methods=[{"loss": "l1"}]), "methods.0.name: this key is required"),
    "two keys missing": (without("training", "tier"), "tier: this key is required (and 1 more wrong)"),
    "negative weight": (
        changed(methods=[LFFL | {"weight": -1}, {"name": "spatial"}]),
        "methods.0.weight: input should be greater than or equal to 0 (got -1)",
    ),
    "infinite weight": (
        changed(methods=[LFFL | {"weight": math.inf}, {"name": "spatial"}]),
        "methods.0.weight: input should be a finite number",
    ),
    "weight in words": (
        changed(methods=[LFFL | {"weight": "papre"}, {"name": "spatial"}]),
        "methods.0.weight: ",
    ),
    "negative spatial weight": (
        changed(training={"objective": {"perceptual": -0.5}}),
        "training.objective.perceptual: input should be greater than or equal to 0 (got -0.5)",
    ),
    "infinite learning rate": (
        changed(training={"learning_rate_generator": math.inf}),
        "training.learning_rate_generator: input should be a finite number",
    ),
    "learning rate that is no number": (
        changed(training={"learning_rate_generator": math.nan}),
        "training.learning_rate_generator: ",
    ),
    "beta of 1": (changed(training={"betas": [0.9, 1.0]}), "training.betas.1: input should be less than 1 (got 1.0)"),
    "wrong type": (
        changed(training={"batch_size": "four"}),
        "training.batch_size: input should be a valid integer, unable to parse string as an integer (got 'four')",
    ),
    "list for a mapping": (changed(datasets=[1]), "datasets: must hold keys and values"),
    "mapping for a list": (changed(methods={"name": "spatial"}), "methods: must be a list"),
    "number for a mapping": (changed(training=1), "training: must hold keys and values"),
    "number for a source": (dataset(source=1), "datasets.tissue.source: must hold keys and values"),
    "fraction for a count": (changed(training={"iterations": 2.5}), "training.iterations: "),
    "unknown choice": (changed(tier="large"), "tier: input should be 'smoke', 'mini' or 'paper' (got 'large')"),
    "unknown kind of source": (
        dataset(source={"kind": "web"}),
        "datasets.tissue.source.kind: must be `phantom`, `fmd`, `bbbc006` or `folder`",
    ),
    "unknown kind of generator": (
        SMOKE | {"generator": {"kind": "care"}},
        "generator.kind: must be `rrdb`, `care_unet` or `noise2noise_unet`",
    ),
    "kind of generator that is nothing": (
        SMOKE | {"generator": {"kind": None, "blocks": 2}},
        "generator.kind: must be `rrdb`, `care_unet` or `noise2noise_unet`",
    ),
    "key of another generator": (
        SMOKE | {"generator": {"kind": "care_unet", "blocks": 2}},
        "generator.blocks: unknown key; it belongs to `kind: rrdb`",
    ),
    "key of a generator whose kind is not given": (
        SMOKE | {"generator": {"kernel_size": 3}},
        "generator.kernel_size: unknown key; it belongs to `kind: care_unet`",
    ),
    "key unlike any of the generator's": (
        SMOKE | {"generator": {"kind": "care_unet", "zzz": 1}},
        "generator.zzz: unknown key; allowed: kind, features, depth, kernel_size",
    ),
    "misspelt key of a generator": (
        SMOKE | {"generator": {"kind": "noise2noise_unet", "bais": True}},
        "generator.bais: unknown key; did you mean `bias`?",
    ),
    "misspelt key of a generator whose kind is not given": (
        SMOKE | {"generator": {"block": 2}},
        "generator.block: unknown key; did you mean `blocks`?",
    ),
    "generator by name": (SMOKE | {"generator": "rrdb"}, "generator: must hold keys and values"),
    "even kernel": (
        SMOKE | {"generator": {"kind": "care_unet", "kernel_size": 4}},
        "generator.kernel_size: input should be 3, 5 or 7 (got 4)",
    ),
    "unknown FMD type": (
        dataset(source={"kind": "fmd", "type": "Confocal_fish"}),
        "datasets.tissue.source.type: ",
    ),
    "name that leaves the folder": (changed(name="../x"), "name: string should match pattern"),
    "data set with a slash": (SMOKE | {"datasets": {"a/b": SMOKE["datasets"]["phantom_tissue"]}}, "datasets.a/b"),
    "field on both sides": (
        dataset(split={"rule": "list", "train": [1, 2], "test": [2, 3]}),
        "datasets.tissue.split: field of view 2 is in both `train` and `test`",
    ),
    "no split": (
        dataset(split={"repeats": 0}),
        "datasets.tissue.split.repeats: input should be greater than or equal to 1 (got 0)",
    ),
    "repeats of the authors' split": (
        dataset(split={"rule": "authors", "repeats": 2}),
        "datasets.tissue.split: `repeats: 2` needs a split that is drawn; rule `authors` gives one split only",
    ),
    "repeats of a list": (
        dataset(split={"rule": "list", "train": [1], "test": [2], "repeats": 3}),
        "datasets.tissue.split: `repeats: 3` needs a split that is drawn; rule `list` gives one split only",
    ),
    "list without test": (dataset(split={"rule": "list", "train": [1]}), "datasets.tissue.split: rule `list` needs"),
    "lists without the rule": (
        dataset(split={"train": [1], "test": [2]}),
        "datasets.tissue.split: `train` and `test` belong to rule `list`",
    ),
    "fraction of everything": (
        dataset(split={"train_fraction": 1.0}),
        "datasets.tissue.split.train_fraction: input should be less than 1 (got 1.0)",
    ),
    "more specimens than fields": (
        dataset(source={"kind": "phantom", "specimens": 6, "fovs": 5}),
        "datasets.tissue.source: `specimens`: 6 are more than the 5 `fovs` can show",
    ),
    "field too small to simulate": (
        dataset(source={"kind": "phantom", "size": 63}),
        "datasets.tissue.source.size: input should be greater than or equal to 64 (got 63)",
    ),
    "level that tissue lacks": (dataset(level="defocus"), "datasets.tissue: `level: defocus` is not simulated"),
    "level that FMD lacks": (
        dataset(level="defocus", source={"kind": "fmd", "type": "Confocal_FISH"}),
        "datasets.tissue: `level: defocus` exists only in the nuclei phantom",
    ),
    "level that a phantom lacks": (dataset(level="avg4"), "datasets.tissue: `level: avg4` is not simulated"),
    "repeated method": (
        changed(methods=[{"name": "spatial"}, {"name": "spatial"}]),
        "methods: `spatial` stands there twice",
    ),
    "method named as a control": (
        changed(methods=[{"name": "gaussian"}]),
        "methods.0: `gaussian` is the name of a control",
    ),
    "options without loss": (
        changed(methods=[{"name": "spatial", "options": {"alpha": 1}}]),
        "methods.0: `options` without `loss`",
    ),
    "paper weight of another loss": (
        changed(methods=[{"name": "ffl", "loss": "focal_frequency", "weight": "paper"}]),
        "methods.0: `weight: paper` exists for log_focal_frequency only",
    ),
    "missing calibration reference": (
        changed(methods=[{"name": "spatial"}, {"name": "ffl", "loss": "focal_frequency"}]),
        "calibration.reference: `lffl_a1` is not among `methods` (spatial, ffl), but `ffl` is calibrated against it",
    ),
    "spatial calibration reference": (
        changed(calibration={"reference": "spatial"}),
        "calibration.reference: `spatial` needs a frequency loss with a weight of its own",
    ),
    "calibrated calibration reference": (
        changed(calibration={"reference": "ffl"}),
        "calibration.reference: `ffl` needs a frequency loss with a weight of its own",
    ),
    "no baseline": (
        changed(comparison={"baselines": ["care"]}),
        "comparison.baselines: none of care is among the methods of",
    ),
    "crop larger than patch": (
        changed(training={"crop": 97}),
        "training.crop: 97 is larger than datasets.phantom_tissue.patches.size, 64",
    ),
    "two lengths": (changed(training={"epochs": 1}), "training: give exactly one of `epochs` and `iterations`"),
    "no length": (changed(training={"iterations": None}), "training: give exactly one of"),
    "equal seeds": (changed(seeds=[1, 1]), "seeds: must be different numbers"),
    "negative seed": (changed(seeds=[-1]), "seeds: must be different numbers, none below 0"),
    "no seed": (changed(seeds=[]), "seeds: must not be empty"),
    "no data set": (without("datasets") | {"datasets": {}}, "datasets: must not be empty"),
    "no method": (changed(methods=[]), "methods: must not be empty"),
}


@pytest.mark.parametrize(("content", "expected"), CASES.values(), ids=CASES.keys())
def test_refused_in_one_line_that_names_the_key(tmp_path, content, expected):
    assert refused(content, tmp_path).startswith(expected)


def test_the_only_wrong_entry_of_a_list_is_one_error(tmp_path):
    assert "more wrong" not in refused(changed(methods=[{"name": "gaussian"}]), tmp_path)


def test_crop_of_whole_images_is_not_compared_with_a_size_that_is_not_used():
    content = dataset(patches={"rule": "whole", "size": 16})
    assert parse_config(content, "x").training.crop == 32


def test_lists_of_fields_may_hold_numbers():
    split = (
        parse_config(dataset(split={"rule": "list", "train": [19, "a-1"], "test": [1]}), "x").datasets["tissue"].split
    )
    assert (split.train, split.test) == (("19", "a-1"), ("1",))


def test_a_reference_is_needed_only_where_something_is_calibrated():
    methods = [{"name": "spatial"}, {"name": "ffl", "loss": "focal_frequency", "weight": 20}]
    config = parse_config(dataset() | {"methods": methods}, "x")
    assert not any(method.is_calibrated for method in config.methods)


def test_methods_and_their_seeds():
    config = parse_config(changed(seeds=[3, 4]), "x")
    assert config.method_names[: len(config.controls)] == config.controls
    assert config.seeds_of("spatial") == (3, 4)
    assert {config.seeds_of(control) for control in CONTROLS} == {(0,)}
    assert config.method("ffl").is_calibrated
    assert not config.method("spatial").is_calibrated
    with pytest.raises(KeyError):
        config.method("input")


def test_a_data_set_can_run_some_of_the_methods():
    config = parse_config(dataset(methods=["lffl_a1", "spatial"]), "study.yaml")
    assert [method.name for method in config.methods_of("tissue")] == ["spatial", "lffl_a1"], "in the tables' order"
    assert config.method_names_of("tissue") == (*config.controls, "spatial", "lffl_a1")


def test_the_default_controls_are_three_of_all():
    content = {key: value for key, value in SMOKE.items() if key != "controls"}
    content["datasets"] = {name: {**dataset, "controls": None} for name, dataset in SMOKE["datasets"].items()}
    assert parse_config(content, "x").controls == ("input", "gaussian", "clean")
    assert len(CONTROLS) == 11
    assert set(CONTROLS) - set(CLASSICAL) == {"input", "average16", "clean"}


def test_a_data_set_can_have_some_of_the_controls(tmp_path):
    content = dataset(controls=["clean", "gaussian"])
    config = parse_config(content, "study.yaml")
    assert config.controls_of("tissue") == ("gaussian", "clean"), "in the study's order"
    assert config.method_names_of("tissue")[:3] == ("gaussian", "clean", "spatial")
    message = refused(dataset(controls=["average16"]), tmp_path)
    assert "datasets.tissue.controls: `average16` is not among `controls` (input, " in message
    assert "controls: `input` stands there twice" in refused(changed(controls=["input", "input"]), tmp_path)


def test_a_data_set_runs_no_unknown_method_and_at_least_one_baseline(tmp_path):
    assert "datasets.tissue.methods: `ffll` is not among `methods`" in refused(dataset(methods=["ffll"]), tmp_path)
    message = refused(dataset(methods=["lffl_a1"]), tmp_path)
    assert "none of spatial, ffl, fsl is among the methods of datasets.tissue (lffl_a1)" in message


TISSUE = SMOKE["datasets"]["phantom_tissue"]
AS_PAPER = TISSUE | {"split": TISSUE.get("split", {}) | {"shared_area": "as_paper"}}


@pytest.mark.parametrize(
    ("datasets", "pair", "expected"),
    [
        (
            {"a": AS_PAPER, "b": TISSUE},
            {"leaking": "a", "free": "c"},
            "leakage.free: `c` is not among `datasets` (a, b)",
        ),
        ({"a": TISSUE, "b": TISSUE}, {"leaking": "a", "free": "b"}, "`a` needs `split.shared_area: as_paper`"),
        ({"a": AS_PAPER, "b": AS_PAPER}, {"leaking": "a", "free": "b"}, "and `b` another"),
        (
            {"a": AS_PAPER, "b": TISSUE | {"source": TISSUE["source"] | {"seed": 99}}},
            {"leaking": "a", "free": "b"},
            "`a` and `b` differ in `source`; only their splits may differ",
        ),
    ],
)
def test_a_leakage_comparison_needs_two_splits_of_the_same_images(datasets, pair, expected, tmp_path):
    assert expected in refused(SMOKE | {"datasets": datasets, "leakage": [pair]}, tmp_path)


def test_methods_that_both_data_sets_have_are_compared_for_leakage():
    content = SMOKE | {"datasets": {"a": AS_PAPER | {"methods": ["spatial", "ffl"]}, "b": TISSUE}}
    config = parse_config(content | {"leakage": [{"leaking": "a", "free": "b"}]}, "study")
    assert config.compared_for_leakage(config.leakage[0]) == (*config.controls, "spatial", "ffl")
