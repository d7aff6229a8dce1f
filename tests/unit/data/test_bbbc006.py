"""BBBC006 planes are paired by well, site and channel, whatever the rest of their names."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from pydantic import ValidationError

from freqbench.config.datasets import Dataset
from freqbench.config.local_sources import BBBC006Source
from freqbench.data.exclusions import Exclusions
from freqbench.data.index import index_images
from freqbench.data.readers.bbbc006 import plane_folder
from freqbench.data.readers.dispatch import read_pairing
from freqbench.data.readers.local_folders import record_folder
from freqbench.errors import FreqbenchError
from freqbench.mirror import MIRROR_VARIABLE

FIELDS = [(well, site, channel) for well in ("a01", "p24") for site in (1, 2) for channel in (1, 2)]


def image_of(number: int, place: int) -> np.ndarray:
    """Return an image that no other plane or field has."""
    return np.arange(80, dtype=np.uint16).reshape(8, 10) * (place + 1) + 1000 * number


def write_planes(root: Path, numbers=(13, 16)) -> None:
    for number in numbers:
        (root / plane_folder(number)).mkdir(parents=True)
        for place, (well, site, channel) in enumerate(FIELDS):
            # the id at the end differs from plane to plane, and so would an order by name
            name = f"mcf-z-stacks-03212011_{well}_s{site}_w{channel}{(number * 7919 + place) % 4096:03x}-b2.tif"
            tifffile.imwrite(root / plane_folder(number) / name, image_of(number, place))


def index(root: Path, **source):
    data = Dataset.model_validate({"source": {"kind": "bbbc006", "folder": root} | source})
    record = record_folder(data.source)
    return record, index_images(record, "nuclei", read_pairing(record, data), Exclusions(root))


@pytest.mark.parametrize("channel", [1, 2])
def test_pairs_by_well_site_and_channel(tmp_path, channel):
    write_planes(tmp_path, (0, 13, 16))
    record, table = index(tmp_path, channel=channel)
    assert list(table["fov"]) == ["a01_s1", "a01_s2", "p24_s1", "p24_s2"]
    assert list(table["group"]) == ["a01", "a01", "p24", "p24"]
    assert set(table["level"]) == {"z_13"}
    assert set(table["bit_depth"]) == {16}
    for place, row in zip(range(channel - 1, 8, 2), table.itertuples(), strict=True):
        assert np.array_equal(tifffile.imread(tmp_path / row.noisy), image_of(13, place))
        assert np.array_equal(tifffile.imread(tmp_path / row.clean), image_of(16, place))
    assert "CC0" in record.licence
    assert "BBBC006v1" in record.citation


def test_the_defocused_plane_can_be_chosen(tmp_path):
    write_planes(tmp_path, (0, 16))
    _, table = index(tmp_path, defocus=0)
    assert set(table["level"]) == {"z_00"}
    with pytest.raises(FreqbenchError, match=r"BBBC006_v1_images_z_13: no images of channel w1; unzip .*z_13\.zip"):
        index(tmp_path)


def test_12_bits_in_16_can_be_declared(tmp_path):
    write_planes(tmp_path)
    record, _ = index(tmp_path)
    assert record.scale.bit_depth == 16
    with pytest.raises(FreqbenchError, match=r"_w1.*\.tif: holds \d+, but 12 bits end at 4095; correct `bit_depth`"):
        index(tmp_path, bit_depth=12)  # their plane 16 holds more
    index(tmp_path, bit_depth=15)


@pytest.mark.parametrize(("key", "value"), [("bit_depth", 8), ("defocus", 16), ("defocus", 34), ("channel", 3)])
def test_a_plane_or_channel_that_there_is_not(key, value):
    with pytest.raises(ValidationError, match=key):
        BBBC006Source.model_validate({"kind": "bbbc006", "folder": ".", key: value})


def test_a_level_belongs_to_other_sources():
    with pytest.raises(ValidationError, match="`level` belongs to"):
        Dataset.model_validate({"source": {"kind": "bbbc006", "folder": "."}, "level": "avg4"})


@pytest.mark.mirror
def test_real_planes(tmp_path):
    folder = Path(os.environ.get(MIRROR_VARIABLE, "nowhere")) / "data" / "bbbc006"
    if not folder.is_dir():
        pytest.skip(f"{MIRROR_VARIABLE} names no folder with data/bbbc006")
    defocused, in_focus = tmp_path / plane_folder(0), tmp_path / plane_folder(16)
    defocused.mkdir()
    in_focus.mkdir()
    # the mirror holds them under names of its own, and the plane in focus as PNG
    shutil.copy(folder / "z00_a01_s1_w1.tif", defocused / "mcf-z-stacks-03212011_a01_s1_w1aaa.tif")
    with Image.open(folder / "in_focus_a01_s1_w1.png") as image:
        tifffile.imwrite(in_focus / "mcf-z-stacks-03212011_a01_s1_w1bbb.tif", np.asarray(image))
    for depth in (16, 12):
        _, table = index(tmp_path, defocus=0, bit_depth=depth)
        assert len(table) == 1
        expected = ("a01_s1", "a01", 520, 696, depth)
        assert tuple(table.loc[0, ["fov", "group", "height", "width", "bit_depth"]]) == expected
