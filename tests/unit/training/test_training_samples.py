import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.held_out import leave_out
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.run import train
from freqbench.training.samples import Samples, mean_psnr, mosaic

RUN = ("tiny", "lffl_a1", 1, 0)
ALWAYS = {"training": {"sample_every": 1, "log_every": 1}}


class Same(nn.Module):
    def forward(self, image):
        return image


def outputs(config):
    layout = Layout.of(config)
    return [layout.generator(*RUN).read_bytes(), layout.training_log(*RUN).read_bytes()]


def images(config):
    return {path.name: path.read_bytes() for path in Layout.of(config).training_samples(*RUN).iterdir()}


def log_of(config):
    return [json.loads(line) for line in Layout.of(config).training_log(*RUN).read_text().splitlines()]


def samples_of(patches, tmp_path, **changes):
    settings = {"every": 1, "crop": None, "folder": tmp_path, "device": torch.device("cpu")} | changes
    return Samples({"train": patches}, **settings)


def test_samples_change_neither_weights_nor_terms(make_study, watcher):
    with_samples, without = (
        make_study(name="with", **ALWAYS),
        make_study(name="without", training={"sample_every": 0, "log_every": 1}),
    )
    for config in (with_samples, without):
        train(Run(config, "tiny", "lffl_a1"), watcher())
    assert outputs(with_samples)[0] == outputs(without)[0]
    for one, other in zip(log_of(with_samples), log_of(without), strict=True):
        assert one.pop("train_psnr") > 0
        assert one == other
    assert not Layout.of(without).training_samples(*RUN).exists()


def test_a_sample_draws_nothing_and_leaves_the_generator_as_it_was(make_patches, tmp_path):
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm2d(1)

        def forward(self, image):
            return self.norm(image)

    network = Noisy().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.get_rng_state()
    samples_of(make_patches(), tmp_path).take(network, 1)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert network.training
    assert network.norm.training


def test_the_records_with_a_sample_follow_from_the_iteration(make_patches, tmp_path):
    samples = samples_of(make_patches(), tmp_path, every=5)
    records = [3, 6, 9, 12, 15, 16]
    due = [samples.is_due(before, now, 16) for before, now in zip([0, *records], records, strict=False)]
    assert due == [False, True, False, True, True, True]
    assert not samples_of(make_patches(), tmp_path, every=0).is_due(0, 16, 16)


def test_the_psnr_is_that_of_the_formula(make_patches, tmp_path):
    patches = make_patches().side("train")
    scores = samples_of(patches, tmp_path).take(Same(), 7)
    noisy, clean = (images.astype(np.float64) / 255 for images in (patches.noisy, patches.clean))
    expected = np.mean([10 * np.log10(1 / np.mean((a - b) ** 2)) for a, b in zip(noisy, clean, strict=True)])
    assert scores == {"train_psnr": pytest.approx(expected, rel=1e-6)}
    assert mean_psnr(torch.zeros(2, 4, 4), torch.zeros(2, 4, 4)) == pytest.approx(120)


def test_the_image_shows_noisy_restored_and_clean_with_one_stretch(make_patches, tmp_path):
    patches = make_patches(size=40, train_fovs=5).side("train")
    samples_of(patches, tmp_path, crop=24).take(Same(), 12)
    (path,) = tmp_path.iterdir()
    assert path.name == "iteration_000012.png"
    pixels = np.asarray(Image.open(path))
    assert pixels.shape == (3 * 24, 3 * 24)
    noisy, restored, clean = np.split(pixels, 3, axis=1)
    assert np.array_equal(noisy, restored)
    first = patches.clean[0, 8:32, 8:32] / 255
    black, white = np.percentile(first, (0.5, 99.5))
    expected = np.round(255 * np.clip((first - black) / (white - black), 0, 1))
    assert np.abs(clean[:24].astype(float) - expected).max() <= 1


