"""`freqbench restore` and `freqbench export` as a user meets them."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from freqbench.cli import main
from freqbench.config.training import RRDBGenerator
from freqbench.trained.model import build_network
from freqbench.training.state import save_tensors

RNG = np.random.default_rng(0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a generator, a stack of 12 bits and a bad image; it is the working folder."""
    monkeypatch.chdir(tmp_path)
    settings = RRDBGenerator(blocks=1, features=4, growth=2, global_residual=True)
    torch.manual_seed(0)
    network = build_network(settings)
    save_tensors({"settings": settings.model_dump(), "state": network.state_dict()}, tmp_path / "run/generator.pt")
    images = tmp_path / "images"
    images.mkdir()
    stack = RNG.integers(0, 4096, (3, 40, 50)).astype(np.uint16)
    tifffile.imwrite(images / "stack.ome.tif", stack, metadata={"axes": "ZYX", "PhysicalSizeX": 0.3})
    Image.fromarray(RNG.integers(0, 256, (40, 50)).astype(np.uint8)).save(images / "plain.png")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run the command line in this process; return its exit status and what it said."""
    monkeypatch.setattr(sys, "argv", ["freqbench", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    code = exit_info.value.code
    return code if isinstance(code, int) else int(code is not None), capsys.readouterr().err


def test_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("restore", "images", "--model", "run", "-o", "out", "--device", "cpu")
    code, said = run(monkeypatch, capsys, *arguments)
    assert code == 0, said
    assert "nothing is known of its training" in said
    assert "stack.ome.tif: is scaled by 16 bits" in said
    with tifffile.TiffFile(folder / "out/stack.ome.tif") as restored:
        assert (restored.series[0].axes, restored.series[0].shape) == ("ZYX", (3, 40, 50))
        assert 'PhysicalSizeX="0.3"' in str(restored.ome_metadata)
    assert Image.open(folder / "out/plain.png").size == (50, 40)
    assert json.loads((folder / "out/plain.png.json").read_text())["step"] == "restore"
    code, said = run(monkeypatch, capsys, *arguments)
    assert code == 2
    assert said.count("exists; give --overwrite") == 2
    assert run(monkeypatch, capsys, *arguments, "--overwrite")[0] == 0


def test_one_bad_file_is_named_at_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (folder / "images/stack.ome.tif").read_bytes()
    (folder / "images/broken.ome.tif").write_bytes(whole[: len(whole) // 2])
    code, said = run(monkeypatch, capsys, "restore", "images/*", "--model", "run/generator.pt", "-o", "out")
    assert code == 2
    assert said.splitlines()[-2] == "2 of 3 restored"
    assert said.splitlines()[-1].startswith("error: images/")
    assert (folder / "out/stack.ome.tif").is_file()
    assert not (folder / "out/broken.ome.tif").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone.tif", "--model", "run", "-o", "out"], "gone.tif: no such file"),
        (["images", "--model", "gone", "-o", "out"], "gone: no such file or folder"),
        (["images", "--model", "run", "-o", "out", "--overlap", "many"], "--overlap: a number of pixels above 0"),
        (["images", "--model", "run", "-d", "cells", "-o", "out"], "run: is one training"),
        (["images", "--model", "run", "-o", "out.tif"], "out.tif: is a file, but there are 2 images"),
        (["images/plain.png", "--model", "run", "-o", "images"], "is one of the images to be restored"),
        (["images/plain.png", "--model", "run", "-o", "o", "--data-range", "0", "1"], "--data-range is for floats"),
    ],
)
def test_a_mistake_is_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    code, said = run(monkeypatch, capsys, "restore", *arguments)
    assert code == 2
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]


def test_an_exported_generator_restores_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("safetensors")
    export = ("export", "run", "--format", "safetensors", "-o", "model.safetensors")
    code, said = run(monkeypatch, capsys, *export)
    assert code == 0, said
    assert "--licence" in said
    assert (folder / "model.md").read_text().startswith("# generator")
    assert run(monkeypatch, capsys, *export)[0] == 2
    results: list[Any] = []
    for model in ("run", "model.safetensors"):
        arguments = ("images/plain.png", "--model", model, "-o", f"{model}.out", "--dtype", "float32")
        code, said = run(monkeypatch, capsys, "restore", *arguments)
        assert code == 0, said
        results.append(tifffile.imread(folder / f"{model}.out/plain.tif"))
    assert np.array_equal(*results)
