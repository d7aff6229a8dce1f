import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from freqbench.classical import filters
from freqbench.classical.denoisers import DENOISERS
from freqbench.errors import FreqbenchError

FREE = [name for name in DENOISERS if name != "bm3d"]


def noisy_image(size=48, noise=0.1, seed=0):
    y, x = np.mgrid[:size, :size] / size
    clean = 0.3 + 0.4 * ((x - 0.5) ** 2 + (y - 0.4) ** 2 < 0.08)
    return clean, clean + noise * np.random.default_rng(seed).standard_normal(clean.shape)


def first_of(name, noise):
    """Return the middle of a denoiser's grid."""
    grid = DENOISERS[name].grid(noise)
    return grid[len(grid) // 2]


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_constant_image_stays_as_it_is(name, value):
    flat = np.full((48, 48), value)
    assert DENOISERS[name].apply(flat, 0.1, **first_of(name, 0.1)) == pytest.approx(flat, abs=1e-9)


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize("size", [16, 48])
def test_tiny_images_can_be_denoised_with_every_point_of_the_grid(name, size):
    clean, noisy = noisy_image(size)
    errors = []
    for parameters in DENOISERS[name].grid(0.1):
        restored = DENOISERS[name].apply(noisy, 0.1, **parameters)
        assert restored.shape == noisy.shape
        assert np.isfinite(restored).all()
        errors.append(np.mean((restored - clean) ** 2))
    assert min(errors) < 0.6 * np.mean((noisy - clean) ** 2)


@pytest.mark.parametrize("name", FREE)
def test_strengths_follow_the_scale_of_the_image(name):
    """A grid in units of the noise means the same for an image of another brightness."""
    _, noisy = noisy_image()
    for place in (0, 5):
        whole = DENOISERS[name].apply(noisy, 0.1, **DENOISERS[name].grid(0.1)[place])
        tenth = DENOISERS[name].apply(noisy / 10, 0.01, **DENOISERS[name].grid(0.01)[place])
        assert 10 * tenth == pytest.approx(whole, abs=1e-6)


def test_the_gaussian_is_scipys_on_each_image():
    _, noisy = noisy_image()
    assert np.array_equal(filters.gaussian(noisy, 1.3), ndimage.gaussian_filter(noisy, 1.3, mode="reflect"))
    assert filters.gaussian(noisy.astype(np.float32), 1.3).dtype == np.float32


def test_total_variation_minimises_its_energy():
    """Energy of Chambolle (2004): total variation + squared distance / (2 weight), up to where it stops."""
    clean, noisy = noisy_image(32)

    def energy(image, weight=0.1):
        rows = np.diff(image, axis=0, append=image[-1:])
        columns = np.diff(image, axis=1, append=image[:, -1:])
        return np.sqrt(rows**2 + columns**2).sum() + ((image - noisy) ** 2).sum() / (2 * weight)

    found = filters.total_variation(noisy, 0.1)
    assert energy(found) < min(energy(noisy), energy(clean))
    for other in (0.025, 0.4):
        assert energy(found) < energy(filters.total_variation(noisy, other))
    assert energy(found) < energy(found + 0.01 * np.random.default_rng(0).standard_normal(noisy.shape))


def test_non_local_means_is_the_weighted_mean_of_its_formula():
    """Weights of uniform 5x5 windows, less twice the noise (Buades et al. 2005), for the pixel in the middle."""
    _, noisy = noisy_image(31)
    h, sigma, reach, half, centre = 0.2, 0.1, 3, 2, 15

    def window(y, x):
        return noisy[y - half : y + half + 1, x - half : x + half + 1]

    weights, values = [], []
    for y in range(centre - reach, centre + reach + 1):
        for x in range(centre - reach, centre + reach + 1):
            distance = np.mean((window(y, x) - window(centre, centre)) ** 2) - 2 * sigma**2
            weights.append(np.exp(-max(distance, 0) / h**2))
            values.append(noisy[y, x])
    expected = np.average(values, weights=weights)
    found = filters.non_local_means(noisy, h, reach, sigma)[centre, centre]
    assert found == pytest.approx(expected, abs=2e-3)


def test_a_missing_bm3d_says_its_licence_and_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "bm3d", None)
    with pytest.raises(FreqbenchError, match=r"non-commercial use only.*`pip install bm3d`") as error:
        filters.bm3d(np.zeros((8, 8)), 0.1)
    assert "\n" not in str(error.value)


def test_bm3d_gets_the_image_and_its_noise(monkeypatch):
    calls = []
    package = ModuleType("bm3d")
    package.__spec__ = ModuleSpec("bm3d", None)
    package.BM3DStages = SimpleNamespace(ALL_STAGES="both stages")

    def denoise(image, sigma_psd, profile, stage_arg):
        calls.append((image.dtype, sigma_psd, profile, stage_arg))
        return image[..., None] / 2

    package.bm3d = denoise
    monkeypatch.setitem(sys.modules, "bm3d", package)
    image = np.full((8, 8), 0.4, dtype=np.float32)
    assert DENOISERS["bm3d"].apply(image, 0.1, sigma_psd=0.07) == pytest.approx(np.full((8, 8), 0.2))
    assert calls == [(np.float64, 0.07, "np", "both stages")]
    assert [round(point["sigma_psd"], 6) for point in DENOISERS["bm3d"].grid(0.1)] == [0.06, 0.08, 0.1, 0.12, 0.15, 0.2]


@pytest.mark.skipif(
    find_spec("bm3d") is None, reason="bm3d is not installed: its licence allows non-commercial use only"
)
def test_the_real_bm3d_takes_most_of_the_noise_and_keeps_the_mean():
    clean = np.zeros((64, 64))
    clean[16:48, 16:48] = 0.6
    clean += 0.2
    noisy = clean + np.random.default_rng(0).normal(0, 0.1, clean.shape)
    restored = filters.bm3d(noisy.astype(np.float32), 0.1)
    assert restored.shape == (64, 64)
    assert restored.dtype == np.float64
    # a Gaussian filter of the best width leaves 0.27 of the mean squared error of this image
    assert np.mean((restored - clean) ** 2) < 0.05 * np.mean((noisy - clean) ** 2)
    assert restored.mean() == pytest.approx(noisy.mean(), abs=0.005)
