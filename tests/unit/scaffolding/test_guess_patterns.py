"""Guessing which images belong together: layouts that people have, and those that nothing can be said of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.data.readers.file_patterns import FilePattern
from freqbench.errors import FreqbenchError
from freqbench.scaffolding.guess_patterns import guess_patterns

LAYOUTS = {
    "one pair a field": (
        ["low/1.tif", "low/2.tif", "high/1.tif", "high/2.tif"],
        ("low/{fov}.tif", "high/{fov}.tif"),
    ),
    "captures": (
        ["noisy/1_a.png", "noisy/1_b.png", "noisy/2_a.png", "clean/1.png", "clean/2.png"],
        ("noisy/{fov}_{capture}.png", "clean/{fov}.png"),
    ),
    "groups": (
        [
            f"{mouse}/{file}.ome.tif"
            for mouse in ("m1", "m2")
            for file in ("low/1-a", "low/1-b", "low/2-a", "high/1", "high/2")
        ],
        ("{group}/low/{fov}-{capture}.ome.tif", "{group}/high/{fov}.ome.tif"),
    ),
    "words in file names": (
        ["images/cell_01_noisy.tif", "images/cell_02_noisy.tif", "images/cell_01_gt.tif", "images/cell_02_gt.tif"],
        ("images/cell_{fov}_noisy.tif", "images/cell_{fov}_gt.tif"),
    ),
    "words first": (
        ["raw_7.png", "raw_8.png", "target_7.png", "target_8.png"],
        ("raw_{fov}.png", "target_{fov}.png"),
    ),
    "a folder a field, as FMD": (
        ["raw/1/a_0.png", "raw/1/a_1.png", "raw/2/a_0.png", "gt/1/avg50.png", "gt/2/avg50.png"],
        ("raw/{fov}/a_{capture}.png", "gt/{fov}/avg50.png"),
    ),
    "names with separators": (
        ["low/e_1_x.tif", "low/e_2_y.tif", "high/e_1_x.tif", "high/e_2_y.tif"],
        ("low/e_{fov}.tif", "high/e_{fov}.tif"),
    ),
    "numbers that share digits": (
        ["low/101.tif", "low/102.tif", "high/101.tif", "high/102.tif"],
        ("low/{fov}.tif", "high/{fov}.tif"),
    ),
}


@pytest.mark.parametrize(("files", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_usual_layout(files, expected):
    patterns = guess_patterns(files)
    assert (patterns.degraded, patterns.clean) == expected
    assert patterns.unused == ()


def test_what_says_nothing_is_reported():
    files = ["low/1.tif", "low/2.tif", "high/1.tif", "high/2.tif", "overview.tif", "low/high/3.tif"]
    assert guess_patterns(files).unused == ("overview.tif", "low/high/3.tif")


def test_a_field_without_its_clean_image_is_reported():
    patterns = guess_patterns(["low/1.tif", "low/2.tif", "low/3.tif", "high/1.tif", "high/2.tif"])
    assert patterns.unused == ("low/3.tif",)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["a/1.tif", "b/1.tif"], "says which images are degraded"),
        (["low/1.tif", "low/2.tif"], "says which images are clean"),
        (["low/1.tif", "high/7.tif"], "no pattern pairs low/1.tif"),
        (["low/1.tif", "low/2.png", "high/1.tif", "high/2.tif"], "no pattern pairs"),
        (["low/1.tif", "low/a/2.tif", "high/1.tif", "high/2.tif"], "no pattern pairs"),
        (["low/a*.tif", "low/b.tif", "high/a*.tif", "high/b.tif"], "no pattern pairs"),
    ],
)
def test_what_cannot_be_guessed_asks_for_patterns(files, message):
    with pytest.raises(FreqbenchError, match=rf"{message}.*give --degraded and --clean"):
        guess_patterns(files)


NAMES = st.lists(st.text("abxyz0189", min_size=1, max_size=4), min_size=2, max_size=4, unique=True)


@given(fovs=NAMES, captures=NAMES, groups=NAMES, separator=st.sampled_from("_-"))
def test_a_guess_pairs_every_image_with_its_own_field(fovs, captures, groups, separator):
    low = {
        f"{group}/noisy/{fov}{separator}{capture}.tif": f"{group}/clean/{fov}.tif"
        for group in groups
        for fov in fovs
        for capture in captures
    }
    patterns = guess_patterns([*low, *dict.fromkeys(low.values())])
    assert patterns.unused == ()
    degraded, clean = FilePattern(patterns.degraded), FilePattern(patterns.clean)
    for noisy, target in low.items():
        assert degraded.match(noisy).fov == clean.match(target).fov
    assert len({clean.match(target).fov for target in low.values()}) == len(groups) * len(fovs)
