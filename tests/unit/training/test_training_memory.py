"""The estimate of a training's memory."""

import pytest
import torch
from torch import nn

from freqbench.config import parse_config
from freqbench.models import CAREUNet, Noise2NoiseUNet, RRDBNet
from freqbench.training.memory import CONTEXT_MIB, kept_bytes, training_memory_mib

NETWORKS = {
    "rrdb": lambda: RRDBNet(features=16, growth=8, blocks=2),
    "care_unet": lambda: CAREUNet(features=8),
    "noise2noise_unet": lambda: Noise2NoiseUNet(features=8),
}


def study(**changes):
    training = {"iterations": 1, "batch_size": 2} | changes.pop("training", {})
    content = {
        "name": "study",
        "tier": "smoke",
        "feature_networks": "untrained",
        "datasets": {"one": {"source": {"kind": "phantom"}, "patches": {"rule": "whole"}}},
        "methods": [{"name": "spatial"}],
        "training": training,
        "generator": {"blocks": 4, "features": 16, "growth": 8},
    }
    return parse_config(content | changes, "test")


def test_a_chain_of_known_size():
    """A convolution keeps its input, ReLU its output, which the next convolution keeps as its input: once."""
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
    images = torch.zeros(2, 1, 8, 8, requires_grad=True)
    assert kept_bytes(lambda: network(images)) == 4 * (2 * 1 * 64 + 2 * 4 * 64)


def test_nothing_is_kept_without_gradient():
    with torch.no_grad():
        assert kept_bytes(lambda: nn.Conv2d(1, 4, 3)(torch.zeros(1, 1, 8, 8))) == 0


@pytest.mark.parametrize("name", NETWORKS)
def test_without_arithmetic_as_with_it(name):
    network, images = NETWORKS[name](), torch.zeros(1, 1, 64, 64)
    real = kept_bytes(lambda: network(images))
    assert real > 0
    assert kept_bytes(lambda: network.to("meta")(images.to("meta"))) == real


def activations(config, side):
    """Return what grows with the pixels."""
    return training_memory_mib(config, 2 * side) - training_memory_mib(config, side)


def test_it_grows_with_pixels_and_batch():
    small, large = study(), study(training={"batch_size": 8})
    assert training_memory_mib(small, 64) > CONTEXT_MIB
    assert activations(small, 128) == pytest.approx(4 * activations(small, 64), rel=0.05)
    assert activations(large, 64) == pytest.approx(4 * activations(small, 64), rel=0.05)


def test_bfloat16_halves_what_the_networks_keep():
    full, half = activations(study(), 64), activations(study(training={"precision": "bfloat16"}), 64)
    assert 0.5 < half / full < 0.75  # VGG stays in float32


def test_recomputing_saves_memory():
    deep = {"blocks": 12, "features": 32, "growth": 16}
    plain = activations(study(generator=deep), 64)
    again = activations(study(generator=deep, training={"recompute": True}), 64)
    assert again < 0.4 * plain


def test_the_papers_training_has_the_size_of_a_large_gpu():
    """RRDB with 16 blocks keeps 595 MiB for 64 x 64 pixels: 64 times that for 4 patches of 256 x 256."""
    paper = study(generator={}, training={"batch_size": 4})
    assert 1.2 * 64 * 595 < training_memory_mib(paper, 256) < 1.6 * 64 * 595
