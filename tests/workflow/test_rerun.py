"""After a run, what changed is computed again and nothing else."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from conftest import ROOT, Study

pytestmark = pytest.mark.slow

LAST = {"manifest": 1, "report_page": 1}
VARIANCE = {"variance_components": 1, "variance_table": 1}
SPECTRA = {"spectra": 1, "frc_figure": 1, "frc_table": 1}
DIFFERENCES = {"differences_table": 1, "differences_figure": 1, "distribution_figure": 1}
AFTER_COMPARE = {"table": 1, **DIFFERENCES, **LAST}
PICTURES = {"figure": 1, "error_figure": 1}
AFTER_GATHER = {"compare": 1, **AFTER_COMPARE, "fov_table": 1, **VARIANCE, "tradeoff_figure": 1}
AFTER_METRICS = {"gather": 1, **AFTER_GATHER, **PICTURES}
EVERYTHING_AFTER_AN_IMAGE = SPECTRA | AFTER_METRICS | {"residual_figure": 1}
EVERYTHING_AFTER_A_TRAINING = EVERYTHING_AFTER_AN_IMAGE | {"cost_table": 1, "training_figure": 1}
ABOUT_THE_LOSSES = {"calibration_table": 1, "sensitivity": 1, "sensitivity_figure": 1}


def test_a_finished_study_has_nothing_to_do(study: Study) -> None:
    assert study.planned() == {}


def test_the_table_holds_every_method(study: Study) -> None:
    table = pd.read_csv(study.results / "tables" / "table1.csv")
    assert set(table["method"]) == {"input", "clean", "spatial", "fsl", "lffl_a1", "lffl_a2"}
    assert set(table["metric"]) == {"psnr", "ssim"}


def test_another_alpha_retrains_that_method_alone(study: Study) -> None:
    weights = {path: path.read_bytes() for path in study.results.glob("training/*/*/split1_seed0/generator.pt")}
    study.content["methods"][3]["options"]["alpha"] = 0.7
    after = ABOUT_THE_LOSSES | EVERYTHING_AFTER_A_TRAINING
    expected = {"preflight": 1, "train": 1, "restore_patches": 1, "evaluate": 1, **after}
    assert study.planned() == expected
    done = study.run()
    assert done.returncode == 0, done.stdout
    changed = {path.parts[-3] for path, content in weights.items() if path.read_bytes() != content}
    assert changed == {"lffl_a2"}
    assert study.planned() == {}


def test_another_alpha_of_the_reference_calibrates_again(study: Study) -> None:
    study.content["methods"][2]["options"]["alpha"] = 1.5
    planned = study.planned()
    assert planned["calibrate"] == 1
    assert planned["train"] == 2, "the reference itself and the method calibrated against it"


def test_a_new_seed_adds_trainings_and_repeats_none(study: Study) -> None:
    study.content["seeds"] = [0, 1]
    planned = study.planned()
    assert planned["train"] == planned["restore_patches"] == planned["evaluate"] == 4
    assert "patches" not in planned


def test_one_rule_on_demand_and_what_follows(study: Study) -> None:
    assert study.planned("--forcerun", "compare") == {"compare": 1, **AFTER_COMPARE}


@pytest.mark.parametrize(
    ("deleted", "expected"),
    [
        ("tables/table1.md", {"table": 1, **LAST}),
        ("statistics/tissue.csv", {"compare": 1, **AFTER_COMPARE}),
        ("statistics/tissue_power.csv", {**VARIANCE, **LAST}),
        ("tables/variance.html", {"variance_table": 1, **LAST}),
        ("metrics/tissue/fsl/split1_seed0_set_fovs.csv", {"evaluate": 1, **AFTER_METRICS}),
        ("metrics/tissue/left_out.parquet", {"gather": 1, **AFTER_GATHER}),
        ("metrics/tissue/fsl/split1_seed0_spectra.csv", {**SPECTRA, **LAST}),
        ("figures/tissue_frc.pdf", {"frc_figure": 1, **LAST}),
        ("sensitivity/tissue.csv", {"sensitivity": 1, "sensitivity_figure": 1, **LAST}),
        ("noise/tissue.csv", {"noise": 1, "noise_figure": 1, "report_page": 1}),
        ("figures/tissue_noise.pdf", {"noise_figure": 1, "report_page": 1}),
        ("calibration/tissue_calibration.md", {"calibration_table": 1, **LAST}),
        ("restored/tissue/fsl/split1_seed0.npy", {"restore_patches": 1, "evaluate": 1, **EVERYTHING_AFTER_AN_IMAGE}),
        ("restored/tissue/input/split1_seed0.npy", {"control": 1, "evaluate": 1, **EVERYTHING_AFTER_AN_IMAGE}),
        ("restored/tissue/input/split1_seed0.json", {"control": 1, "evaluate": 1, **EVERYTHING_AFTER_AN_IMAGE}),
        ("tables/table1.tex", {"table": 1, **LAST}),
        ("tables/fields_of_view.csv", {"fov_table": 1, **LAST}),
        ("tables/costs.html", {"cost_table": 1, **LAST}),
        ("report.html", {"report_page": 1}),
    ],
)
def test_a_deleted_file_is_made_again_with_what_depends_on_it(
    study: Study, deleted: str, expected: dict[str, int]
) -> None:
    (study.results / deleted).unlink()
    assert study.planned() == expected


def test_an_edited_loss_retrains_only_the_methods_that_use_it(study: Study, tmp_path: Path) -> None:
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")  # the report shows one of its pages
    study.environment["PYTHONPATH"] = str(source)
    assert study.planned() == {}, "the same code at another place is the same code"
    loss = source / "freqbench" / "losses" / "fourier_space.py"
    loss.write_text(loss.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    planned = study.planned()
    assert planned["calibrate"] == planned["train"] == planned["sensitivity"] == 1


def test_a_loss_that_no_method_uses_is_measured_again_and_retrains_nothing(study: Study, tmp_path: Path) -> None:
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")  # the report shows one of its pages
    study.environment["PYTHONPATH"] = str(source)
    loss = source / "freqbench" / "losses" / "bandpass.py"
    loss.write_text(loss.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    assert study.planned() == {"sensitivity": 1, "sensitivity_figure": 1, **LAST}


def test_what_losses_see_needs_no_training(fresh_study: Study) -> None:
    planned = fresh_study.planned("loss_sensitivity", "calibration")
    assert planned["sensitivity"] == planned["sensitivity_figure"] == planned["calibration_table"] == 1
    assert not {"train", "restore_patches", "evaluate", "table"} & set(planned)


def test_resume_state_is_gone_and_no_temporary_file_is_left(study: Study) -> None:
    hidden = [path for path in study.results.rglob(".*") if path.name != ".snakemake_timestamp"]
    assert not hidden
    assert not list(study.results.glob("state/**/*.pt*"))


def test_moved_results_still_work(study: Study, tmp_path: Path) -> None:
    moved = Study(tmp_path / "elsewhere", study.content)
    shutil.copytree(study.folder, moved.folder, copy_function=shutil.copy2)
    shutil.rmtree(study.folder)
    (moved.results / "data" / "tissue" / "images.csv").unlink()
    assert moved.planned()["index"] == 1
    done = moved.run("--until", "index")
    assert done.returncode == 0, done.stdout
