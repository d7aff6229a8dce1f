"""Held-out fields of view that decide the learning rates and the weights that are kept."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.errors import FreqbenchError
from freqbench.run import Run
from freqbench.training.build import build_generator
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.run import train
from freqbench.training.state import load_tensors
from freqbench.training.validation import Plateau

RUN = ("tiny", "spatial", 1, 0)


def study(make_study, validation, **training):
    training = {"held_out": 1, "log_every": 1, "iterations": 7, "checkpoint_every": 3} | training
    return make_study(patches={"train_fovs": 3}, training=training | {"validation": validation})


def trained(config, view):
    run = Run(config, "tiny", "spatial")
    train(run, view)
    lines = run.layout.training_log(*RUN).read_text().splitlines()
    manifest = json.loads(run.layout.training_manifest(*RUN).read_text())
    weights = load_tensors(run.layout.generator(*RUN), torch.device("cpu"))["state"]
    return [json.loads(line) for line in lines], manifest, weights


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 6))
def test_the_rate_falls_when_that_of_torch_does(values, patience):
    """torch waits for one more than its patience, Keras for as many."""
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, factor=0.5, patience=patience - 1, threshold=0, threshold_mode="abs", eps=0
    )
    plateau = Plateau(0.5, patience)
    lowest = math.inf
    for value in values:
        assert plateau.note(value) == (value < lowest)
        lowest = min(lowest, value)
        reference.step(value)
        assert plateau.factor == optimiser.param_groups[0]["lr"]


def test_a_value_that_is_not_a_number_is_no_new_lowest():
    plateau = Plateau(0.5, 2)
    assert plateau.note(1.0)
    assert not plateau.note(math.nan)
    assert not plateau.note(math.nan)
    assert plateau.factor == 0.5
    assert plateau.lowest == 1.0


def test_the_loss_is_that_of_the_middle_of_the_held_out_patches(make_study, watcher):
    config = study(make_study, {"every": 7, "keep": "last"}, objective={"l1": 1, "perceptual": 0, "adversarial": 0.005})
    records, manifest, weights = trained(config, watcher())
    assert [("held_out_loss" in record) for record in records] == [False] * 6 + [True]
    generator = build_generator(config)
    generator.load_state_dict(weights)
    patches = read_patches(Run(config, "tiny", "spatial").layout, "tiny", 1)
    out = (patches.table["fov"] == manifest["held_out"][0]).to_numpy()
    pair = (patches.noisy, patches.clean)
    noisy, clean = (torch.from_numpy(images[out].astype(np.float32) / 255)[:, None] for images in pair)
    crop, side = config.training.crop, noisy.shape[-1]
    inner = slice((side - crop) // 2, (side - crop) // 2 + crop)
    noisy, clean = (images[..., inner, inner] for images in (noisy, clean))
    with torch.no_grad():
        expected = (generator(noisy) - clean).abs().mean()
    assert records[-1]["held_out_loss"] == pytest.approx(float(expected), rel=1e-6)
    assert manifest["weights_of_iteration"] == 7


def test_the_rates_fall_and_the_trainings_part(make_study, watcher):
    # a loss that cannot fall: every rate is so large that the first steps only do harm
    raised = {"learning_rate_generator": 0.5}
    records, _, halved = trained(study(make_study, {"every": 1, "patience": 2, "keep": "last"}, **raised), watcher())
    losses, factors = ([record[name] for record in records] for name in ("held_out_loss", "learning_rate_factor"))
    plateau = Plateau(0.5, 2)
    expected = []
    for loss in losses:
        plateau.note(loss)
        expected.append(plateau.factor)
    assert factors == expected
    assert factors[-1] < 1
    _, _, constant = trained(
        study(make_study, {"every": 1, "patience": 2, "factor": 1.0, "keep": "last"}, **raised), watcher()
    )
    assert any(not torch.equal(halved[name], constant[name]) for name in halved)


def test_the_weights_of_the_lowest_loss_are_kept(make_study, watcher):
    raised = {"learning_rate_generator": 0.5}
    records, manifest, best = trained(study(make_study, {"every": 1}, **raised), watcher())
    losses = [record["held_out_loss"] for record in records]
    iteration = int(np.argmin(losses)) + 1
    assert manifest["weights_of_iteration"] == iteration < 7
    # a training that ends there has these weights
    shorter = study(make_study, {"every": 1, "keep": "last"}, iterations=iteration, **raised)
    _, _, last = trained(shorter, watcher())
    assert all(torch.equal(best[name], last[name]) for name in best)


@pytest.mark.parametrize("stop_at", [2, 4, 6])
def test_an_interrupted_training_ends_with_the_same_bytes(make_study, watcher, stop_at, tmp_path):
    settings = {"every": 1, "patience": 2}
    config = study(make_study, settings, learning_rate_generator=0.5)
    run = Run(config, "tiny", "spatial")
    train(run, watcher())
    outputs = [run.layout.generator(*RUN), run.layout.training_log(*RUN)]
    whole = [path.read_bytes() for path in outputs]
    for path in outputs:
        path.unlink()
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=stop_at))
    view = watcher()
    train(run, view)
    assert view.said == [f"resumed at iteration {stop_at} of 7"]
    assert [path.read_bytes() for path in outputs] == whole


def test_validating_alone_changes_no_weight(make_study, watcher):
    _, _, watched = trained(study(make_study, {"every": 1, "factor": 1.0, "keep": "last"}), watcher())
    _, _, plain = trained(study(make_study, None), watcher())
    assert all(torch.equal(watched[name], plain[name]) for name in plain)


def test_no_test_patch_decides(make_study, watcher):
    config = study(make_study, {"every": 1, "patience": 1})
    before = trained(config, watcher())
    layout = Run(config, "tiny", "spatial").layout
    patches = read_patches(layout, "tiny", 1)
    is_test = (patches.table["split"] == "test").to_numpy()
    noisy, clean = np.array(patches.noisy), np.array(patches.clean)
    noisy[is_test], clean[is_test] = 255, 0
    write_patches(PatchSet(patches.table, noisy, clean), layout, "tiny", 1)
    after = trained(config, watcher())
    assert after[0] == before[0]
    assert all(torch.equal(after[2][name], before[2][name]) for name in before[2])


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ({"held_out": 0}, "`validation` needs fields of view"),
        ({"log_every": 2}, "3 is no multiple of `log_every`, 2"),
    ],
)
def test_what_cannot_be_is_one_line(make_study, training, message):
    with pytest.raises(FreqbenchError, match=message) as error:
        study(make_study, {"every": 3}, **training)
    assert "\n" not in str(error.value)
