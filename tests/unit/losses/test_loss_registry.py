"""Losses by name: what a configuration may say, and what a wrong one is told."""

import pytest
import torch

import freqbench.losses
from freqbench.errors import FreqbenchError
from freqbench.losses import PairedLoss, build_loss
from freqbench.registry import LOSSES

CLASSES = {
    "log_focal_frequency": "LogFocalFrequencyLoss",
    "focal_frequency": "FocalFrequencyLoss",
    "fourier_space": "FourierSpaceLoss",
    "fourier_ring_correlation": "FourierRingCorrelationLoss",
    "fft": "FFTLoss",
    "bandpass": "BandpassLoss",
    "laplace": "LaplaceLoss",
    "ms_ssim_l1": "MSSSIML1Loss",
    "l1": "PixelL1Loss",
    "l2": "PixelL2Loss",
}


def test_all_registered_names_have_a_class():
    assert list(LOSSES) == list(CLASSES)


@pytest.mark.parametrize("name", LOSSES)
def test_registered_names(name):
    loss = build_loss(name, {})
    assert type(loss).__name__ == CLASSES[name]
    assert type(loss) is getattr(freqbench.losses, CLASSES[name])
    assert isinstance(loss, PairedLoss)


def test_options_are_passed():
    loss = build_loss("log_focal_frequency", {"alpha": 0.5, "normalize_weight": "image"})
    assert (loss.alpha, loss.normalize_weight) == (0.5, "image")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("log_focal_freqency", {}, "did you mean 'log_focal_frequency'.*focal_frequency, fourier_space, .*l1"),
        ("wavelet", {}, "no such loss; there are log_focal_frequency"),
        ("log_focal_frequency", {"alhpa": 1}, "no option 'alhpa'; did you mean 'alpha'.* detach_weight"),
        ("log_focal_frequency", {"alpha": -1}, "alpha must be a finite number >= 0, not -1"),
        ("focal_frequency", {"patch_factor": 0.5}, "patch_factor must be a whole number"),
        ("l1", {"reduction": "sum"}, "no option 'reduction'; it has no options"),
    ],
)
def test_wrong_names_and_options(name, options, message):
    with pytest.raises(FreqbenchError, match=f"^loss {name}: .*{message}"):
        build_loss(name, options)


@pytest.fixture
def user_module(tmp_path, monkeypatch):
    (tmp_path / "lab_losses.py").write_text(
        "import torch\n"
        "class HuberLoss(torch.nn.Module):\n"
        "    def __init__(self, delta):\n"
        "        super().__init__()\n"
        "        self.delta = delta\n"
        "    def forward(self, prediction, target):\n"
        "        return torch.nn.functional.huber_loss(prediction, target, delta=self.delta)\n"
        "class NotALoss: ...\n"
    )
    (tmp_path / "lab_broken.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("user_module")
class TestUsersClass:
    def test_is_imported_by_its_dotted_path(self):
        loss = build_loss("lab_losses.HuberLoss", {"delta": 0.5})
        assert loss(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)).item() == 0.375

    @pytest.mark.parametrize(
        ("path", "options", "message"),
        [
            ("lab_losses.HuberLos", {}, "has no HuberLos; did you mean 'HuberLoss'"),
            ("lab_loses.HuberLoss", {}, "cannot be imported .*No module named.*PYTHONPATH"),
            ("lab_broken.HuberLoss", {}, "cannot be imported .ZeroDivisionError"),
            ("lab_losses.NotALoss", {}, "not a class derived from torch.nn.Module"),
            ("lab_losses.HuberLoss", {}, "missing 1 required positional argument: 'delta'"),
            ("lab_losses.HuberLoss", {"beta": 1}, "no option 'beta';.* its options are delta"),
        ],
    )
    def test_wrong_paths_and_options(self, path, options, message):
        with pytest.raises(FreqbenchError, match=message):
            build_loss(path, options)
