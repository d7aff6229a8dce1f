"""Noise2Noise's U-Net: the published parameter count, the wiring by hand, the receptive field, the start."""

import pytest
import torch
import torch.nn.functional as F

from freqbench.models import Noise2NoiseUNet


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def small(**options):
    torch.manual_seed(0)
    return Noise2NoiseUNet(**({"features": 4} | options))


def randomised(model):
    """Return the model in double precision, with biases that are not zero."""
    with torch.no_grad():
        for parameter in model.double().parameters():
            if parameter.ndim == 1:
                parameter.normal_(0, 0.3)
    return model


def test_parameter_counts():
    assert count(Noise2NoiseUNet()) == 988_609
    # of the network without biases in FMD's benchmark
    assert count(Noise2NoiseUNet(bias=False)) == 987_408


def test_channels_are_those_of_the_papers_table():
    model = Noise2NoiseUNet(3, 3)
    found = [(weight.shape[1], weight.shape[0]) for weight in model.parameters() if weight.ndim == 4]
    encoder = [(3, 48), *[(48, 48)] * 6]
    decoder = [(96, 96), (96, 96), *[(144, 96), (96, 96)] * 3, (99, 64), (64, 32), (32, 3)]
    assert found == encoder + decoder


def by_hand(model, image, bias):
    """The forward pass of the table in the paper's appendix, on the model's parameters in their order."""
    parameters = iter(model.parameters())

    def convolution(x):
        return F.conv2d(x, next(parameters), next(parameters) if bias else None, padding=1)

    def activated(x):
        y = convolution(x)
        return torch.where(y > 0, y, 0.1 * y)

    def pooled(x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).amax((3, 5))

    def joined(x, skip):
        return torch.cat([x.repeat_interleave(2, -1).repeat_interleave(2, -2), skip], 1)

    pool1 = pooled(activated(activated(image)))
    pool2 = pooled(activated(pool1))
    pool3 = pooled(activated(pool2))
    pool4 = pooled(activated(pool3))
    pool5 = pooled(activated(pool4))
    x = activated(pool5)
    for skip in (pool4, pool3, pool2, pool1, image):
        x = activated(activated(joined(x, skip)))
    x = convolution(x)
    assert next(parameters, None) is None
    return x


@pytest.mark.parametrize(
    ("channels", "options"), [((1, 1), {}), ((2, 3), {}), ((1, 1), {"bias": False}), ((1, 1), {"features": 7})]
)
def test_wiring(channels, options):
    torch.manual_seed(1)
    model = randomised(Noise2NoiseUNet(*channels, **({"features": 4} | options)))
    image = torch.rand(2, channels[0], 64, 96, dtype=torch.float64)
    with torch.no_grad():
        expected = by_hand(model, image, options.get("bias", True))
        torch.testing.assert_close(model(image), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("size", [(32, 32), (32, 96), (64, 32)])
def test_size_is_kept(size):
    assert small()(torch.rand(2, 1, *size)).shape == (2, 1, *size)


@pytest.mark.parametrize(("size", "shown"), [((48, 64), "48 x 64"), ((64, 16), "64 x 16")])
def test_wrong_sizes_are_named(size, shown):
    with pytest.raises(ValueError, match=f"height and width must be divisible by 32, not {shown}"):
        small()(torch.rand(1, 1, *size))


def seen_by(pixel):
    """Return the first and the last input pixel, along one axis, that an output pixel depends on.

    A 3 x 3 convolution sees one further pixel on each side; pixel i of the next level is pixels 2i and 2i + 1
    of this one. Three convolutions follow the last upsampling, two each of the others.
    """
    first, last = pixel - 3, pixel + 3
    for _ in range(4):
        first, last = first // 2 - 2, last // 2 + 2
    first, last = first // 2 - 1, last // 2 + 1
    for _ in range(5):
        first, last = 2 * first - 1, 2 * last + 2
    return first - 1, last + 1


def test_closed_form_of_the_receptive_field():
    extents = [last - first + 1 for first, last in map(seen_by, range(32))]
    assert extents == [256, *[288] * 30, 256]


@pytest.mark.parametrize("offset", [0, 1, 14, 30, 31])
@pytest.mark.parametrize("axis", [-2, -1])
def test_receptive_field_by_gradient(offset, axis, monkeypatch):
    # the maximum passes its gradient to one of four pixels, the average to all four that it depends on
    monkeypatch.setattr(F, "max_pool2d", F.avg_pool2d)
    model = small(features=1).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.abs_()
    shape = [1, 1, 32, 32]
    shape[axis] = 384
    image = torch.rand(shape, dtype=torch.float64, requires_grad=True)
    model(image).select(axis, 160 + offset).sum().backward()
    other = -3 - axis
    seen = image.grad[0, 0].sum(other).nonzero().flatten()
    assert (int(seen[0]), int(seen[-1])) == seen_by(160 + offset)


@pytest.mark.parametrize("bias", [True, False])
def test_start_after_he(bias):
    torch.manual_seed(0)
    for parameter in Noise2NoiseUNet(bias=bias).parameters():
        if parameter.ndim == 1:
            assert not parameter.any()
            continue
        fan_in = parameter[0].numel()
        # five standard deviations of a sample variance
        tolerance = 5 * (2 / parameter.numel()) ** 0.5
        assert parameter.var().item() == pytest.approx(2 / fan_in, rel=tolerance)


def test_the_gain_is_that_of_relu():
    """Over all 987,408 weights the variance tells gain sqrt(2) from that of a slope of 0.1, 1 % apart."""
    torch.manual_seed(0)
    weights = [parameter for parameter in Noise2NoiseUNet().parameters() if parameter.ndim == 4]
    scaled = torch.cat([weight.flatten() * (weight[0].numel() / 2) ** 0.5 for weight in weights])
    assert scaled.var().item() == pytest.approx(1, abs=5 * (2 / scaled.numel()) ** 0.5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_untrained_network_keeps_the_scale(seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        output = Noise2NoiseUNet()(torch.randn(2, 1, 64, 64))
    assert torch.isfinite(output).all()
    assert 0.3 < output.std() < 3


def test_the_seed_decides_the_start():
    torch.testing.assert_close(small().state_dict(), small().state_dict(), rtol=0, atol=0)


def test_no_residual_and_no_clamp():
    model = small()
    torch.nn.init.zeros_(model.last.weight)
    torch.nn.init.constant_(model.last.bias, -3.0)
    torch.testing.assert_close(model(torch.rand(1, 1, 32, 32)), torch.full((1, 1, 32, 32), -3.0))


def test_a_step_down_the_gradient_reduces_the_loss():
    model = small()
    clean = torch.rand(2, 1, 32, 32)
    noisy = clean + 0.1 * torch.randn_like(clean)
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(2):
        loss = (model(noisy) - clean).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in model.parameters())


def test_memory_format_and_mode_do_not_change_the_values():
    model = randomised(small())
    image = torch.rand(2, 1, 32, 64, dtype=torch.float64)
    expected = model(image)
    torch.testing.assert_close(model.eval()(image), expected, rtol=0, atol=0)
    last = model.to(memory_format=torch.channels_last)(image.to(memory_format=torch.channels_last))
    torch.testing.assert_close(last, expected, rtol=1e-12, atol=1e-12)


def test_the_input_is_not_changed():
    image = torch.rand(1, 1, 32, 32)
    before = image.clone()
    small()(image)
    assert torch.equal(image, before)


def test_shapes_without_arithmetic():
    with torch.device("meta"):
        assert Noise2NoiseUNet()(torch.empty(4, 1, 256, 256)).shape == (4, 1, 256, 256)
