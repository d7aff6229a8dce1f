"""Label images: numbers in reading order, one file a data set, other people's files."""

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from freqbench.errors import FreqbenchError
from freqbench.nuclei.labels import in_reading_order, read_label_image, read_labels, write_label_image, write_labels


def test_numbers_come_in_reading_order_without_gaps():
    labels = np.array([[0, 7, 7], [3, 0, 7], [3, 900000, 900000]])
    assert in_reading_order(labels).tolist() == [[0, 1, 1], [2, 0, 1], [2, 3, 3]]


@given(arrays(np.int64, (5, 6), elements=st.integers(0, 9)), st.permutations(range(1, 10)))
def test_the_result_does_not_depend_on_the_segmenters_numbers(labels, order):
    renamed = np.array([0, *order])[labels]
    result = in_reading_order(labels)
    assert (result == in_reading_order(renamed)).all()
    assert ((result > 0) == (labels > 0)).all()
    first = [np.flatnonzero(result == number)[0] for number in range(1, result.max() + 1)]
    assert first == sorted(first)


def test_noise_is_no_segmentation():
    with pytest.raises(FreqbenchError, match=r"70000 objects in one image, more than 65535"):
        in_reading_order(np.arange(70001).reshape(1, -1))


def test_written_and_read(tmp_path, disc_labels):
    stored = {"1": disc_labels((30, 40), [(15, 15, 6)]), "a01/s2": np.zeros((10, 12), dtype=np.uint16)}
    write_labels(stored, tmp_path / "deep" / "labels.npz")
    read = read_labels(tmp_path / "deep" / "labels.npz")
    assert list(read) == list(stored)
    assert all((read[fov] == stored[fov]).all() and read[fov].dtype == np.uint16 for fov in stored)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["labels.npz"]


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 broken"])
def test_no_readable_labels(tmp_path, content):
    path = tmp_path / "labels.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FreqbenchError, match=r"labels\.npz: no readable labels .*freqbench segment"):
        read_labels(path)


def test_a_label_image_goes_through_tiff(tmp_path, disc_labels):
    labels = disc_labels((30, 40), [(10, 10, 5), (20, 30, 6)])
    write_label_image(labels, tmp_path / "labels.tif")
    assert tifffile.imread(tmp_path / "labels.tif").dtype == np.uint16
    assert (read_label_image(tmp_path / "labels.tif") == labels).all()


def test_another_persons_labels_are_renumbered(tmp_path):
    tifffile.imwrite(tmp_path / "labels.tif", np.array([[0, 40], [8, 40]], dtype=np.int32))
    assert read_label_image(tmp_path / "labels.tif").tolist() == [[0, 1], [2, 1]]
    Image.fromarray(np.array([[0, 40], [8, 40]], dtype=np.uint8)).save(tmp_path / "labels.png")
    assert read_label_image(tmp_path / "labels.png").tolist() == [[0, 1], [2, 1]]


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 3, 4), np.uint8), np.zeros((3, 4), np.float32), np.full((3, 4), -1, np.int16)]
)
def test_what_is_no_label_image(tmp_path, pixels):
    tifffile.imwrite(tmp_path / "labels.tif", pixels)
    with pytest.raises(FreqbenchError, match=r"labels\.tif: a label image has the shape \(height, width\)"):
        read_label_image(tmp_path / "labels.tif")


def test_a_label_image_that_is_missing_or_no_image(tmp_path):
    with pytest.raises(FreqbenchError, match=r"labels\.tif: no such label image"):
        read_label_image(tmp_path / "labels.tif")
    for name in ("labels.tif", "labels.png"):
        (tmp_path / name).write_text("text")
        with pytest.raises(FreqbenchError, match=rf"{name}: not a readable label image"):
            read_label_image(tmp_path / name)
