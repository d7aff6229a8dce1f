"""The generator: the published parameter counts, the wiring, the initialisation."""

import pytest
import torch
import torch.nn.functional as F

from freqbench.models import RRDBNet


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def small(**options):
    torch.manual_seed(0)
    return RRDBNet(features=8, growth=4, blocks=2, **options)


def test_parameter_counts():
    assert count(RRDBNet()) == 11_585_857
    assert count(RRDBNet(pixel_unshuffle=True)) == 11_668_353
    # ESRGAN's own network: three channels, 23 blocks, with the two upsampling layers of scale 4.
    upsampling = 2 * (64 * 64 * 9 + 64)
    assert count(RRDBNet(3, 3, blocks=23)) + upsampling == 16_697_987
    # One residual-in-residual dense block.
    assert count(RRDBNet(blocks=2)) - count(RRDBNet(blocks=1)) == 719_424


@pytest.mark.parametrize("size", [(16, 16), (7, 11)])
def test_size_is_kept(size):
    assert small()(torch.rand(2, 1, *size)).shape == (2, 1, *size)


def test_size_with_pixel_unshuffle():
    model = small(pixel_unshuffle=True)
    assert model(torch.rand(2, 1, 12, 20)).shape == (2, 1, 12, 20)
    with pytest.raises(ValueError, match="divisible by 4, not 12 x 18"):
        model(torch.rand(1, 1, 12, 18))


def by_hand(model, image):
    """The forward pass from ESRGAN's figure 4, on the model's parameters in their order."""
    parameters = iter(model.parameters())

    def convolution(x):
        return F.conv2d(x, next(parameters), next(parameters), padding=1)

    def dense(x):
        known = x
        for _ in range(4):
            y = convolution(known)
            known = torch.cat([known, torch.where(y > 0, y, 0.2 * y)], 1)
        return x + 0.2 * convolution(known)

    x = F.pixel_unshuffle(image, 4) if model.pixel_unshuffle else image
    x = first = convolution(x)
    for _ in range(len(model.body)):
        x = x + 0.2 * dense(dense(dense(x)))
    x = first + convolution(x)
    for _ in range(2 if model.pixel_unshuffle else 0):
        y = convolution(x.repeat_interleave(2, -1).repeat_interleave(2, -2))
        x = torch.where(y > 0, y, 0.2 * y)
    y = convolution(x)
    return convolution(torch.where(y > 0, y, 0.2 * y))


@pytest.mark.parametrize("pixel_unshuffle", [False, True])
def test_wiring(pixel_unshuffle):
    model = small(pixel_unshuffle=pixel_unshuffle)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.2)
        image = torch.rand(2, 1, 12, 16)
        torch.testing.assert_close(model(image), by_hand(model, image), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("blocks", [1, 2])
def test_receptive_field(blocks):
    torch.manual_seed(0)
    # double precision: the gradient through all convolutions is a product of many small numbers
    model = RRDBNet(features=4, growth=2, blocks=blocks).double()
    image = torch.rand(1, 1, 96, 96, dtype=torch.float64, requires_grad=True)
    model(image)[0, 0, 48, 48].backward()
    in_sequence = 1 + blocks * 3 * 5 + 3  # the first one, three dense blocks of five each, the last three
    for axis in (-1, -2):
        seen = image.grad[0, 0].abs().sum(axis).nonzero().flatten()
        assert seen[-1] - seen[0] + 1 == 1 + 2 * in_sequence


def test_a_block_without_weights_scales_by_the_residual():
    block = small().body[0]
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    x = torch.rand(1, 8, 5, 5)
    torch.testing.assert_close(block(x), 1.2 * x)


def test_dense_blocks_start_small():
    torch.manual_seed(0)
    model = RRDBNet(blocks=1)
    for name, parameter in model.body.named_parameters():
        if name.endswith("bias"):
            assert not parameter.any()
        else:
            expected = 0.1 * (2 / (parameter.shape[1] * 9)) ** 0.5
            assert parameter.std().item() == pytest.approx(expected, rel=0.05)
    assert model.first.bias.any()


def test_the_seed_decides_the_start():
    first, second = small().state_dict(), small().state_dict()
    torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_global_residual():
    model = small(global_residual=True)
    torch.nn.init.zeros_(model.last.weight)
    torch.nn.init.zeros_(model.last.bias)
    image = torch.rand(1, 1, 9, 9)
    torch.testing.assert_close(model(image), image, rtol=0, atol=0)
    with pytest.raises(ValueError, match="as many channels out as in, not 1 and 3"):
        RRDBNet(1, 3, features=8, growth=4, blocks=1, global_residual=True)


def test_output_is_not_clamped_and_gradient_reaches_every_parameter():
    model = small()
    torch.nn.init.constant_(model.last.bias, 3.0)
    output = model(torch.rand(1, 1, 8, 8))
    assert output.min() > 2
    output.sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in model.parameters())
