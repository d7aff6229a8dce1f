"""CARE's U-Net: csbdeep's parameter counts and reach, the wiring by hand, the residual, the scale, the start."""

import math

import pytest
import torch
import torch.nn.functional as F

from freqbench.models import CAREUNet


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def small(**options):
    torch.manual_seed(0)
    return CAREUNet(**({"features": 4} | options))


def randomised(model):
    """Return the model in double precision, with weights that keep the scale and biases that are not zero."""
    model = model.double()
    with torch.no_grad():
        for parameter in model.parameters():
            fan_in = parameter[0].numel()
            parameter.normal_(0, (2 / fan_in) ** 0.5 if parameter.ndim == 4 else 0.3)
    return model


def test_parameter_counts():
    assert count(CAREUNet()) == 922_977
    assert count(CAREUNet(probabilistic=True)) == 923_010


@pytest.mark.parametrize(
    ("depth", "channels"),
    [
        (1, [(2, 8), (8, 8), (8, 16), (16, 8), (16, 8), (8, 8)]),
        (2, [(2, 8), (8, 8), (8, 16), (16, 16), (16, 32), (32, 16), (32, 16), (16, 8), (16, 8), (8, 8)]),
    ],
)
def test_channels_of_other_depths_follow_csbdeeps_rule(depth, channels):
    model = CAREUNet(2, 3, features=8, depth=depth, kernel_size=3)
    found = [(weight.shape[1], weight.shape[0]) for weight in model.parameters() if weight.ndim == 4]
    assert found == [*channels, (8, 3)]


def test_parameters_of_any_depth_and_width():
    """Each level doubles the channels; the decoder sees two times a level's, and halves them for the one above."""
    for depth, features, kernel_size in [(1, 4, 3), (3, 4, 5), (4, 2, 7)]:
        expected = features + 1  # the head
        layers, width = [(1, features), (features, features)], features
        for _ in range(depth - 1):
            layers += [(width, 2 * width), (2 * width, 2 * width), (4 * width, 2 * width), (2 * width, width)]
            width *= 2
        layers += [(width, 2 * width), (2 * width, width), (2 * features, features), (features, features)]
        expected += sum(before * after * kernel_size**2 + after for before, after in layers)
        assert count(CAREUNet(features=features, depth=depth, kernel_size=kernel_size)) == expected


