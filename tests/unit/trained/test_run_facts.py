"""What a study's files say of a training."""

import numpy as np
import pandas as pd
import pytest
import tifffile

from freqbench.data.index import COLUMNS, write_index
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.evaluation import write_metrics
from freqbench.files import write_json, write_text
from freqbench.layout import Layout
from freqbench.trained.facts import Facts
from freqbench.trained.run_facts import facts_of_run

MANIFEST = {
    "dataset": "cells",
    "method": "lffl_a1",
    "split": 2,
    "seed": 3,
    "frequency_weight": 2.0,
    "iterations": 40,
    "parameters": {"generator": 9, "discriminator": 5},
    "device": "CPU",
    "finished": "2026-01-01T00:00:00+00:00",
    "code": {"version": "0.1.0", "commit": None, "modified": False},
    "packages": {"torch": "2.13.0"},
    "settings": {
        "task": "denoise",
        "method": {"name": "lffl_a1", "loss": "log_focal_frequency", "options": {"alpha": 1.0}, "domain": "task"},
        "training": {"batch_size": 4, "objective": {"l1": "paper"}},
        "feature_networks": "imagenet",
    },
}


@pytest.fixture
def study(tmp_path):
    layout = Layout(tmp_path / "results" / "mystudy")
    run = layout.training_manifest("cells", "lffl_a1", 2, 3)
    write_json(run, MANIFEST)
    return layout, run.parent


def add_data(layout, root, noisy="a.png", **record):
    hashes = {"a.png": "0" * 64}
    SourceRecord(root, "fmd", "FMD cells", "CC BY-SA 4.0", "Zhang", hashes, **record).write(layout.source("cells"))
    row = dict.fromkeys(COLUMNS, "1") | {"level": "raw", "bit_depth": 8, "noisy": noisy}
    write_index(pd.DataFrame([row]), layout.index("cells"))


def add_scores(layout, method, seed, values):
    rows = [("p", "1", "1", "patch", name, value) for name, value in values]
    table = pd.DataFrame(rows, columns=["patch_id", "fov", "capture", "unit", "metric", "value"])
    table = table.assign(dataset="cells", method=method, split=2, seed=seed)
    write_metrics(table, tuple(table.columns), layout.image_metrics("cells", method, 2, seed))


def test_the_manifest_alone(study):
    _, run = study
    facts = facts_of_run(run)
    assert (facts.study, facts.dataset, facts.seed, facts.loss) == ("mystudy", "cells", 3, "log_focal_frequency")
    assert facts.parameters == 9
    assert facts.data is None
    assert facts.scores == ()
    assert (
        "trained to denoise cells with lffl_a1 (log_focal_frequency, weight 2), iterations: 40" in facts.trained_for()
    )


def test_data_split_audit_and_scores(study, tmp_path):
    layout, run = study
    add_data(layout, tmp_path)
    write_json(layout.config, {"tier": "mini", "datasets": {"cells": {"pixel_size": 0.3}}})
    write_text(layout.split("cells", 2), "fov,split\n1,train\n2,test\n3,unused\n")
    write_json(layout.audit("cells", 2), {"verdict": "related"})
    add_scores(layout, "lffl_a1", 3, [("psnr", 30.0), ("psnr", 32.0), ("psnr", float("inf"))])
    add_scores(layout, "input", 0, [("psnr", 20.0)])
    facts = facts_of_run(run)
    assert facts.tier == "mini"
    assert facts.data.pixel_size == 0.3
    assert (facts.data.train_fields, facts.data.test_fields, facts.data.verdict) == (("1",), ("2",), "related")
    (score,) = facts.scores
    assert (score.metric, score.value, score.degraded, score.patches) == ("psnr", 31.0, 20.0, 2)
    assert "FMD cells, raw, 8 bits" in facts.trained_for()
    assert "CC BY-SA 4.0" in facts.trained_for()


def test_floats_have_a_range_and_no_depth(study, tmp_path):
    layout, run = study
    add_data(layout, tmp_path, data_range=(0.0, 500.0))
    facts = facts_of_run(run)
    assert facts.data.bit_depth is None
    assert facts.data.range_in_words == "floats from 0 to 500"


def test_floats_of_the_usual_range_are_known_from_the_images(study, tmp_path):
    layout, run = study
    add_data(layout, tmp_path, noisy="a.tif")
    assert facts_of_run(run).data.bit_depth == 8
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4), np.float32))
    assert facts_of_run(run).data.data_range == (0.0, 1.0)


def test_a_run_that_was_copied_elsewhere(study, tmp_path):
    _, run = study
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "run.json").write_bytes((run / "run.json").read_bytes())
    assert facts_of_run(copy).study == ""
    (copy / "run.json").unlink()
    assert facts_of_run(copy) is None


def test_a_damaged_file_of_the_study_is_named(study, tmp_path):
    layout, run = study
    add_data(layout, tmp_path)
    layout.source("cells").write_text("{")
    with pytest.raises(FreqbenchError, match=r"source\.json: not a JSON file"):
        facts_of_run(run)


def test_weights_that_are_not_the_last_are_said():
    facts = Facts(dataset="cells", method="mae", split=1, seed=0, task="denoise", iterations=40)
    assert facts.length() == facts.model_copy(update={"weights_of_iteration": 40}).length() == "40"
    assert facts.model_copy(update={"weights_of_iteration": 12}).length() == "40, weights of 12"