def test_a_large_patch_is_shown_in_its_middle_and_a_flat_one_is_no_error(tmp_path):
    flat = torch.full((1, 8, 8), 0.5)
    assert mosaic(flat, flat * float("nan"), flat).shape == (8, 24)
    rows = {"fov": ["1"], "patch_id": ["1#0"]}
    import pandas as pd

    large = np.zeros((1, 300, 200), np.uint16)
    samples_of(PatchSet(pd.DataFrame(rows), large, large), tmp_path).take(Same(), 1)
    assert Image.open(next(tmp_path.iterdir())).size == (3 * 128, 128)


def test_a_resumed_training_goes_on_with_the_same_images(make_study, watcher):
    whole, parts = (make_study(name=name, **ALWAYS) for name in ("whole", "parts"))
    train(Run(whole, "tiny", "lffl_a1"), watcher())
    for stop_at in (2, 5):
        with pytest.raises(TrainingInterruptedError):
            train(Run(parts, "tiny", "lffl_a1"), watcher(stop_at=stop_at))
    train(Run(parts, "tiny", "lffl_a1"), watcher())
    assert images(parts) == images(whole)
    assert sorted(images(whole)) == [f"iteration_{number:06d}.png" for number in range(1, 8)]
    assert outputs(parts) == outputs(whole)


def test_images_of_an_earlier_training_are_removed(make_study, watcher):
    config = make_study(**ALWAYS)
    train(Run(config, "tiny", "lffl_a1"), watcher())
    shorter = make_study(training={"sample_every": 2, "log_every": 2, "iterations": 2})
    train(Run(shorter, "tiny", "lffl_a1"), watcher())
    assert sorted(images(config)) == ["iteration_000002.png"]


def test_a_held_out_field_is_not_trained_on_but_scored(make_study, watcher):
    config = make_study(patches={"train_fovs": 3}, training={"held_out": 1, "sample_every": 1, "log_every": 1})
    run = Run(config, "tiny", "lffl_a1")
    train(run, watcher())
    manifest = json.loads(run.layout.training_manifest(*RUN).read_text())
    (field,) = manifest["held_out"]
    assert field in {"1", "2", "3"}
    assert all(record["held_out_psnr"] != record["train_psnr"] for record in log_of(config))
    before = outputs(config)
    # other clean images of that field: other scores, the same weights
    patches = read_patches(run.layout, "tiny", 1)
    clean = np.array(patches.clean)
    clean[(patches.table["fov"] == field).to_numpy()] //= 2
    write_patches(PatchSet(patches.table, np.array(patches.noisy), clean), run.layout, "tiny", 1)
    train(run, watcher())
    assert outputs(config)[0] == before[0]
    assert outputs(config)[1] != before[1]


def test_no_test_patch_is_read(make_study, watcher):
    config = make_study(patches={"train_fovs": 3}, training={"held_out": 1, "sample_every": 1, "log_every": 1})
    run = Run(config, "tiny", "lffl_a1")
    train(run, watcher())
    before = outputs(config), images(config)
    patches = read_patches(run.layout, "tiny", 1)
    is_test = (patches.table["split"] == "test").to_numpy()
    noisy, clean = np.array(patches.noisy), np.array(patches.clean)
    noisy[is_test], clean[is_test] = 255, 0
    write_patches(PatchSet(patches.table, noisy, clean), run.layout, "tiny", 1)
    train(run, watcher())
    assert (outputs(config), images(config)) == before


def test_the_draw_depends_on_the_seed_and_leaves_some(make_patches):
    patches = make_patches(train_fovs=8).side("train")
    drawn = set()
    for seed in range(12):
        kept, out = leave_out(patches, 2, (seed, 1))
        assert len(set(out.table["fov"])) == 2
        assert set(kept.table["fov"]) | set(out.table["fov"]) == set(patches.table["fov"])
        assert set(kept.table["fov"]).isdisjoint(out.table["fov"])
        assert len(out.noisy) == len(out.table) == 4
        drawn.add(tuple(sorted(set(out.table["fov"]))))
    assert len(drawn) > 3
    assert leave_out(patches, 0, (0, 1))[0] is patches
    with pytest.raises(FreqbenchError, match=r"training\.held_out: 8 of 8 train fields"):
        leave_out(patches, 8, (0, 1))
