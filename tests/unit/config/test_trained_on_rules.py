"""A data set that tests the generators of another: what it inherits, and what its configuration may not say."""

import pytest

from freqbench.config import parse_config
from freqbench.errors import FreqbenchError
from freqbench.listing import trainings_of
from freqbench.run import Run, check_trains, runs_of, trainings_on

PHANTOM = {"kind": "phantom", "fovs": 4, "specimens": 4}


def study(other=None, **parts):
    own = {"source": PHANTOM, "methods": ["spatial", "mae"], "patches": {"size": 64}}
    content = {
        "name": "x",
        "tier": "smoke",
        "datasets": {"aa": own, "ma": {"source": PHANTOM, "trained_on": "aa", "patches": {"size": 16}} | (other or {})},
        "methods": [{"name": "spatial"}, {"name": "mae", "loss": "l1", "weight": 1}, {"name": "fft", "loss": "fft"}],
        "training": {"iterations": 1, "crop": 32},
        "calibration": {"reference": "mae"},
    }
    content["datasets"] |= parts.pop("datasets", {})
    return parse_config(content | parts, "study.yaml")


def test_it_has_the_methods_of_the_other_and_no_trainings():
    config = study()
    assert [method.name for method in config.methods_of("ma")] == ["spatial", "mae"]
    assert config.trained_sets == ("aa",)
    assert trainings_on(config, "ma") == []
    assert [run.method for run in trainings_on(config, "aa")] == ["spatial", "mae"]
    assert trainings_of(config) == 2
    assert [run.dataset for run in runs_of(config, "ma")] == ["ma"] * 5


def test_its_generator_is_the_others():
    run = Run(study(), "ma", "mae")
    assert run.trained.key == ("aa", "mae", 1, 0)
    assert run.trained.trained == run.trained
    with pytest.raises(FreqbenchError, match=r"data set ma: nothing is trained on it .* take aa"):
        check_trains(run.config, "ma")


def test_all_its_fields_may_be_tested():
    split = {"rule": "list", "test": [1, 2, 3, 4]}
    assert study({"split": split}).datasets["ma"].split.train == ()
    with pytest.raises(FreqbenchError, match=r"datasets\.aa: `split`: rule `list` needs both"):
        study(datasets={"aa": {"source": PHANTOM, "split": split}})


CHAIN = {"source": PHANTOM, "trained_on": "ma"}
CASES = {
    "unknown": ({"trained_on": "bb"}, {}, "datasets.ma.trained_on: `bb` is not among `datasets` (aa, ma)"),
    "itself": ({"trained_on": "ma"}, {}, "datasets.ma.trained_on: is the data set itself"),
    "chain": (
        {},
        {"datasets": {"am": CHAIN}},
        "datasets.am.trained_on: nothing is trained on `ma`, which is trained on `aa`; name that one",
    ),
    "another task": ({"task": "deblur"}, {}, "datasets.ma.trained_on: `aa` poses the task denoise, this data set the"),
    "more splits": (
        {"split": {"repeats": 3}},
        {},
        "datasets.ma.trained_on: what is trained on split n of `aa` is tested on split n here, but `split.repeats` is "
        "1 there and 3 here",
    ),
    "another method": ({"methods": ["spatial", "fft"]}, {}, "datasets.ma.methods: `fft` is not trained on `aa`"),
    "exclude": (
        {"split": {"shared_area": "exclude"}},
        {},
        "datasets.ma: `split.shared_area: exclude` would change the training on `aa`",
    ),
    "published": ({"published_as": "fmd_zebrafish"}, {}, "datasets.ma: `published_as` and `trained_on` exclude each"),
    "leakage": (
        {"split": {"shared_area": "as_paper"}},
        {"leakage": [{"leaking": "ma", "free": "aa"}]},
        "leakage.leaking: nothing is trained on it (`trained_on: aa`)",
    ),
}


@pytest.mark.parametrize(("other", "parts", "message"), CASES.values(), ids=CASES)
def test_bad_references_are_one_line(other, parts, message):
    with pytest.raises(FreqbenchError) as caught:
        study(other, **parts)
    assert str(caught.value).startswith(f"study.yaml: {message}")
    assert "\n" not in str(caught.value)
