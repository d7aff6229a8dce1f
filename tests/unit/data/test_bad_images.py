"""Each bad input is one error that names its file, or one line of the list of exclusions; each reader, one by one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from freqbench.config.datasets import Dataset
from freqbench.data.exclusions import Exclusions
from freqbench.data.index import index_images
from freqbench.data.readers.dispatch import read_pairing
from freqbench.data.readers.local_folders import record_folder
from freqbench.data.source import SourceRecord, hash_images
from freqbench.errors import FreqbenchError

RNG = np.random.default_rng(3)
CLEAN, NOISY = (RNG.integers(0, 60000, (16, 20)).astype(np.uint16) for _ in range(2))


@dataclass(frozen=True, eq=False)
class Layout:
    """Three fields of view on disk, and the names of what the tests spoil in the second."""

    source: dict
    files: dict[str, np.ndarray]
    captures: list[str]
    clean: str
    extra: str
    lone_clean: str

    @property
    def noisy(self) -> str:
        return self.captures[0]


def plane(number: int, well: int, tail: str) -> str:
    return f"BBBC006_v1_images_z_{number:02d}/mcf-z-stacks-03212011_a{well:02d}_s1_w1{tail}.tif"


FMD = Layout(
    {"kind": "fmd", "type": "Confocal_FISH", "captures": 2},
    {f"raw/{fov}/{capture}.png": NOISY for fov in "123" for capture in "ab"}
    | {f"gt/{fov}/avg50.png": CLEAN for fov in "123"},
    ["raw/2/a.png", "raw/2/b.png"],
    "gt/2/avg50.png",
    "gt/2/notes.png",
    "gt/9/avg50.png",
)
FOLDER = Layout(
    {"kind": "folder", "degraded": "low/{fov}_{capture}.*", "clean": "high/{fov}.*", "captures": 2},
    {f"low/{fov}_{capture}.tif": NOISY for fov in "123" for capture in "ab"}
    | {f"high/{fov}.tif": CLEAN for fov in "123"},
    ["low/2_a.tif", "low/2_b.tif"],
    "high/2.tif",
    "low/odd name.tif",
    "high/9.tif",
)
BBBC006 = Layout(
    {"kind": "bbbc006", "defocus": 13},
    {plane(13, well, "x"): NOISY for well in (1, 2, 3)} | {plane(16, well, "y"): CLEAN for well in (1, 2, 3)},
    [plane(13, 2, "x")],
    plane(16, 2, "y"),
    "BBBC006_v1_images_z_13/notes.tif",
    plane(16, 9, "y"),
)
LAYOUTS = {"fmd": FMD, "folder": FOLDER, "bbbc006": BBBC006}


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(params=LAYOUTS.values(), ids=LAYOUTS)
def case(request, tmp_path):
    """A layout on disk."""
    layout = request.param
    for name, pixels in layout.files.items():
        save(tmp_path / name, pixels)
    return layout


def index(layout, root: Path, on_bad_image: str, change=None) -> tuple[pd.DataFrame, dict[str, str]]:
    """Record and index; ``change`` is made between, as if files were lost after they were recorded."""
    source = layout.source | ({"folder": root} if layout is not FMD else {})
    data = Dataset.model_validate({"source": source, "on_bad_image": on_bad_image})
    if layout is FMD:
        record = SourceRecord(root, "fmd", "", "", "", hash_images(root, ("raw", "gt")))
    else:
        record = record_folder(data.source)
    if change is not None:
        change()
    exclusions = Exclusions(root, data.on_bad_image)
    table = index_images(record, "d", read_pairing(record, data), exclusions)
    return table, exclusions.reasons


def assert_refused_or_listed(layout, root: Path, expected: dict[str, str], left: int) -> None:
    """Stop at one of the expected files, in one line; or list them all and go on with the rest."""
    with pytest.raises(FreqbenchError) as caught:
        index(layout, root, "fail")
    message = str(caught.value)
    assert "\n" not in message
    assert any(message.startswith(f"{root / name}: {reason}") for name, reason in expected.items()), message
    assert message.endswith("; or set `on_bad_image: exclude` to leave out and list all such images")
    table, reasons = index(layout, root, "exclude")
    assert set(reasons) == set(expected)
    assert {name: reasons[name][: len(reason)] for name, reason in expected.items()} == expected
    assert len(table) == left
    assert not set(table["noisy"]) & set(expected)
    assert not set(table["clean"]) & set(expected)


def rest(layout, without: int) -> int:
    return 3 * len(layout.captures) - without


def test_nothing_is_wrong(case, tmp_path):
    for mode in ("fail", "exclude"):
        table, reasons = index(case, tmp_path, mode)
        assert len(table) == rest(case, 0)
        assert reasons == {}
        assert table["image_id"].is_unique
        assert set(table["bit_depth"]) == {16}


def test_a_missing_capture(case, tmp_path):
    (tmp_path / case.noisy).unlink()
    if case is BBBC006:
        expected = {case.clean: "clean image of field of view a02_s1, of which there is no degraded image"}
    else:
        expected = dict.fromkeys(
            [case.captures[1], case.clean], "field of view 2 has 1 captures, but `captures: 2` is decl"
        )
    assert_refused_or_listed(case, tmp_path, expected, rest(case, len(case.captures)))


def test_an_extra_file(case, tmp_path):
    save(tmp_path / case.extra, NOISY)
    reasons = {FMD: "is not part of FMD's layout", FOLDER: "does not match `low/", BBBC006: "is not named as a plane"}
    assert_refused_or_listed(case, tmp_path, {case.extra: reasons[case]}, rest(case, 0))


def test_a_clean_image_without_a_degraded_one(case, tmp_path):
    save(tmp_path / case.lone_clean, CLEAN)
    assert_refused_or_listed(case, tmp_path, {case.lone_clean: "clean image of field of view "}, rest(case, 0))


def test_a_field_without_clean_image(case, tmp_path):
    (tmp_path / case.clean).unlink()
    fov = "a02_s1" if case is BBBC006 else "2"
    expected = dict.fromkeys(case.captures, f"field of view {fov} has no clean image; every field of view needs one")
    assert_refused_or_listed(case, tmp_path, expected, rest(case, len(case.captures)))


def test_another_size(case, tmp_path):
    save(tmp_path / case.noisy, NOISY[:, :-1])
    assert_refused_or_listed(
        case, tmp_path, {case.noisy: "is 19x16 pixels, its clean image 20x16; crop"}, rest(case, 1)
    )


def test_another_depth(case, tmp_path):
    save(tmp_path / case.noisy, NOISY.astype(np.uint8))
    reason = "has 8 bits, but `bit_depth: 16`" if case is BBBC006 else "has 8 bits, its clean image 16; convert"
    assert_refused_or_listed(case, tmp_path, {case.noisy: reason}, rest(case, 1))


@pytest.mark.parametrize("case", [FMD, FOLDER], ids=["fmd", "folder"], indirect=True)  # the other declares its depth
def test_a_field_of_another_depth_than_the_others(case, tmp_path):
    for name in (*case.captures, case.clean):
        save(tmp_path / name, case.files[name].astype(np.uint8))
    assert_refused_or_listed(case, tmp_path, dict.fromkeys(case.captures, "has 8 bits, but "), rest(case, 2))


def test_colour(case, tmp_path):
    save(tmp_path / case.noisy, np.zeros((16, 20, 3), np.uint8))
    assert_refused_or_listed(case, tmp_path, {case.noisy: "image mode is RGB, but grey"}, rest(case, 1))


@pytest.mark.parametrize("content", [b"", b"<html>404</html>"])
def test_not_an_image(case, tmp_path, content):
    (tmp_path / case.noisy).write_bytes(content)
    assert_refused_or_listed(case, tmp_path, {case.noisy: "not an image file"}, rest(case, 1))


def test_a_truncated_image(case, tmp_path):
    path = tmp_path / case.noisy
    path.write_bytes(path.read_bytes()[:-200])
    assert_refused_or_listed(case, tmp_path, {case.noisy: "image is truncated or corrupt"}, rest(case, 1))


@pytest.mark.parametrize("content", ["constant", "colour", "text"])
def test_a_bad_clean_image_takes_its_field_with_it(case, tmp_path, content):
    if content == "text":
        (tmp_path / case.clean).write_text("x", encoding="utf-8")
    else:
        bad = {"constant": np.full((16, 20), 7, np.uint16), "colour": np.zeros((16, 20, 3), np.uint8)}
        save(tmp_path / case.clean, bad[content])
    reasons = {"constant": "clean image is constant (7)", "colour": "image mode is RGB", "text": "not an image file"}
    followers = dict.fromkeys(case.captures, f"its clean image {case.clean} is excluded")
    assert_refused_or_listed(case, tmp_path, {case.clean: reasons[content]} | followers, rest(case, len(case.captures)))


@pytest.mark.parametrize(
    "case", [FOLDER, BBBC006], ids=["folder", "bbbc006"], indirect=True
)  # in FMD the path is the id
def test_two_files_with_the_same_id(case, tmp_path):
    twin = plane(13, 2, "z") if case is BBBC006 else "low/2_a.png"
    save(tmp_path / twin, NOISY)
    with pytest.raises(FreqbenchError, match=r"is capture .* of field of view .*, and so is .*; keep one of them"):
        index(case, tmp_path, "fail")
    table, reasons = index(case, tmp_path, "exclude")
    assert {case.noisy, twin} <= set(reasons)
    assert len(table) == rest(case, len(case.captures))  # the field is not complete without them


@pytest.mark.parametrize(
    "case", [FOLDER, BBBC006], ids=["folder", "bbbc006"], indirect=True
)  # in FMD the path is the id
def test_two_clean_images_of_one_field(case, tmp_path):
    twin = plane(16, 2, "z") if case is BBBC006 else "high/2.png"
    save(tmp_path / twin, CLEAN)
    expected = dict.fromkeys([case.clean, twin], "is the clean image of field of view ")
    followers = dict.fromkeys(case.captures, "field of view ")
    assert_refused_or_listed(case, tmp_path, expected | followers, rest(case, len(case.captures)))


def test_an_image_that_was_lost_after_it_was_recorded(case, tmp_path):
    lost = tmp_path / case.noisy
    content = lost.read_bytes()
    with pytest.raises(FreqbenchError, match="image is missing"):
        index(case, tmp_path, "fail", lost.unlink)
    lost.write_bytes(content)
    table, reasons = index(case, tmp_path, "exclude", lost.unlink)
    assert list(reasons) == [case.noisy]
    assert len(table) == rest(case, 1)


def test_an_image_that_changed_is_an_error_in_both_modes(case, tmp_path):
    for mode, row in (("fail", 0), ("exclude", 1)):

        def change(row=row):
            save(tmp_path / case.noisy, np.roll(NOISY, row + 1))

        with pytest.raises(FreqbenchError, match="has changed since it was recorded"):
            index(case, tmp_path, mode, change)


def test_an_empty_folder(case, tmp_path):
    for name in case.files:
        (tmp_path / name).unlink()
    for mode in ("fail", "exclude"):
        with pytest.raises(FreqbenchError, match="no image"):
            index(case, tmp_path, mode)


def test_nothing_is_left(case, tmp_path):
    for name in case.files:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(
        FreqbenchError, match=r"no image pair is left, \d+ files are excluded; the first is .*: not an im"
    ):
        index(case, tmp_path, "exclude")


def test_the_list_is_a_table(tmp_path):
    exclusions = Exclusions(tmp_path, "exclude")
    exclusions.write(tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text(encoding="utf-8") == "file,reason\n"
    exclusions.add("a.tif", "bad, very")
    exclusions.add("a.tif", "later")
    exclusions.write(tmp_path / "one.csv")
    assert (tmp_path / "one.csv").read_text(encoding="utf-8") == 'file,reason\na.tif,"bad, very"\n'
