import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.spectra.thresholds import ONE_SEVENTH, crossing, half_bit


def test_the_half_bit_threshold_is_the_correlation_of_two_images_with_that_much_signal():
    # van Heel and Schatz 2005: (S + 2 sqrt(S / n) + 1 / sqrt(n)) / (S + 2 sqrt(S / n) + 1), where S is the
    # signal-to-noise ratio of each of the two images; that of their sum is 2 S, and log2(1 + 2 S) half a bit
    signal = (np.sqrt(2) - 1) / 2
    sizes = np.array([1.0, 4, 30, 1000, 1e12])
    expected = (signal + 2 * np.sqrt(signal / sizes) + 1 / np.sqrt(sizes)) / (signal + 2 * np.sqrt(signal / sizes) + 1)
    assert half_bit(sizes) == pytest.approx(expected, abs=2e-4)
    assert half_bit(1e12) == pytest.approx(0.1716, abs=1e-4)


def test_a_straight_curve_crosses_where_it_meets_the_threshold():
    frequencies = np.linspace(0.05, 0.45, 9)
    assert crossing(1 - 2 * frequencies, frequencies, ONE_SEVENTH) == pytest.approx(3 / 7)
    assert crossing(1 - 2 * frequencies, frequencies, 2 * frequencies) == pytest.approx(0.25)


def test_only_the_first_crossing_counts():
    assert crossing([1, 0, 1, 0], [0.1, 0.2, 0.3, 0.4], 0.5) == pytest.approx(0.15)


def test_curves_that_do_not_cross():
    frequencies = [0.1, 0.2, 0.3]
    found = crossing([[0.9, 0.8, 0.7], [0.1, 0.9, 0.9], [0.5, 0.5, 0.5]], frequencies, 0.5)
    # a curve that only touches the threshold does not fall below it
    assert found.tolist() == [np.inf, 0.0, np.inf]


@given(st.floats(0.06, 0.44), st.floats(0.01, 0.99))
def test_the_crossing_of_a_line_is_exact_wherever_it_lies(place, threshold):
    frequencies = np.linspace(0.05, 0.45, 33)
    curve = threshold - 3 * (frequencies - place)
    assert crossing(curve, frequencies, threshold) == pytest.approx(place, abs=1e-9)
