"""The noise of simulated captures is found: gain, offset and their intervals, and what must be refused."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.data.image_files import read_grey
from freqbench.data.noise_model.fit import bootstrap_lines, interval, pixel_line, robust_line
from freqbench.data.noise_model.points import LEVELS, SUMS, Averaging, level_sums, mean_and_variance, points

ALL = Averaging()


def field(seed, *, gain=5.0, offset=4.0, read_noise=1.5, captures=50, side=192, brightest=120.0):
    """Return captures of a scene, scaled Poisson photons behind Gaussian read noise, and their rounded mean."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 1, side)
    scene = brightest * (0.03 + np.outer(ramp, ramp) ** 1.5 + 0.05 * (1 + np.sin(40 * ramp)))
    photons = rng.poisson(scene / gain, (50, side, side))
    readings = offset + gain * photons + read_noise * rng.standard_normal(photons.shape)
    images = np.clip(np.rint(readings), 0, 255).astype(np.uint8)
    return images[:captures], np.rint(images.mean(axis=0)).astype(np.uint8)


def truth(gain, offset, read_noise):
    """Slope and intercept of the model; rounding to integers adds 1/12."""
    return gain, read_noise**2 + 1 / 12 - gain * offset


@pytest.mark.parametrize(("captures", "tolerance"), [(2, 0.05), (4, 0.02), (26, 0.01), (50, 0.01)])
@pytest.mark.parametrize(("gain", "offset", "read_noise"), [(5, 4, 1.5), (20, 8, 1), (2, 10, 3)])
def test_a_known_camera_is_recovered(captures, tolerance, gain, offset, read_noise):
    lines = []
    for seed in range(3):
        images, clean = field(seed, gain=gain, offset=offset, read_noise=read_noise, captures=captures)
        lines.append(robust_line(points(level_sums(images, clean, ALL).sum(axis=0))))
    slope, intercept = np.mean(lines, axis=0)
    expected = truth(gain, offset, read_noise)
    assert slope == pytest.approx(expected[0], rel=tolerance)
    assert intercept == pytest.approx(expected[1], abs=tolerance * abs(expected[1]) + 20 * tolerance)


def test_one_capture_against_the_clean_image_that_contains_it():
    slopes = []
    for seed in range(8):
        images, clean = field(seed, captures=1)
        slopes.append(robust_line(points(level_sums(images, clean, ALL).sum(axis=0)))[0])
    assert np.mean(slopes) == pytest.approx(5, rel=0.03)


@pytest.mark.parametrize("averaged", [2, 4, 8, 16])
def test_averages_that_share_captures_have_the_variance_of_independent_ones(averaged):
    images, clean = field(3, side=96)
    rng = np.random.default_rng(0)
    means = np.stack([images[rng.choice(50, averaged, replace=False)].mean(axis=0) for _ in range(50)])
    # not rounded: `mean_and_variance` takes what it is given
    _, variance = mean_and_variance(means, clean, Averaging(degraded=averaged))
    expected = images.var(axis=0, ddof=1, dtype=np.float64).mean() / averaged
    assert variance.mean() == pytest.approx(expected, rel=0.05)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**31), number=st.integers(2, 6))
def test_the_variance_over_captures_is_numpys_unbiased_one(seed, number):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (number, 8, 8), dtype=np.uint8)
    mean, variance = mean_and_variance(images, images[0], ALL)
    deviations = images.astype(float) - images.astype(float).mean(axis=0)
    assert np.allclose(mean, images.astype(float).mean(axis=0))
    assert np.allclose(variance, (deviations**2).sum(axis=0) / (number - 1))


def test_sorting_by_the_mean_of_the_same_captures_would_bend_the_line():
    """Read noise moves a pixel's own mean and not its variance: the line through such points is too flat.

    With photon noise alone it would not be: given their sum, Poisson captures are multinomial, of mean variance
    gain * (mean - offset) whatever the scene.
    """
    rng = np.random.default_rng(0)
    scene = np.broadcast_to(np.linspace(60, 90, 256), (256, 256))
    images = 2 * rng.poisson(scene / 2, (50, 256, 256)) + 12 * rng.standard_normal((50, 256, 256))
    images = np.clip(np.rint(images), 0, 255).astype(np.uint8)
    clean, images = np.rint(images.mean(axis=0)).astype(np.uint8), images[:4]
    own = np.rint(images.mean(axis=0)).astype(np.uint8)
    right = pixel_line(points(level_sums(images, clean, ALL).sum(axis=0)))[0]
    wrong = pixel_line(points(level_sums(images, own, Averaging(clean=0)).sum(axis=0)))[0]
    assert right == pytest.approx(2, rel=0.15)
    assert wrong < 0.8 * 2


