"""What the FRC loss does not see, Eqs. 21 to 24 of its paper, what it does see, and its bounds and gradient."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.losses import FourierRingCorrelationLoss

# so small a power that images of any scale have more
LOSS = FourierRingCorrelationLoss(epsilon=1e-30)
SHAPES = st.sampled_from([(16, 16), (17, 17), (15, 24), (32, 20)])


def image_pair(shape, seed=0, noise=0.3):
    generator = np.random.default_rng(seed)
    target = generator.random(shape)
    return [torch.tensor(image) for image in (target + noise * generator.standard_normal(shape), target)]


def distances(height, width):
    """Return the modulus of each frequency of the full spectrum in cycles per shorter side."""
    return np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)) * min(height, width)


def filtered(images, gains):
    return torch.fft.ifft2(torch.fft.fft2(images) * torch.as_tensor(gains)).real


@settings(max_examples=40)
@given(shape=SHAPES, seed=st.integers(0, 1000), scale=st.floats(0.01, 100), offset=st.floats(-10, 10))
def test_blind_to_scale_and_offset(shape, seed, scale, offset):
    prediction, target = image_pair((2, 1, *shape), seed)
    value = LOSS(prediction, target)
    torch.testing.assert_close(LOSS(scale * prediction + offset, target), value, rtol=1e-7, atol=0)
    torch.testing.assert_close(LOSS(prediction, scale * target + offset), value, rtol=1e-7, atol=0)
    # The sign is seen: all correlations turn round.
    torch.testing.assert_close(LOSS(-scale * prediction + offset, target), 2 - value, rtol=1e-7, atol=0)


@settings(max_examples=40)
@given(shape=SHAPES, seed=st.integers(0, 1000), data=st.data())
def test_blind_to_positive_filters_that_are_constant_in_a_ring(shape, seed, data):
    prediction, target = image_pair((2, 1, *shape), seed)
    gain = st.floats(0.01, 100)
    distance = distances(*shape)
    gains = np.full(shape, data.draw(gain))  # the corners
    for ring in reversed(range(min(shape) // 2)):
        gains[distance <= ring + 1 + 1e-9] = data.draw(gain)
    gains[0, 0] = data.draw(st.floats(-100, 100))
    value = LOSS(prediction, target)
    torch.testing.assert_close(LOSS(filtered(prediction, gains), target), value, rtol=1e-7, atol=0)
    torch.testing.assert_close(LOSS(prediction, filtered(target, gains)), value, rtol=1e-7, atol=0)


def test_a_smooth_radial_filter_changes_little_and_a_directional_one_much():
    # Within a ring of width 1 the gain of a blur varies a little, so its invariance is not exact; that of a blur
    # along one axis varies between all directions.
    prediction, target = image_pair((1, 1, 64, 64))
    down, right = np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64)
    sigma = 1.0
    round_blur = np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + right**2))
    directional_blur = np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + 0 * right))
    value = LOSS(prediction, target).item()
    changes = [
        abs(LOSS(filtered(prediction, gains), target).item() - value) for gains in (round_blur, directional_blur)
    ]
    assert 1e-6 < changes[0] < 0.01 * value
    assert changes[1] > 10 * changes[0]
    # A gain that changes its sign from ring to ring is radial and real, but not positive.
    assert LOSS(filtered(prediction, np.where(distances(64, 64) > 16, -1.0, 1.0)), target).item() > value + 0.3


@pytest.mark.parametrize("shape", [(32, 32), (33, 33), (20, 32)], ids=str)
def test_only_the_zero_frequency_and_the_corners_are_left_out(shape):
    prediction, target = image_pair((1, 1, *shape))
    value = LOSS(prediction, target)
    distance, last = distances(*shape), min(shape) // 2
    generator = torch.Generator().manual_seed(1)
    unseen = np.where((distance == 0) | (distance > last + 1e-9), 1.0, 0.0)
    disturbance = filtered(torch.randn(1, 1, *shape, generator=generator, dtype=torch.float64), unseen)
    assert disturbance.abs().max() > 0.1
    torch.testing.assert_close(LOSS(prediction + 10 * disturbance, target), value, rtol=1e-9, atol=0)
    # Every other frequency is seen.
    y, x = np.mgrid[: shape[0], : shape[1]]
    for i, j in [
        (0, 1),
        (1, 0),
        (last if shape[0] <= shape[1] else 3, 0),
        (3, 4),
        (shape[0] - 3, 4),
        (5, shape[1] - 2),
    ]:
        assert 0 < distance[i, j] <= last + 1e-9
        wave = np.cos(2 * np.pi * (i * y / shape[0] + j * x / shape[1]))
        assert abs(LOSS(prediction + torch.tensor(wave), target) - value) > 1e-3


@settings(max_examples=40)
@given(
    shape=SHAPES,
    seed=st.integers(0, 1000),
    options=st.fixed_dictionaries(
        {
            "ring_width": st.sampled_from([1, 1.5, 2]),
            "edges": st.sampled_from(["upper", "nearest", "lower"]),
            "integration": st.sampled_from(["trapezoid", "mean"]),
            "window": st.sampled_from([None, "hann"]),
        }
    ),
)
def test_bounds(shape, seed, options):
    prediction, target = image_pair((2, 1, *shape), seed, noise=10)
    loss = FourierRingCorrelationLoss(**options)
    assert 0 < loss(prediction, target).item() < 2
    torch.testing.assert_close(loss(target, prediction), loss(prediction, target))
    assert loss(target, target).item() == pytest.approx(0, abs=1e-8)
    assert loss(-target, target).item() == pytest.approx(2, abs=1e-8)
    modulus = FourierRingCorrelationLoss(**options, numerator="modulus")
    assert modulus(-target, target).item() == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ring_width": 1.5, "edges": "nearest"},
        {"edges": "lower"},
        {"numerator": "modulus"},
        {"integration": "mean", "window": "hann"},
        {"epsilon": 0.1},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(2, 1, 6, 8), (1, 2, 7, 7)], ids=str)
def test_gradient(shape, options):
    prediction, target = image_pair(shape)
    loss = FourierRingCorrelationLoss(**options)
    assert torch.autograd.gradcheck(loss, (prediction.requires_grad_(), target), eps=1e-6, atol=1e-7)


def test_gradient_has_no_mean_and_does_not_scale_the_prediction():
    # What the loss does not see, its gradient does not change.
    prediction, target = image_pair((2, 1, 16, 16))
    (gradient,) = torch.autograd.grad(LOSS(prediction.requires_grad_(), target), prediction)
    assert gradient.abs().max() > 1e-4
    for direction in (torch.ones_like(prediction), prediction):
        assert (gradient * direction).sum().item() == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("numerator", ["real", "modulus"])
def test_rings_without_power_count_0_and_have_a_finite_gradient(numerator):
    loss = FourierRingCorrelationLoss(numerator=numerator)
    columns = torch.arange(16, dtype=torch.float64)
    # In both images ring 2 alone has power: the others correlate 0, as 0 / 0 does in the authors' code.
    wave = torch.cos(2 * torch.pi * 3 * columns / 16).expand(1, 1, 16, 16)
    expected = torch.zeros(1, 8, dtype=torch.float64)
    expected[0, 2] = 1
    torch.testing.assert_close(loss.correlation(wave, wave), expected, atol=1e-9, rtol=0)
    flat, textured = torch.full_like(wave, 0.5), image_pair((1, 1, 16, 16))[0]
    for dtype in (torch.float32, torch.float64):
        for prediction in (flat, wave, textured):
            for target in (flat, wave, textured):
                image = prediction.to(dtype, copy=True).requires_grad_()
                value = loss(image, target.to(dtype))
                value.backward()
                assert -1e-6 <= value.item() <= 2 + 1e-6
                assert torch.isfinite(image.grad).all()
    assert loss(flat, textured).item() == pytest.approx(1, abs=1e-6)


def test_deterministic_algorithms_are_enough():
    prediction, target = image_pair((2, 1, 24, 24))
    try:
        torch.use_deterministic_algorithms(True)
        gradients = [torch.autograd.grad(LOSS(prediction.requires_grad_(), target), prediction)[0] for _ in range(2)]
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(*gradients)
