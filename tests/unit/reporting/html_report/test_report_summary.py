"""The summary says what the statistics decide, in the right direction, and nothing that they leave open."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_metrics
from freqbench.layout import Layout
from freqbench.reporting.html_report.page import report_html
from freqbench.reporting.html_report.sources import read_sources
from freqbench.reporting.html_report.statements import Claim, statements_of
from freqbench.reporting.html_report.summary import summarise_study

CONCLUDING = ("fov", "set")


@pytest.fixture
def study(make_study, write_results, finish, means):
    config = make_study(comparison={"significance": 0.01})
    write_results(config, means)
    finish(config)
    return config


def plant(config, changes, dataset="tiny"):
    """Make every test undecided, then change rows: ``{(method, metric, analysis): columns}``."""
    path = Layout.of(config).statistics(dataset)
    table = read_metrics([path])
    trained = table["family_size"] > 0
    table.loc[trained, ["better", "p_holm"]] = ["undecided", 0.4]
    for (method, metric, analysis), columns in changes.items():
        keys = zip(table["method"], table["metric"], table["analysis"], strict=True)
        rows = np.array([key == (method, metric, analysis) for key in keys]) & (table["against"] == "spatial")
        assert rows.sum() == 1
        for name, value in columns.items():
            table.loc[rows, name] = value
    table.to_csv(path, index=False)


def gain(difference, low, high, p_holm=0.0004, better="method"):
    names = ("mean_difference", "ci_low", "ci_high", "p_holm", "better")
    return dict(zip(names, (difference, low, high, p_holm, better), strict=True))


def summary_of(config):
    return summarise_study(read_sources(config)).datasets[0]


def test_a_planted_gain_is_said_with_difference_interval_and_corrected_p(study):
    plant(study, {("ffl", "psnr", "fov"): gain(0.5123, 0.31, 0.72)})
    summary = summary_of(study)
    (statement,) = summary.decided
    assert (statement.method, statement.baseline) == ("FFL", "Spatial only")
    assert statement.better == (
        Claim("PSNR", "PSNR ↑ +0.5123 dB (95 % interval +0.3100 to +0.7200; corrected p = 0.0004)"),
    )
    assert statement.worse == ()
    assert statement.undecided == ("GMSD ↓",)
    assert statement.basis == "3 fields of view, 1 split, 1 seed"
    assert (
        "1 of 4 comparisons with Spatial only is decided: 1 for the other method, 0 for Spatial only; 3 undecided"
        in (summary.sentences[0])
    )


def test_of_a_metric_that_should_be_low_a_negative_difference_is_better(study):
    plant(
        study,
        {
            ("ffl", "gmsd", "fov"): gain(-0.0123, -0.02, -0.005),
            ("lffl_a1", "gmsd", "fov"): gain(0.0123, 0.005, 0.02, better="baseline"),
            ("lffl_a1", "psnr", "fov"): gain(-1.0, -1.2, -0.8, p_holm=1e-9, better="baseline"),
        },
    )
    better, worse = summary_of(study).decided
    assert better.better == (
        Claim("GMSD", "GMSD ↓ -0.01230 (95 % interval -0.02000 to -0.00500; corrected p = 0.0004)"),
    )
    assert better.worse == ()
    assert worse.better == ()
    assert [claim.text.split(" (")[0] for claim in worse.worse] == ["PSNR ↑ -1.0000 dB", "GMSD ↓ +0.01230"]
    assert "corrected p < 0.0001" in worse.worse[0].text
    # the sign is a minus sign on the page, and is escaped once
    shown = report_html(read_sources(study))
    assert "PSNR ↑ −1.0000 dB (95 % interval −1.2000 to −0.8000; corrected p &lt; 0.0001)" in shown


def test_the_headline_names_what_is_decided(study):
    plant(
        study,
        {
            ("ffl", "psnr", "fov"): gain(0.5, 0.4, 0.6),
            ("ffl", "gmsd", "fov"): gain(0.01, 0.005, 0.015, better="baseline"),
        },
    )
    headline = summarise_study(read_sources(study)).headline
    assert headline[1:] == ("tiny: FFL is better than Spatial only in PSNR and worse than Spatial only in GMSD.",)


@pytest.mark.parametrize(("metric", "difference"), [("psnr", -0.5), ("gmsd", 0.01)])
def test_a_verdict_against_its_difference_is_refused(study, metric, difference):
    plant(study, {("ffl", metric, "fov"): gain(difference, difference, difference)})
    with pytest.raises(FreqbenchError, match="contradicts the difference"):
        summary_of(study)


def test_nothing_is_claimed_where_nothing_is_decided(study):
    plant(study, {})
    summary = summary_of(study)
    assert summary.decided == summary.open == ()
    assert summary.sentences[0] == (
        "Over fields of view none of 4 comparisons with Spatial only is decided (3 fields of view, 1 split, 1 seed)."
    )
    words = " ".join((*summary.sentences, *summarise_study(read_sources(study)).headline))
    assert "Undecided does not mean equal" in words
    assert "better" not in words


def test_a_test_over_patches_is_told_and_nothing_is_concluded_from_it(study):
    plant(study, {("ffl", "psnr", "image"): gain(0.5, 0.4, 0.6)})
    summary = summary_of(study)
    assert summary.decided == ()
    assert any("over patches, decides 1 of 4 comparisons" in sentence for sentence in summary.sentences)


def test_an_interval_that_holds_zero_limits_the_claim(study):
    plant(study, {("ffl", "psnr", "fov"): gain(0.5, -0.1, 1.1)})
    assert "the interval holds 0)" in summary_of(study).decided[0].better[0].text


def test_one_field_of_view_allows_no_statement(make_study, write_results, finish, means):
    config = make_study(patches={"test_fovs": 1})
    write_results(config, means, fovs=1)
    finish(config)
    summary = summarise_study(read_sources(config))
    assert summary.headline == (
        "No data set has two test fields of view: whether one method is better than another cannot be said.",
    )
    assert summary.datasets[0].statements == ()
    assert summary.datasets[0].sentences[0].startswith("1 test field of view: no test over fields of view is possible")


def test_one_method_has_nothing_to_be_compared_with(make_study, write_results, finish, means):
    config = make_study(methods=[{"name": "spatial"}])
    write_results(config, {key: value for key, value in means.items() if key[0] not in ("ffl", "lffl_a1")})
    finish(config)
    summary = summarise_study(read_sources(config))
    assert summary.datasets[0].sentences == ("One trained method: there is nothing to compare.",)
    assert "differences" not in report_html(read_sources(config)).split("<main")[0]


def test_without_the_reference_the_best_baseline_is_compared_with(make_study, write_results, finish, means):
    config = make_study(comparison={"reference": "absent", "significance": 0.05})
    write_results(config, means)
    finish(config)
    summary = summary_of(config)
    assert "with the best baseline of each metric" in summary.sentences[0]
    assert {statement.baseline for statement in summary.statements} <= {"FFL", "Spatial only"}


def test_leaking_data_are_called_so_before_any_claim(make_study, write_results, finish, means):
    config = make_study(verdict="leaking")
    write_results(config, means)
    finish(config)
    assert summary_of(config).cautions[0].startswith("Leakage audit: LEAKING: test pixels were seen in training.")


OUTCOMES = st.sampled_from(["method", "baseline", "undecided", "untested"])


@given(outcomes=st.fixed_dictionaries(dict.fromkeys(("psnr", "ssim", "gmsd", "lpips", "fid"), OUTCOMES)))
def test_every_test_stands_in_one_place_and_that_of_its_outcome(finished, outcomes):
    signs = [1 if (name in ("psnr", "ssim")) == (outcome == "method") else -1 for name, outcome in outcomes.items()]
    rows = pd.DataFrame(
        {
            "metric": list(outcomes),
            "method": "ffl",
            "baseline": "spatial",
            "p_holm": [np.nan if outcome == "untested" else 0.001 for outcome in outcomes.values()],
            "better": ["undecided" if outcome == "untested" else outcome for outcome in outcomes.values()],
            "mean_difference": signs,
            "ci_low": 0.05,
            "ci_high": 0.2,
            "fovs": 12,
            "splits": 1,
            "seeds": 3,
        }
    )
    # an FID needs trained networks to have its name
    config = finished.model_copy(update={"feature_networks": "imagenet"})
    (statement,) = statements_of(config, rows)
    groups = (statement.better, statement.worse, statement.undecided, statement.untested)
    counts = [list(outcomes.values()).count(name) for name in ("method", "baseline", "undecided", "untested")]
    assert [len(group) for group in groups] == counts
    assert statement.basis == "12 fields of view, 1 split, 3 seeds"
