"""Rings against their definition in whole numbers, and sums over them against a loop."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from freqbench.losses.rings import ring_count, ring_distance, ring_numbers, ring_sums

RECTANGLES = [(8, 12), (12, 8), (9, 14), (15, 10), (11, 7), (16, 33), (6, 65), (48, 64)]
WIDTHS = [Fraction(1), Fraction(2), Fraction(3, 2), Fraction(3), Fraction(1, 2)]


def signed(size):
    """Return the frequencies of a DFT in cycles per image."""
    return [k if 2 * k < size else k - size for k in range(size)]


def members(height, width, ring_width=Fraction(1), edges="upper"):
    """Return the ring of each frequency of the full spectrum (-1: none), by squares of whole numbers alone."""
    unit = min(height, width) / ring_width
    first = 1 if edges == "nearest" else 0
    rings = [
        ((2 * r + first) ** 2, (2 * r + first + 2) ** 2) for r in range(Fraction(min(height, width) // 2) // ring_width)
    ]
    numbers = np.full((height, width), -1)
    for i, down in enumerate(signed(height)):
        for j, right in enumerate(signed(width)):
            # of twice the distance, as an edge can lie at a half
            square = 4 * unit**2 * (Fraction(down, height) ** 2 + Fraction(right, width) ** 2)
            for ring, (low, high) in enumerate(rings):
                if square > 0 and (low < square <= high if edges == "upper" else low <= square < high):
                    numbers[i, j] = ring
    return numbers


def full(half, width):
    """Return the values of the full spectrum of which the half is given, by conjugate symmetry."""
    rows = np.arange(half.shape[0])
    columns = np.arange(width)
    mirrored = columns > width // 2
    source_rows = np.where(mirrored[None, :], -rows[:, None] % half.shape[0], rows[:, None])
    return half[source_rows, np.where(mirrored, width - columns, columns)[None, :]]


def numbers_of(height, width, ring_width=1.0, edges="upper"):
    numbers = ring_numbers(height, width, ring_width, edges).numpy()
    return np.where(numbers == ring_count(height, width, ring_width), -1, numbers)


@pytest.mark.parametrize("size", [*range(8, 34), 48, 63, 64, 65])
def test_members_of_square_images(size):
    # Squared distances of whole numbers, all at once: ring r is r^2 < d^2 <= (r + 1)^2.
    k = np.array(signed(size))
    squared = k[:, None] ** 2 + k[: size // 2 + 1] ** 2
    expected = np.full(squared.shape, -1)
    for ring in range(size // 2):
        expected[(ring**2 < squared) & (squared <= (ring + 1) ** 2)] = ring
    np.testing.assert_array_equal(numbers_of(size, size), expected)


@pytest.mark.parametrize("edges", ["upper", "nearest", "lower"])
@pytest.mark.parametrize("ring_width", WIDTHS, ids=str)
@pytest.mark.parametrize("shape", [(8, 8), (13, 13), (20, 20), *RECTANGLES[:-2]], ids=str)
def test_members_by_whole_numbers(shape, ring_width, edges):
    expected = members(*shape, ring_width, edges)
    numbers = numbers_of(*shape, float(ring_width), edges)
    np.testing.assert_array_equal(numbers, expected[:, : shape[1] // 2 + 1])
    np.testing.assert_array_equal(full(numbers, shape[1]), expected)


@pytest.mark.parametrize("shape", [(32, 32), (31, 31), *RECTANGLES], ids=str)
def test_each_frequency_but_zero_and_the_corners_is_in_one_ring(shape):
    rows, columns = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])
    distance = np.hypot(rows[:, None], columns) * min(shape)
    count = ring_count(*shape)
    assert count == min(shape) // 2
    numbers = numbers_of(*shape)
    outside = numbers == -1
    np.testing.assert_array_equal(outside, (distance == 0) | (distance > count + 1e-9))
    assert sorted(set(numbers[~outside])) == list(range(count))


def test_counts_are_those_of_the_gauss_circle_problem():
    numbers = full(numbers_of(256, 256), 256)
    counts = np.bincount(numbers[numbers >= 0])
    assert len(counts) == 128
    # Whole points in a circle of radius 1, 2, ...: OEIS A000328. One of them is the zero frequency.
    points = [5, 13, 29, 49, 81, 113, 149, 197, 253, 317, 377, 441]
    assert (1 + np.cumsum(counts))[:12].tolist() == points
    # The area between the circles r and r + 1 is pi (2 r + 1).
    area = np.pi * (2 * np.arange(10, 127) + 1)
    assert np.all(np.abs(counts[10:127] - area) < 2 * np.sqrt(area))


def test_wide_rings_are_unions_of_narrow_ones():
    narrow, wide = numbers_of(48, 64), numbers_of(48, 64, 3.0)
    np.testing.assert_array_equal(wide, np.where(narrow >= 0, narrow // 3, -1))


def test_rows_and_columns_are_alike():
    one, other = full(numbers_of(14, 9), 9), full(numbers_of(9, 14), 14)
    np.testing.assert_array_equal(one, other.T)


def test_distance_is_in_cycles_per_shorter_side():
    distance = ring_distance(6, 8)
    assert distance.dtype == torch.float64
    assert distance.shape == (6, 5)
    assert distance[0].tolist() == pytest.approx([0, 6 / 8, 2 * 6 / 8, 3 * 6 / 8, 3])
    assert distance[:, 0].tolist() == pytest.approx([0, 1, 2, 3, 2, 1])
    assert distance[5, 2].item() == pytest.approx(math.hypot(1, 1.5))


@pytest.mark.parametrize(
    ("shape", "ring_width", "count"),
    [
        ((8, 8), 1.0, 4),
        ((9, 9), 1.0, 4),
        ((9, 30), 2.0, 2),
        ((8, 8), 1.5, 2),
        ((2, 2), 1.0, 1),
        ((7, 7), 0.1, 30),
        ((66, 67), 1.1, 30),
    ],
)
def test_number_of_rings(shape, ring_width, count):
    assert ring_count(*shape, ring_width) == count


@pytest.mark.parametrize(("shape", "ring_width"), [((1, 8), 1.0), ((8, 1), 1.0), ((9, 9), 4.5), ((3, 3), 2)])
def test_too_small_images_are_refused(shape, ring_width):
    with pytest.raises(ValueError, match=rf"{shape[0]} x {shape[1]} .* width {ring_width:g} \(ring_width\)"):
        ring_count(*shape, ring_width)
    with pytest.raises(ValueError, match="ring_width"):
        ring_numbers(*shape, ring_width)


@given(
    height=st.integers(2, 9),
    width=st.integers(2, 9),
    leading=st.sampled_from([(), (3,), (2, 3)]),
    seed=st.integers(0, 100),
)
def test_sums_are_those_of_a_loop(height, width, leading, seed):
    values = np.random.default_rng(seed).standard_normal((*leading, height, width // 2 + 1))
    numbers, count = ring_numbers(height, width), ring_count(height, width)
    expected = np.zeros((*leading, count))
    for i in range(height):
        for j in range(width // 2 + 1):
            ring = numbers[i, j].item()
            if ring < count:
                expected[..., ring] += values[..., i, j]
    sums = ring_sums(torch.tensor(values), numbers, count)
    assert sums.shape == expected.shape
    np.testing.assert_allclose(sums.numpy(), expected, rtol=1e-12, atol=1e-14)
