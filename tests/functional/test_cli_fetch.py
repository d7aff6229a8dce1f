"""`freqbench fetch` by name, from a mirror, without any network."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from freqbench.cli import main
from freqbench.data.fetching import catalogue
from freqbench.data.fetching.content import Content

NAME = "fmd/Confocal_FISH"


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["freqbench", "fetch", *map(str, arguments)])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return int(exit_info.value.code or 0)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror with the archive of one type, which is the published one."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("Confocal_FISH/raw/1/a.png")
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"image"))
    content = buffer.getvalue()
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "Confocal_FISH.tar").write_bytes(content)
    published = replace(
        catalogue.ARCHIVES[NAME],
        content=Content(len(content), hashlib.md5(content).hexdigest()),
        address="http://127.0.0.1:9/none",
    )
    monkeypatch.setitem(catalogue.ARCHIVES, NAME, published)
    monkeypatch.setenv("FREQBENCH_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mirror"


def test_by_name(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for said in ("fetched", "complete already"):
        assert call(monkeypatch, NAME, "--to", tmp_path / "data") == 0
        shown = capsys.readouterr().err
        assert f"{NAME}: {said}, {tmp_path / 'data' / NAME}" in shown
        assert "Attribution-ShareAlike 4.0" in shown
        assert "please cite: Zhang" in shown
    assert (tmp_path / "data" / NAME / "raw/1/a.png").read_bytes() == b"image"
    assert (mirror / "Confocal_FISH.tar").is_file()


def test_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--list") == 0
    lines = capsys.readouterr().out.splitlines()
    (fish,) = [line for line in lines if line.startswith(f"{NAME} ")]
    assert fish.split() == [NAME, "697.9", "MB", "md5", "CC", "BY-SA", "4.0"]
    assert any(line.startswith("bbbc006/z_13 ") and "pinned on first use" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name what to fetch"),
        ((NAME, "--dataset", "nuclei"), "not both"),
        (("fmd/Confocal",), "no such data set"),
    ],
)
def test_mistakes(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert call(monkeypatch, *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
