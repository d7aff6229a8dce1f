"""The calibration table: what was measured for a weight is in it, and the weights give the pulls that they should."""

import json

import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.calibration_table import markdown, tidy, write_calibration_table
from freqbench.run import Run
from freqbench.training.calibrate import STATES, calibrate
from freqbench.training.initial_gradients import initial_gradients


def calibrated(config):
    """Calibrate as the workflow does, and return the table's content."""
    layout = Layout.of(config)
    write_json(layout.calibration("tiny", "ffl", 1), calibrate(Run(config, "tiny", "ffl")))
    return initial_gradients(config, "tiny")


def by_method(measured):
    return {entry["method"]: entry for entry in measured["methods"]}


@pytest.mark.parametrize("state", STATES)
def test_a_calibrated_method_pulls_like_its_reference_at_the_state_that_counts(make_study, state):
    measured = calibrated(make_study(calibration={"state": state}))
    found = by_method(measured)
    assert measured["state"] == state
    assert found["ffl"]["pull"][state] == pytest.approx(found["lffl_a1"]["pull"][state], rel=1e-6)
    other = next(name for name in STATES if name != state)
    assert found["ffl"]["pull"][other] != pytest.approx(found["lffl_a1"]["pull"][other], rel=0.01)
    factor = found["lffl_a1"]["pull"][other] / found["ffl"]["pull"][other]
    weights = found["ffl"]["weight_by_state"]
    assert weights[other] / weights[state] == pytest.approx(factor, rel=1e-6)


def test_the_l1_gradient_is_the_unit(make_study):
    config = make_study()
    found = by_method(calibrated(config))
    unit = found["all"]
    # a mean of absolute values over 16 x 16 pixels: every derivative is 1 / 256 in size
    assert unit["gradient_norm"]["untrained"]["median"] == pytest.approx(1 / 16, rel=1e-5)
    assert unit["pull"] == {"untrained": 1.0, "input": 1.0}
    ours = found["lffl_a1"]
    assert ours["pull"]["input"] == pytest.approx(
        ours["weight"] * ours["gradient_norm"]["input"]["median"] / unit["gradient_norm"]["input"]["median"]
    )
    assert (ours["weight"], ours["weight_from"]) == (2.0, "the paper")


def test_it_says_what_the_loss_sees(make_study):
    config = make_study(datasets={"tiny": {"task": "deblur"}})
    found = by_method(calibrated(config))
    assert found["lffl_a1"]["domain"] == "features"
    assert found["lffl_a1"]["weight"] == pytest.approx(2**0.5)
    assert found["all"]["weight"] == 0.1
    assert "`log_focal_frequency` on features" in markdown(calibrated(config))


def test_without_an_l1_term_there_is_no_unit(make_study):
    config = make_study(training={"objective": {"l1": 0.0}})
    measured = calibrated(config)
    assert by_method(measured)["ffl"]["pull"] == {"untrained": None, "input": None}
    json.dumps(measured, allow_nan=False)
    assert "| – | – |" in markdown(measured)


def test_a_missing_calibration_is_named(make_study):
    config = make_study()
    with pytest.raises(FreqbenchError, match=r"ffl\.json: no such file"):
        initial_gradients(config, "tiny")
    with pytest.raises(FreqbenchError, match="data set huge: not in the configuration"):
        initial_gradients(config, "huge")


def test_the_table_holds_the_same_numbers_in_all_its_forms(make_study):
    config = make_study()
    measured = calibrated(config)
    write_calibration_table(config, measured)
    layout = Layout.of(config)
    assert json.loads(layout.calibration_table("tiny", "json").read_text())["methods"] == measured["methods"]
    rows = pd.read_csv(layout.calibration_table("tiny", "csv"))
    assert len(rows) == len(tidy(measured)) == 2 * 3
    row = rows[(rows["method"] == "ffl") & (rows["state"] == "input")].iloc[0]
    ffl = by_method(measured)["ffl"]
    assert row["median"] == pytest.approx(ffl["gradient_norm"]["input"]["median"], rel=1e-5)
    assert row["weight_at_this_state"] == pytest.approx(ffl["weight_by_state"]["input"], rel=1e-5)
    text = layout.calibration_table("tiny", "md").read_text()
    ratio = ffl["weight_by_state"]["input"] / ffl["weight_by_state"]["untrained"]
    line = next(line for line in text.splitlines() if line.startswith("| FFL"))
    assert line.endswith(f"| {ffl['weight_by_state']['input']:.3g} (× {ratio:.2g}) |")
    assert line.count("|") == text.splitlines()[2].count("|")


def test_of_several_splits_the_first_is_tabled_and_named(make_study):
    config = make_study(datasets={"tiny": {"split": {"repeats": 2}}})
    measured = calibrated(config)
    assert (measured["split"], measured["splits"]) == (1, 2)
    write_calibration_table(config, measured)
    text = Layout.of(config).calibration_table("tiny", "md").read_text()
    assert text.startswith("**tiny: initial gradients over 3 train patches of split 1 of 2**")
    alone = calibrated(make_study())
    assert measured["methods"] == alone["methods"], "split 1 does not depend on how many there are"
    assert "split" not in markdown(alone)
