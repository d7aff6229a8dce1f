import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from freqbench.data.phantom import NUCLEI_CAMERA, ZEBRAFISH_CAMERA, Camera

CAMERAS = pytest.mark.parametrize("camera", [ZEBRAFISH_CAMERA, NUCLEI_CAMERA], ids=["zebrafish", "nuclei"])


def flat(level, side=250):
    return np.full((side, side), float(level))


@CAMERAS
def test_variance_against_mean_is_the_declared_line(camera):
    rng = np.random.default_rng(1)
    means, variances, errors = [], [], []
    for signal in (2, 4, 8, 16, 32, 64):  # darker, the noise is narrower than a rounding step
        values = camera.capture(flat(signal), rng).astype(float)
        deviation = values - values.mean()
        means.append(values.mean())
        variances.append(values.var())
        errors.append(np.sqrt(((deviation**4).mean() - values.var() ** 2) / values.size))
    means, variances, errors = map(np.array, (means, variances, errors))
    expected_error = errors / variances * camera.variance(means)

    assert np.all(np.abs(variances - camera.variance(means)) < 4.5 * errors + 0.02)
    (slope, _), covariance = np.polyfit(means, variances, 1, w=1 / expected_error, cov="unscaled")
    assert abs(slope - camera.gain) < 4 * np.sqrt(covariance[0, 0])


@CAMERAS
def test_mean_is_the_signal_above_the_pedestal_in_every_column(camera):
    rng = np.random.default_rng(2)
    columns = np.mean([camera.capture(flat(20, 200), rng).mean(axis=0) for _ in range(20)], axis=0)
    error = np.sqrt(camera.variance(20 + camera.pedestal) / (200 * 20))
    assert np.all(np.abs(columns - 20 - camera.pedestal) < 4.5 * error)


def test_neighbours_correlate_along_the_scan_only():
    noise = ZEBRAFISH_CAMERA.capture(flat(20, 700), np.random.default_rng(3)) - 20.0
    noise -= noise.mean()
    error = 1 / noise.shape[0]
    along_x = (noise[:, 1:] * noise[:, :-1]).mean() / noise.var()
    along_y = (noise[1:] * noise[:-1]).mean() / noise.var()
    assert ZEBRAFISH_CAMERA.neighbour_correlation == pytest.approx(0.053, abs=0.003)  # measured on FMD
    assert abs(along_x - ZEBRAFISH_CAMERA.neighbour_correlation) < 4.5 * error
    assert abs(along_y) < 4.5 * error


def test_without_spread_and_cut_the_pulses_are_poisson():
    camera = Camera(gain=10, pedestal=0, read_noise=0, height_cv=1e-3, pulse_duration=1e-9, carry_over=0)
    photons = camera.capture(flat(20), np.random.default_rng(4)) / 10
    assert camera.pulse_height == pytest.approx(10, rel=1e-5)
    shares = [np.mean(np.rint(photons) == k) for k in range(5)]
    poisson = [np.exp(-2), 2 * np.exp(-2), 2 * np.exp(-2), 4 / 3 * np.exp(-2), 2 / 3 * np.exp(-2)]
    assert np.allclose(shares, poisson, atol=4.5 * 0.5 / 250)


def test_light_beyond_the_scale_saturates_and_no_light_gives_the_pedestal():
    rng = np.random.default_rng(5)
    assert ZEBRAFISH_CAMERA.capture(flat(2000, 16), rng).min() == 255
    dark = ZEBRAFISH_CAMERA.capture(flat(0), rng)
    assert dark.dtype == np.uint8
    assert np.isin(dark, [2, 3, 4, 5]).all()
    assert dark.mean() == pytest.approx(ZEBRAFISH_CAMERA.pedestal, abs=0.01)


@pytest.mark.parametrize("signal", [flat(-1, 4), flat(np.nan, 4), np.ones(3)], ids=["negative", "nan", "line"])
def test_signal_that_is_no_plane_of_counts_is_refused(signal):
    with pytest.raises(ValueError, match="signal"):
        ZEBRAFISH_CAMERA.capture(signal, np.random.default_rng(0))


@pytest.mark.mirror
@pytest.mark.parametrize("level", [5, 10, 15, 30])
def test_histogram_at_a_clean_level_is_that_of_fmd(level):
    folder = Path(os.environ.get("FREQBENCH_MIRROR", "")) / "data" / "fmd_mini" / "Confocal_FISH"
    if "FREQBENCH_MIRROR" not in os.environ or not folder.is_dir():
        pytest.skip("needs FREQBENCH_MIRROR with data/fmd_mini/Confocal_FISH")
    clean = np.asarray(Image.open(folder / "gt/19/avg50.png"))
    raw = np.stack([np.asarray(Image.open(path)) for path in sorted((folder / "raw/19").glob("*.png"))])
    real = raw[:, clean == level]
    simulated = ZEBRAFISH_CAMERA.capture(
        flat(real.mean() - ZEBRAFISH_CAMERA.pedestal, 500), np.random.default_rng(level)
    )
    cumulative = [np.cumsum(np.bincount(v.ravel(), minlength=256)) / v.size for v in (real, simulated)]
    # A comb of Poisson peaks, as a plain scaled Poisson variable has it, is 0.1 or more away.
    assert np.abs(cumulative[0] - cumulative[1]).max() < 0.035
