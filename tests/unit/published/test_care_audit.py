"""The audit of the CARE study: the known misprints are found, planted ones too, and rounding is not accused."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqbench.published.audit import audit_papers
from freqbench.published.care_study import MEANS, P_VALUES, ROWS

AM_INPUT = "AM PSNR input"


def check(part, item, folder=None):
    return next(each for each in audit_papers(folder).of(part) if each.item == item)


def rows(folder, experiment, metric, *methods):
    table = pd.read_csv(folder / ROWS)
    chosen = table[(table["experiment"] == experiment) & (table["metric"] == metric)]
    wide = chosen.pivot_table(index="image", columns="method", values="value")
    return [wide[method].to_numpy() for method in methods]


def test_the_misprinted_mean_is_found():
    found = check("means", AM_INPUT)
    assert (found.printed, found.recomputed, found.outcome) == ("32.396", "32.29567", "differs")
    assert "the rows of MM PSNR input are the same, and their mean is printed 32.296" in found.note
    assert "one digit apart from 32.296" in found.note


def test_the_p_value_that_does_not_follow_is_found():
    found = check("p-values", "MA PSNR bandpass against laplace")
    assert (found.printed, found.recomputed, found.outcome) == ("0.311", "0.0256", "differs")
    assert found.allowed == "0.0254 to 0.0258"
    assert "MA SSIM bandpass against laplace has the same value" in found.note
    assert "significant at 0.05: bandpass is worse, in the mean by 0.655" in found.note


def test_all_discrepancies_of_the_study():
    differing = [each for each in audit_papers().of("means", "p-values", "inputs") if each.outcome == "differs"]
    assert {each.item: each.printed for each in differing} == {
        AM_INPUT: "32.396",
        "AA SSIM fft against laplace": "0.201",
        "AA SSIM bandpass against laplace": "0.710",
        "MA PSNR bandpass against laplace": "0.311",
    }
    assert sum("perhaps interchanged" in each.note for each in differing) == 2


def test_every_printed_value_is_listed():
    audit = audit_papers()
    assert len(audit.of("means")) == 48
    assert len(audit.of("p-values")) == 16
    assert audit.counts == {
        "agrees": 35,
        "agrees within rounding": 9,
        "agrees by another reading": 0,
        "differs": 4,
        "not checkable": 28,
    }


def test_recomputed_values_are_those_of_numpy_and_scipy(tables):
    method, baseline = rows(tables, "AA", "PSNR", "fft", "laplace")
    assert check("means", "AA PSNR fft").recomputed == f"{method.mean():.5f}"
    p = stats.ttest_rel(method, baseline).pvalue
    assert check("p-values", "AA PSNR fft against laplace").recomputed == f"{p:.4f}"


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [
        ("37.982", "agrees"),
        ("37.983", "agrees within rounding"),
        ("37.98", "agrees"),
        ("37.984", "differs"),
        ("37.981", "agrees by another reading"),
        ("37.980", "differs"),
    ],
)
def test_a_mean_may_miss_what_its_rows_round_away(tables, put, printed, outcome):
    # the rows give 37.98222 and allow 37.98172 to 37.98272; 37.981 would be that cut off
    put(MEANS, "value", printed, experiment="AA", metric="PSNR", method="fft")
    assert check("means", "AA PSNR fft", tables).outcome == outcome


def test_a_mean_of_another_kind_is_no_discrepancy(tables, put):
    (values,) = rows(tables, "AA", "PSNR", "fft")
    put(MEANS, "value", f"{np.median(values):.3f}", experiment="AA", metric="PSNR", method="fft")
    found = check("means", "AA PSNR fft", tables)
    assert (found.outcome, found.note) == ("agrees by another reading", "median")
    pooled = -10 * np.log10(np.mean(10 ** (-values / 10)))
    put(MEANS, "value", f"{pooled:.3f}", experiment="AA", metric="PSNR", method="fft")
    assert check("means", "AA PSNR fft", tables).note == "PSNR of the mean squared error"


@pytest.mark.parametrize(
    ("test", "name"),
    [
        (lambda a, b: stats.ttest_rel(a, b, alternative="greater").pvalue, "one-sided paired t-test (method greater)"),
        (lambda a, b: stats.ttest_rel(a, b, alternative="less").pvalue, "one-sided paired t-test (method smaller)"),
        (lambda a, b: stats.wilcoxon(a, b).pvalue, "two-sided Wilcoxon test"),
        (lambda a, b: stats.ttest_ind(a, b).pvalue, "two-sided unpaired t-test"),
    ],
)
def test_a_p_value_of_another_test_is_reported_as_that(tables, put, test, name):
    printed = f"{test(*rows(tables, 'AM', 'PSNR', 'fft', 'laplace')):.3f}"
    put(P_VALUES, "p_value", printed, experiment="AM", metric="PSNR", comparison="fft_vs_laplace")
    found = check("p-values", "AM PSNR fft against laplace", tables)
    assert found.outcome == "agrees by another reading"
    assert name in found.note


def test_a_planted_p_value_is_found_where_rows_are_fine_and_not_where_they_are_coarse(tables, put):
    for metric in ("PSNR", "SSIM"):
        put(P_VALUES, "p_value", "0.40", experiment="MM", metric=metric, comparison="bandpass_vs_laplace")
    assert check("p-values", "MM PSNR bandpass against laplace", tables).outcome == "differs"
    assert check("p-values", "MM SSIM bandpass against laplace", tables).outcome == "agrees within rounding"


def test_a_false_significance_is_said(tables, put):
    put(P_VALUES, "p_value", "0.003", experiment="AM", metric="PSNR", comparison="fft_vs_laplace")
    assert (
        "printed as significant at 0.05, not so by the rows"
        in check("p-values", "AM PSNR fft against laplace", tables).note
    )


def test_rows_without_a_test_give_no_number(tables, edit):
    def equal(rows):
        for row in rows:
            if (row["experiment"], row["metric"]) == ("MM", "SSIM"):
                row["value"] = "0.981"

    edit(ROWS, equal)
    found = check("p-values", "MM SSIM fft against laplace", tables)
    assert (found.recomputed, found.allowed) == ("all differences are equal: no test", "0.0000 to 1.0000")
    assert found.outcome == "agrees within rounding"


@pytest.mark.parametrize(("text", "outcome"), [("0.447", "agrees"), ("0.448", "agrees within rounding")])
def test_one_input_image_has_one_value_in_all_tables(tables, put, text, outcome):
    # the tables of AA and MA print 0.447 and 0.448 for it
    put(ROWS, "value", text, experiment="MA", metric="SSIM", method="input", image="0")
    assert check("inputs", "AA and MA, SSIM of the input", tables).outcome == outcome


def test_another_input_value_in_one_table_is_found(tables, put):
    put(ROWS, "value", "0.449", experiment="MA", metric="SSIM", method="input", image="0")
    found = check("inputs", "AA and MA, SSIM of the input", tables)
    assert (found.outcome, found.note) == ("differs", "image 0: 0.447 and 0.449")
