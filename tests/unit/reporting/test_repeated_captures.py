"""Files that are there twice on one side of a split are named below the tables that count both."""

import pytest

from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.repeated_captures import repeated_capture_notes


@pytest.fixture
def notes_for(make_study):
    """Write an audit for each split, with that many repeated files, and return the notes."""

    def write(*counts):
        split = {"rule": "fraction", "train_fraction": 0.4, "repeats": len(counts)}
        tiny = {"source": {"kind": "phantom"}, "patches": {"size": 32}, "split": split}
        config = make_study(datasets={"tiny": tiny})
        for number, count in enumerate(counts, start=1):
            pairs = [{"first": "raw/1/a.png", "second": f"raw/1/{name}.png"} for name in "bcdefg"[:count]]
            write_json(Layout.of(config).audit("tiny", number), {"duplicates_on_one_side": pairs})
        return repeated_capture_notes(config)

    return write


def test_nothing_is_said_where_all_files_differ(notes_for):
    assert notes_for(0, 0) == []


def test_the_files_of_all_splits_are_named_once(notes_for):
    (note,) = notes_for(1, 2)
    assert note.startswith("tiny: files with the same pixels, on one side of the split: ")
    assert note.count("raw/1/b.png as raw/1/a.png") == 1
    assert "raw/1/c.png as raw/1/a.png. Each" in note


def test_of_many_the_number_is_given(notes_for):
    (note,) = notes_for(5)
    assert "raw/1/d.png as raw/1/a.png and 2 more." in note
    assert "e.png" not in note
