"""LFFL against the paper's equations, written out in float64 NumPy on the full spectrum."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.losses import LogFocalFrequencyLoss

SHAPES = [(2, 3, 12, 16), (1, 1, 7, 9), (1, 2, 8, 5), (3, 1, 5, 8), (1, 1, 2, 2), (1, 1, 1, 6), (1, 1, 33, 64)]


def image_pair(shape, seed=0):
    generator = np.random.default_rng(seed)
    return generator.random(shape), generator.random(shape)


def spectra(prediction, target):
    transformed = [np.fft.fft2(image, norm="ortho") for image in (prediction, target)]
    height, width = prediction.shape[-2:]
    for spectrum in transformed:
        for row in {0, height // 2} if height % 2 == 0 else {0}:
            for column in {0, width // 2} if width % 2 == 0 else {0}:
                spectrum[..., row, column] = spectrum[..., row, column].real
    return transformed


def log_weight(prediction, target, *, epsilon=1e-8, inside=False, exclude_dc=True):
    """Equations 1 and 2 with the paper's rule for the zero frequency."""
    predicted, wanted = (spectrum.copy() for spectrum in spectra(prediction, target))
    if exclude_dc:
        predicted[..., 0, 0] = wanted[..., 0, 0] = 0

    def log(part):
        return np.log(np.abs(part + epsilon)) if inside else np.log(np.abs(part) + epsilon)

    imaginary = log(predicted.imag) - log(wanted.imag)
    return np.sqrt((log(predicted.real) - log(wanted.real)) ** 2 + imaginary**2)


def log_distance(prediction, target):
    """Equation 3."""
    predicted, wanted = spectra(prediction, target)
    return np.log(np.abs(predicted - wanted) + 1)


def torch_loss(loss, prediction, target, dtype=torch.float32):
    return loss(torch.tensor(prediction, dtype=dtype), torch.tensor(target, dtype=dtype)).item()


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0, 1.3])
@pytest.mark.parametrize("shape", SHAPES)
def test_value_is_equation_5(shape, alpha):
    prediction, target = image_pair(shape)
    expected = np.mean(log_weight(prediction, target) ** alpha * log_distance(prediction, target))
    loss = LogFocalFrequencyLoss(alpha)
    assert torch_loss(loss, prediction, target, torch.float64) == pytest.approx(expected, rel=1e-12)
    assert torch_loss(loss, prediction, target) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_literal_epsilon(shape):
    prediction, target = image_pair(shape, seed=1)
    expected = np.mean(log_weight(prediction, target, epsilon=0.01, inside=True) * log_distance(prediction, target))
    loss = LogFocalFrequencyLoss(epsilon=0.01, epsilon_inside=True)
    assert torch_loss(loss, prediction, target, torch.float64) == pytest.approx(expected, rel=1e-9)


