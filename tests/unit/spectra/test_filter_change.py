"""A Gaussian filter leaves the Fourier ring correlation as it is: Figure 2 of the FRC paper."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.ndimage import gaussian_filter

from freqbench.classical.filters import gaussian
from freqbench.data.image_files import read_grey, to_unit_range
from freqbench.data.phantom import PhantomSpec, simulate
from freqbench.metrics.frc import ring_correlation
from freqbench.reporting.frc_table import filter_notes
from freqbench.spectra.filter_change import change_by_filter
from freqbench.spectra.window import windowed

SIDE = 96


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Clean image and its captures of a simulated field of view, (1, H, W) and (N, H, W) in [0, 1]."""
    folder = tmp_path_factory.mktemp("phantom")
    simulate(PhantomSpec("tissue", 2, 2, 4, SIDE, 0), folder)
    clean = to_unit_range(read_grey(next((folder / "gt" / "1").glob("*.png"))))
    captures = [to_unit_range(read_grey(path)) for path in sorted((folder / "raw" / "1").glob("*.png"))]
    return clean.astype(np.float64)[None], np.stack(captures).astype(np.float64)


def curve(images, clean, *, window):
    first, second = (torch.from_numpy(np.broadcast_to(each, images.shape).copy())[:, None] for each in (images, clean))
    if window:
        first, second = windowed(first), windowed(second)
    return ring_correlation(first, second).mean(0).numpy()


def test_one_positive_gain_for_each_ring_cancels_exactly(pair):
    clean, captures = pair
    places = SIDE * np.fft.fftfreq(SIDE)
    ring = np.ceil(np.hypot(places[:, None], places)).astype(int)
    gain = np.random.default_rng(0).uniform(0.01, 10, ring.max() + 1)[ring]
    filtered = np.fft.ifft2(np.fft.fft2(captures) * gain).real
    change = curve(filtered, clean, window=False) - curve(captures, clean, window=False)
    assert np.abs(change).max() < 1e-9


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5])
def test_without_a_border_a_gaussian_filter_changes_nothing(pair, sigma):
    clean, captures = pair
    filtered = np.stack([gaussian_filter(image, sigma, mode="wrap", truncate=12.0) for image in captures])
    change = curve(filtered, clean, window=False) - curve(captures, clean, window=False)
    # but for the little that the gain changes from the inner to the outer edge of a ring
    assert np.abs(change).max() < 0.02
    assert np.abs(change[: SIDE // 4]).max() < 0.005


def test_the_control_changes_little_behind_a_window_and_much_without(pair):
    clean, captures = pair
    filtered = np.stack([gaussian(image, 1.0) for image in captures])
    changes = {
        window: np.abs(curve(filtered, clean, window=window) - curve(captures, clean, window=window)).max()
        for window in (True, False)
    }
    assert changes[True] < 0.02
    # mirrored borders differ from the border that the transform sees, alike in all images of a scene
    assert changes[False] > 5 * changes[True]


def curves(values, method):
    rows = [(method, fov, "frc_clean", ring, (ring + 1) / 8, mean) for fov, ring, mean in values]
    return pd.DataFrame(rows, columns=["method", "fov", "curve", "ring", "frequency", "mean"])


def test_the_largest_difference_of_the_mean_curves_is_found():
    before = curves([("a", 0, 0.9), ("b", 0, 0.7), ("a", 1, 0.1), ("b", 1, 0.1)], "input")
    after = curves([("a", 0, 0.9), ("b", 0, 0.6), ("a", 1, 0.3), ("b", 1, 0.1)], "gaussian")
    spectra = pd.concat([before, after])
    change = change_by_filter(spectra)
    assert change.largest == pytest.approx(0.1)
    assert change.frequency == 0.25
    # at the second frequency the input lies below 1/7
    assert change.largest_above == pytest.approx(0.05)
    (note,) = filter_notes("set", spectra)
    assert "at most 0.100 (at 0.25 cycles per pixel), 0.050 where that lies above 1/7" in note


def test_without_one_of_the_controls_there_is_nothing_to_say():
    assert change_by_filter(curves([("a", 0, 0.9)], "input")) is None
    assert filter_notes("set", curves([("a", 0, 0.9)], "gaussian")) == []
