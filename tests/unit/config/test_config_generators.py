"""Several generators, sweeps and multiples of a weight: which methods a study has, and what each of them sees."""

import pytest

from freqbench.config import parse_config
from freqbench.config.training import CAREGenerator, RRDBGenerator
from freqbench.errors import FreqbenchError
from freqbench.run import Run, runs_of
from freqbench.training.settings import training_settings

GENERATORS = {"rrdb": {"blocks": 2}, "care": {"kind": "care_unet"}}
LFFL = {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": "paper"}
FFL = {"name": "ffl", "loss": "focal_frequency"}
BASE = {
    "name": "tiny",
    "tier": "smoke",
    "datasets": {"tiny": {"source": {"kind": "phantom"}}},
    "methods": [{"name": "spatial"}, FFL, LFFL],
    "training": {"iterations": 1},
}
SEVERAL = BASE | {"generators": GENERATORS}


def names(content):
    return [method.name for method in parse_config(content, "study.yaml").methods]


def test_every_method_is_trained_with_every_generator():
    config = parse_config(SEVERAL, "study.yaml")
    assert names(SEVERAL) == [f"{method}@{name}" for name in GENERATORS for method in ("spatial", "ffl", "lffl_a1")]
    assert {method.generator for method in config.methods[3:]} == {"care"}
    # what the workflow writes for its steps is read as the same study
    assert parse_config(config.model_dump(mode="json"), "config.json") == config


def test_a_method_can_have_one_generator_alone():
    content = SEVERAL | {"methods": [*BASE["methods"], {"name": "laplace", "loss": "laplace", "generator": "care"}]}
    assert [name for name in names(content) if name.startswith("laplace")] == ["laplace@care"]


def test_a_run_sees_its_own_generator_and_its_own_references():
    config = parse_config(SEVERAL, "study.yaml")
    runs = {run.method: run for run in runs_of(config, "tiny")}
    assert runs["ffl@rrdb"].config.network == RRDBGenerator(blocks=2)
    assert runs["ffl@care"].config.network == CAREGenerator(kind="care_unet")
    assert runs["ffl@care"].config.calibration.reference == "lffl_a1@care"
    assert training_settings(runs["ffl@care"])["generator"]["kind"] == "care_unet"
    # seen by one method, the study still holds the others as they are
    again = Run(runs["ffl@care"].config, "tiny", "ffl@rrdb")
    assert (again.config.network, again.config.calibration.reference) == (RRDBGenerator(blocks=2), "lffl_a1@rrdb")
    # a control has no generator: the study has no one of its own
    with pytest.raises(ValueError, match="several generators"):
        _ = runs["input"].config.network


def test_a_study_with_one_generator_is_hashed_as_before():
    config = parse_config(BASE, "study.yaml")
    run = Run(config, "tiny", "ffl")
    assert run.config is config
    keys = {"name", "loss", "options", "weight", "domain"}
    assert set(training_settings(run)["method"]) == keys
    assert training_settings(run)["generator"] == RRDBGenerator().model_dump()


def test_a_sweep_is_a_method_for_each_combination():
    swept = FFL | {"options": {"log_matrix": True}, "sweep": {"alpha": [0.5, 2], "weight": [1, 4]}}
    config = parse_config(BASE | {"methods": [{"name": "spatial"}, swept, LFFL]}, "study.yaml")
    found = {method.name: (method.options, method.weight) for method in config.methods[1:-1]}
    assert found == {
        "ffl_alpha0.5_weight1": ({"log_matrix": True, "alpha": 0.5}, "calibrated"),
        "ffl_alpha0.5_weight4": ({"log_matrix": True, "alpha": 0.5}, {"calibrated": 4.0}),
        "ffl_alpha2_weight1": ({"log_matrix": True, "alpha": 2.0}, "calibrated"),
        "ffl_alpha2_weight4": ({"log_matrix": True, "alpha": 2.0}, {"calibrated": 4.0}),
    }
    assert parse_config(config.model_dump(mode="json"), "config.json") == config


@pytest.mark.parametrize(
    ("weight", "multiples"),
    [("paper", [{"paper": 0.5}, {"paper": 2.0}]), (3.0, [1.5, 6.0]), ({"paper": 2}, [{"paper": 1.0}, {"paper": 4.0}])],
)
def test_a_sweep_over_the_weight_multiplies_it(weight, multiples):
    method = {"name": "lffl", "loss": "log_focal_frequency", "weight": weight, "sweep": {"weight": [0.5, 2]}}
    config = parse_config(BASE | {"methods": [{"name": "spatial"}, method]}, "study.yaml")
    assert [one.weight for one in config.methods[1:]] == multiples


def test_baselines_are_those_of_each_generator():
    config = parse_config(SEVERAL | {"comparison": {"baselines": ["ffl", "spatial"]}}, "study.yaml")
    assert config.baselines_of("tiny") == ("ffl@rrdb", "spatial@rrdb", "ffl@care", "spatial@care")
    chosen = {"tiny": {"source": {"kind": "phantom"}, "methods": ["spatial", "lffl_a1"]}}
    some = parse_config(SEVERAL | {"datasets": chosen}, "study.yaml")
    assert [method.name for method in some.methods_of("tiny")] == [
        *("spatial@rrdb", "lffl_a1@rrdb"),
        *("spatial@care", "lffl_a1@care"),
    ]


def test_multiples_of_one_weight_share_the_measurement_of_the_first():
    methods = [{"name": "spatial"}, LFFL, FFL | {"sweep": {"weight": [0.5, 1, 2]}}, FFL | {"options": {"alpha": 2.0}}]
    config = parse_config(SEVERAL | {"methods": methods}, "study.yaml")
    assert config.measured_for("tiny", "ffl_weight2@care") == "ffl_weight0.5@care"
    assert config.measured_for("tiny", "ffl_weight0.5@rrdb") == "ffl_weight0.5@rrdb"
    assert config.measured_for("tiny", "ffl@care") == "ffl@care"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"generator": {"blocks": 1}}, r"^study.yaml: generator: and `generators` exclude each other"),
        (
            {"methods": [LFFL | {"generator": "n2n"}]},
            r"`generator: n2n` is not among `generators`; there are rrdb, care",
        ),
        ({"generators": None, "methods": [LFFL | {"generator": "care"}]}, "generators"),
        ({"methods": [{"name": "spatial@care"}]}, r"methods: `spatial@care`: what stands after `@`"),
        ({"generators": {"a@b": {}}}, r"generators.a@b: string should match"),
        (
            {"generators": {"a": {"kind": "unet"}}},
            r"generators.a.kind: must be `rrdb`, `care_unet` or `noise2noise_unet`",
        ),
        ({"generators": {"a": {"kind": "care_unet", "blocks": 2}}}, r"generators.a.blocks: unknown key"),
        ({"methods": [FFL | {"name": "f" * 58}]}, r"is longer than 60 characters"),
        ({"methods": [{"name": "spatial"}, FFL]}, r"calibration.reference: `lffl_a1@rrdb` is not among `methods`"),
        (
            {"methods": [{"name": "spatial", "generator": "rrdb"}, LFFL]},
            r"none of spatial, ffl, fsl is among the methods of datasets.tiny \(lffl_a1@care\)",
        ),
        ({"methods": [{"name": "a", "sweep": {"weight": [1, 2]}}]}, "`sweep` without `loss`"),
        ({"methods": [FFL | {"sweep": {"alpha": [1, 1]}}]}, "`alpha` must be a list of different numbers"),
        ({"methods": [FFL | {"sweep": {"alpha": []}}]}, "`alpha` must be a list of different numbers"),
        ({"methods": [FFL | {"sweep": {"weight": [0, 1]}}]}, "`weight` holds multiples, which must be above 0"),
        ({"methods": [FFL | {"weight": {"calibrated": -1}}]}, r"methods.0.weight.calibrated: .*greater than 0"),
        ({"methods": [FFL | {"weight": {"calibrated": 1, "paper": 1}}]}, r"methods.0.weight: .*at most 1 item"),
        ({"methods": [FFL | {"weight": {"paper": 2}}]}, "`weight: paper` exists for log_focal_frequency only"),
    ],
)
def test_what_is_refused(changes, message):
    with pytest.raises(FreqbenchError, match=message) as error:
        parse_config(SEVERAL | changes, "study.yaml")
    assert "\n" not in str(error.value)
