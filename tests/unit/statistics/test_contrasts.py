"""What is compared with what."""

import pytest
from pydantic import ValidationError

from freqbench.config.evaluation import Comparison
from freqbench.errors import FreqbenchError
from freqbench.statistics.contrasts import best_method, contrasts

MEANS = {"input": 20.0, "clean": 90.0, "spatial": 30.0, "ffl": 31.0, "lffl_a1": 33.0}


def of_kind(found, against):
    return [(method, baseline) for kind, method, baseline in found if kind == against]


def test_the_three_kinds(config):
    found = list(contrasts("psnr", MEANS, config))
    assert of_kind(found, "best_baseline") == [
        ("input", "ffl"),
        ("clean", "ffl"),
        ("spatial", "ffl"),
        ("lffl_a1", "ffl"),
    ]
    assert of_kind(found, "spatial") == [("ffl", "spatial"), ("lffl_a1", "spatial")]
    assert of_kind(found, "pair") == [("ffl", "spatial"), ("lffl_a1", "spatial"), ("lffl_a1", "ffl")]
    assert len(found) == 9


def test_each_metric_has_its_own_best_baseline(config):
    assert {row.baseline for row in contrasts("gmsd", MEANS, config) if row.against == "best_baseline"} == {"spatial"}


@pytest.mark.parametrize("reference", ["lffl_a1", "fsl"])
def test_another_reference_and_one_that_is_not_in_the_study(make_study, reference):
    found = list(contrasts("psnr", MEANS, make_study(comparison={"reference": reference})))
    assert of_kind(found, "spatial") == []
    expected = [("spatial", "lffl_a1"), ("ffl", "lffl_a1")] if reference == "lffl_a1" else []
    assert of_kind(found, reference) == expected
    assert len(of_kind(found, "pair")) == 3


def test_a_reference_cannot_have_the_name_of_a_kind():
    for name in ("pair", "best_baseline"):
        with pytest.raises(ValidationError, match="is a kind of comparison"):
            Comparison(reference=name)


def test_what_was_not_measured_is_not_compared(config):
    found = list(contrasts("psnr", {"spatial": 30.0, "lffl_a1": 33.0}, config))
    assert {row[1:] for row in found} == {("lffl_a1", "spatial")}


def test_best_method_by_direction():
    means = {"a": 2.0, "b": 2.5, "c": float("nan")}
    assert best_method(means, ["c", "a", "b"], "psnr") == "b"
    assert best_method(means, ["c", "a", "b"], "lpips") == "a"
    assert best_method(means, ["a", "not evaluated"], "psnr") == "a"
    assert best_method({"a": 1.0, "b": 1.0}, ["b", "a"], "psnr") == "b"
    assert best_method({"a": float("nan"), "b": float("nan")}, ["b", "a"], "gmsd") == "b"
    with pytest.raises(FreqbenchError, match=r"comparison\.baselines: none of x, y has values of psnr"):
        best_method(means, ["x", "y"], "psnr")


def test_methods_are_compared_with_those_of_the_same_generator(make_study):
    config = make_study(generator=None, generators={"rrdb": {}, "care": {"kind": "care_unet"}})
    means = {"input": 20.0, "clean": 90.0}
    means |= {f"{name}@rrdb": value for name, value in (("spatial", 30.0), ("ffl", 31.0), ("lffl_a1", 33.0))}
    means |= {f"{name}@care": value for name, value in (("spatial", 29.0), ("ffl", 28.0), ("lffl_a1", 27.0))}
    found = list(contrasts("psnr", means, config))
    # the best baseline of each generator is another one; controls have that of all
    assert of_kind(found, "best_baseline") == [
        ("input", "ffl@rrdb"),
        ("clean", "ffl@rrdb"),
        ("spatial@rrdb", "ffl@rrdb"),
        ("lffl_a1@rrdb", "ffl@rrdb"),
        ("ffl@care", "spatial@care"),
        ("lffl_a1@care", "spatial@care"),
    ]
    # the kind has the name of the reference without its generator: one family for all of them
    assert of_kind(found, "spatial") == [
        (f"{name}@{generator}", f"spatial@{generator}") for generator in ("rrdb", "care") for name in ("ffl", "lffl_a1")
    ]
    assert len(of_kind(found, "pair")) == 6
    assert all(one.partition("@")[2] == other.partition("@")[2] for one, other in of_kind(found, "pair"))
