"""Bad input stops a study with one clear message before any training, and leaves nothing that looks whole."""

from typing import Any

import pytest

from conftest import Study

pytestmark = pytest.mark.slow


def change(content: dict[str, Any], path: str, value: Any) -> None:
    """Set a key of nested mappings and lists, given as `a.0.b`."""
    *parents, last = path.split(".")
    for part in parents:
        content = content[int(part) if part.isdigit() else part]
    content[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("methods.1.weight", -1, "methods.1.weight: input should be greater than or equal to 0"),
        ("methods.1.loss", "fourier_spcae", "did you mean 'fourier_space'?"),
        ("methods.1.wieght", 2, "methods.1.wieght: unknown key; did you mean `weight`?"),
        ("controls", ["input", "blur"], "controls.1: input should be 'input', 'gaussian', 'tv', 'nlm', 'bm3d', "),
        ("training.epochs", 3, "training: give exactly one of `epochs` and `iterations`"),
    ],
)
def test_a_wrong_key_stops_before_anything_runs(fresh_study: Study, path: str, value: Any, message: str) -> None:
    change(fresh_study.content, path, value)
    done = fresh_study.run()
    assert done.returncode != 0
    assert message in done.stdout
    assert "Traceback" not in done.stdout
    assert not fresh_study.results.exists()


def test_an_unwritable_results_folder(fresh_study: Study) -> None:
    (fresh_study.folder / "results").write_text("a file where the folder should be", encoding="utf-8")
    done = fresh_study.run()
    assert done.returncode != 0
    assert "results: results cannot be written" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_split_without_test_field(fresh_study: Study) -> None:
    fresh_study.content["datasets"]["tissue"]["split"] = {"train_fraction": 0.99}
    done = fresh_study.run()
    assert done.returncode != 0
    assert "split.train_fraction: 0.99 of 4 fields of view leaves none to test on" in done.stdout
    assert not list(fresh_study.results.glob("training/**/*.pt"))


def test_an_unknown_option_of_a_loss_stops_before_training(fresh_study: Study) -> None:
    fresh_study.content["methods"][2]["options"] = {"alhpa": 1.0}
    done = fresh_study.run()
    assert done.returncode != 0
    assert "did you mean 'alpha'?" in done.stdout
    assert not list(fresh_study.results.glob("training/**/*.pt"))


@pytest.mark.parametrize("damage", ["truncate", "remove"])
def test_a_damaged_image_is_named(study: Study, damage: str) -> None:
    image = next((study.results / "data" / "tissue" / "images" / "raw").glob("2/*.png"))
    content = image.read_bytes()
    if damage == "truncate":
        image.write_bytes(content[: len(content) // 2])
    else:
        image.unlink()
    (study.results / "data" / "tissue" / "images.csv").unlink()
    done = study.run("--rerun-triggers", "mtime", "--until", "index")
    assert done.returncode != 0
    assert image.name in done.stdout
    assert ("truncated or corrupt" if damage == "truncate" else "image is missing") in done.stdout
    assert not (study.results / "data" / "tissue" / "images.csv").exists()
    assert list(study.results.glob("training/**/*.pt")), "what was computed before is still there"


def test_missing_weights_are_one_error_before_training(fresh_study: Study, tmp_path: Any) -> None:
    fresh_study.content["feature_networks"] = "imagenet"
    # a cache that is empty and a proxy where nothing listens: no weights, and no way to get them
    fresh_study.environment |= {
        "TORCH_HOME": str(tmp_path / "cache"),
        "FREQBENCH_MIRROR": "",
        "https_proxy": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    done = fresh_study.run("--until", "preflight", "--retries", "0")
    assert done.returncode != 0
    for part in ("vgg19", "FREQBENCH_MIRROR", "feature_networks: untrained"):
        assert part in done.stdout
