"""The signs of the CARE study's differences beside ours."""

import pandas as pd
import pytest

from freqbench.reporting.care_findings import findings, findings_block, findings_notes

PRINTED_AA = {"fft": 37.982 - 38.779, "bandpass": 38.877 - 38.779}
"""Differences to the Laplace loss of the means that the study prints for PSNR."""


@pytest.fixture
def study(make_study):
    losses = [{"name": name, "loss": name, "weight": 1} for name in ("fft", "bandpass")]
    methods = [{"name": "laplace", "loss": "l1", "weight": 1}, *losses]
    return make_study(
        methods=methods,
        comparison={"baselines": ["laplace"], "reference": "laplace"},
        image_table={"rows": "image", "experiments": {"tiny": "AA"}},
    )


def table(**means):
    rows = [("tiny", "psnr", method, "mean", value) for method, value in means.items()]
    return pd.DataFrame(rows, columns=["dataset", "metric", "method", "quantity", "value"])


def test_the_differences_are_those_of_the_means_and_the_signs_decide(study):
    found = findings(study, table(laplace=30.0, fft=29.0, bandpass=29.5))
    assert [finding.words for finding in found] == ["FFT − Laplace (AA), PSNR", "Band-pass − Laplace (AA), PSNR"]
    assert [finding.printed for finding in found] == pytest.approx([PRINTED_AA["fft"], PRINTED_AA["bandpass"]])
    assert [finding.here for finding in found] == [-1.0, -0.5]
    assert [finding.direction for finding in found] == ["same", "opposite"]


def test_equal_means_have_no_direction(study):
    assert findings(study, table(laplace=30.0, fft=30.0))[0].direction == "none"


def test_the_note_counts(study):
    (note,) = findings_notes(study, table(laplace=30.0, fft=29.0, bandpass=29.5))
    assert "1 of 2 for a loss against the Laplace loss" in note
    assert "other structure" not in note


def test_models_from_the_other_structure_are_compared_with_the_matched_ones(make_study):
    source = {"kind": "phantom", "fovs": 4, "specimens": 4, "captures": 2, "size": 64}
    config = make_study(
        datasets={
            "a": {"source": source, "patches": {"size": 64}},
            "m": {"source": source, "patches": {"size": 64}},
            "ma": {"source": source, "patches": {"size": 64}, "trained_on": "m"},
        },
        methods=[{"name": "laplace", "loss": "l1", "weight": 1}],
        comparison={"baselines": ["laplace"], "reference": "laplace"},
        image_table={"rows": "image", "experiments": {"a": "AA", "m": "MM", "ma": "MA"}},
    )
    means = pd.DataFrame(
        [("a", "psnr", "laplace", "mean", 31.0), ("ma", "psnr", "laplace", "mean", 28.0)],
        columns=["dataset", "metric", "method", "quantity", "value"],
    )
    (found,) = findings(config, means)
    assert found.words == "MA − matched AA (Laplace), PSNR"
    assert found.is_mismatch
    assert found.printed == pytest.approx(34.918 - 38.779)
    assert found.here == -3.0
    assert "1 of 1 for a model from the other structure" in findings_notes(config, means)[0]


def test_a_study_without_these_losses_has_none(study):
    assert findings_block(study, table(laplace=30.0)) is None
    assert findings_notes(study, table(laplace=30.0)) == []
