import json
import sys

import numpy as np
import pytest
import torch

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.losses import FocalFrequencyLoss, FourierSpaceLoss, LogFocalFrequencyLoss
from freqbench.models import RRDBNet
from freqbench.models.vgg import VGGFeatures
from freqbench.run import Run
from freqbench.training.calibrate import calibrate, gradient_norm

# whole patches as they are, so that the test can find the same images without the batches
WHOLE = {"training": {"crop": None, "augment": False}}


def images(config, count):
    """Return noisy and clean train patches, spread evenly, as the calibration takes them; float32 (N, 1, H, W)."""
    train = read_patches(Layout.of(config), "tiny", 1).side("train")
    rows = np.linspace(0, len(train.table) - 1, count).round().astype(int)
    return [torch.from_numpy(to_unit_range(array[rows]))[:, None] for array in (train.noisy, train.clean)]


def untrained(config, noisy):
    torch.manual_seed(0)
    generator = RRDBNet(features=8, growth=4, blocks=1, global_residual=True)
    with torch.no_grad():
        return torch.cat([generator(image[None]) for image in noisy])


def median_gradient(loss, predictions, targets):
    """Median over images of the Euclidean norm of the gradient of each alone."""
    norms = []
    for prediction, target in zip(predictions, targets, strict=True):
        x = prediction[None].clone().requires_grad_(True)
        loss(x, target[None]).backward()
        norms.append(float(x.grad.square().sum().sqrt()))
    return float(np.median(norms))


@pytest.mark.parametrize("state", ["untrained", "input"])
@pytest.mark.parametrize(
    ("name", "loss"), [("focal_frequency", FocalFrequencyLoss()), ("fourier_space", FourierSpaceLoss())]
)
def test_weighted_gradient_equals_that_of_the_reference(make_study, state, name, loss):
    methods = [
        {"name": "ffl", "loss": name},
        {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": "paper", "domain": "task"},
    ]
    config = make_study(
        methods=methods, comparison={"baselines": ["ffl"]}, calibration={"state": state, "patches": 3}, **WHOLE
    )
    result = calibrate(Run(config, "tiny", "ffl"))
    noisy, clean = images(config, 3)
    predictions = noisy if state == "input" else untrained(config, noisy)
    ours = median_gradient(loss, predictions, clean)
    reference = median_gradient(LogFocalFrequencyLoss(), predictions, clean)
    assert result["weight"] * ours == pytest.approx(2.0 * reference, rel=1e-5)
    assert result["weight"] == result["weight_by_state"][state]
    assert result["gradient_norm"][state]["median"] == pytest.approx(ours, rel=1e-5)
    assert result["reference_gradient_norm"][state]["median"] == pytest.approx(reference, rel=1e-5)
    assert (result["reference"], result["reference_weight"], result["patches"]) == ("lffl_a1", 2.0, 3)


def test_the_reference_sees_features_to_deblur(make_study):
    config = make_study(datasets={"tiny": {"task": "deblur"}}, calibration={"patches": 1}, **WHOLE)
    result = calibrate(Run(config, "tiny", "ffl"))
    noisy, clean = images(config, 1)
    predictions = untrained(config, noisy)
    vgg = VGGFeatures("vgg19", ("conv1_2",), weights="untrained")

    def on_features(prediction, target):
        return LogFocalFrequencyLoss()(vgg(prediction)["conv1_2"], vgg(target)["conv1_2"].detach())

    reference = median_gradient(on_features, predictions, clean)
    ours = median_gradient(FocalFrequencyLoss(), predictions, clean)
    assert result["reference_weight"] == pytest.approx(2**0.5)
    assert result["weight"] * ours == pytest.approx(2**0.5 * reference, rel=1e-4)


def test_quartiles_are_those_over_the_patches(make_study):
    config = make_study(calibration={"patches": 4}, **WHOLE)
    result = calibrate(Run(config, "tiny", "ffl"))
    noisy, clean = images(config, 4)
    norms = [gradient_norm(FocalFrequencyLoss(), a[None], b[None]) for a, b in zip(noisy, clean, strict=True)]
    quartiles = result["gradient_norm"]["input"]
    low, middle, high = np.quantile(norms, (0.25, 0.5, 0.75))
    assert quartiles == pytest.approx({"q25": low, "median": middle, "q75": high}, rel=1e-5)


def test_gradient_norm_against_a_closed_form():
    """The gradient of a sum of squares is twice the difference."""
    prediction, target = torch.tensor([[[[3.0, 1.0]]]]), torch.tensor([[[[0.0, 5.0]]]])
    assert gradient_norm(SumOfSquares(), prediction, target) == pytest.approx(10.0)
    assert not prediction.requires_grad


class SumOfSquares(torch.nn.Module):
    def forward(self, prediction, target):
        return (prediction - target).square().sum()


def test_it_is_the_same_twice_and_writable_as_json(make_study):
    run = Run(make_study(), "tiny", "ffl")
    first = calibrate(run)
    torch.manual_seed(99)
    assert calibrate(run) == first
    json.dumps(first, allow_nan=False)


def test_test_patches_do_not_matter(make_study):
    config = make_study()
    run = Run(config, "tiny", "ffl")
    first = calibrate(run)
    patches = read_patches(run.layout, "tiny", 1)
    noisy = np.array(patches.noisy)
    noisy[(patches.table["split"] == "test").to_numpy()] = 7
    write_patches(PatchSet(patches.table, noisy, np.array(patches.clean)), run.layout, "tiny", 1)
    assert calibrate(run) == first


@pytest.mark.parametrize(
    ("method", "reason"), [("lffl_a1", "its weight is paper"), ("spatial", "it has no frequency loss")]
)
def test_a_method_with_a_weight_of_its_own_is_refused(make_study, method, reason):
    with pytest.raises(FreqbenchError, match=rf"methods\.{method}: {reason}; there is nothing to calibrate"):
        calibrate(Run(make_study(), "tiny", method))


def test_a_control_is_refused(make_study):
    with pytest.raises(FreqbenchError, match="is a control"):
        calibrate(Run(make_study(), "tiny", "clean"))


@pytest.fixture
def flat_losses(monkeypatch, tmp_path):
    """Put a module with losses that have no usable gradient on the Python path."""
    (tmp_path / "flat_losses.py").write_text(
        "from torch import nn\n\n"
        "class Zero(nn.Module):\n    def forward(self, a, b):\n        return (0 * a).sum()\n\n"
        "class NotANumber(nn.Module):\n    def forward(self, a, b):\n        return (float('nan') * a).sum()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("flat_losses", None)


@pytest.mark.parametrize("loss", ["Zero", "NotANumber"])
@pytest.mark.parametrize("whose", ["own", "reference"])
def test_without_a_gradient_there_is_no_weight(make_study, flat_losses, loss, whose):
    flat = {"loss": f"flat_losses.{loss}", "weight": 1.0}
    own = {"loss": "focal_frequency", "weight": "calibrated"}
    if whose == "own":
        flat, own = {"loss": "focal_frequency", "weight": 1.0}, {"loss": f"flat_losses.{loss}"}
    methods = [{"name": "spatial"}, {"name": "mine", **own}, {"name": "theirs", **flat}]
    config = make_study(methods=methods, calibration={"reference": "theirs"})
    named = "mine" if whose == "own" else "theirs"
    with pytest.raises(FreqbenchError, match=rf"methods\.{named}: the gradient of .* is (0\.0|nan) at the state"):
        calibrate(Run(config, "tiny", "mine"))
