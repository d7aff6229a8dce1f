import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from freqbench.data.phantom import PhantomSpec, simulate
from freqbench.errors import FreqbenchError

KINDS = pytest.mark.parametrize("kind", ["tissue", "nuclei"])
SMALL = {"specimens": 2, "fovs": 3, "captures": 2, "size": 64, "seed": 11}


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image)


@pytest.fixture(scope="module", params=["tissue", "nuclei"])
def phantom(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / request.param
    return request.param, folder, simulate(PhantomSpec(request.param, **SMALL), folder)


def test_layout_is_that_of_fmd(phantom):
    kind, folder, _ = phantom
    expected = {f"gt/{fov}/avg50.png" for fov in (1, 2, 3)} | {"specimens.csv"}
    for branch in ("raw",) if kind == "tissue" else ("raw", "defocus"):
        expected |= {f"{branch}/{fov}/capture_{n:03d}.png" for fov in (1, 2, 3) for n in (0, 1)}
    assert set(content(folder)) == expected
    for path in folder.rglob("*.png"):
        image = read(path)
        assert image.shape == (64, 64)
        assert image.dtype == np.uint8


def test_specimens_file_tells_the_truth_about_each_field(phantom):
    _, folder, records = phantom
    with (folder / "specimens.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert [(row["fov"], row["specimen"]) for row in rows] == [("1", "1"), ("2", "2"), ("3", "1")]
    assert [float(row["depth_um"]) for row in rows] == [record.depth_um for record in records]
    assert [(int(row["y"]), int(row["x"])) for row in rows] == [(r.y, r.x) for r in records]


def test_same_seed_same_bytes(phantom, tmp_path):
    kind, folder, _ = phantom
    simulate(PhantomSpec(kind, **SMALL), tmp_path / "again")
    assert content(tmp_path / "again") == content(folder)


def test_another_seed_gives_other_images(phantom, tmp_path):
    kind, folder, _ = phantom
    simulate(PhantomSpec(kind, **(SMALL | {"seed": 12, "fovs": 2})), tmp_path / "other")
    for name in ("gt/1/avg50.png", "raw/1/capture_000.png", "gt/2/avg50.png"):
        assert (read(folder / name) != read(tmp_path / "other" / name)).mean() > 0.3


def test_a_field_does_not_depend_on_the_number_of_fields_nor_a_capture_on_the_number_written(phantom, tmp_path):
    kind, folder, _ = phantom
    simulate(PhantomSpec(kind, **(SMALL | {"fovs": 2, "captures": 1})), tmp_path / "fewer")
    fewer, more = content(tmp_path / "fewer"), content(folder)
    images = [name for name in fewer if name.endswith(".png")]
    assert len(images) == (4 if kind == "tissue" else 6)
    assert all(fewer[name] == more[name] for name in images)


def test_captures_share_the_field_and_not_the_noise(phantom):
    _, folder, _ = phantom
    clean = read(folder / "gt/1/avg50.png").astype(float)
    noise = [read(folder / f"raw/1/capture_00{n}.png") - clean for n in (0, 1)]
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 4.5 / 64


@KINDS
def test_clean_image_is_the_rounded_mean_of_the_fifty_captures(kind, tmp_path):
    simulate(PhantomSpec(kind, specimens=1, fovs=1, captures=50, size=64, seed=3), tmp_path / "p")
    captures = [read(path) for path in sorted((tmp_path / "p/raw/1").glob("*.png"))]
    assert len(captures) == 50
    mean = np.mean(captures, axis=0, dtype=np.float64)
    assert np.abs(read(tmp_path / "p/gt/1/avg50.png") - mean).max() <= 0.5


def test_progress_is_told_after_each_field(tmp_path):
    seen = []
    simulate(PhantomSpec("nuclei", **SMALL), tmp_path / "p", lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_an_earlier_phantom_is_replaced_and_anything_else_is_kept(tmp_path):
    spec = PhantomSpec("nuclei", specimens=1, fovs=1, captures=1, size=64, seed=0)
    (tmp_path / "p").mkdir()
    simulate(spec, tmp_path / "p")
    (tmp_path / "p/raw/1/stale.png").touch()
    simulate(spec, tmp_path / "p")
    assert not (tmp_path / "p/raw/1/stale.png").exists()

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(FreqbenchError, match="something other than a phantom"):
        simulate(spec, tmp_path / "mine")
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"


def test_nothing_is_left_when_a_run_breaks_off(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(PhantomSpec("nuclei", **SMALL), tmp_path / "p", stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specimen", "plant"),
        ("specimens", 0),
        ("specimens", 4),
        ("fovs", 0),
        ("captures", 0),
        ("captures", 51),
        ("size", 63),
        ("size", 96.0),
        ("seed", -1),
        ("seed", True),
    ],
)
def test_a_bad_value_is_named(name, value):
    with pytest.raises(FreqbenchError, match=f"^{name}: {value!r}"):
        PhantomSpec(**({"specimen": "tissue"} | SMALL | {name: value}))
