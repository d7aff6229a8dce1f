"""Which images are meant, and where the restored ones go."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from freqbench.data.index import COLUMNS, write_index
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.restoring.inputs import Input, find_inputs
from freqbench.restoring.outputs import check_may_write, output_of, record_of


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def named(images):
    return [str(image.name) for image in images]


def test_files_folders_and_patterns(tmp_path):
    touch(*(tmp_path / name for name in ("a/2.tif", "a/1.png", "a/note.txt", "a/.hidden.tif", "a/b/3.TIFF")))
    assert named(find_inputs([tmp_path / "a"])) == ["1.png", "2.tif"]
    assert named(find_inputs([tmp_path / "a/b/3.TIFF"])) == ["3.TIFF"]
    assert named(find_inputs([tmp_path / "a/*.tif"])) == ["2.tif"]
    assert named(find_inputs([tmp_path / "a/**/*"])) == ["1.png", "2.tif", "b/3.TIFF"]


def test_an_image_that_is_named_twice_is_restored_once(tmp_path):
    touch(tmp_path / "a/1.png")
    assert len(find_inputs([tmp_path / "a", tmp_path / "a/1.png", tmp_path / "a/../a/1.png"])) == 1


def test_a_file_that_is_not_there_is_left_to_its_turn(tmp_path):
    assert named(find_inputs([tmp_path / "gone.tif"])) == ["gone.tif"]


def test_nothing_to_restore(tmp_path):
    touch(tmp_path / "a/note.txt")
    for nothing in ("a", "a/*.tif", "a/**/*"):
        with pytest.raises(FreqbenchError, match=r"holds no|matches no"):
            find_inputs([tmp_path / nothing])


def test_two_images_of_one_name(tmp_path):
    touch(tmp_path / "a/1.png", tmp_path / "b/1.png")
    with pytest.raises(FreqbenchError, match=r"a/1\.png and .*b/1\.png have the same name"):
        find_inputs([tmp_path / "a", tmp_path / "b"])


def test_the_index_of_a_set_without_clean_images(tmp_path):
    """A set that was only indexed brings its files and its declared depth."""
    images, data = tmp_path / "images", tmp_path / "results/study/data/mine"
    rows, hashes = [], {}
    for name in ("m1/low/1_a.png", "m2/low/1_a.png"):
        (images / name).parent.mkdir(parents=True)
        Image.fromarray(np.zeros((8, 8), np.uint16)).save(images / name)
        hashes[name] = "0" * 64
        row = dict.fromkeys(COLUMNS, "1") | {"noisy": name, "clean": "", "bit_depth": 12}
        rows.append(row)
    data.mkdir(parents=True)
    SourceRecord(images, "folder", "mine", "CC BY 4.0", "me", hashes, bit_depth=12).write(data / "source.json")
    write_index(pd.DataFrame(rows), data / "images.csv")
    found = find_inputs([data / "images.csv"])
    assert named(found) == ["m1/low/1_a.png", "m2/low/1_a.png"]
    assert {image.bit_depth for image in found} == {12}
    assert all(image.is_indexed and image.path.is_file() for image in found)


@pytest.mark.parametrize(
    ("image", "output", "as_float", "expected"),
    [
        ("a/1.png", "out", False, "out/1.png"),
        ("a/1.png", "out", True, "out/1.tif"),
        ("a/1.ome.tif", "out", True, "out/1.ome.tif"),
        ("a/1.tif", "out/new.tif", False, "out/new.tif"),
        ("a/1.png", "out/new.png", False, "out/new.png"),
        ("a/1.png", "out/new.tif", True, "out/new.tif"),
    ],
)
def test_names_of_outputs(image, output, as_float, expected):
    path = Path(image)
    assert output_of(Input(path, Path(path.name)), Path(output), as_float=as_float) == Path(expected)


@pytest.mark.parametrize(
    ("image", "output", "as_float", "wanted"),
    [("a.tif", "b.png", False, ".tif"), ("a.png", "b.tif", False, ".png"), ("a.png", "b.png", True, ".tif")],
)
def test_a_suffix_of_another_format(image, output, as_float, wanted):
    with pytest.raises(FreqbenchError, match=f"give it the suffix {wanted}"):
        output_of(Input(Path(image), Path(image)), Path(output), as_float=as_float)


def test_an_input_is_never_replaced(tmp_path):
    touch(tmp_path / "a/1.tif", tmp_path / "a/2.tif")
    inputs = find_inputs([tmp_path / "a"])
    (tmp_path / "link.tif").symlink_to(tmp_path / "a/2.tif")
    os.link(tmp_path / "a/2.tif", tmp_path / "hard.tif")
    for output in ("a/1.tif", "a/2.tif", "a/../a/1.tif", "link.tif", "hard.tif"):
        with pytest.raises(FreqbenchError, match="is one of the images to be restored"):
            check_may_write(tmp_path / output, inputs, overwrite=True)


def test_an_output_is_replaced_only_if_asked_for(tmp_path):
    touch(tmp_path / "a/1.tif", tmp_path / "out/1.tif")
    inputs = find_inputs([tmp_path / "a"])
    with pytest.raises(FreqbenchError, match=r"out/1\.tif: exists; give --overwrite"):
        check_may_write(tmp_path / "out/1.tif", inputs, overwrite=False)
    check_may_write(tmp_path / "out/1.tif", inputs, overwrite=True)
    check_may_write(tmp_path / "out/2.tif", inputs, overwrite=False)
    (tmp_path / "out/3.tif").mkdir()
    with pytest.raises(FreqbenchError, match="is a folder"):
        check_may_write(tmp_path / "out/3.tif", inputs, overwrite=True)


def test_the_record_lies_beside_the_image():
    assert record_of(Path("out/1.ome.tif")) == Path("out/1.ome.tif.json")
