"""Equations 3 and 4 of the LFFL paper, and the places where a square root would fail."""

import numpy as np
import pytest
import torch

from freqbench.losses.log_distance import log_distance


def numbers(dtype, scale=1.0):
    generator = torch.Generator().manual_seed(0)
    return scale * torch.randn(5, 4, 3, dtype=dtype, generator=generator)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_value_is_equation_3(scale):
    difference = numbers(torch.complex128, scale)
    np.testing.assert_allclose(log_distance(difference), np.log1p(np.abs(difference.numpy())), rtol=1e-13)
    single = log_distance(difference.to(torch.complex64))
    np.testing.assert_allclose(single, np.log1p(np.abs(difference.numpy())), rtol=1e-6)


def test_derivative_is_equation_4_along_the_difference():
    difference = numbers(torch.complex128).requires_grad_()
    log_distance(difference).sum().backward()
    modulus = difference.detach().abs()
    torch.testing.assert_close(difference.grad.abs(), 1 / (1 + modulus))
    torch.testing.assert_close(difference.grad.angle(), difference.detach().angle())
    assert torch.autograd.gradcheck(log_distance, numbers(torch.complex128).requires_grad_())
    assert torch.autograd.gradgradcheck(log_distance, numbers(torch.complex128)[:2].requires_grad_())


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_equals_torch_s_own_operators(dtype):
    one, other = (numbers(dtype).requires_grad_() for _ in range(2))
    weight = torch.rand(5, 4, 3)
    (weight * log_distance(one)).sum().backward()
    (weight * other.abs().log1p()).sum().backward()
    torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_is_finite_and_bounded_down_to_zero_and_up_to_large_counts(dtype):
    sizes = [0.0, 1e-45, 1e-30, 1e-22, 1e-19, 1e-10, 1.0, 1e9]
    difference = torch.tensor([size * direction for size in sizes for direction in (1, 1j, -1)], dtype=dtype)
    difference.requires_grad_()
    value = log_distance(difference)
    value.sum().backward()
    assert value.isfinite().all()
    assert (difference.grad.abs() <= 1.5).all()
    assert not difference.grad[:3].any()
