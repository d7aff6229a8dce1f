"""The spatial losses are the means they are named for, and never broadcast."""

import numpy as np
import pytest
import torch

from freqbench.losses import PixelL1Loss, PixelL2Loss


@pytest.mark.parametrize(
    ("loss", "expected"), [(PixelL1Loss(), (0.5 + 0 + 0.25 + 1) / 4), (PixelL2Loss(), (0.25 + 0 + 0.0625 + 1) / 4)]
)
def test_value_by_hand(loss, expected):
    prediction = torch.tensor([[[[0.0, 1.0], [0.5, 0.0]]]])
    target = torch.tensor([[[[0.5, 1.0], [0.25, 1.0]]]])
    assert loss(prediction, target).item() == expected


@pytest.mark.parametrize(("loss", "power"), [(PixelL1Loss(), 1), (PixelL2Loss(), 2)])
@pytest.mark.parametrize("shape", [(2, 3, 12, 16), (1, 1, 7, 9), (3, 1, 1, 1)], ids=str)
def test_value_and_gradient_are_the_formula(shape, loss, power):
    generator = np.random.default_rng(0)
    prediction, target = generator.random(shape), generator.random(shape)
    expected = np.mean(np.abs(prediction - target) ** power)
    image = torch.tensor(prediction, requires_grad=True)
    value = loss(image, torch.tensor(target))
    assert value.item() == pytest.approx(expected, rel=1e-12)
    single = loss(torch.tensor(prediction).float(), torch.tensor(target).float())
    assert single.item() == pytest.approx(expected, rel=1e-5)
    value.backward()
    difference = prediction - target
    derivative = np.sign(difference) if power == 1 else 2 * difference
    np.testing.assert_allclose(image.grad, derivative / difference.size, rtol=1e-12)
    assert torch.autograd.gradcheck(loss, (image, torch.tensor(target)))


@pytest.mark.parametrize(
    ("loss", "of_torch"), [(PixelL1Loss(), torch.nn.L1Loss()), (PixelL2Loss(), torch.nn.MSELoss())]
)
def test_shapes_that_torch_would_broadcast_are_refused(loss, of_torch):
    prediction, target = torch.rand(2, 1, 8, 8), torch.rand(2, 3, 8, 8)
    with pytest.warns(UserWarning, match="broadcasting"):
        assert of_torch(prediction, target).isfinite()
    with pytest.raises(ValueError, match="differ in shape"):
        loss(prediction, target)
