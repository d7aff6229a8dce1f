"""A user's own pairs: what patterns and CSV files say, and what is said when they are wrong."""

import numpy as np
import pytest
import tifffile
from pydantic import ValidationError

from freqbench.config.local_sources import FolderSource
from freqbench.data.readers.file_patterns import FilePattern
from freqbench.data.readers.folder_pairs import pair_folder
from freqbench.data.readers.local_folders import record_folder
from freqbench.data.readers.pairing import NamedImage, Pair
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.mirror import find_folder

PLANE = np.arange(64, dtype=np.uint16).reshape(8, 8)


@pytest.fixture
def paired(tmp_path):
    """Write images and texts; return the pairing that a source makes of them."""

    def make(files, *, texts=None, **source):
        for name in files:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(tmp_path / name, PLANE)
        for name, text in (texts or {}).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        settings = FolderSource(kind="folder", folder=tmp_path, **source)
        return pair_folder(record_folder(settings), settings)

    return make


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("low/{fov}_{capture}.tif", "low/3_07.tif", ("3", "07", "")),
        ("low/{fov}_{capture}.tif", "low/day_2_07.tif", ("day_2", "07", "")),
        ("low/{fov}.tif", "low/3.tif", ("3", "1", "")),
        ("{group}/low/{fov}-{capture}.tif", "m1/low/3-07.tif", ("m1_3", "07", "m1")),
        ("{fov}/{fov}_{capture}.tif", "3/3_07.tif", ("3", "07", "")),
        ("{fov}/{fov}_{capture}.tif", "3/4_07.tif", None),
        ("low/{fov}_*.tif", "low/3_07.tif", ("3", "1", "")),
        ("low/{fov}_*.tif", "low/3_x/07.tif", None),
        ("low/{fov}.tif", "low/3xtif", None),
        ("low/{fov}.tif", "low/three four.tif", None),
        ("./low/{fov}.tif", "low/3.tif", ("3", "1", "")),
    ],
)
def test_a_pattern_reads_a_name(pattern, name, expected):
    assert FilePattern(pattern).match(name) == (None if expected is None else NamedImage(name, *expected))


def test_pairs_by_pattern(paired):
    pairing = paired(
        ["low/1_a.tif", "low/1_b.tif", "low/2_a.tif", "high/1.tif", "high/2.tif", "elsewhere/x.tif", "low/.hidden.tif"],
        texts={"low/readme.txt": "no image"},
        degraded="low/{fov}_{capture}.tif",
        clean="high/{fov}.tif",
    )
    assert pairing.pairs == [
        Pair("low/1_a.tif", "high/1.tif", "1", "a", "1"),
        Pair("low/1_b.tif", "high/1.tif", "1", "b", "1"),
        Pair("low/2_a.tif", "high/2.tif", "2", "a", "2"),
    ]
    assert pairing.bad == {}
    assert pairing.hierarchy == ("group", "field of view", "capture")


def test_fields_of_two_groups_may_have_the_same_number(paired):
    pairing = paired(
        [f"{group}/{kind}/1.tif" for group in ("m1", "m2") for kind in ("low", "high")],
        degraded="{group}/low/{fov}.tif",
        clean="{group}/high/{fov}.tif",
    )
    assert [(pair.fov, pair.group, pair.clean) for pair in pairing.pairs] == [
        ("m1_1", "m1", "m1/high/1.tif"),
        ("m2_1", "m2", "m2/high/1.tif"),
    ]


@pytest.mark.parametrize(
    ("degraded", "clean", "files"),
    [
        ("{fov}.tif", "{fov}_gt.tif", ("1.tif", "1_gt.tif")),
        ("{fov}_{capture}.tif", "{fov}.tif", ("1_a.tif", "1.tif")),
        ("{fov}_{capture}.tif", "{fov}_clean.tif", ("1_a.tif", "1_clean.tif")),
    ],
)
def test_of_two_patterns_the_one_that_says_more_is_meant(paired, degraded, clean, files):
    pairing = paired(files, degraded=degraded, clean=clean)
    assert [(pair.noisy, pair.clean, pair.fov) for pair in pairing.pairs] == [(*files, "1")]
    assert pairing.bad == {}


