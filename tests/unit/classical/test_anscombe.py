"""The transformation against sums over the Poisson distribution and Gauss-Hermite quadrature, in float64."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from freqbench.classical.anscombe import GeneralisedAnscombe

MEANS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 20.0, 100.0, 500.0)


def moments(transformation, signal, *, gain, read_noise, offset):
    """Return mean and variance of the transformed reading ``gain * Poisson(signal) + offset + normal(read_noise)``."""
    counts = np.arange(int(stats.poisson.ppf(1 - 1e-13, signal)) + 2) if signal else np.arange(1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(81)
    readings = gain * counts[:, None] + offset + read_noise * nodes
    probability = stats.poisson.pmf(counts, signal)[:, None] * weights / weights.sum()
    # the formula, written anew: the mean of the square root over both sources of noise
    argument = gain * readings + 0.375 * gain**2 + read_noise**2 - gain * offset
    expected = 2 / gain * np.sqrt(np.maximum(argument, 0))
    np.testing.assert_allclose(transformation.forward(readings), expected, rtol=1e-12, atol=1e-9)
    mean = (probability * expected).sum()
    return mean, (probability * (expected - mean) ** 2).sum()


CAMERAS = {
    "photon counting": {"gain": 1.0, "read_noise": 0.0, "offset": 0.0},
    "confocal with an offset": {"gain": 21.0, "read_noise": 0.0, "offset": 2.7},
    "read noise": {"gain": 2.0, "read_noise": 3.0, "offset": 0.0},
    "much read noise": {"gain": 1.0, "read_noise": 6.0, "offset": 0.0},
    "offset and read noise": {"gain": 2.0, "read_noise": 1.5, "offset": 100.0},
}


@pytest.fixture(params=CAMERAS.values(), ids=CAMERAS)
def camera(request):
    return request.param


@pytest.fixture
def transformation(camera):
    return GeneralisedAnscombe(camera["gain"], camera["read_noise"] ** 2 - camera["gain"] * camera["offset"])


@pytest.mark.parametrize("signal", [signal for signal in MEANS if signal >= 4])
def test_the_transformed_noise_has_unit_variance(transformation, camera, signal):
    _, variance = moments(transformation, signal, **camera)
    # at 4 counts the tail of a read noise like the photon noise is cut off, a limit of the method itself
    few = signal < 8 and camera["read_noise"] > 0
    assert variance == pytest.approx(1.0, abs=0.065 if few else 0.02)


@pytest.mark.parametrize("signal", MEANS)
def test_the_inverse_of_the_mean_of_transformed_readings_is_their_mean(transformation, camera, signal):
    transformed, _ = moments(transformation, signal, **camera)
    mean = camera["gain"] * signal + camera["offset"]
    # 1 %, or the part of a photon by which the closed form misses the exact inverse where there are few
    tolerance = camera["gain"] * max(0.01 * signal, 0.045)
    assert transformation.inverse(transformed) == pytest.approx(mean, abs=tolerance)


def test_the_algebraic_inverse_would_be_too_low():
    """Why the inverse is not the forward formula solved for z (Mäkitalo and Foi 2011)."""
    transformation = GeneralisedAnscombe(1.0, 0.0)
    transformed, _ = moments(transformation, 4.0, gain=1.0, read_noise=0.0, offset=0.0)
    assert (transformed / 2) ** 2 - 3 / 8 < 3.8
    assert transformation.inverse(transformed) == pytest.approx(4.0, abs=0.01)


def test_the_original_transformation_of_anscombe_is_the_case_of_unit_gain():
    z = np.arange(10.0)
    assert GeneralisedAnscombe(1.0, 0.0).forward(z) == pytest.approx(2 * np.sqrt(z + 3 / 8))


@pytest.mark.parametrize(("intercept", "least"), [(0.0, 0.0), (9.0, 0.0), (-10.0, 5.0)])
def test_no_mean_is_below_the_least_that_the_line_allows(intercept, least):
    transformation = GeneralisedAnscombe(2.0, intercept)
    assert transformation.least_mean == least
    for transformed in (-5.0, 0.0, 1e-9, 0.5):
        assert transformation.inverse(transformed) == pytest.approx(least)
    assert transformation.inverse(transformation.forward(least)) >= least


@given(
    gain=st.floats(0.01, 1e3),
    intercept=st.floats(-1e4, 1e4),
    values=st.lists(st.floats(-100, 1e5), min_size=2, max_size=8),
)
def test_both_directions_rise_and_are_finite(gain, intercept, values):
    transformation = GeneralisedAnscombe(gain, intercept)
    ordered = np.sort(values)
    forward = transformation.forward(ordered)
    assert np.isfinite(forward).all()
    assert (np.diff(forward) >= 0).all()
    back = transformation.inverse(forward)
    assert np.isfinite(back).all()
    assert (np.diff(back) >= -1e-9 * (1 + np.abs(back[1:]))).all()
    assert (back >= 0).all()


@pytest.mark.parametrize(
    "line", [(0.0, 1.0), (-1.0, 5.0), (float("nan"), 0.0), (float("inf"), 0.0), (1.0, float("nan"))]
)
def test_a_line_that_does_not_rise_is_refused(line):
    with pytest.raises(ValueError, match="the gain must be positive, both finite"):
        GeneralisedAnscombe(*line)


def test_simulated_readings_come_back_unbiased():
    rng = np.random.default_rng(0)
    gain, offset, read_noise = 3.0, 20.0, 2.0
    transformation = GeneralisedAnscombe(gain, read_noise**2 - gain * offset)
    for signal in (1.0, 5.0, 30.0):
        readings = gain * rng.poisson(signal, 400_000) + offset + read_noise * rng.standard_normal(400_000)
        transformed = transformation.forward(readings)
        assert transformation.inverse(transformed.mean()) == pytest.approx(readings.mean(), abs=0.045 * gain)