def by_hand(model, image, depth):
    """The forward pass of csbdeep's default network, on the model's parameters in their order."""
    parameters = iter(model.parameters())

    def convolution(x):
        weight, bias = next(parameters), next(parameters)
        return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)

    def twice(x):
        for _ in range(2):
            y = convolution(x)
            x = torch.where(y > 0, y, torch.zeros_like(y))
        return x

    x, skips = image, []
    for _ in range(depth):
        x = twice(x)
        skips.append(x)
        n, c, h, w = x.shape
        x = x.reshape(n, c, h // 2, 2, w // 2, 2).amax((3, 5))
    x = twice(x)
    while skips:
        upsampled = x.repeat_interleave(2, -1).repeat_interleave(2, -2)
        x = twice(torch.cat([upsampled, skips.pop()], 1))
    outputs = [convolution(x)]
    if image.shape[1] == outputs[0].shape[1]:
        outputs[0] = outputs[0] + image
    if next(parameters, None) is not None:
        weight, bias = list(model.parameters())[-2:]
        outputs.append(torch.log(1 + torch.exp(F.conv2d(x, weight, bias))) + 1e-3)
    return torch.cat(outputs, 1)


@pytest.mark.parametrize(
    ("channels", "options"),
    [
        ((1, 1), {}),
        ((1, 1), {"probabilistic": True}),
        ((2, 2), {"probabilistic": True, "depth": 1, "kernel_size": 7}),
        ((1, 2), {"depth": 3, "kernel_size": 3}),
    ],
)
def test_wiring(channels, options):
    torch.manual_seed(1)
    model = randomised(CAREUNet(*channels, features=4, **options))
    image = torch.rand(2, channels[0], 16, 24, dtype=torch.float64)
    with torch.no_grad():
        expected = by_hand(model, image, options.get("depth", 2))
        torch.testing.assert_close(model(image), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("size", [(8, 8), (4, 20), (12, 8)])
def test_size_is_kept(size):
    assert small()(torch.rand(2, 1, *size)).shape == (2, 1, *size)
    assert small(probabilistic=True)(torch.rand(2, 1, *size)).shape == (2, 2, *size)


def test_wrong_sizes_and_options_are_named():
    with pytest.raises(ValueError, match="height and width must be divisible by 4, not 12 x 18"):
        small()(torch.rand(1, 1, 12, 18))
    with pytest.raises(ValueError, match="divisible by 8, not 12 x 16"):
        small(depth=3)(torch.rand(1, 1, 12, 16))
    with pytest.raises(ValueError, match="depth must be at least 1, not 0"):
        CAREUNet(depth=0)
    for wrong in (4, 0, -1):
        with pytest.raises(ValueError, match=f"kernel_size must be odd and at least 1, not {wrong}"):
            CAREUNet(kernel_size=wrong)


def seen_by(pixel, depth, kernel_size):
    """Return the first and the last input pixel, along one axis, that an output pixel depends on.

    Two convolutions see ``kernel_size - 1`` further pixels on each side; pixel i of the next level is pixels
    2i and 2i + 1 of this one.
    """
    two, first, last = kernel_size - 1, pixel, pixel
    for _ in range(depth):
        first, last = (first - two) // 2, (last + two) // 2
    first, last = first - two, last + two
    for _ in range(depth):
        first, last = 2 * first - two, 2 * last + 1 + two
    return first, last


def test_closed_form_of_the_receptive_field():
    extents = {last - first + 1 for first, last in (seen_by(pixel, 2, 5) for pixel in range(4))}
    assert extents == {84}


# csbdeep's table of tile overlaps, measured there: how far one pixel of the input reaches in the output
CSBDEEP_REACH = {
    (1, 3): 9, (1, 5): 17, (1, 7): 25, (2, 3): 22, (2, 5): 43, (2, 7): 62, (3, 3): 46, (3, 5): 92, (3, 7): 138,
    (4, 3): 94, (4, 5): 188, (4, 7): 282, (5, 3): 190, (5, 5): 380, (5, 7): 570,
}  # fmt: skip


@pytest.mark.parametrize(("depth", "kernel_size"), CSBDEEP_REACH)
def test_the_closed_form_agrees_with_csbdeeps_table(depth, kernel_size):
    reached = []
    for pixel in range(-1024, 1024):
        first, last = seen_by(pixel, depth, kernel_size)
        if first <= 0 <= last:  # csbdeep's impulse lies at a multiple of the total pooling
            reached.append(abs(pixel))
    assert max(reached) == CSBDEEP_REACH[depth, kernel_size]


@pytest.mark.parametrize(("depth", "kernel_size"), [(1, 5), (2, 3), (2, 5), (3, 3)])
@pytest.mark.parametrize("axis", [-2, -1])
def test_receptive_field_by_gradient(depth, kernel_size, axis, monkeypatch):
    # the maximum passes its gradient to one of four pixels, the average to all four that it depends on
    monkeypatch.setattr(F, "max_pool2d", F.avg_pool2d)
    model = small(features=1, depth=depth, kernel_size=kernel_size).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.abs_()
    shape = [1, 1, 16, 16]
    shape[axis] = 128
    for pixel in range(64, 64 + 2**depth):
        image = torch.rand(shape, dtype=torch.float64, requires_grad=True)
        model(image).select(axis, pixel).sum().backward()
        other = -3 - axis
        seen = image.grad[0, 0].sum(other).nonzero().flatten()
        assert (int(seen[0]), int(seen[-1])) == seen_by(pixel, depth, kernel_size)


def test_start_after_glorot():
    torch.manual_seed(0)
    for parameter in CAREUNet(probabilistic=True).parameters():
        if parameter.ndim == 1:
            assert not parameter.any()
            continue
        fans = (parameter.shape[0] + parameter.shape[1]) * parameter[0, 0].numel()
        bound = math.sqrt(6 / fans)
        assert parameter.abs().max() <= bound
        if parameter.numel() > 500:
            assert parameter.abs().max().item() == pytest.approx(bound, rel=0.02)
            assert parameter.var().item() == pytest.approx(2 / fans, rel=0.1)


def test_the_seed_decides_the_start():
    torch.testing.assert_close(small().state_dict(), small().state_dict(), rtol=0, atol=0)


def test_the_first_scale_is_log_2_where_there_is_no_signal():
    scale = small(probabilistic=True)(torch.zeros(1, 1, 8, 8))[:, 1]
    torch.testing.assert_close(scale, torch.full((1, 8, 8), math.log(2) + 1e-3))


def test_the_first_scale_is_positive_and_of_the_order_of_one():
    torch.manual_seed(0)
    scale = CAREUNet(probabilistic=True)(torch.rand(2, 1, 32, 32))[:, 1]
    assert scale.min() > 1e-3
    assert 0.3 < scale.mean() < 1.5


@pytest.mark.parametrize(("bias", "expected"), [(-200.0, 1e-3), (50.0, 50.001)])
def test_the_scale_has_a_floor_and_no_ceiling(bias, expected):
    model = small(probabilistic=True)
    torch.nn.init.zeros_(model.scale_head.weight)
    torch.nn.init.constant_(model.scale_head.bias, bias)
    scale = model(torch.rand(1, 1, 8, 8))[:, 1]
    torch.testing.assert_close(scale, torch.full((1, 8, 8), expected))


@pytest.mark.parametrize("probabilistic", [False, True])
def test_without_the_head_the_input_comes_out(probabilistic):
    model = small(probabilistic=probabilistic)
    torch.nn.init.zeros_(model.head.weight)
    image = torch.rand(1, 1, 8, 8)
    torch.testing.assert_close(model(image)[:, :1], image, rtol=0, atol=0)


def test_no_residual_between_different_numbers_of_channels():
    torch.manual_seed(0)
    model = CAREUNet(2, 1, features=4)
    torch.nn.init.zeros_(model.head.weight)
    assert not model(torch.rand(1, 2, 8, 8)).any()


def test_the_location_is_the_output_of_the_plain_network():
    plain, probabilistic = small(), small(probabilistic=True)
    missing = probabilistic.load_state_dict(plain.state_dict(), strict=False)
    assert missing.missing_keys == ["scale_head.weight", "scale_head.bias"]
    image = torch.rand(2, 1, 8, 12)
    torch.testing.assert_close(probabilistic(image)[:, :1], plain(image), rtol=0, atol=0)


def test_the_location_and_the_scale_have_gradients_of_their_own():
    model = small(probabilistic=True)
    model(torch.rand(1, 1, 8, 8))[:, 0].sum().backward()
    assert model.head.weight.grad.any()
    assert model.scale_head.weight.grad is None or not model.scale_head.weight.grad.any()


def test_a_step_down_the_gradient_reduces_the_loss():
    model = small()
    clean = torch.rand(2, 1, 16, 16)
    noisy = clean + 0.1 * torch.randn_like(clean)
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(2):
        loss = (model(noisy) - clean).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in model.parameters())


def test_output_is_not_clamped():
    model = small()
    torch.nn.init.constant_(model.head.bias, 3.0)
    assert model(torch.rand(1, 1, 8, 8)).min() > 2


def test_memory_format_and_mode_do_not_change_the_values():
    model = randomised(small(probabilistic=True))
    image = torch.rand(2, 1, 8, 12, dtype=torch.float64)
    expected = model(image)
    torch.testing.assert_close(model.eval()(image), expected, rtol=0, atol=0)
    last = model.to(memory_format=torch.channels_last)(image.to(memory_format=torch.channels_last))
    torch.testing.assert_close(last, expected, rtol=1e-12, atol=1e-12)


def test_shapes_without_arithmetic():
    with torch.device("meta"):
        model = CAREUNet(probabilistic=True)
        assert model(torch.empty(4, 1, 256, 256)).shape == (4, 2, 256, 256)
