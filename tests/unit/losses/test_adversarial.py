"""RaGAN against its formula, against two separate backward passes, and in closed forms."""

import math

import numpy as np
import pytest
import torch

from freqbench.losses import RelativisticAverageGANLoss

LOSS = RelativisticAverageGANLoss()


def logits(seed=0, shape=(2, 1, 5, 6)):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=torch.float32).requires_grad_() for _ in ("real", "fake")]


def cross_entropy(values, target):
    probability = 1 / (1 + np.exp(-values))
    return -np.mean(target * np.log(probability) + (1 - target) * np.log(1 - probability))


def test_values_are_the_formula():
    real, fake = logits()
    r, f = (x.detach().double().numpy() for x in (real, fake))
    generator = 0.5 * (cross_entropy(r - f.mean(), 0) + cross_entropy(f - r.mean(), 1))
    discriminator = 0.5 * (cross_entropy(r - f.mean(), 1) + cross_entropy(f - r.mean(), 0))
    assert LOSS.generator(real, fake).item() == pytest.approx(generator, rel=1e-6)
    assert LOSS.discriminator(real, fake).item() == pytest.approx(discriminator, rel=1e-6)


def test_indistinguishable_images_cost_log_2():
    same = torch.full((2, 1, 3, 3), 4.2)
    assert LOSS.generator(same, same).item() == pytest.approx(math.log(2))
    assert LOSS.discriminator(same, same).item() == pytest.approx(math.log(2))


def test_average_runs_over_batch_and_map():
    # With means per location the two sides would be equal everywhere and the loss log 2.
    position = torch.tensor([[[[-3.0, 3.0]]]])
    expected = 0.5 * (cross_entropy(position.numpy(), 1) + cross_entropy(position.numpy(), 0))
    assert LOSS.discriminator(position, position).item() == pytest.approx(expected, rel=1e-6)
    assert expected > math.log(2) + 0.5


def test_generator_step_sends_no_gradient_to_the_real_logits():
    real, fake = logits()
    LOSS.generator(real, fake).backward()
    assert real.grad is None
    # Both terms reach the fakes: the first through their mean.
    r, f = real.detach().numpy(), fake.detach().numpy()
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    expected = 0.5 * (-sigmoid(r - f.mean()).mean() + (sigmoid(f - r.mean()) - 1)) / f.size
    np.testing.assert_allclose(fake.grad.numpy(), expected, rtol=1e-4, atol=1e-8)


def test_discriminator_step_equals_two_backward_passes_with_the_other_mean_fixed():
    real, fake = logits()
    LOSS.discriminator(real, fake).backward()
    separate_real, separate_fake = logits()
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    (0.5 * entropy(separate_real - separate_fake.mean().detach(), torch.ones_like(real))).backward()
    (0.5 * entropy(separate_fake - separate_real.mean().detach(), torch.zeros_like(fake))).backward()
    torch.testing.assert_close((real.grad, fake.grad), (separate_real.grad, separate_fake.grad))


def test_large_and_half_precision_logits_stay_finite():
    real, fake = torch.full((1, 1, 2, 2), 500.0), torch.full((1, 1, 2, 2), -500.0)
    assert LOSS.generator(real, fake).item() == pytest.approx(1000)
    assert LOSS.discriminator(real, fake).item() == 0
    real, fake = logits()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = LOSS.generator(real.bfloat16(), fake.bfloat16())
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(LOSS.generator(real, fake).item(), rel=1e-2)
