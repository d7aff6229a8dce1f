"""The discriminator: the published parameter counts, the 70 x 70 receptive field, the initialisation."""

import pytest
import torch

from freqbench.models import PatchDiscriminator


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def test_parameter_counts():
    assert count(PatchDiscriminator()) == 2_763_585
    assert count(PatchDiscriminator(norm="instance")) == 2_762_689
    assert count(PatchDiscriminator(norm="none")) == 2_762_689


@pytest.mark.parametrize(("layers", "extent"), [(1, 16), (2, 34), (3, 70)])
def test_receptive_field(layers, extent):
    model = PatchDiscriminator(features=8, layers=layers).eval()
    image = torch.rand(1, 1, 128, 128, requires_grad=True)
    logits = model(image)
    logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2].backward()
    for axis in (-1, -2):
        seen = image.grad[0, 0].abs().sum(axis).nonzero().flatten()
        assert seen[-1] - seen[0] + 1 == extent


def test_map_of_logits():
    model = PatchDiscriminator(features=4)
    assert model(torch.rand(2, 1, 256, 256)).shape == (2, 1, 30, 30)
    assert model(torch.rand(2, 1, 24, 40)).shape == (2, 1, 1, 3)
    with pytest.raises(ValueError, match="at least 24 pixels high and wide, not 23 x 64"):
        model(torch.rand(1, 1, 23, 64))


def test_initialisation():
    torch.manual_seed(0)
    model = PatchDiscriminator()
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.05)
            assert module.bias is None or not module.bias.any()
        if isinstance(module, torch.nn.BatchNorm2d):
            assert module.weight.mean().item() == pytest.approx(1, abs=0.01)
            assert 0.01 < module.weight.std().item() < 0.03


def test_logits_have_no_sigmoid():
    model = PatchDiscriminator(features=4)
    torch.nn.init.constant_(model.network[-1].bias, -7.0)
    assert model(torch.rand(1, 1, 32, 32)).mean() < -5


def test_wrong_options_are_named():
    with pytest.raises(ValueError, match="norm must be one of batch, instance, none"):
        PatchDiscriminator(norm="spectral")
    with pytest.raises(ValueError, match="layers must be at least 1"):
        PatchDiscriminator(layers=0)
