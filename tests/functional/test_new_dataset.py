"""`freqbench new-dataset`: the study and the test that it writes fit the images, and run at once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from freqbench.cli import main
from freqbench.config import load_config

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run `freqbench new-dataset` in an empty folder; return its exit status and what it printed, to both streams."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FREQBENCH_MIRROR", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["freqbench", "new-dataset", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def images(tmp_path):
    """Write 12-bit pairs, two fields of view of each of three mice; return their folder."""
    random = np.random.default_rng(0)
    for mouse in ("m1", "m2", "m3"):
        for fov in "12":
            clean = np.clip(random.gamma(2, 300, (48, 64)), 0, 4095)
            clean[0, 0] = 4000
            for name, image in (
                (f"{mouse}/high/{fov}.tif", clean),
                (f"{mouse}/low/{fov}_a.tif", random.poisson(clean).clip(0, 4095)),
            ):
                path = tmp_path / "images" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                tifffile.imwrite(path, image.astype(np.uint16))
    return tmp_path / "images"


def pytest_of(file: str) -> subprocess.CompletedProcess[str]:
    """Run the written test in the working folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.slow
def test_without_images_simulated_ones_show_how_it_works(call, tmp_path):
    status, printed, told = call("trial")
    assert status == 0, told
    assert "simulated images were written to mydata/trial_images" in told
    assert "8 images of 4 fields of view in 4 groups" in told
    assert "python -m pytest mydata/test_trial.py" in printed
    done = pytest_of("mydata/test_trial.py")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"mydata"}, "the test leaves nothing"


@pytest.mark.slow
def test_own_images_are_found_and_their_test_sees_what_is_wrong(call, images):
    status, _, told = call("embryos", "--from", "images")
    assert status == 0, told
    assert "guessed: degraded images are {group}/low/{fov}_a.tif, clean ones {group}/high/{fov}.tif" in told
    assert "6 images of 6 fields of view in 3 groups" in told
    assert "the camera has 12 bits (the brightest pixel of 12 images is 40" in told
    source = load_config(Path("mydata/embryos.yaml")).datasets["embryos"].source
    assert (source.bit_depth, source.folder) == (12, Path("images"))
    assert pytest_of("mydata/test_embryos.py").returncode == 0
    (images / "m3" / "low" / "2_a.tif").unlink()
    (images / "m3" / "high" / "2.tif").unlink()
    done = pytest_of("mydata/test_embryos.py")
    assert done.returncode == 1
    assert "(5, 5) == (6, 6)" in done.stdout
    assert "1 failed, 3 passed" in done.stdout


@pytest.mark.slow
def test_its_test_finds_a_leak_and_a_wrong_depth(call, images):
    # one field of view of another mouse is a copy of a field of the first
    for side in ("low/1_a.tif", "high/1.tif"):
        for mouse in ("m2", "m3"):
            (images / mouse / side).write_bytes((images / "m1" / side).read_bytes())
    assert call("embryos", "--from", "images", "--bit-depth", "16")[0] == 0
    done = pytest_of("mydata/test_embryos.py")
    assert "2 failed, 2 passed" in done.stdout
    assert "the brightest clean pixel has 6.1% of the declared range" in done.stdout
    assert "the split leaks" in done.stdout


def test_patterns_depth_and_task_as_wished(call, images):
    status, _, told = call(
        *("embryos", "--from", str(images), "--degraded", "{group}/low/{fov}_{capture}.tif", "--bit-depth", "14"),
        *("--clean", "{group}/high/{fov}.tif", "--task", "deblur", "--to", "studies"),
    )
    assert status == 0, told
    assert "guessed" not in told
    data = load_config(Path("studies/embryos.yaml")).datasets["embryos"]
    assert (data.source.degraded, data.source.bit_depth, data.task) == ("{group}/low/{fov}_{capture}.tif", 14, "deblur")
    assert data.patches.size == 48


def test_pairs_from_a_csv_file(call, images):
    lines = [f"{m}/low/{f}_a.tif,{m}/high/{f}.tif,{m}_{f},{m}" for m in ("m1", "m2") for f in "12"]
    (images / "pairs.csv").write_text("\n".join(["degraded,clean,fov,group", *lines]), encoding="utf-8")
    status, _, told = call("embryos", "--from", "images", "--pairs", "pairs.csv")
    assert status == 0, told
    assert "4 images of 4 fields of view in 2 groups" in told
    assert load_config(Path("mydata/embryos.yaml")).datasets["embryos"].source.pairs == Path("pairs.csv")


def test_a_set_without_clean_images(call, images):
    status, _, told = call("embryos", "--from", "images", "--degraded", "{group}/low/{fov}_{capture}.tif")
    assert status == 2
    assert "name them with --clean" in told


def test_files_pass_the_house_rules(call, images, tmp_path):
    call("embryos", "--from", "images")
    config = ["--config", str(ROOT / "pyproject.toml")]
    for check in (["check", "--ignore", "I001"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, *config, str(tmp_path / "mydata")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_nothing_is_overwritten(call, images):
    assert call("embryos", "--from", "images")[0] == 0
    before = Path("mydata/embryos.yaml").read_bytes()
    Path("mydata/test_embryos.py").unlink()
    status, _, told = call("embryos", "--from", "images")
    assert status == 2
    assert "embryos.yaml: is there already" in told
    assert Path("mydata/embryos.yaml").read_bytes() == before
    assert not Path("mydata/test_embryos.py").exists()


def test_simulated_images_do_not_replace_a_folder(call):
    Path("mydata/trial_images").mkdir(parents=True)
    assert call("trial")[0] == 2
    assert list(Path("mydata/trial_images").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Embryos", "--from", "images"], "a name needs lower case letters"),
        (["../embryos", "--from", "images"], "a name needs lower case letters"),
        (["embryos", "--from", "none"], "--from none: no such folder"),
        (["embryos", "--from", "empty"], "holds no image"),
        (["embryos", "--from", "images", "--clean", "high/{fov}.tif"], "--clean: belongs to --degraded"),
        (["embryos", "--from", "images", "--degraded", "low/x.tif"], "--degraded: needs the placeholder `{fov}`"),
        (["embryos", "--from", "images", "--degraded", "none/{fov}.tif"], "no image matches"),
        (["embryos", "--from", "images", "--pairs", "none.csv"], "none.csv: cannot be read"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(call, images, tmp_path, arguments, message):
    (tmp_path / "empty").mkdir()
    status, _, told = call(*arguments)
    assert status == 2
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "mydata").exists()
