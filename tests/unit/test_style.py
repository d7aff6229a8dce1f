"""House rules that no tool checks: short files, no machine's paths, no package index."""

import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MACHINE_PATH = re.compile(r"(?<![\w.-])/(home|root|work|tmp)/")
# in two parts each, so that this file does not hold them
INDEX_MARKS = ("pypi" + ".org", "python" + "hosted.org", "--index" + "-url", "--extra-index" + "-url", "/simple" + "/")


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def tracked() -> list[Path]:
    """Return the text files under version control."""
    try:
        done = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # an image or an array


def test_files_are_short():
    assert {path.name: lines(path) for path in (*SOURCES, *TESTS) if lines(path) > 400} == {}
    assert statistics.median(map(lines, SOURCES)) <= 150
    assert statistics.median(map(lines, TESTS)) <= 150


def test_no_module_is_a_drawer_for_everything():
    assert not {path.stem for path in SOURCES} & {"utils", "util", "helpers", "misc", "common"}


def test_no_two_test_files_share_a_name():
    names = [path.name for path in TESTS if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))


def test_no_file_names_a_folder_of_one_machine():
    found = {str(path): text_of(path) for path in tracked() if path.relative_to(ROOT).parts[0] != "tests"}
    assert {path: hit.group() for path, text in found.items() if (hit := MACHINE_PATH.search(text))} == {}


def test_no_file_names_a_package_index():
    found = {path.name: mark for path in tracked() for mark in INDEX_MARKS if mark in text_of(path)}
    assert found == {}