def test_patterns_that_cannot_be_told_apart(paired):
    with pytest.raises(FreqbenchError, match=r"1\.tif: matches both `degraded` and `clean`; make the patterns differ"):
        paired(["1.tif"], degraded="{fov}.tif", clean="*{fov}.tif")


def test_a_pattern_that_matches_nothing(paired):
    with pytest.raises(FreqbenchError, match=r"no image matches `clear/\{fov\}\.tif`; correct the pattern"):
        paired(["low/1.tif"], degraded="low/{fov}.tif", clean="clear/{fov}.tif")


def test_a_set_without_clean_images(paired):
    pairing = paired(["low/1.tif", "low/2.tif"], degraded="low/{fov}.tif")
    assert [(pair.noisy, pair.clean) for pair in pairing.pairs] == [("low/1.tif", ""), ("low/2.tif", "")]


def test_pairs_by_csv(paired):
    pairing = paired(
        ["a.tif", "b.tif", "c.tif", "A.tif", "C.tif", "unlisted.tif"],
        texts={
            # a byte-order mark, as spreadsheets write it; blanks; a leading `./`
            "pairs.csv": "\ufeffdegraded,clean,fov,capture,group\na.tif,A.tif,1,x,m1\n"
            "b.tif, ./A.tif,1,y,m1\nc.tif,C.tif,NA,,m2\n"
        },
        pairs="pairs.csv",
    )
    assert pairing.pairs == [
        Pair("a.tif", "A.tif", "1", "x", "m1"),
        Pair("b.tif", "A.tif", "1", "y", "m1"),
        Pair("c.tif", "C.tif", "NA", "1", "m2"),
    ]
    assert pairing.bad == {}


def test_a_csv_without_clean_images(paired):
    pairing = paired(["a.tif"], texts={"p.csv": "degraded,fov\na.tif,1\n"}, pairs="p.csv")
    assert pairing.pairs == [Pair("a.tif", "", "1", "1", "1")]


@pytest.mark.parametrize(
    ("lines", "bad"),
    [
        ("lost.tif,A.tif,1,x,m", {"lost.tif": "image is missing, but p.csv lists it; add it or remove its line"}),
        ("b.tif,Lost.tif,2,x,m", {"Lost.tif": "image is missing, but p.csv", "b.tif": "field of view 2 has no clean"}),
        ("b.tif,,2,x,m", {"b.tif": "field of view 2 has no clean image"}),
        ("b.tif,B.tif,2,x,m\nb.tif,B.tif,2,y,m", {"b.tif": "stands in p.csv in 2 lines", "B.tif": "clean image of fi"}),
        ("b.tif,B.tif,1,x,m", {"A.tif": "is the clean image of field of view 1, and so is B.tif", "B.tif": "is the"}),
        ("b.tif,A.tif,1,x,n", {"b.tif": "field of view 1 is in the groups m and n; it can be in one only"}),
    ],
)
def test_bad_rows(paired, lines, bad):
    text = f"degraded,clean,fov,capture,group\na.tif,A.tif,1,a,m\n{lines}\n"
    pairing = paired(["a.tif", "b.tif", "A.tif", "B.tif"], texts={"p.csv": text}, pairs="p.csv")
    assert bad.keys() <= pairing.bad.keys()
    for name, reason in bad.items():
        assert pairing.bad[name].startswith(reason)
    assert not {pair.noisy for pair in pairing.pairs} & set(pairing.bad)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"p\.csv: column `degraded` is missing"),
        ("degraded,fov\n", r"p\.csv: lists no image"),
        ("degraded,clean\na.tif,A.tif\n", r"p\.csv: column `fov` is missing"),
        ("degraded,fov,Group\na.tif,1,m\n", r"p\.csv: unknown column `Group`; the columns are degraded, clean"),
        ("degraded,fov\na.tif\n", r"p\.csv, line 2: has another number of columns"),
        ("degraded,fov\na.tif,1,2\n", r"p\.csv, line 2: has another number of columns"),
        ("degraded,fov\n,1\n", r"p\.csv, line 2: names no degraded image"),
        ("degraded,fov\na.tif,my field\n", r"p\.csv, line 2: fov is `my field`; it needs a name of letters"),
        ("degraded,fov,group\na.tif,1,m\na.tif,2,\n", r"p\.csv, line 3: group is ``; it needs a name"),
        ('degraded,fov\n"a.tif,1\n', r"p\.csv: cannot be read as CSV"),
    ],
)
def test_a_csv_that_cannot_be_followed(paired, text, message):
    with pytest.raises(FreqbenchError, match=message):
        paired(["a.tif"], texts={"p.csv": text}, pairs="p.csv")