def test_literal_epsilon_stays_finite_where_the_paper_s_logarithm_is_not():
    # One cosine: a real spectrum with Re = -2**-6 at two frequencies, and epsilon cancels it exactly.
    columns = torch.arange(16, dtype=torch.float64)
    target = -(2.0**-6) / 8 * torch.cos(2 * torch.pi * columns / 16).expand(1, 1, 16, 16)
    assert torch.fft.fft2(target, norm="ortho")[0, 0, 0, 1].real == pytest.approx(-(2.0**-6))
    loss = LogFocalFrequencyLoss(epsilon=2.0**-6, epsilon_inside=True)
    prediction = torch.zeros(1, 1, 16, 16, dtype=torch.float64, requires_grad=True)
    value = loss(prediction, target)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(prediction.grad).all()


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("normalize_weight", ["image", "batch", "mean", "clamp"])
@pytest.mark.parametrize("shape", [(2, 3, 12, 16), (2, 1, 7, 9)])
def test_normalised_weight(shape, normalize_weight, alpha):
    prediction, target = image_pair(shape)
    weight = log_weight(prediction, target)
    weight = {
        "image": lambda: weight / weight.max((-2, -1), keepdims=True),
        "batch": lambda: weight / weight.max(),
        "mean": lambda: weight / weight.mean((-2, -1), keepdims=True),
        "clamp": lambda: np.minimum(weight, 1),
    }[normalize_weight]()
    expected = np.mean(weight**alpha * log_distance(prediction, target))
    loss = LogFocalFrequencyLoss(alpha, normalize_weight=normalize_weight)
    assert torch_loss(loss, prediction, target, torch.float64) == pytest.approx(expected, rel=1e-9)
    # The largest weight belongs to a part near zero, whose logarithm amplifies the rounding of the FFT.
    assert torch_loss(loss, prediction, target) == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_other_readings(shape):
    prediction, target = image_pair(shape)
    weight, distance = log_weight(prediction, target), log_distance(prediction, target)

    half = np.mean((weight * distance)[..., : shape[-1] // 2 + 1])
    assert torch_loss(LogFocalFrequencyLoss(full_spectrum=False), prediction, target) == pytest.approx(half, rel=1e-5)
    total = np.mean(np.sum(weight * distance, axis=1)) if shape[1] > 1 else np.mean(weight * distance)
    assert torch_loss(LogFocalFrequencyLoss(channels="sum"), prediction, target) == pytest.approx(total, rel=1e-5)

    with_dc = np.mean(log_weight(prediction, target, exclude_dc=False) * distance)
    assert torch_loss(LogFocalFrequencyLoss(exclude_dc=False), prediction, target) == pytest.approx(with_dc, rel=1e-5)
    distance[..., 0, 0] = 0
    unweighted = torch_loss(LogFocalFrequencyLoss(0), prediction, target)
    assert unweighted == pytest.approx(np.mean(distance), rel=1e-5)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("shape", [(2, 2, 6, 8), (1, 1, 5, 7)])
def test_gradient_treats_the_weight_as_a_constant(shape, alpha):
    prediction, target = image_pair(shape)
    frozen = log_weight(prediction, target) ** alpha
    image = torch.tensor(prediction, requires_grad=True)
    LogFocalFrequencyLoss(alpha)(image, torch.tensor(target)).backward()
    generator = np.random.default_rng(2)
    step = 1e-6
    for _ in range(5):
        direction = generator.standard_normal(shape)
        numerical = (
            np.mean(frozen * log_distance(prediction + step * direction, target))
            - np.mean(frozen * log_distance(prediction - step * direction, target))
        ) / (2 * step)
        assert np.sum(image.grad.numpy() * direction) == pytest.approx(numerical, rel=1e-6)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("shape", [(12, 16), (9, 7)])
def test_gradient_of_each_frequency_is_equation_4(shape, alpha):
    # The DFT is orthonormal, so that of the pixels' gradient is the gradient by the frequencies: it has the direction
    # of D = P - T and the modulus w^alpha / (|D| + 1), over the number of frequencies.
    prediction, target = image_pair((1, 1, *shape))
    image = torch.tensor(prediction, requires_grad=True)
    LogFocalFrequencyLoss(alpha)(image, torch.tensor(target)).backward()
    gradient = np.fft.fft2(image.grad.numpy(), norm="ortho")
    predicted, wanted = spectra(prediction, target)
    modulus = np.abs(predicted - wanted)
    expected = log_weight(prediction, target) ** alpha / (shape[0] * shape[1] * (1 + modulus))
    assert np.abs(gradient[..., 0, 0]).item() == pytest.approx(0, abs=1e-15)
    expected[..., 0, 0] = 0
    np.testing.assert_allclose(np.abs(gradient), expected, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(gradient, expected * (predicted - wanted) / modulus, rtol=1e-7, atol=1e-13)


@pytest.mark.parametrize("normalize_weight", [None, "image", "batch", "mean", "clamp"])
@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_gradient_through_the_weight(alpha, normalize_weight):
    prediction, target = (torch.tensor(image) for image in image_pair((2, 1, 5, 6)))
    loss = LogFocalFrequencyLoss(alpha, detach_weight=False, normalize_weight=normalize_weight)
    assert torch.autograd.gradcheck(loss, (prediction.requires_grad_(), target), eps=1e-7, atol=1e-5)


@pytest.mark.parametrize("detach_weight", [True, False])
@pytest.mark.parametrize("normalize_weight", [None, "image", "batch", "mean", "clamp"])
@pytest.mark.parametrize("alpha", [0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize(("predicted", "wanted"), [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (None, None)])
def test_degenerate_images_have_finite_value_and_gradient(predicted, wanted, alpha, normalize_weight, detach_weight):
    image = torch.rand(2, 1, 16, 12, generator=torch.Generator().manual_seed(0))
    prediction = (image.clone() if predicted is None else torch.full_like(image, predicted)).requires_grad_()
    target = image if wanted is None else torch.full_like(image, wanted)
    loss = LogFocalFrequencyLoss(alpha, normalize_weight=normalize_weight, detach_weight=detach_weight)
    value = loss(prediction, target)
    value.backward()
    assert torch.isfinite(prediction.grad).all()
    # These pairs differ in the mean brightness at most; what remains is rounding error of the FFT.
    assert value.item() == pytest.approx(0, abs=1e-6)
    if predicted == wanted:
        assert value.item() == 0
        assert not prediction.grad.any()


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    seed=st.integers(0, 1000),
    alpha=st.sampled_from([0.5, 1.0, 2.0]),
    offset=st.floats(-2, 2),
)
def test_blind_to_brightness_and_symmetric(height, width, seed, alpha, offset):
    prediction, target = (torch.tensor(image) for image in image_pair((1, 1, height, width), seed))
    loss = LogFocalFrequencyLoss(alpha)
    value = loss(prediction, target)
    assert value >= 0
    torch.testing.assert_close(loss(target, prediction), value)
    torch.testing.assert_close(loss(prediction.mT, target.mT), value)
    # The offset changes the other frequencies by rounding only, which the logarithms amplify near zero.
    torch.testing.assert_close(loss(prediction + offset, target), value, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("shape", [(1, 1, 8, 8), (1, 1, 8, 7), (1, 1, 7, 8), (1, 1, 7, 7)])
def test_rounding_error_where_there_is_no_imaginary_part_gets_no_weight(shape, monkeypatch):
    prediction, target = (torch.tensor(image) for image in image_pair(shape))
    expected = LogFocalFrequencyLoss()(prediction, target)
    rounding = iter([1e-7, 1e-5])

    def inexact(images):
        spectrum = torch.fft.rfft2(images, norm="ortho")
        error = next(rounding)
        for row in {0, shape[-2] // 2} if shape[-2] % 2 == 0 else {0}:
            for column in {0, shape[-1] // 2} if shape[-1] % 2 == 0 else {0}:
                spectrum[..., row, column] += 1j * error
        return spectrum

    monkeypatch.setattr("freqbench.losses.log_focal_frequency.half_spectrum", inexact)
    torch.testing.assert_close(LogFocalFrequencyLoss()(prediction, target), expected, rtol=1e-6, atol=0)


def test_gradient_has_no_mean():
    prediction, target = (torch.tensor(image) for image in image_pair((2, 1, 16, 16)))
    LogFocalFrequencyLoss()(prediction.requires_grad_(), target).backward()
    torch.testing.assert_close(
        prediction.grad.mean((-2, -1)), torch.zeros(2, 1, dtype=torch.float64), atol=1e-15, rtol=0
    )


def test_blind_to_signs_of_real_and_imaginary_part():
    _, target = (torch.tensor(image) for image in image_pair((1, 1, 16, 16)))
    for normalize_weight in (None, "image", "batch", "mean", "clamp"):
        loss = LogFocalFrequencyLoss(normalize_weight=normalize_weight)
        assert loss(-target, target).item() == pytest.approx(0, abs=1e-12)
    # A flip conjugates the spectrum.
    flipped = target.roll((-1, -1), (-2, -1)).flip(-2, -1)
    assert LogFocalFrequencyLoss()(flipped, target).item() == pytest.approx(0, abs=1e-7)


def test_a_single_frequency_in_closed_form():
    columns = torch.arange(32, dtype=torch.float64)
    target = torch.cos(2 * torch.pi * 3 * columns / 32).expand(1, 1, 32, 32)
    # An amplitude a has |Re F| = a * 32 / 2 at (0, 3) and (0, -3): log-ratio log 2, distance 8.
    expected = 2 * np.log(2) * np.log(1 + 8) / 32**2
    assert LogFocalFrequencyLoss()(0.5 * target, target).item() == pytest.approx(expected, rel=1e-4)


def test_value_of_an_image_does_not_depend_on_the_batch():
    prediction, target = (torch.tensor(image) for image in image_pair((3, 2, 9, 8)))
    prediction[1] *= 0.01
    for normalize_weight in (None, "image", "mean", "clamp"):
        loss = LogFocalFrequencyLoss(normalize_weight=normalize_weight)
        single = torch.stack([loss(prediction[i : i + 1], target[i : i + 1]) for i in range(3)])
        torch.testing.assert_close(loss(prediction, target), single.mean())
    loss = LogFocalFrequencyLoss(normalize_weight="batch")
    single = torch.stack([loss(prediction[i : i + 1], target[i : i + 1]) for i in range(3)])
    assert loss(prediction, target) < 0.95 * single.mean()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"alpha": -1}, "alpha"),
        ({"alpha": "one"}, "alpha"),
        ({"alpha": float("nan")}, "alpha"),
        ({"epsilon": 0}, "epsilon"),
        ({"epsilon": 1e-30}, "epsilon"),
        ({"normalize_weight": "max"}, "normalize_weight"),
        ({"detach_weight": "no"}, "detach_weight"),
        ({"log_weight": 0}, "log_weight"),
        ({"log_error": None}, "log_error"),
        ({"exclude_dc": 1}, "exclude_dc"),
        ({"channels": "max"}, "channels"),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(ValueError, match=f"^{named} must be"):
        LogFocalFrequencyLoss(**options)
