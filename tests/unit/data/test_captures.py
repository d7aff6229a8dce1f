"""Copies and shared noise of single files are found; independent captures are not accused."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from freqbench.data.exclusions import Exclusions
from freqbench.data.image_files import read_grey
from freqbench.data.index import index_images
from freqbench.data.leakage.captures import examine_captures
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.source import SourceRecord, hash_images
from freqbench.mirror import MIRROR_VARIABLE

SIDES = {"1": "train", "2": "test", "3": "test"}


@pytest.fixture
def captured(tmp_path, save, textures):
    """Write 12 captures of each of three fields of view, and clean images that are their means or are not."""

    def write(*, contained=True, edit=None):
        rng = np.random.default_rng(3)
        root = tmp_path / "images"
        for fov, scene in zip("123", textures, strict=True):
            stack = np.clip(np.rint(scene + rng.normal(0, 12, (24, *scene.shape))), 0, 255).astype(np.uint8)
            clean = stack[:12] if contained else stack[12:]
            for number, capture in enumerate(stack[:12]):
                save(root / "raw" / fov / f"capture_{number:03d}.png", capture)
            save(root / "gt" / fov / "avg50.png", np.rint(clean.mean(0)).astype(np.uint8))
        if edit:
            edit(root)
        record = SourceRecord(root, "fmd", "test", "none", "none", hash_images(root, ("raw", "gt")))
        index = index_images(record, "d", pair_fmd_layout(record, "raw"), Exclusions(root))
        return examine_captures(index, SIDES, record)

    return write


def test_independent_captures_share_nothing(captured):
    report = captured()
    assert (report.identical, report.duplicates, report.averaged) == ([], [], [])
    assert report.captures == report.distinct == {"train": 12, "test": 24}


@pytest.mark.parametrize(("contained", "expected"), [(True, -1 / 11), (False, 1 / 13)])
def test_whether_the_clean_image_contains_the_captures_is_measured(captured, contained, expected):
    # a mean of N that contains the captures leaves residuals correlated by -1/(N-1), another mean of N by 1/(N+1)
    for measured in captured(contained=contained).contained.values():
        assert measured.correlation == pytest.approx(expected, abs=0.01)
        assert measured.as_json()["clean_is_their_mean"] == contained
        assert measured.as_json()["expected_if_clean_is_their_mean"] == pytest.approx(-1 / 11, abs=1e-5)


def test_a_duplicate_on_one_side_is_counted(captured, save):
    def copy(root):
        save(root / "raw/2/capture_005.png", read_grey(root / "raw/2/capture_001.png"), compress_level=0)

    report = captured(edit=copy)
    assert report.duplicates == [("raw/2/capture_001.png", "raw/2/capture_005.png")]
    assert (report.captures["test"], report.distinct["test"]) == (24, 23)
    assert report.identical == []


def test_a_train_capture_in_the_average_of_a_test_image_is_found(captured, save):
    def plant(root):
        noise = read_grey(root / "raw/1/capture_004.png").astype(float) - read_grey(root / "gt/1/avg50.png")
        for name in ("gt/2/avg50.png", "raw/3/capture_002.png"):
            target = read_grey(root / name) + noise / 4
            save(root / name, np.clip(np.rint(target), 0, 255).astype(np.uint8))

    found = {(a, b) for a, b, _ in captured(edit=plant).averaged}
    assert ("raw/1/capture_004.png", "raw/3/capture_002.png") in found
    assert ("raw/1/capture_004.png", "gt/2/avg50.png") in found


def test_a_pattern_of_the_camera_is_no_leak(captured, save):
    """Hot pixels are in every capture of a user's camera, but not in clean images of another exposure."""
    pattern = np.random.default_rng(9).normal(0, 6, (96, 96))

    def plant(root):
        for path in root.glob("raw/*/*.png"):
            save(path, np.clip(np.rint(read_grey(path) + pattern), 0, 255).astype(np.uint8))

    report = captured(edit=plant)
    assert report.averaged == []
    # 6² of 12² + 6²
    assert report.common_noise == pytest.approx(0.2, abs=0.03)


@pytest.mark.mirror
def test_what_is_known_about_real_captures():
    mirror = os.environ.get(MIRROR_VARIABLE)
    root = Path(mirror or "nowhere") / "data" / "fmd_mini"
    if not root.is_dir():
        pytest.skip(f"{MIRROR_VARIABLE} names no folder with data/fmd_mini")

    def examine(fmd_type, level, fov):
        noisy = sorted((root / fmd_type / level / fov).glob("*.png"))
        rows = [(fov, path.relative_to(root).as_posix(), f"{fmd_type}/gt/{fov}/avg50.png") for path in noisy]
        record = SourceRecord(root, "fmd", "", "", "", {})
        return examine_captures(pd.DataFrame(rows, columns=["fov", "noisy", "clean"]), {fov: "test"}, record)

    # the official test_mix holds these captures twice
    assert examine("WideField_BPAE_B", "raw", "19").distinct["test"] == 3
    assert examine("Confocal_FISH", "avg4", "19").distinct["test"] == 3
    # all 50 captures: the clean image is their rounded mean
    (measured,) = examine("Confocal_BPAE_B", "raw", "1").contained.values()
    assert measured.captures == 50
    assert measured.as_json()["clean_is_their_mean"]
    # -1/49 for white noise of one strength; the captures also drift together a little
    assert -1 / 49 - 0.004 < measured.correlation < -0.01
