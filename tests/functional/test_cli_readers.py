"""A user's own images by commands: TIFF pairs, a set without clean images, bad images left out, groups kept whole."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
import yaml
from scipy import ndimage

from freqbench.cli import main
from freqbench.files import write_text

GROUPS = ("m1", "m2", "m3", "m4")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a command on the data set `own` of a configuration; return its exit status."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FREQBENCH_MIRROR", raising=False)

    def run(command: str, *more: str, **dataset: Any) -> int:
        study = {
            "name": "mine",
            "tier": "smoke",
            "feature_networks": "untrained",
            "datasets": {"own": {"patches": {"rule": "grid", "size": 32}} | dataset},
            "methods": [{"name": "spatial"}],
            "training": {"iterations": 1},
        }
        Path("study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["freqbench", command, "-c", "study.yaml", "-d", "own", *more])
        with pytest.raises(SystemExit) as exit_info:
            main()
        return int(exit_info.value.code or 0)

    return run


def write_pairs(kind: str) -> None:
    """Write two fields of view of each of four specimens, two captures each, in one of the accepted types."""
    rng = np.random.default_rng(0)
    for group in GROUPS:
        for fov in "12":
            clean = ndimage.gaussian_filter(rng.random((64, 64)), 2)
            clean = (clean - clean.min()) / np.ptp(clean)
            for name, image in (
                (f"images/{group}/high/{fov}.ome.tif", clean),
                (f"images/{group}/low/{fov}_a.ome.tif", np.clip(clean + 0.1 * rng.standard_normal(clean.shape), 0, 1)),
                (f"images/{group}/low/{fov}_b.ome.tif", np.clip(clean + 0.1 * rng.standard_normal(clean.shape), 0, 1)),
            ):
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                stored = {
                    "8": np.rint(image * 255).astype(np.uint8),
                    "12": np.rint(image * 4095).astype(np.uint16),
                    "float": (image * 200 - 50).astype(np.float32),
                }[kind]
                tifffile.imwrite(name, stored[None], ome=True, metadata={"axes": "CYX"})


SOURCE = {
    "kind": "folder",
    "folder": "images",
    "degraded": "{group}/low/{fov}_{capture}.ome.tif",
    "clean": "{group}/high/{fov}.ome.tif",
}


@pytest.mark.parametrize(
    ("kind", "declared", "stored"),
    [("8", {}, np.uint8), ("12", {"bit_depth": 12}, np.uint16), ("float", {"data_range": [-50.5, 150.5]}, np.uint16)],
)
def test_from_tiff_pairs_to_patches(call, capsys: pytest.CaptureFixture[str], kind, declared, stored) -> None:
    write_pairs(kind)
    dataset = {"source": SOURCE | declared, "split": {"train_fraction": 0.5}}
    for step in ("fetch", "index", "similarity", "split", "audit", "patches"):
        assert call(step, **dataset) == 0, capsys.readouterr().err
    assert "16 image pairs of 8 fields of view (groups: 4)" in capsys.readouterr().err
    data = Path("results/mine/data/own")
    images = pd.read_csv(data / "images.csv")
    assert set(images["bit_depth"]) == {{"8": 8, "12": 12, "float": 16}[kind]}
    sides = pd.read_csv(data / "split1" / "split.csv").merge(images[["fov", "group"]].drop_duplicates())
    assert sides.groupby("group")["split"].nunique().eq(1).all()
    assert sides["split"].value_counts().to_dict() == {"train": 4, "test": 4}
    clean = np.load(data / "split1" / "patches" / "clean.npy")
    assert clean.shape == (64, 32, 32)
    assert clean.dtype == stored
    assert clean.max() >= 0.99 * np.iinfo(stored).max  # the declared range is the full range
    assert (data / "exclusions.csv").read_text(encoding="utf-8") == "file,reason\n"


def test_bad_images_stop_the_study_or_are_listed(call, capsys: pytest.CaptureFixture[str]) -> None:
    write_pairs("8")
    bad = Path("images/m1/low/1_a.ome.tif")
    bad.write_bytes(b"x")
    dataset = {"source": SOURCE}
    assert call("fetch", **dataset) == 0
    assert call("index", **dataset) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert str(bad) in line
    data = Path("results/mine/data/own")
    assert not (data / "images.csv").exists()
    assert call("index", **dataset, on_bad_image="exclude") == 0
    shown = capsys.readouterr().err
    assert "15 image pairs" in shown
    assert "excluded files: 1, listed with the reason in" in shown
    listed = pd.read_csv(data / "exclusions.csv")
    assert list(listed["file"]) == ["m1/low/1_a.ome.tif"]
    assert "not an image file" in listed["reason"].iloc[0]


def test_a_set_without_clean_images_can_only_be_restored(call, capsys: pytest.CaptureFixture[str]) -> None:
    write_pairs("8")
    dataset = {"source": {key: value for key, value in SOURCE.items() if key != "clean"}}
    assert call("fetch", **dataset) == 0
    assert call("index", **dataset) == 0
    assert "16 images without clean images (for restoring only)" in capsys.readouterr().err
    assert pd.read_csv("results/mine/data/own/images.csv", keep_default_na=False)["clean"].eq("").all()
    for step in (["split"], ["audit"], ["patches"], ["train", "-m", "spatial", "-s", "0"]):
        if step[0] in ("audit", "patches"):
            write_text(Path("results/mine/data/own/split1/split.csv"), "fov,split\n")
        assert call(*step, **dataset) == 2
        error = capsys.readouterr().err
        assert "data set own: has no clean images, so it can only be restored" in error, step
        assert "Traceback" not in error


def test_a_phantom_is_not_fetched(call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("fetch", source={"kind": "phantom"}) == 2
    assert "use `freqbench simulate`" in capsys.readouterr().err
    assert call("simulate", source=SOURCE) == 2
    assert "use `freqbench fetch`" in capsys.readouterr().err
