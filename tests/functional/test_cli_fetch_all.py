"""`freqbench fetch --all`: what a study needs is brought, or named with the way to bring it."""

from pathlib import Path

import pytest
import yaml

from freqbench.cli import main
from freqbench.data.fetching import everything

CONTENT = {
    "name": "study",
    "tier": "smoke",
    "feature_networks": "untrained",
    "datasets": {
        "made": {"source": {"kind": "phantom"}},
        "own": {"source": {"kind": "fmd", "type": "Confocal_FISH", "folder": "here"}},
    },
    "methods": [{"name": "spatial"}],
    "training": {"iterations": 1},
    "evaluation": {"frechet_features": "none"},
}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without mirror, caches and network."""
    monkeypatch.delenv("FREQBENCH_MIRROR", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path / "cellpose"))
    monkeypatch.chdir(tmp_path)


def call(monkeypatch: pytest.MonkeyPatch, content: dict[str, object], *arguments: str) -> int:
    Path("study.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["freqbench", "fetch", "--all", "-c", "study.yaml", "--to", "cache", *arguments])
    monkeypatch.setattr("freqbench.cli.app.enforce", lambda: None)  # it would hold for the tests after this one
    with pytest.raises(SystemExit) as exit_info:
        main()
    return int(exit_info.value.code or 0)


def test_what_is_here_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Path("here").mkdir()
    assert call(monkeypatch, CONTENT) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "here     images   made: simulated by the study, no file is needed",
        f"here     images   own: {Path('here').resolve()}",
    ]
    assert "everything is here" in shown.err


def test_all_that_is_missing_is_named_not_only_the_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FREQBENCH_OFFLINE", "1")
    monkeypatch.setattr(everything, "load_bm3d", lambda: (_ for _ in ()).throw(everything.FreqbenchError("no bm3d")))
    archive = {"kind": "fmd", "type": "Confocal_MICE"}
    segmenter = {"kind": "cellpose", "diameter": 20}
    content = CONTENT | {
        "feature_networks": "imagenet",
        "controls": ["input", "bm3d"],
        "datasets": {
            "own": CONTENT["datasets"]["own"],  # type: ignore[index]
            "published": {"source": archive, "nuclei": {"segmenter": segmenter, "min_area": 10}},
        },
        "evaluation": {"frechet_features": "inception"},
    }
    assert call(monkeypatch, content) == 2
    shown = capsys.readouterr()
    lines = {" ".join(line.split()[:3]): line for line in shown.out.splitlines()}
    assert set(lines) == {
        "missing images own:",
        "missing images published:",
        "missing weights vgg19:",
        "missing weights vgg16:",
        "missing weights inception:",
        "missing weights Cellpose",
        "missing package bm3d:",
        *(line for line in lines if line.endswith("package cellpose:")),
    }
    assert "Confocal_MICE.tar: is not here" in lines["missing images published:"]
    assert "no folder here" in lines["missing images own:"]
    assert "things are missing" in shown.err


def test_weights_that_are_downloaded_are_fetched_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from freqbench import weights

    there: list[str] = []

    def describe(name: str, _mirror: object) -> dict[str, str]:
        if name not in there:
            raise everything.FreqbenchError("none")
        return {"file": f"{name}.pth"}

    monkeypatch.setattr(weights, "describe_weights", describe)
    monkeypatch.setattr(weights, "load_weights", lambda name, _mirror: there.append(name))
    Path("here").mkdir()
    content = CONTENT | {
        "feature_networks": "imagenet",
        "evaluation": {"metrics": ["psnr"], "frechet_features": "none"},
    }
    for state in ("fetched", "here"):
        assert call(monkeypatch, content) == 0
        assert f"{state:<8} weights  vgg19: vgg19.pth" in capsys.readouterr().out
    assert there == ["vgg19"]


def test_all_goes_with_no_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, CONTENT, "-d", "own") == 2
    assert "one of them, not both" in capsys.readouterr().err
