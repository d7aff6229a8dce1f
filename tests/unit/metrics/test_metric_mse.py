import pytest
import torch

from freqbench.metrics import mse, psnr


def test_a_constant_error_and_a_checkerboard_have_the_square_of_their_height():
    target = torch.full((2, 1, 8, 8), 0.5, dtype=torch.float64)
    prediction = target.clone()
    prediction[0] += 0.1
    prediction[1, 0, ::2, ::2] += 0.2
    assert mse(prediction, target).tolist() == pytest.approx([0.01, 0.25 * 0.04], rel=1e-12)


def test_it_is_a_function_of_psnr(make_pair):
    prediction, target = make_pair(3, 32, 32)
    torch.testing.assert_close(-10 * mse(prediction, target).log10(), psnr(prediction, target).double())


def test_errors_are_parts_of_the_data_range(make_pair):
    prediction, target = make_pair(2, 16, 16)
    torch.testing.assert_close(mse(255 * prediction, 255 * target, 255.0), mse(prediction, target), rtol=1e-6, atol=0)
