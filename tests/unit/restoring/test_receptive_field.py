"""The receptive field from the topology, against what a NaN reaches in the network itself."""

import pytest
import torch

from freqbench.config.training import CAREGenerator, Noise2NoiseGenerator, RRDBGenerator
from freqbench.restoring.receptive_field import ReceptiveField, receptive_field
from freqbench.trained.model import build_network

SMALL = [
    (RRDBGenerator(blocks=1, features=2, growth=1), 64),
    (RRDBGenerator(blocks=2, features=2, growth=1), 96),
    (RRDBGenerator(blocks=1, features=2, growth=1, pixel_unshuffle=True), 256),
    (CAREGenerator(kind="care_unet", features=2), 128),
    (CAREGenerator(kind="care_unet", features=2, depth=3, kernel_size=3), 160),
    (CAREGenerator(kind="care_unet", features=2, depth=1, kernel_size=7), 96),
    (Noise2NoiseGenerator(kind="noise2noise_unet", features=2), 384),
]


@pytest.mark.parametrize(("settings", "size"), SMALL)
def test_it_is_what_a_nan_reaches(settings, size):
    """A convolution, a ReLU and a pooling pass a NaN on: it reaches all that depends on a column, and no more."""
    field = receptive_field(settings)
    torch.manual_seed(0)
    network = build_network(settings).eval()
    middle = size // 2 // field.divisor * field.divisor
    reach = 0
    for column in range(middle, middle + field.divisor):
        image = torch.rand(1, 1, field.divisor * 2, size)
        image[..., column] = float("nan")
        with torch.no_grad():
            reached = network(image).isnan().any(dim=2).flatten().nonzero().flatten()
        first, last = int(reached[0]), int(reached[-1])
        assert first > 0 and last < size - 1, "the image is too small for this test"
        # the aligned blocks at both ends: how far is the column from them?
        reach = max(reach, column - (first // field.divisor * field.divisor + field.divisor - 1))
        reach = max(reach, last // field.divisor * field.divisor - column)
    assert field.halo == -(-reach // field.divisor) * field.divisor


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # 3 x 3 convolutions in a row: 15 a block and four more
        (RRDBGenerator(), ReceptiveField(15 * 16 + 4, 1)),
        (RRDBGenerator(blocks=23), ReceptiveField(15 * 23 + 4, 1)),
        (CAREGenerator(kind="care_unet"), ReceptiveField(40, 4)),
        (Noise2NoiseGenerator(kind="noise2noise_unet"), ReceptiveField(128, 32)),
    ],
)
def test_the_networks_of_the_papers(settings, expected):
    assert receptive_field(settings) == expected


def test_the_number_of_features_does_not_matter():
    wide, narrow = (receptive_field(CAREGenerator(kind="care_unet", features=n)) for n in (64, 1))
    assert wide == narrow
