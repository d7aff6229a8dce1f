"""Multiples of a weight: one measurement for all of them, and each generator with a measurement of its own."""

import json

import pytest
import torch

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.losses import FocalFrequencyLoss, LogFocalFrequencyLoss
from freqbench.models import CAREUNet, RRDBNet
from freqbench.reporting.calibration_table import write_calibration_table
from freqbench.run import Run
from freqbench.training import calibrate as module
from freqbench.training.calibrate import calibrate, gradient_norm
from freqbench.training.identity import frequency_weight
from freqbench.training.initial_gradients import initial_gradients

WHOLE = {"training": {"crop": None, "augment": False}}
LFFL = {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": "paper"}
METHODS = [
    {"name": "spatial"},
    LFFL,
    LFFL | {"name": "half", "weight": {"paper": 0.5}},
    {"name": "ffl", "loss": "focal_frequency"},
    {"name": "double", "loss": "focal_frequency", "weight": {"calibrated": 2}},
]
GENERATORS = {
    "rrdb": {"blocks": 1, "features": 8, "growth": 4},
    "care": {"kind": "care_unet", "features": 4},
}


def calibrated(config, *names):
    """Calibrate methods in this order, as the workflow does, and write the files."""
    layout = Layout.of(config)
    for name in names:
        write_json(layout.calibration("tiny", name, 1), calibrate(Run(config, "tiny", name)))
    return [json.loads(layout.calibration("tiny", name, 1).read_text(encoding="utf-8")) for name in names]


def test_a_multiple_shares_the_measurement(make_study, monkeypatch):
    config = make_study(methods=METHODS, **WHOLE)
    measure, calls = module.gradient_norms, []
    monkeypatch.setattr(module, "gradient_norms", lambda *given: calls.append(given) or measure(*given))
    once, twice = calibrated(config, "ffl", "double")
    assert len(calls) == 2, "FFL and its reference, nothing for the multiple"
    assert twice["weight"] == 2 * once["weight"]
    assert (once["multiple"], twice["multiple"], twice["measured_for"]) == (1.0, 2.0, "ffl")
    assert twice["gradient_norm"] == once["gradient_norm"]
    # the training has it, and so has that with a multiple of the paper's weight
    assert frequency_weight(Run(config, "tiny", "double")) == twice["weight"]
    assert [frequency_weight(Run(config, "tiny", name)) for name in ("lffl_a1", "half")] == [2.0, 1.0]


def test_the_table_says_which_multiple_a_weight_is(make_study):
    config = make_study(methods=METHODS, **WHOLE)
    calibrated(config, "ffl", "double")
    write_calibration_table(config, initial_gradients(config, "tiny"))
    text = Layout.of(config).calibration_table("tiny", "md").read_text(encoding="utf-8")
    rows = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]] for line in text.splitlines()[2:9]
    }
    assert (rows["double"][2], rows["half"][2], rows["half"][1]) == ("calibrated × 2", "the paper × 0.5", "1")
    # twice the weight pulls twice as hard, and so would the weight by the other state
    pulls = [float(rows[name][5]) for name in ("FFL", "double")]
    assert pulls[1] == pytest.approx(2 * pulls[0], rel=2e-2)
    other = [float(rows[name][-1].split()[0]) for name in ("FFL", "double")]
    assert other[1] == pytest.approx(2 * other[0], rel=2e-2)
    assert rows["FFL"][-1].split()[1:] == rows["double"][-1].split()[1:]


@pytest.mark.parametrize("name", GENERATORS)
def test_each_generator_is_calibrated_at_its_own_untrained_output(make_study, name):
    config = make_study(methods=METHODS, generator=None, generators=GENERATORS, **WHOLE)
    (found,) = calibrated(config, f"ffl@{name}")
    train = read_patches(Layout.of(config), "tiny", 1).side("train")
    rows = torch.linspace(0, len(train.table) - 1, 3).round().int().tolist()
    noisy, clean = (torch.from_numpy(to_unit_range(array))[:, None] for array in (train.noisy, train.clean))
    torch.manual_seed(0)
    network = RRDBNet(blocks=1, features=8, growth=4) if name == "rrdb" else CAREUNet(features=4)

    def median(loss):
        with torch.no_grad():
            outputs = [network(noisy[row : row + 1]) for row in rows]
        pairs = zip(outputs, rows, strict=True)
        return torch.tensor([gradient_norm(loss, output, clean[row : row + 1]) for output, row in pairs]).median()

    expected = 2 * median(LogFocalFrequencyLoss()) / median(FocalFrequencyLoss())
    assert found["weight"] == pytest.approx(expected.item(), rel=1e-3)
    assert found["reference"] == f"lffl_a1@{name}"


def test_each_generator_has_its_own_l1_term_in_the_table(make_study):
    config = make_study(methods=METHODS[:2], generator=None, generators=GENERATORS, **WHOLE)
    found = initial_gradients(config, "tiny")
    assert [entry["method"] for entry in found["methods"]] == ["all@rrdb", "lffl_a1@rrdb", "all@care", "lffl_a1@care"]
    assert all(entry["pull"]["untrained"] == 1 for entry in found["methods"] if entry["loss"] == "l1")
    write_calibration_table(config, found)
    text = Layout.of(config).calibration_table("tiny", "md").read_text(encoding="utf-8")
    assert "| every method (RRDB) | `l1` |" in text
    assert "| LFFL α=1 (CARE U-Net) |" in text
