"""The source record finds its images again, also after a move."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from freqbench.data.source import SourceRecord, hash_images
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of

FIELD = {"1": np.arange(64, dtype=np.uint8).reshape(8, 8)}


def test_hash_of_every_png_by_level_in_order(make_source):
    record = make_source(FIELD, captures=2)
    (record.root / "raw" / "1" / "notes.txt").write_text("x", encoding="utf-8")
    seen = []
    hashes = hash_images(record.root, ("gt", "raw"), lambda done, of: seen.append((done, of)))
    assert list(hashes) == ["gt/1/avg50.png", "raw/1/capture_000.png", "raw/1/capture_001.png"]
    assert all(digest == sha256_of(record.root / name) for name, digest in hashes.items())
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_missing_level_is_named(make_source):
    root = make_source(FIELD).root
    with pytest.raises(FreqbenchError, match=r"avg2: no images; FMD's layout is avg2/<field of view>/<capture>\.png"):
        hash_images(root, ("avg2", "gt"))


def test_record_beside_its_images_moves_with_them(make_source, tmp_path):
    record = make_source(FIELD)
    record.write(tmp_path / "source.json")
    assert SourceRecord.read(tmp_path / "source.json") == record
    assert json.loads((tmp_path / "source.json").read_text(encoding="utf-8"))["root"] == "images"
    shutil.copytree(record.root, tmp_path / "moved" / "images")
    shutil.copy(tmp_path / "source.json", tmp_path / "moved" / "source.json")
    assert SourceRecord.read(tmp_path / "moved" / "source.json").root == tmp_path / "moved" / "images"


def test_record_far_from_its_images_names_them_absolutely(make_source, tmp_path):
    record = make_source(FIELD)
    record.write(tmp_path / "results" / "source.json")
    assert SourceRecord.read(tmp_path / "results" / "source.json").root == record.root


@pytest.mark.parametrize("place", ["source.json", "results/source.json"])
def test_record_of_a_relative_folder(make_source, tmp_path, monkeypatch, place):
    # `results: results`, the default, gives relative paths; they hold for one working folder only
    record = make_source(FIELD)
    monkeypatch.chdir(tmp_path)
    relative = SourceRecord(Path("images"), "fmd", "", "", "", record.files)
    relative.write(Path(place))
    assert SourceRecord.read(Path(place)).root.resolve() == record.root
    monkeypatch.chdir(tmp_path.parent)
    assert SourceRecord.read(tmp_path / place).root.resolve() == record.root


@pytest.mark.parametrize(
    "content", ["{}", '{"root": "images"}', '{"root": "images", "colour": 1}', '{"root": 1}', "[]", "null", '"images"']
)
def test_a_damaged_record_is_named(tmp_path, content):
    path = tmp_path / "source.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FreqbenchError, match=f"{path}: not a source record"):
        SourceRecord.read(path)


def test_images_that_are_gone_are_named(make_source, tmp_path):
    record = make_source(FIELD)
    record.write(tmp_path / "source.json")
    shutil.rmtree(record.root)
    with pytest.raises(FreqbenchError, match=r"images: the images of .* are gone; run fetch or simulate again"):
        SourceRecord.read(tmp_path / "source.json")
