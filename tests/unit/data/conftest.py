"""Small data sets in FMD's layout for the tests of the data side."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from freqbench.data.image_files import read_grey
from freqbench.data.phantom import PhantomSpec, simulate
from freqbench.data.source import SourceRecord, hash_images
from freqbench.mirror import MIRROR_VARIABLE


@pytest.fixture
def save():
    """Write an array as an image, with the folders above it."""

    def save_image(path: Path, pixels: np.ndarray, **options) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, **options)
        return path

    return save_image


@pytest.fixture
def make_source(tmp_path, save):
    """Write clean images by field of view, and noisy captures of each; return their source record."""

    def make(clean: dict[str, np.ndarray], captures: int = 2) -> SourceRecord:
        root = tmp_path / "images"
        rng = np.random.default_rng(0)
        for fov, pixels in clean.items():
            save(root / "gt" / fov / "avg50.png", pixels)
            for number in range(captures):
                noise = rng.integers(0, 30, pixels.shape)
                top = np.iinfo(pixels.dtype).max
                noisy = np.clip(pixels.astype(np.int64) + noise, 0, top).astype(pixels.dtype)
                save(root / "raw" / fov / f"capture_{number:03d}.png", noisy)
        return SourceRecord(root, "fmd", "test", "none", "none", hash_images(root, ("raw", "gt")))

    return make


@pytest.fixture(scope="session", params=["tissue", "nuclei"])
def independent_fields(request, tmp_path_factory):
    """Clean images of three simulated fields of view, each of its own specimen."""
    folder = tmp_path_factory.mktemp("independent") / request.param
    simulate(PhantomSpec(request.param, specimens=3, fovs=3, captures=1, size=160, seed=5), folder)
    return [read_grey(folder / "gt" / str(fov) / "avg50.png") for fov in (1, 2, 3)]


@pytest.fixture
def real_clean():
    """Read a clean image of the real FMD subset in the mirror."""
    mirror = os.environ.get(MIRROR_VARIABLE)
    folder = Path(mirror or "nowhere") / "data" / "fmd_mini"
    if not folder.is_dir():
        pytest.skip(f"{MIRROR_VARIABLE} names no folder with data/fmd_mini")
    return lambda fmd_type, fov: read_grey(folder / fmd_type / "gt" / str(fov) / "avg50.png")


@pytest.fixture(scope="session")
def textures():
    """Three independent 8-bit textures of 96 pixels."""
    rng = np.random.default_rng(1)
    smooth = [ndimage.gaussian_filter(rng.normal(size=(96, 96)), 3) for _ in range(3)]
    return [np.rint(120 + 25 * image / image.std()).clip(0, 255).astype(np.uint8) for image in smooth]
