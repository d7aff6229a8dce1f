"""FFL against the authors' package and against its formula in float64 NumPy."""

import itertools

import numpy as np
import pytest
import torch
from focal_frequency_loss import FocalFrequencyLoss as OfficialLoss

from freqbench.losses import FocalFrequencyLoss

OPTIONS = [
    {
        "alpha": alpha,
        "patch_factor": patch_factor,
        "ave_spectrum": ave_spectrum,
        "log_matrix": log_matrix,
        "batch_matrix": batch_matrix,
    }
    for alpha, patch_factor, ave_spectrum, log_matrix, batch_matrix in itertools.product(
        [0.5, 1.0, 2.0], [1, 2, 3], [False, True], [False, True], [False, True]
    )
]


def image_pair(shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=generator, dtype=dtype), torch.rand(shape, generator=generator, dtype=dtype)


def value_and_gradient(loss, prediction, target):
    image = prediction.clone().requires_grad_()
    value = loss(image, target)
    return value.detach(), torch.autograd.grad(value, image)[0]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options.values())))
@pytest.mark.parametrize("shape", [(2, 3, 12, 18), (2, 1, 15, 21)])
def test_agrees_with_the_authors_package(shape, options):
    options = dict(options)
    if any(side % options["patch_factor"] for side in shape[-2:]):
        options["patch_factor"] = 1
    prediction, target = image_pair(shape)
    ours = value_and_gradient(FocalFrequencyLoss(**options), prediction, target)
    official = value_and_gradient(OfficialLoss(**options), prediction, target)
    torch.testing.assert_close(ours, official, rtol=1e-10, atol=1e-15)
    single = value_and_gradient(FocalFrequencyLoss(**options), prediction.float(), target.float())
    torch.testing.assert_close(single[0].double(), official[0], rtol=1e-5, atol=0)


@pytest.mark.parametrize("shape", [(2, 3, 12, 16), (1, 1, 7, 9), (1, 2, 8, 5), (1, 1, 1, 4)])
@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_value_is_the_formula(shape, alpha):
    prediction, target = image_pair(shape)
    modulus = np.abs(np.fft.fft2(prediction.numpy() - target.numpy(), norm="ortho"))
    weight = modulus**alpha
    expected = np.mean(weight / weight.max((-2, -1), keepdims=True) * modulus**2)
    assert FocalFrequencyLoss(alpha)(prediction, target).item() == pytest.approx(expected, rel=1e-12)


def test_gradient_treats_the_weight_as_a_constant():
    prediction, target = image_pair((2, 1, 5, 6))
    modulus = torch.fft.fft2(prediction - target, norm="ortho").abs()
    weight = modulus / modulus.amax((-2, -1), keepdim=True)

    def frozen(image):
        return (weight * torch.fft.fft2(image - target, norm="ortho").abs().square()).mean()

    assert torch.autograd.gradcheck(frozen, prediction.requires_grad_())
    gradient = torch.autograd.grad(FocalFrequencyLoss()(prediction, target), prediction)
    torch.testing.assert_close(gradient, torch.autograd.grad(frozen(prediction), prediction))


@pytest.mark.parametrize("options", OPTIONS[:24:5], ids=str)
def test_equal_images_give_zero_and_no_gradient(options):
    for value in (0.0, 0.7, 1.0):
        image = torch.full((2, 1, 12, 12), value)
        loss, gradient = value_and_gradient(FocalFrequencyLoss(**options), image, image)
        assert loss == 0
        assert not gradient.any()


def test_value_of_an_image_does_not_depend_on_the_batch():
    prediction, target = image_pair((3, 2, 8, 8))
    single = torch.stack([FocalFrequencyLoss()(prediction[i : i + 1], target[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(FocalFrequencyLoss()(prediction, target), single.mean())


def test_patches_must_fit():
    prediction, target = image_pair((1, 1, 9, 8))
    with pytest.raises(ValueError, match="patch_factor"):
        FocalFrequencyLoss(patch_factor=2)(prediction, target)


@pytest.mark.parametrize(
    ("options", "named"),
    [({"alpha": -1}, "alpha"), ({"patch_factor": 0}, "patch_factor"), ({"log_matrix": 1}, "log_matrix")],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(ValueError, match=f"^{named} must be"):
        FocalFrequencyLoss(**options)
