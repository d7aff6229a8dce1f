"""The mirror: found by name and content, and planted faults are named."""

import hashlib

import pytest

from freqbench.errors import FreqbenchError
from freqbench.mirror import MIRROR_VARIABLE, find_in_mirror, mirror_folder

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    (folder / "a" / "deep").mkdir(parents=True)
    return folder


def test_found_in_a_subfolder(mirror):
    (mirror / "a" / "deep" / "w.pth").write_bytes(CONTENT)
    expected = mirror / "a" / "deep" / "w.pth"
    assert find_in_mirror("w.pth", mirror) == expected
    assert find_in_mirror("w.pth", mirror, sha256=SHA256) == expected
    assert find_in_mirror("w.pth", mirror, sha256=SHA256.upper(), md5=MD5) == expected


def test_not_found(mirror):
    (mirror / "a" / "w.pth.part").write_bytes(CONTENT)
    (mirror / "w.pth").mkdir()
    assert find_in_mirror("w.pth", mirror) is None
    assert find_in_mirror("w.pth", None) is None


@pytest.mark.parametrize(("algorithm", "digest"), [("sha256", SHA256), ("md5", MD5)])
@pytest.mark.parametrize("planted", [CONTENT[:-1], b"another", b""])
def test_other_content_is_refused_and_named(mirror, planted, algorithm, digest):
    path = mirror / "a" / "w.pth"
    path.write_bytes(planted)
    with pytest.raises(FreqbenchError, match=f"{path}: its {algorithm} is .* {digest} is expected"):
        find_in_mirror("w.pth", mirror, **{algorithm: digest})


def test_a_good_file_wins_over_a_bad_one_of_the_same_name(mirror):
    (mirror / "w.pth").write_bytes(b"old version")
    (mirror / "a" / "w.pth").write_bytes(CONTENT)
    assert find_in_mirror("w.pth", mirror, sha256=SHA256) == mirror / "a" / "w.pth"


def test_links_are_followed_once(mirror, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "w.pth").write_bytes(CONTENT)
    (mirror / "linked").symlink_to(elsewhere)
    # Two circles: entered again and again, they would never come to an end.
    (elsewhere / "circle").symlink_to(mirror)
    (elsewhere / "second_circle").symlink_to(mirror)
    assert find_in_mirror("w.pth", mirror, sha256=SHA256) == mirror / "linked" / "w.pth"
    assert find_in_mirror("absent", mirror) is None


def test_which_folder(mirror, monkeypatch, tmp_path):
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    assert mirror_folder(None) is None
    monkeypatch.setenv(MIRROR_VARIABLE, "")
    assert mirror_folder(None) is None
    monkeypatch.setenv(MIRROR_VARIABLE, str(mirror))
    assert mirror_folder(None) == mirror
    assert mirror_folder(mirror / "a") == mirror / "a"


def test_a_missing_folder_is_named_with_its_origin(monkeypatch, tmp_path):
    missing = tmp_path / "missing"
    monkeypatch.setenv(MIRROR_VARIABLE, str(missing))
    with pytest.raises(FreqbenchError, match=f"{missing}: no such folder.*{MIRROR_VARIABLE}"):
        mirror_folder(None)
    with pytest.raises(FreqbenchError, match=f"{missing}: no such folder.*`mirror:`"):
        mirror_folder(missing)
    with pytest.raises(FreqbenchError, match="no such folder"):
        find_in_mirror("w.pth", missing)
