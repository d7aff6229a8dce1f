"""Patches are cut where the rule says, from usable area only, and are the pixels of the images."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from freqbench.config.datasets import Patches
from freqbench.data.exclusions import Exclusions
from freqbench.data.image_files import read_grey
from freqbench.data.index import index_images
from freqbench.data.patches import (
    GRID_STEP,
    cut_patches,
    patch_arrays,
    read_patches,
    window_corners,
    window_sums,
    write_patches,
)
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout

RULES = ("brightest", "corners", "grid", "whole")
IMAGES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=16, max_side=60))


def everything(image):
    return np.ones(image.shape, dtype=bool)


@given(image=IMAGES, size=st.integers(1, 16))
def test_window_sums_are_exactly_those_of_the_windows(image, size):
    sums = window_sums(image, size)
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))
    assert np.array_equal(sums, windows.sum(axis=(2, 3), dtype=np.uint64))


def test_the_brightest_possible_16_bit_image_does_not_overflow():
    sums = window_sums(np.full((600, 600), 65535, dtype=np.uint16), 512)
    assert sums.min() == sums.max() == 65535 * 512**2


@given(image=IMAGES, size=st.integers(16, 24))
def test_brightest_window_is_that_of_a_search_by_hand(image, size):
    found = window_corners(image, everything(image), Patches(rule="brightest", size=size))
    height, width = image.shape
    if size > min(height, width):
        assert found == []
        return
    rows = sorted({*range(0, height - size, GRID_STEP), height - size})
    columns = sorted({*range(0, width - size, GRID_STEP), width - size})
    sums = {(y, x): int(image[y : y + size, x : x + size].astype(int).sum()) for y in rows for x in columns}
    assert len(found) == 1
    assert sums[found[0]] == max(sums.values())


def test_equally_bright_windows_give_the_first():
    image = np.tile(np.random.default_rng(0).integers(0, 256, (16, 16), dtype=np.uint8), (4, 4))
    for size in (16, 24, 32):
        assert window_corners(image, everything(image), Patches(rule="brightest", size=size)) == [(0, 0)]


@given(seed=st.integers(0, 2**32 - 1), shift=st.integers(1, 4))
def test_exactly_equal_windows_give_the_first_whatever_their_pixels(seed, shift):
    """The same pixels in another order: sums of rounded numbers differ in the last bit and may prefer the second."""
    rng = np.random.default_rng(seed)
    window = rng.integers(0, 60_000, (24, 24), dtype=np.uint16)
    image = np.zeros((24, 24 + GRID_STEP * shift + 24), dtype=np.uint16)
    image[:, :24] = window
    image[:, -24:] = rng.permutation(window.ravel()).reshape(24, 24)
    assert window_corners(image, everything(image), Patches(rule="brightest", size=24))[0] == (0, 0)


def test_corners_are_the_four_of_fmd():
    image = np.zeros((512, 512), dtype=np.uint8)
    found = window_corners(image, everything(image), Patches(rule="corners", size=256))
    assert found == [(0, 0), (0, 256), (256, 0), (256, 256)]
    assert len(window_corners(image, everything(image), Patches(rule="corners", size=512))) == 1


@given(height=st.integers(16, 90), width=st.integers(16, 90), size=st.integers(16, 40))
def test_grid_covers_without_overlap_all_that_fits(height, width, size):
    cover = np.zeros((height, width), dtype=int)
    for y, x in window_corners(cover, cover == 0, Patches(rule="grid", size=size)):
        cover[y : y + size, x : x + size] += 1
    expected = np.zeros_like(cover)
    expected[: height // size * size, : width // size * size] = 1
    if size <= min(height, width):
        assert np.array_equal(cover, expected)
    else:
        assert not cover.any()


@given(
    rule=st.sampled_from(RULES),
    size=st.integers(16, 30),
    shape=st.tuples(st.integers(16, 70), st.integers(16, 70)),
    holes=st.lists(st.tuples(st.integers(0, 69), st.integers(0, 69)), max_size=4),
)
def test_no_window_touches_masked_area(rule, size, shape, holes):
    usable = np.ones(shape, dtype=bool)
    for y, x in holes:
        usable[y : y + 5, x : x + 3] = False
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    settings = Patches(rule=rule, size=size)
    found = window_corners(image, usable, settings)
    for y, x in found:
        window = usable[y:, x:] if rule == "whole" else usable[y : y + size, x : x + size]
        assert window.all()
        assert rule == "whole" or window.shape == (size, size)
    # and a mask takes windows away, but only those that it touches
    if rule in ("corners", "grid"):
        free = window_corners(image, everything(image), settings)
        assert found == [(y, x) for y, x in free if usable[y : y + size, x : x + size].all()]


@pytest.fixture
def study(make_source):
    """Four fields of view, two captures each, with the index and the sides."""
    rng = np.random.default_rng(2)
    record = make_source({fov: rng.integers(0, 220, (48, 64), dtype=np.uint8) for fov in ("1", "2", "10", "x")})
    index = index_images(record, "d", pair_fmd_layout(record, "raw"), Exclusions(record.root))
    return record.root, index, {"1": "train", "2": "test", "10": "train", "x": "unused"}


@pytest.mark.parametrize("rule", RULES)
def test_patches_are_the_pixels_of_the_images(study, rule):
    root, index, sides = study
    patches = cut_patches(index, sides, {}, root, Patches(rule=rule, size=24))
    images = index.set_index("image_id")
    for number, row in enumerate(patches.table.itertuples()):
        for kind, array in (("noisy", patches.noisy), ("clean", patches.clean)):
            image = read_grey(root / images.loc[row.image_id, kind])
            expected = image if rule == "whole" else image[row.y : row.y + 24, row.x : row.x + 24]
            assert np.array_equal(array[number], expected)
    assert len(patches.table) == len(patches.noisy) == len(patches.clean)


def test_every_capture_of_a_field_shares_side_and_windows(study):
    root, index, sides = study
    table = cut_patches(index, sides, {}, root, Patches(rule="brightest", size=24)).table
    assert list(table.columns) == ["patch_id", "image_id", "fov", "capture", "split", "y", "x", "size"]
    assert table["patch_id"].is_unique
    assert len(table) == 3 * 2
    assert list(table["fov"].unique()) == ["1", "2", "10"]
    assert all(table["split"] == table["fov"].map(sides))
    assert (table.groupby("fov")[["y", "x"]].nunique() == 1).all(axis=None)
    assert set(table["size"]) == {24}


def test_test_windows_avoid_the_masked_area_and_train_windows_need_not(study):
    root, index, sides = study
    usable = np.ones((48, 64), dtype=bool)
    usable[:, :20] = False
    everywhere = cut_patches(index, sides, {}, root, Patches(rule="grid", size=20)).table
    masked = cut_patches(index, sides, {"2": usable}, root, Patches(rule="grid", size=20)).table
    assert masked[masked["split"] == "test"]["x"].min() == 20
    assert everywhere[everywhere["split"] == "test"]["x"].min() == 0
    train = [table[table["split"] == "train"].drop(columns="patch_id") for table in (everywhere, masked)]
    assert np.array_equal(train[0].to_numpy(), train[1].to_numpy())


def test_sides_of_a_patch_set(study):
    root, index, sides = study
    patches = cut_patches(index, sides, {}, root, Patches(rule="corners", size=16))
    for side, fovs in (("train", {"1", "10"}), ("test", {"2"})):
        part = patches.side(side)
        assert set(part.table["fov"]) == fovs
        assert list(part.table.index) == list(range(len(part.table)))
        rows = np.flatnonzero(patches.table["split"] == side)
        assert np.array_equal(part.noisy, patches.noisy[rows])
        assert np.array_equal(part.clean, patches.clean[rows])


@pytest.mark.parametrize(("usable", "sides"), [({}, {"1": "train"}), ({"2": np.zeros((48, 64), dtype=bool)}, None)])
def test_a_side_without_patches_is_an_error(study, usable, sides):
    root, index, all_sides = study
    with pytest.raises(FreqbenchError, match="patches: no test patch of 24 pixels fits into the usable area"):
        cut_patches(index, sides or all_sides, usable, root, Patches(rule="grid", size=24))


def test_patches_larger_than_the_images_are_an_error(study):
    root, index, sides = study
    with pytest.raises(FreqbenchError, match="patches: no train patch of 49 pixels fits"):
        cut_patches(index, sides, {}, root, Patches(rule="brightest", size=49))


def test_whole_images_must_have_one_size(make_source):
    rng = np.random.default_rng(3)
    shapes = {"1": (20, 20), "2": (20, 24)}
    record = make_source({fov: rng.integers(0, 220, shape, dtype=np.uint8) for fov, shape in shapes.items()})
    index, sides = (
        index_images(record, "d", pair_fmd_layout(record, "raw"), Exclusions(record.root)),
        {"1": "train", "2": "test"},
    )
    with pytest.raises(FreqbenchError, match=r"patches\.rule: `whole` needs images of one size"):
        cut_patches(index, sides, {}, record.root, Patches(rule="whole"))
    assert len(cut_patches(index, sides, {}, record.root, Patches(rule="corners", size=16)).table) == 4 * 2 * 2


def test_16_bits_stay_16_bits(make_source):
    rng = np.random.default_rng(4)
    record = make_source({fov: rng.integers(0, 60_000, (20, 20), dtype=np.uint16) for fov in ("1", "2")})
    index = index_images(record, "d", pair_fmd_layout(record, "raw"), Exclusions(record.root))
    patches = cut_patches(index, {"1": "train", "2": "test"}, {}, record.root, Patches(rule="grid", size=16))
    assert patches.noisy.dtype == patches.clean.dtype == np.uint16


def test_written_patches_are_read_again(study, tmp_path):
    root, index, sides = study
    patches = cut_patches(index, sides, {}, root, Patches(rule="grid", size=16))
    layout = Layout(tmp_path / "study")
    write_patches(patches, layout, "d", 1)
    again = read_patches(layout, "d", 1)
    assert again.table.astype(object).equals(patches.table.astype(object))
    assert np.array_equal(again.noisy, patches.noisy)
    assert np.array_equal(again.clean, patches.clean)
    assert again.noisy.dtype == patches.noisy.dtype


def test_a_field_of_view_may_be_named_like_a_missing_value(make_source, tmp_path):
    rng = np.random.default_rng(5)
    names = ("NA", "null", "nan", "007")
    record = make_source({fov: rng.integers(0, 220, (20, 20), dtype=np.uint8) for fov in names})
    sides = dict(zip(names, ("train", "test", "train", "test"), strict=True))
    index = index_images(record, "d", pair_fmd_layout(record, "raw"), Exclusions(record.root))
    patches = cut_patches(index, sides, {}, record.root, Patches(rule="grid", size=16))
    layout = Layout(tmp_path / "study")
    write_patches(patches, layout, "d", 1)
    again = read_patches(layout, "d", 1)
    assert set(again.table["fov"]) == set(names)
    assert set(again.side("test").table["fov"]) == {"null", "007"}
    assert all(again.table[column].dtype == np.int64 for column in ("y", "x", "size"))


def truncate(path: Path):
    path.write_bytes(path.read_bytes()[:-1000])


def shorten(path: Path):
    np.save(path, np.load(path)[:-1])


def pickle(path: Path):
    np.save(path, np.array([{}]), allow_pickle=True)


@pytest.mark.parametrize("damage", [Path.unlink, truncate, shorten, pickle])
def test_damaged_arrays_are_named(study, tmp_path, damage):
    root, index, sides = study
    layout = Layout(tmp_path / "study")
    write_patches(cut_patches(index, sides, {}, root, Patches(rule="grid", size=16)), layout, "d", 1)
    damage(patch_arrays(layout, "d", 1)[1])
    folder = re.escape(str(layout.patch_table("d", 1).parent))
    with pytest.raises(FreqbenchError, match=f"{folder}: (no readable patches|table and arrays differ in length)"):
        read_patches(layout, "d", 1)


def test_missing_table_is_named(tmp_path):
    with pytest.raises(FreqbenchError, match=r"no readable patches .* run `freqbench patches`"):
        read_patches(Layout(tmp_path), "d", 1)
