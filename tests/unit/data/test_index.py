"""The index lists every pair with what was read, and names the file in which anything is wrong."""

import dataclasses

import numpy as np
import pytest

from freqbench.data.exclusions import Exclusions
from freqbench.data.index import COLUMNS, index_images, natural_order, read_index, write_index
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.source import SourceRecord, hash_images
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of

TEXTURE = np.random.default_rng(1).integers(0, 200, (16, 20), dtype=np.uint8)


def index_fmd_layout(record: SourceRecord, dataset: str, level: str, advance=None):
    return index_images(record, dataset, pair_fmd_layout(record, level), Exclusions(record.root), advance)


def recorded_again(record: SourceRecord) -> SourceRecord:
    """Return the record of the folder as it is now."""
    return dataclasses.replace(record, files=hash_images(record.root, ("raw", "gt")))


def refused(record: SourceRecord) -> str:
    with pytest.raises(FreqbenchError) as caught:
        index_fmd_layout(record, "d", "raw")
    return str(caught.value)


def test_one_row_for_each_degraded_image(make_source):
    record = make_source({"1": TEXTURE, "2": TEXTURE.T.copy()}, captures=2)
    seen = []
    index = index_fmd_layout(record, "d", "raw", lambda done, of: seen.append((done, of)))
    assert tuple(index.columns) == COLUMNS
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert index["image_id"].is_unique
    row = index.iloc[3]
    assert row.to_dict() == {
        "image_id": "d/raw/2/capture_001",
        "dataset": "d",
        "fov": "2",
        "capture": "capture_001",
        "level": "raw",
        "noisy": "raw/2/capture_001.png",
        "clean": "gt/2/avg50.png",
        "sha256_noisy": sha256_of(record.root / "raw/2/capture_001.png"),
        "sha256_clean": sha256_of(record.root / "gt/2/avg50.png"),
        "height": 20,
        "width": 16,
        "bit_depth": 8,
        "group": "2",
    }


def test_fields_of_view_stand_in_natural_order(make_source):
    index = index_fmd_layout(make_source(dict.fromkeys(("10", "2", "b", "1"), TEXTURE)), "d", "raw")
    assert list(index["fov"].unique()) == ["1", "2", "10", "b"]
    assert natural_order(["10", "a", "9", "02", "²"]) == ["02", "9", "10", "a", "²"]


def test_written_index_is_read_again(make_source, tmp_path):
    # names that a table reader takes for numbers or for missing values
    index = index_fmd_layout(make_source(dict.fromkeys(("01", "1e3", "NA", "null"), TEXTURE)), "d", "raw")
    write_index(index, tmp_path / "images.csv")
    again = read_index(tmp_path / "images.csv")
    assert again.astype(object).equals(index.astype(object))


def test_16_bits_are_kept(make_source):
    index = index_fmd_layout(make_source({"1": TEXTURE.astype(np.uint16) * 257}), "d", "raw")
    assert set(index["bit_depth"]) == {16}


def test_a_level_that_was_not_recorded(make_source):
    with pytest.raises(FreqbenchError, match="avg4: no images of this level"):
        index_fmd_layout(make_source({"1": TEXTURE}), "d", "avg4")


def test_a_field_without_clean_image(make_source):
    record = make_source({"1": TEXTURE, "2": TEXTURE})
    (record.root / "gt/2/avg50.png").unlink()
    expected = f"{record.root / 'gt/2/avg50.png'}: "
    assert refused(record).startswith(f"{expected}image is missing")
    assert refused(recorded_again(record)).startswith(
        f"{record.root / 'raw/2/capture_000.png'}: field of view 2 has no clean image; every field of view needs one"
    )


@pytest.mark.parametrize("name", ["raw/1/capture_001.png", "gt/1/avg50.png"])
def test_a_truncated_image(make_source, name):
    record = make_source({"1": TEXTURE})
    path = record.root / name
    path.write_bytes(path.read_bytes()[:-40])
    assert refused(recorded_again(record)).startswith(f"{path}: image is truncated or corrupt")


@pytest.mark.parametrize("name", ["raw/1/capture_001.png", "gt/1/avg50.png"])
def test_an_image_that_changed_after_it_was_recorded(make_source, save, name):
    record = make_source({"1": TEXTURE})
    save(record.root / name, TEXTURE[::-1].copy())
    assert refused(record) == f"{record.root / name}: has changed since it was recorded; run fetch or simulate again"


def test_a_colour_image(make_source, save):
    record = make_source({"1": TEXTURE})
    path = save(record.root / "raw/1/capture_000.png", np.stack([TEXTURE] * 3, axis=-1))
    assert refused(recorded_again(record)).startswith(f"{path}: image mode is RGB")


def test_another_size_than_the_clean_image(make_source, save):
    record = make_source({"1": TEXTURE})
    path = save(record.root / "raw/1/capture_000.png", TEXTURE[:, :-1].copy())
    expected = f"{path}: is 19x16 pixels, its clean image 20x16; crop one of them; or set `on_bad_image: exclude` "
    assert refused(recorded_again(record)).startswith(expected)


def test_another_depth_than_the_clean_image(make_source, save):
    record = make_source({"1": TEXTURE})
    path = save(record.root / "raw/1/capture_000.png", TEXTURE.astype(np.uint16))
    assert refused(recorded_again(record)).startswith(f"{path}: has 16 bits, its clean image 8;")


def test_fields_of_different_depth(make_source):
    # one array of patches has one depth: 8-bit images in it would become 257 times darker
    record = make_source({"1": TEXTURE, "2": TEXTURE.astype(np.uint16) * 257})
    path = record.root / "raw/2/capture_000.png"
    expected = f"{path}: has 16 bits, but raw/1/capture_000.png has 8; make them two data sets"
    assert refused(record).startswith(expected)


def test_a_constant_clean_image(make_source):
    record = make_source({"1": TEXTURE, "2": np.full_like(TEXTURE, 7)})
    assert refused(record).startswith(f"{record.root / 'gt/2/avg50.png'}: clean image is constant (7)")


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b'a,b\n1,"', b"a,b\n1,2,3\n1\n1,2,3,4,5\n"])
def test_an_unreadable_index_is_named(tmp_path, content):
    path = tmp_path / "images.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FreqbenchError, match=f"{path}: (no readable index|column image_id is missing)"):
        read_index(path)


def test_an_index_that_lacks_a_column(make_source, tmp_path):
    index = index_fmd_layout(make_source({"1": TEXTURE}), "d", "raw")
    write_index(index.drop(columns="sha256_clean"), tmp_path / "images.csv")
    with pytest.raises(FreqbenchError, match="column sha256_clean is missing"):
        read_index(tmp_path / "images.csv")
