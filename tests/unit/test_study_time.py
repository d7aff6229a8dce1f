"""The trainings of a study are counted, and an iteration is measured."""

from pathlib import Path

import pytest
import torch

from freqbench import study_time
from freqbench.config import Dataset, load_config
from freqbench.study_time import StudyTime, duration, planned_patches, trained_side
from freqbench.training import step_time
from freqbench.training.loop import Trainer
from freqbench.training.step_time import StepTime, measure_step_time

CPU = torch.device("cpu")
PAPER = Path(__file__).parents[2] / "config" / "paper.yaml"


def test_the_papers_study_is_counted_without_its_data(monkeypatch, tmp_path):
    config = load_config(PAPER).model_copy(update={"results": tmp_path})
    lines = dict(StudyTime(config, steps=0).lines())
    expected = "6 methods x 1 split x 3 seeds x 200 epochs of about 400 patches, 20,000 iterations"
    assert lines == {"fmd_zebrafish": expected, "fmd_zebrafish_free": expected}
    monkeypatch.setattr(study_time, "measure_step_time", lambda *_, **__: StepTime(0.05, 20, 256))
    lines = StudyTime(config, steps=20).lines()
    assert lines[1] == ("", "50 ms an iteration of 4 x 256 x 256 pixels (ffl, mean of 20)")
    # 36 trainings of 20,000 iterations of 50 ms
    assert lines[-1] == ("all trainings", "about 10 hours here, one after the other")


def test_patches_that_are_there_are_counted(make_study):
    config = make_study(training={"iterations": None, "epochs": 3})
    ((_, text),) = StudyTime(config, steps=0).lines()
    assert text == "3 methods x 1 split x 1 seed x 3 epochs of 4 patches, 6 iterations"


def test_the_same_training_is_measured_once(make_study, monkeypatch):
    config, calls = make_study(), []
    datasets = dict.fromkeys(("one", "two"), config.datasets["tiny"])

    def measure(*arguments, **_):
        calls.append(arguments[1].name)
        return StepTime(1.5, 3, 8)

    monkeypatch.setattr(study_time, "measure_step_time", measure)
    lines = StudyTime(config.model_copy(update={"datasets": datasets}), steps=3).lines()
    assert calls == ["ffl"]
    assert lines[1][1] == lines[3][1]
    assert "1.5 s an iteration of 2 x 16 x 16 pixels (ffl, mean of 3, scaled up by the area from 8 x 8)" in lines[1][1]
    assert lines[-1][1] == "about 63 seconds here, one after the other"  # 2 x 3 trainings of 7 iterations


def test_what_only_the_files_can_tell_is_said(make_study, tmp_path):
    source = {"kind": "folder", "folder": str(tmp_path), "degraded": "{fov}.tif", "clean": "clean/{fov}.tif"}
    config = make_study(training={"iterations": None, "epochs": 3, "crop": None})
    dataset = Dataset.model_validate({"source": source, "patches": {"rule": "whole"}})
    config = config.model_copy(update={"datasets": {"own": dataset}, "results": tmp_path})
    (_, count), (_, time), (_, whole) = StudyTime(config, steps=1).lines()
    assert count.endswith("3 epochs; how many patches an epoch has is known after `freqbench patches`")
    assert time == "not timed: the size of the patches is known after `freqbench patches`"
    assert whole == "time unknown: see above"
    assert planned_patches(dataset) is None


def test_a_gpu_that_is_too_small_is_a_remark(make_study, monkeypatch):
    def measure(*_, **__):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(study_time, "measure_step_time", measure)
    lines = StudyTime(make_study(), steps=1).lines()
    assert "does not fit into the memory of this GPU" in lines[1][1]


@pytest.mark.parametrize(
    ("training", "patches", "side"),
    [({"crop": 24}, {}, 24), ({"crop": None}, {}, 32), ({"crop": None}, {"rule": "whole"}, 32)],
)
def test_the_side_that_a_training_sees(make_study, training, patches, side):
    config = make_study(training=training, datasets={"tiny": {"patches": patches}})
    assert trained_side(config, "tiny", config.datasets["tiny"]) == side


def test_steps_are_measured_after_one_that_is_not_counted(make_study, monkeypatch):
    config, sides, shown = make_study(training={"crop": None}), [], []
    step = Trainer._step
    monkeypatch.setattr(Trainer, "_step", lambda self: (sides.append(self.batches.noisy.shape[-1]), step(self)))
    measured = measure_step_time(
        config, config.method("ffl"), "denoise", 32, CPU, steps=3, limit_seconds=60, advance=lambda *n: shown.append(n)
    )
    assert sides == [32] * 4
    assert shown == [(1, 3), (2, 3), (3, 3)]
    assert (measured.steps, measured.measured_side) == (3, 32)
    assert 0 < measured.seconds < 10


def test_what_would_take_too_long_is_measured_small_and_scaled_up(make_study, monkeypatch):
    config = make_study()
    monkeypatch.setattr(step_time, "PROBED_SIDE", 16)
    monkeypatch.setattr(step_time, "_timed", lambda *_: (0.5, 1))
    arguments = (config, config.method("ffl"), "denoise", 64, CPU)
    assert measure_step_time(*arguments, steps=9, limit_seconds=0) == StepTime(8.0, 1, 16)
    assert measure_step_time(*arguments, steps=9, limit_seconds=1e6) == StepTime(0.5, 1, 64)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "a few seconds"), (63, "about 63 seconds"), (7000, "about 117 minutes"), (1e4, "about 2.8 hours"),
     (4e8, "about 4,630 days")],
)  # fmt: skip
def test_durations_are_readable(seconds, text):
    assert duration(seconds) == text
