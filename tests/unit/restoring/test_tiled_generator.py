"""A tiled plane is the whole plane: for every network, size and tile."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from freqbench.errors import FreqbenchError
from freqbench.restoring.receptive_field import ReceptiveField, receptive_field
from freqbench.restoring.tile_memory import WORKSPACE, bytes_per_pixel
from freqbench.restoring.tiled_generator import LARGEST_SEAM, TiledGenerator, Tiling

KINDS = ("rrdb", "rrdb_unshuffled", "care_unet", "noise2noise_unet")
CPU = torch.device("cpu")


def image_of(height, width):
    rng = np.random.default_rng(height * 1000 + width)
    rows, columns = np.mgrid[:height, :width]
    return (0.4 + 0.3 * np.sin(rows / 7 + columns / 11) + 0.1 * rng.standard_normal((height, width))).astype(np.float32)


def restored(generator, image):
    output = np.full_like(image, np.nan)

    def write(rows, columns, values):
        output[rows, columns] = values

    seam = generator.restore(image.shape, lambda rows, columns: image[rows, columns], write)
    return output, seam


def whole(network, image, divisor):
    """What the network gives for the whole image, without any of the code under test."""
    height, width = image.shape
    padded = np.pad(image, [(0, -height % divisor), (0, -width % divisor)], mode="symmetric")
    with torch.no_grad():
        return network(torch.from_numpy(padded)[None, None])[0, 0, :height, :width].numpy()


@pytest.mark.parametrize("steps", [0, 25], ids=["untrained", "trained"])
@pytest.mark.parametrize("overlap", ["exact", "auto"])
@pytest.mark.parametrize("kind", KINDS)
def test_tiled_equals_whole(small_network, kind, steps, overlap):
    network, description = small_network(kind, steps=steps)
    field = receptive_field(description)
    window = 2 * field.halo + 64
    image = image_of(window + 9, window + 67)
    generator = TiledGenerator(network, field, CPU, Tiling(window=window, overlap=overlap))
    output, seam = restored(generator, image)
    error = np.abs(output - whole(network, image, field.divisor)).max()
    assert error < (1e-5 if overlap == "exact" else 1e-4)
    assert seam <= LARGEST_SEAM
    assert generator.is_exact or overlap == "auto"


@settings(max_examples=20, deadline=None)
@given(
    kind=st.sampled_from(["rrdb", "care_unet"]),
    height=st.integers(1, 150),
    width=st.integers(1, 150),
    window=st.integers(110, 200),
)
def test_any_size_and_any_tile(small_network, kind, height, width, window):
    network, description = small_network(kind)
    field = receptive_field(description)
    image = image_of(height, width)
    output, _ = restored(TiledGenerator(network, field, CPU, Tiling(window=window, overlap="exact")), image)
    assert np.abs(output - whole(network, image, field.divisor)).max() < 1e-5


class Blur(nn.Module):
    """A network that looks far: the mean over a row of 2 * reach + 1 pixels."""

    def __init__(self, reach: int, weight: float = 1.0) -> None:
        super().__init__()
        self.mean = nn.Conv2d(1, 1, (1, 2 * reach + 1), padding=(0, reach), bias=False)
        nn.init.constant_(self.mean.weight, weight / (2 * reach + 1))

    def forward(self, image):
        return self.mean(image)


def test_auto_doubles_the_overlap_until_neighbours_agree():
    """The effect of a border reaches 60 pixels; an overlap of 64 shows it at its half, one of 128 no more."""
    image = image_of(300, 500)
    network = Blur(60)
    generator = TiledGenerator(network, ReceptiveField(240, 1), CPU, Tiling(window=300))
    assert generator.overlap == 64
    output, seam = restored(generator, image)
    assert generator.overlap == 128
    assert seam <= LARGEST_SEAM
    assert np.abs(output - whole(network, image, 1)).max() < 1e-4


@pytest.mark.parametrize("image", [image_of(200, 500), np.full((200, 500), 0.5, dtype=np.float32)])
def test_the_difference_of_neighbours_is_the_error_that_they_make(image):
    """What is measured is of the size of the true error, on a flat image, too, where errors at a joint are equal."""
    network = Blur(100)
    generator = TiledGenerator(network, ReceptiveField(240, 1), CPU, Tiling(window=200, overlap=30))
    output, seam = restored(generator, image)
    error = np.abs(output - whole(network, image, 1)).max()
    assert error > 1e-2
    assert 0.3 * error < seam < 3 * error


def test_auto_gives_up_where_no_tile_is_left():
    generator = TiledGenerator(Blur(100), ReceptiveField(240, 1), CPU, Tiling(window=120))
    with pytest.raises(FreqbenchError, match=r"tiles of 120 x 120 .* overlap of \d+ .*`--memory`.*`--tile`"):
        restored(generator, image_of(200, 500))


def test_an_overlap_is_rounded_up_to_the_divisor_and_no_more_than_exact(small_network):
    network, description = small_network("care_unet")
    field = receptive_field(description)
    for given_overlap, taken in ((1, 4), (9, 12), (40, 40), (500, 40)):
        tiling = Tiling(window=200, overlap=given_overlap)
        assert TiledGenerator(network, field, CPU, tiling).overlap == taken


def test_one_tile_needs_no_overlap(small_network):
    network, description = small_network("noise2noise_unet")
    generator = TiledGenerator(network, receptive_field(description), CPU, Tiling(window=64, overlap="exact"))
    output, seam = restored(generator, image_of(60, 33))
    assert np.isfinite(output).all()
    assert seam == 0


def test_the_memory_decides_the_window(small_network):
    network, description = small_network("rrdb")
    field, per_pixel = receptive_field(description), bytes_per_pixel(network)
    windows = [TiledGenerator(network, field, CPU, Tiling(memory=gib)).window for gib in (0.1, 0.4)]
    for window, gib in zip(windows, (0.1, 0.4), strict=True):
        assert window**2 * per_pixel <= gib * 2**30 < (window + 1) ** 2 * per_pixel
    assert windows[1] == pytest.approx(2 * windows[0], abs=2)


def test_the_bytes_of_a_network_are_counted():
    """Two convolutions: at the peak the input of the second and its output are held, and the image."""
    network = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 10, 3, padding=1))
    assert bytes_per_pixel(network) == pytest.approx(WORKSPACE * 4 * (1 + 6 + 10))


def test_full_precision_while_it_computes(small_network):
    """TensorFloat-32, torch's default on recent GPUs, must be off inside and as before outside."""
    network, description = small_network("rrdb")
    generator = TiledGenerator(network, receptive_field(description), CPU, Tiling(window=64))
    seen = []
    network.register_forward_hook(lambda *_: seen.append(torch.backends.cudnn.conv.fp32_precision))
    before = torch.backends.cudnn.conv.fp32_precision
    torch.backends.cudnn.conv.fp32_precision = "tf32"
    try:
        restored(generator, image_of(20, 20))
        assert seen == ["ieee"]
        assert torch.backends.cudnn.conv.fp32_precision == "tf32"
    finally:
        torch.backends.cudnn.conv.fp32_precision = before


def test_progress_ends_with_all_pixels(small_network):
    network, description = small_network("rrdb")
    generator = TiledGenerator(network, receptive_field(description), CPU, Tiling(window=60))
    calls = []
    image = image_of(70, 90)
    generator.restore(image.shape, lambda r, c: image[r, c], lambda *_: None, lambda *call: calls.append(call))
    assert calls == sorted(calls)
    assert calls[-1] == (70 * 90, 70 * 90)


def test_values_that_are_not_finite_are_an_error(small_network):
    network, description = small_network("rrdb")
    with torch.no_grad():
        network.last.bias.fill_(float("inf"))
    with pytest.raises(FreqbenchError, match="not finite"):
        restored(TiledGenerator(network, receptive_field(description), CPU, Tiling()), image_of(8, 8))


def test_too_little_memory_is_one_line(small_network, monkeypatch):
    network, description = small_network("rrdb")
    generator = TiledGenerator(network, receptive_field(description), CPU, Tiling())

    def fail(*_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    monkeypatch.setattr(type(generator._execution), "apply", fail)
    with pytest.raises(FreqbenchError, match="does not fit into the memory of the device; give less `--memory`"):
        restored(generator, image_of(8, 8))