def test_saturated_levels_are_left_out():
    images, clean = field(2, gain=10, brightest=300, captures=10)
    sums = level_sums(images, clean, ALL).sum(axis=0)
    found = points(sums)
    assert not found.used.all()
    assert found.saturated[found.used].max() < 0.005
    assert robust_line(found)[0] == pytest.approx(10, rel=0.03)
    kept = pixel_line(points(sums, most_saturated=1.0))[0]
    assert kept < 9.5, "saturation lowers the variance of bright pixels"


def test_outlying_levels_hardly_count():
    images, clean = field(4, captures=8)
    sums = level_sums(images, clean, ALL).sum(axis=0)
    right = robust_line(points(sums))[0]
    column = SUMS.index("y")
    for level in (30, 60, 90):
        sums[level, column] *= 1.8
    assert robust_line(points(sums))[0] == pytest.approx(right, rel=0.02)
    assert abs(pixel_line(points(sums))[0] / right - 1) > 0.02


def test_a_constant_image_has_no_line():
    rng = np.random.default_rng(0)
    images = np.rint(40 + 2 * rng.standard_normal((50, 64, 64))).astype(np.uint8)
    clean = np.rint(images.mean(axis=0)).astype(np.uint8)
    found = points(level_sums(images, clean, ALL).sum(axis=0))
    assert np.ptp(found.level) > 0, "sorted by noise alone"
    assert robust_line(found) is None
    assert pixel_line(found) is None
    flat = np.full((3, 64, 64), 7, np.uint8)
    alone = points(level_sums(flat, flat[0], ALL).sum(axis=0))
    assert list(alone.variance) == [0]


def test_blocks_hold_what_the_whole_image_holds():
    images, clean = field(5, captures=6, side=70)
    whole = level_sums(images, clean, ALL)
    blocks = level_sums(images, clean, ALL, block=32)
    assert whole.shape == (1, LEVELS, len(SUMS))
    assert blocks.shape == (9, LEVELS, len(SUMS))
    assert np.allclose(blocks.sum(axis=0), whole[0])
    assert whole[0, :, 0].sum() == 70 * 70
    assert whole[0, :, 1].sum() == 6 * 70 * 70


def test_16_bits_are_256_levels_too():
    images, clean = field(6, captures=4)
    deep = [array.astype(np.uint16) * 257 for array in (images, clean)]
    one = robust_line(points(level_sums(images, clean, ALL).sum(axis=0)))
    other = robust_line(points(level_sums(*deep, ALL).sum(axis=0)))
    assert other[0] / 257 == pytest.approx(one[0], rel=0.01)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    covered = []
    for seed in range(20):
        images, clean = field(seed, captures=4, side=96)
        units = level_sums(images, clean, ALL, block=12)
        line = robust_line(points(units.sum(axis=0)))
        drawn = bootstrap_lines(units, robust_line, resamples=50)
        limits = interval(line[0], drawn[:, 0])
        covered.append(limits.low <= 5 <= limits.high)
        assert limits.low <= limits.value <= limits.high
    # 95 % of 20 is 19; fewer than 15 would come by chance once in 3,000 times
    assert sum(covered) >= 15


def test_misuse_is_refused():
    images, clean = field(0, captures=1, side=16)
    with pytest.raises(ValueError, match="do not belong together"):
        level_sums(images, clean[:8], ALL)
    with pytest.raises(ValueError, match="show no noise"):
        level_sums(images, clean, Averaging(clean=0))


@pytest.fixture
def real_field():
    """Read captures and clean image of the real FMD subset in the mirror."""
    folder = Path(os.environ.get("FREQBENCH_MIRROR", "nowhere")) / "data" / "fmd_mini"
    if not folder.is_dir():
        pytest.skip("FREQBENCH_MIRROR names no folder with data/fmd_mini")

    def read(fmd_type, fov, captures=50):
        raw = sorted((folder / fmd_type / "raw" / str(fov)).glob("*.png"))[:captures]
        return np.stack([read_grey(path) for path in raw]), read_grey(folder / fmd_type / f"gt/{fov}/avg50.png")

    return read


@pytest.mark.mirror
def test_nuclei_with_fewer_captures_agree_with_fifty(real_field):
    images, clean = real_field("Confocal_BPAE_B", 1)
    gain = robust_line(points(level_sums(images, clean, ALL).sum(axis=0)))[0]
    assert gain == pytest.approx(3.9, abs=0.15)
    for captures in (1, 2, 4, 10):
        fewer = robust_line(points(level_sums(images[:captures], clean, ALL).sum(axis=0)))[0]
        # fifty captures take minutes, in which the specimen bleaches and drifts: that adds variance
        assert fewer == pytest.approx(gain, rel=0.08)
