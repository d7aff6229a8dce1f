"""The study of the FRC loss in its smallest size: noisy targets, real and simulated noise, fitted intensities."""

import json

import numpy as np
import pandas as pd
import pytest

from conftest import Study
from freqbench.intensity_fit import fit_intensities

pytestmark = pytest.mark.slow

METRICS = "results/tiny/metrics/{}/{}/split1_seed0.csv"
TARGETS = ("results/tiny/tables/frc.csv", "results/tiny/tables/table1.csv")


@pytest.fixture
def frc(fresh_study: Study) -> Study:
    content = fresh_study.content
    tissue = content["datasets"].pop("tissue")
    tissue["source"] |= {"captures": 2}
    content["datasets"] |= {
        "real": tissue,
        "log_normal_noise": tissue | {"noise": {"kind": "log_normal", "captures": 3}},
    }
    content["methods"] = [
        {"name": "l1", "loss": "l1", "weight": 1},
        {"name": "frc", "loss": "fourier_ring_correlation", "weight": 1},
    ]
    content["controls"] = ["input", "gaussian"]
    content["generator"] = {"kind": "noise2noise_unet", "features": 2}
    for dataset in content["datasets"].values():
        dataset["patches"] = {"rule": "brightest", "size": 64}
    content["training"] |= {
        "target": "second_capture",
        "learning_rate_schedule": "exponential",
        "objective": {"l1": 0, "perceptual": 0, "adversarial": 0},
    }
    content["comparison"] = {"baselines": ["l1"], "reference": "l1"}
    content["evaluation"] |= {"metrics": ["psnr", "mse", "frc_area"], "intensity_fit": "affine"}
    return fresh_study


def test_the_whole_study(frc: Study) -> None:
    done = frc.run(*TARGETS)
    assert done.returncode == 0, done.stdout
    assert frc.planned(*TARGETS) == {}

    data = frc.results / "data" / "log_normal_noise" / "split1" / "patches"
    noisy, clean = (np.load(data / f"{name}.npy") for name in ("noisy", "clean"))
    table = pd.read_csv(data / "patches.csv", dtype={"capture": str})
    assert noisy.dtype == np.float32
    assert len(noisy) == 3 * table["fov"].nunique()
    assert noisy.max() > 1
    # what is measured is fitted: PSNR follows from the noisy patches by the formula
    test = (table["split"] == "test").to_numpy()
    target = clean[test].astype(np.float32) / np.float32(255)
    fitted = np.clip(fit_intensities(noisy[test], target), 0, 1)
    error = np.square(fitted.astype(np.float64) - target).mean(axis=(1, 2))
    rows = pd.read_csv(frc.folder / METRICS.format("log_normal_noise", "input"))
    np.testing.assert_allclose(rows.query("metric == 'mse'")["value"], error, rtol=1e-6)
    np.testing.assert_allclose(rows.query("metric == 'psnr'")["value"], -10 * np.log10(error), rtol=1e-6)

    manifest = json.loads((frc.results / "training" / "real" / "frc" / "split1_seed0" / "run.json").read_text("utf-8"))
    assert manifest["settings"]["training"]["target"] == "second_capture"
    texts = {name: (frc.results / "tables" / f"{name}.md").read_text("utf-8") for name in ("table1", "frc")}
    for text in texts.values():
        assert "a x + b" in text
        assert "the training sees no clean image" in text
        assert "log_normal_noise: simulated noise, white log-normal" in text
    assert "real: the Gaussian filter changes the mean FRC of the input to clean by at most 0." in texts["frc"]

    # without the fit all is measured anew, the samples of the trainings, too
    frc.content["evaluation"]["intensity_fit"] = "none"
    again = frc.planned(*TARGETS)
    assert (again["control"], again["restore_patches"], again["evaluate"]) == (4, 4, 8)
    assert "patches" not in again


def test_one_capture_is_refused_before_any_training(frc: Study) -> None:
    frc.content["datasets"]["real"]["source"]["captures"] = 1
    done = frc.run("results/tiny/preflight.json")
    assert done.returncode != 0
    log = (frc.folder / "results" / "tiny" / "logs" / "preflight.log").read_text("utf-8")
    assert "datasets.real: has one capture of each field of view" in log
