"""FSL against the paper's definition in float64 NumPy, and in closed forms."""

import numpy as np
import pytest
import torch

from freqbench.losses import FourierSpaceLoss

AMPLITUDE = {"amplitude_weight": 1.0, "phase_weight": 0.0}
PHASE = {"amplitude_weight": 0.0, "phase_weight": 1.0}


def image_pair(shape, seed=0):
    generator = np.random.default_rng(seed)
    return generator.random(shape), generator.random(shape)


def hann(size, periodic):
    # scipy, NumPy and the textbook agree: 0.5 - 0.5 cos(2 pi n / period).
    period = size if periodic else max(size - 1, 1)
    return np.ones(1) if size == 1 else 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / period)


def terms(prediction, target, *, windowed=True, periodic=True):
    """Equations 1 to 8: means over the rows 0 to U/2 - 1 and all columns."""
    height, width = prediction.shape[-2:]
    window = np.outer(hann(height, periodic), hann(width, periodic)) if windowed else 1.0
    rows = slice(0, -(-height // 2))
    predicted, wanted = (np.fft.fft2(x * window, norm="ortho")[..., rows, :] for x in (prediction, target))
    difference = np.angle(predicted) - np.angle(wanted)
    shortest = np.min([np.abs(difference + turn * 2 * np.pi) for turn in (-1, 0, 1)], axis=0)
    return np.mean(np.abs(np.abs(predicted) - np.abs(wanted))), np.mean(shortest)


@pytest.mark.parametrize("options", [{}, {"periodic": False}, {"window": None}], ids=str)
@pytest.mark.parametrize("shape", [(2, 3, 12, 16), (1, 1, 7, 9), (2, 1, 8, 5), (1, 1, 32, 32)])
def test_value_is_the_formula(shape, options):
    prediction, target = image_pair(shape)
    amplitude, phase = terms(
        prediction, target, windowed=options.get("window", "hann") == "hann", periodic=options.get("periodic", True)
    )
    for loss, expected in (
        (FourierSpaceLoss(**options), 0.5 * amplitude + 0.5 * phase),
        (FourierSpaceLoss(**options, **AMPLITUDE), amplitude),
        (FourierSpaceLoss(**options, **PHASE), phase),
    ):
        double = loss(torch.tensor(prediction), torch.tensor(target))
        assert double.item() == pytest.approx(expected, rel=1e-12)
        single = loss(torch.tensor(prediction).float(), torch.tensor(target).float())
        assert single.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, 3), (5, 7)])
def test_a_shifted_point_differs_in_phase_alone(down, right):
    # The spectrum of a point is flat; a shift turns frequency (u, v) by 2 pi (u dy / H + v dx / W).
    height, width = 12, 16
    target = torch.zeros(1, 1, height, width, dtype=torch.float64)
    target[..., 2, 3] = 1.0
    prediction = target.roll((down, right), (-2, -1))
    u, v = np.meshgrid(np.arange(height // 2), np.arange(width), indexing="ij")
    turns = u * down / height + v * right / width
    expected = 2 * np.pi * np.mean(np.abs(turns - np.round(turns)))
    assert FourierSpaceLoss(window=None, **AMPLITUDE)(prediction, target).item() == pytest.approx(0, abs=1e-15)
    assert FourierSpaceLoss(window=None, **PHASE)(prediction, target).item() == pytest.approx(expected, rel=1e-9)


def test_a_brighter_image_differs_in_amplitude_alone():
    _, target = (torch.tensor(image) for image in image_pair((1, 1, 16, 16)))
    assert FourierSpaceLoss(**PHASE)(3 * target, target).item() == pytest.approx(0, abs=1e-12)
    assert FourierSpaceLoss(**PHASE)(-target, target).item() == pytest.approx(np.pi, rel=1e-9)
    twice = FourierSpaceLoss(**AMPLITUDE)(3 * target, target)
    torch.testing.assert_close(twice, 2 * FourierSpaceLoss(**AMPLITUDE)(2 * target, target))


@pytest.mark.parametrize("options", [{}, AMPLITUDE, PHASE, {"window": None}], ids=str)
def test_gradient(options):
    prediction, target = (torch.tensor(image) for image in image_pair((2, 1, 6, 7)))
    # A floor below every amplitude: the true derivative.
    loss = FourierSpaceLoss(**options, phase_gradient_floor=1e-9)
    assert torch.autograd.gradcheck(loss, (prediction.requires_grad_(), target), eps=1e-7, atol=1e-5)


def test_phase_gradient_is_the_true_one_above_the_floor_and_bounded_below_it():
    prediction, target = (torch.tensor(image) for image in image_pair((1, 1, 16, 16)))
    floor = 1e-3

    def gradient(image, **options):
        image = image.clone().requires_grad_()
        loss = FourierSpaceLoss(**PHASE, window=None, **options)
        return torch.autograd.grad(loss(image, target), image)[0]

    assert torch.fft.fft2(prediction, norm="ortho").abs().min() > floor
    torch.testing.assert_close(
        gradient(prediction, phase_gradient_floor=floor), gradient(prediction, phase_gradient_floor=1e-12)
    )
    # K = 8 * 16 frequencies, each with a derivative of at most 1 / (K floor) under a unitary transform.
    bound = 1 / (floor * np.sqrt(8 * 16))
    nearly_flat = 0.5 + 1e-9 * prediction
    assert gradient(nearly_flat, phase_gradient_floor=1e-12).norm() > 1e4 * bound
    assert gradient(nearly_flat, phase_gradient_floor=floor).norm() <= bound


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_degenerate_images_have_finite_value_and_gradient(value):
    flat = torch.full((1, 1, 16, 12), value)
    textured = torch.rand(1, 1, 16, 12, generator=torch.Generator().manual_seed(0))
    for target in (flat, textured):
        prediction = flat.clone().requires_grad_()
        loss = FourierSpaceLoss()(prediction, target)
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(prediction.grad).all()
    image = textured.clone().requires_grad_()
    loss = FourierSpaceLoss()(image, textured)
    loss.backward()
    assert loss.item() == 0
    assert not image.grad.any()


def test_value_of_an_image_does_not_depend_on_the_batch():
    prediction, target = (torch.tensor(image) for image in image_pair((3, 2, 8, 9)))
    single = torch.stack([FourierSpaceLoss()(prediction[i : i + 1], target[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(FourierSpaceLoss()(prediction, target), single.mean())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"window": "hamming"}, "window"),
        ({"phase_gradient_floor": 0}, "phase_gradient_floor"),
        ({"phase_weight": -1}, "phase_weight"),
        ({"amplitude_weight": None}, "amplitude_weight"),
        ({"periodic": "yes"}, "periodic"),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(ValueError, match=f"^{named} must be"):
        FourierSpaceLoss(**options)
