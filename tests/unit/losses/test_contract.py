"""Every loss of the package keeps every promise of the contract."""

import pytest

from freqbench.losses import build_loss
from freqbench.losses.contract import CHECKS, check_loss, outcome_of
from freqbench.registry import LOSSES

# variants of the paper, and the options that change most
VARIANTS = {
    "LFFL alpha 0.5": ("log_focal_frequency", {"alpha": 0.5}),
    "LFFL alpha 2": ("log_focal_frequency", {"alpha": 2.0}),
    "LFFL with the weight's gradient": ("log_focal_frequency", {"detach_weight": False, "normalize_weight": "image"}),
    "LFFL with epsilon inside": ("log_focal_frequency", {"epsilon_inside": True}),
    "LFFL without the logarithm of its weight": ("log_focal_frequency", {"log_weight": False}),
    "LFFL without the logarithm of its error": ("log_focal_frequency", {"log_error": False}),
    "LFFL without its logarithms": ("log_focal_frequency", {"log_weight": False, "log_error": False, "alpha": 0.5}),
    "FFL alpha 2": ("focal_frequency", {"alpha": 2.0}),
    "FRC with wide rings": ("fourier_ring_correlation", {"ring_width": 2.0}),
    "FRC windowed": ("fourier_ring_correlation", {"window": "hann", "edges": "lower", "integration": "mean"}),
    "FSL without window": ("fourier_space", {"window": None}),
    "FFT of the moduli": ("fft", {"difference": "modulus", "norm": "backward"}),
}
CASES = {name: (name, {}) for name in LOSSES} | VARIANTS
CHECK_NAMES = [check.__name__.lstrip("_") for check in CHECKS]


@pytest.mark.parametrize("check", CHECKS, ids=CHECK_NAMES)
@pytest.mark.parametrize(("name", "options"), CASES.values(), ids=CASES)
def test_promise_is_kept_for_images(name, options, check):
    assert outcome_of(check, build_loss(name, options)).failure == ""


@pytest.mark.parametrize("check", CHECKS, ids=CHECK_NAMES)
@pytest.mark.parametrize("name", LOSSES)
def test_promise_is_kept_for_features(name, check):
    # VGG-19 conv1_2 has 64; the many Gaussian filters of MS-SSIM take seconds for so many.
    channels = 3 if name == "ms_ssim_l1" else 64
    assert outcome_of(check, build_loss(name, {}), channels).failure == ""


def test_promises_are_told_apart_by_their_words():
    promises = [outcome.promise for outcome in check_loss(build_loss("l1", {}))]
    assert len(set(promises)) == len(CHECKS)
    assert all(promise and not promise.endswith(".") for promise in promises)
