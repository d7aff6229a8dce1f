"""A run names a data set, a method, a split and a seed of its study, or says what there is."""

from pathlib import Path

import pytest
import torch

from freqbench.config import Config, load_config
from freqbench.device import choose_device, describe_device
from freqbench.errors import FreqbenchError
from freqbench.layout import TABLE_FORMS, Layout
from freqbench.registry import LOSSES, did_you_mean, loss_path
from freqbench.run import Run, first_runs_of, runs_of

SMOKE = load_config(Path(__file__).parents[2] / "config" / "smoke.yaml")


def test_a_trained_run():
    run = Run(SMOKE, "phantom_tissue", "ffl")
    assert not run.is_control
    assert run.data is SMOKE.datasets["phantom_tissue"]
    assert run.settings.loss == "focal_frequency"
    assert run.identity == {"dataset": "phantom_tissue", "method": "ffl", "split": 1, "seed": 0}
    assert run.key == ("phantom_tissue", "ffl", 1, 0)
    assert run.layout == Layout(Path("results/smoke"))


@pytest.mark.parametrize("control", SMOKE.controls)
def test_a_control_is_not_trained(control):
    run = Run(SMOKE, "phantom_tissue", control)
    assert run.is_control
    with pytest.raises(FreqbenchError, match=f"method {control}: is a control"):
        _ = run.settings


@pytest.mark.parametrize(
    ("dataset", "method", "seed", "expected"),
    [
        ("zebrafish", "ffl", 0, "data set zebrafish: .* phantom_tissue, phantom_nuclei"),
        ("phantom_tissue", "lffl", 0, "method lffl: .* input, gaussian, gat_tv, clean, spatial, ffl"),
        ("phantom_tissue", "ffl", 1, r"seed 1: .* ffl has \(0,\)"),
    ],
)
def test_what_the_study_lacks_is_named_with_what_there_is(dataset, method, seed, expected):
    with pytest.raises(FreqbenchError, match=expected):
        Run(SMOKE, dataset, method, seed)


def test_a_control_runs_once_whatever_the_seeds():
    config = SMOKE.model_copy(update={"seeds": (5, 6)})
    assert Run(config, "phantom_tissue", "spatial", 6).seed == 6
    assert Run(config, "phantom_tissue", "input", 0).seed == 0
    with pytest.raises(FreqbenchError, match="seed 5"):
        Run(config, "phantom_tissue", "input", 5)


def repeated(repeats):
    """Return the smoke study with that many splits of its first data set."""
    content = SMOKE.model_dump()
    content["datasets"]["phantom_tissue"]["split"]["repeats"] = repeats
    return Config.model_validate(content)


def test_a_run_is_on_one_of_the_splits_of_its_data_set():
    config = repeated(3)
    assert config.splits_of("phantom_tissue") == (1, 2, 3)
    assert config.splits_of("phantom_nuclei") == (1,)
    assert Run(config, "phantom_tissue", "ffl", split=3).identity["split"] == 3
    for split in (0, -1, 4):
        expected = rf"split {split}: .* phantom_tissue has splits 1 to 3 \(`datasets.phantom_tissue.split.repeats`\)"
        with pytest.raises(FreqbenchError, match=expected):
            Run(config, "phantom_tissue", "ffl", split=split)
    with pytest.raises(FreqbenchError, match=r"split 2: .* phantom_nuclei has split 1 alone"):
        Run(config, "phantom_nuclei", "spatial", split=2)


def test_all_runs_of_a_data_set_and_those_of_its_figure():
    config = repeated(2).model_copy(update={"seeds": (5, 6), "controls": ("input",)})
    keys = [run.key for run in runs_of(config, "phantom_tissue")]
    assert keys[:6] == [
        ("phantom_tissue", "input", 1, 0),
        ("phantom_tissue", "input", 2, 0),
        ("phantom_tissue", "spatial", 1, 5),
        ("phantom_tissue", "spatial", 1, 6),
        ("phantom_tissue", "spatial", 2, 5),
        ("phantom_tissue", "spatial", 2, 6),
    ]
    assert len(keys) == len(set(keys)) == 2 + 6 * 2 * 2
    assert [run.key[1:] for run in first_runs_of(config, "phantom_nuclei")] == [
        ("input", 1, 0),
        ("spatial", 1, 5),
        ("lffl_a1", 1, 5),
    ]


def test_no_two_results_share_a_file():
    layout = Layout.of(SMOKE)
    made = [layout.config, layout.preflight, layout.manifest]
    for dataset in SMOKE.datasets:
        of_data = (layout.images, layout.source, layout.index, layout.exclusions, layout.similarity, layout.statistics)
        made += [path(dataset) for path in (*of_data, layout.noise, layout.noise_points, layout.sensitivity)]
        drawn = (layout.figure, layout.noise_figure, layout.sensitivity_figure, layout.calibration_table)
        made += [path(dataset, suffix) for suffix in ("png", "pdf") for path in drawn]
        for split in (1, 2):
            of_split = (layout.split, layout.audit, layout.mask)
            of_patches = (layout.patch_table, layout.noisy_patches, layout.clean_patches)
            made += [path(dataset, split) for path in (*of_split, *of_patches)]
            made += [layout.audit_figure(dataset, split, suffix) for suffix in ("png", "pdf")]
            for method in SMOKE.method_names:
                made.append(layout.calibration(dataset, method, split))
                for seed in (0, 1):
                    trained = (layout.generator, layout.training_log, layout.training_manifest, layout.restored)
                    measured = (layout.image_metrics, layout.set_metrics)
                    made += [path(dataset, method, split, seed) for path in (*trained, *measured)]
                    made += [layout.training_state(dataset, method, split, seed, mark) for mark in ("a", "b")]
    tables = (layout.table, layout.fov_table, layout.cost_table, layout.leakage_table, layout.nuclei_table)
    made += [table(form) for table in tables for form in TABLE_FORMS]
    assert len(set(made)) == len(made)
    assert all(path.is_relative_to(layout.root) for path in made)


def test_state_of_an_unfinished_training_lies_outside_of_what_a_step_declares():
    layout = Layout.of(SMOKE)
    declared = layout.generator("d", "m", 1, 0).parent
    assert not layout.training_state("d", "m", 1, 0, "f").is_relative_to(declared)


def test_wildcards_pass_through():
    assert Layout(Path("r")).generator("{dataset}", "{method}", "{split}", "{seed}") == Path(
        "r/training/{dataset}/{method}/split{split}_seed{seed}/generator.pt"
    )


def test_a_registered_loss_and_a_dotted_path():
    assert loss_path("focal_frequency") == LOSSES["focal_frequency"]
    assert loss_path("my.package.Loss") == "my.package.Loss"
    with pytest.raises(FreqbenchError, match="loss focal_frequncy: no such loss; did you mean 'focal_frequency'"):
        loss_path("focal_frequncy")
    assert did_you_mean("zzz", LOSSES) == ""


def test_device():
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert describe_device(torch.device("cpu")).startswith("CPU, ")


def test_a_missing_gpu_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(FreqbenchError, match="device: `cuda` is asked for"):
        choose_device("cuda")