def test_a_csv_that_was_changed_after_it_was_recorded(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", PLANE)
    (tmp_path / "p.csv").write_text("degraded,fov,group\na.tif,1,m1\n", encoding="utf-8")
    source = FolderSource(kind="folder", folder=tmp_path, pairs="p.csv")
    record = record_folder(source)
    assert list(record.files) == ["p.csv", "a.tif"]
    (tmp_path / "p.csv").write_text("degraded,fov,group\na.tif,1,m2\n", encoding="utf-8")
    with pytest.raises(FreqbenchError, match=r"p\.csv: has changed since it was recorded; run fetch again"):
        pair_folder(record, source)


def test_a_missing_csv(paired):
    with pytest.raises(FreqbenchError, match=r"p\.csv: cannot be read as CSV"):
        paired([], pairs="p.csv")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs either `degraded`"),
        ({"degraded": "{fov}.tif", "pairs": "p.csv"}, "needs either `degraded`"),
        ({"pairs": "p.csv", "clean": "{fov}.tif"}, "`clean` belongs to `degraded`"),
        ({"degraded": "low/*.tif"}, "needs the placeholder `{fov}`"),
        ({"degraded": "{fov}_{shot}.tif"}, "unknown placeholder `{shot}`; there are {fov}, {capture} and {group}"),
        ({"degraded": "../{fov}.tif"}, "must lie below `folder`"),
        ({"degraded": "/data/{fov}.tif"}, "must lie below `folder`"),
        ({"degraded": "{fov}_{capture}.tif", "clean": "{fov}_{capture}_gt.tif"}, "share one clean image"),
        ({"degraded": "{group}/{fov}.tif", "clean": "gt/{fov}.tif"}, "in both `degraded` and `clean`"),
        ({"degraded": "{fov}.tif", "data_range": [1, 1]}, "the first value must be smaller"),
        ({"degraded": "{fov}.tif", "data_range": [0, 1], "bit_depth": 12}, "declare one of them"),
        ({"degraded": "{fov}.tif", "bit_depth": 7}, "greater than or equal to 8"),
    ],
)
def test_a_source_that_contradicts_itself(settings, message):
    with pytest.raises(ValidationError) as caught:
        FolderSource(kind="folder", folder=".", **settings)
    assert message in str(caught.value)


def test_the_record_keeps_what_the_numbers_mean(tmp_path):
    tifffile.imwrite(tmp_path / "1.tif", PLANE)
    source = FolderSource(
        kind="folder", folder=tmp_path, degraded="{fov}.tif", data_range=(-1, 3), licence="CC0", citation="me"
    )
    record = record_folder(source)
    record.write(tmp_path / "results" / "source.json")
    again = SourceRecord.read(tmp_path / "results" / "source.json")
    assert again == record
    assert again.scale == record.scale
    assert (again.licence, again.citation, again.kind) == ("CC0", "me", "folder")


def test_a_relative_folder_lies_in_the_mirror_or_here(tmp_path, monkeypatch):
    (tmp_path / "mirror" / "data").mkdir(parents=True)
    (tmp_path / "here" / "own").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    from pathlib import Path

    assert find_folder(Path("data"), tmp_path / "mirror") == tmp_path / "mirror" / "data"
    assert find_folder(Path("own"), tmp_path / "mirror") == tmp_path / "here" / "own"
    with pytest.raises(FreqbenchError, match=r"source\.folder: no folder .*gone and gone; correct the path"):
        find_folder(Path("gone"), tmp_path / "mirror")
    with pytest.raises(FreqbenchError, match=r"source\.folder: no folder gone; .*set FREQBENCH_MIRROR"):
        find_folder(Path("gone"), None)
