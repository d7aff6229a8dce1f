import json
from pathlib import Path

import numpy as np
import pytest
import torch

from freqbench.config.training import CAREGenerator, Noise2NoiseGenerator, RRDBGenerator
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of, write_json
from freqbench.layout import Layout
from freqbench.restoration import apply_generator
from freqbench.run import Run
from freqbench.training.build import build_discriminator, build_generator, iterations_of
from freqbench.training.loop import Trainer, TrainingInterruptedError
from freqbench.training.run import train


def log_of(config, method="lffl_a1", seed=0):
    text = Layout.of(config).training_log("tiny", method, 1, seed).read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_methods_of_one_seed_start_from_the_same_weights_and_see_the_same_batches(make_study, watcher, monkeypatch):
    config, starts = make_study(), []

    def note(trainer, **_):
        state = {**trainer.generator.state_dict(), **trainer.discriminator.state_dict(prefix="discriminator.")}
        batches = [trainer.batches.batch(iteration) for iteration in range(3)]
        starts.append([*state.values(), *(image for batch in batches for image in (batch.noisy, batch.target))])
        raise TrainingInterruptedError

    monkeypatch.setattr(Trainer, "run", note)
    for method in ("spatial", "lffl_a1"):
        with pytest.raises(TrainingInterruptedError):
            train(Run(config, "tiny", method), watcher())
    assert all(torch.equal(a, b) for a, b in zip(*starts, strict=True))


def test_only_train_patches_are_seen(make_study, watcher, monkeypatch):
    config, seen = make_study(), []

    def note(trainer, **_):
        seen.append((trainer.batches.noisy.numpy(), trainer.batches.targets.numpy()))
        raise TrainingInterruptedError

    monkeypatch.setattr(Trainer, "run", note)
    with pytest.raises(TrainingInterruptedError):
        train(Run(config, "tiny", "spatial"), watcher())
    patches = read_patches(Layout.of(config), "tiny", 1)
    chosen = (patches.table["split"] == "train").to_numpy()
    assert chosen.sum() == 4
    assert np.array_equal(seen[0][0], patches.noisy[chosen])
    assert np.array_equal(seen[0][1], patches.clean[chosen])


def test_without_an_adversarial_weight_the_discriminator_rests(make_study, watcher, monkeypatch):
    config = make_study(training={"objective": {"adversarial": 0.0}})
    trainers = []
    run_trainer = Trainer.run
    monkeypatch.setattr(Trainer, "run", lambda self, **kwargs: (trainers.append(self), run_trainer(self, **kwargs)))
    train(Run(config, "tiny", "spatial"), watcher())
    torch.manual_seed(0)
    build_generator(config)
    untrained = build_discriminator(config).state_dict()
    assert all(torch.equal(value, untrained[name]) for name, value in trainers[0].discriminator.state_dict().items())


def test_weights_and_manifest_can_be_read_back(uninterrupted):
    config, _ = uninterrupted
    layout = Layout.of(config)
    path = layout.generator("tiny", "lffl_a1", 1, 0)
    content = torch.load(path, weights_only=True)
    assert content["settings"] == config.generator.model_dump()
    build_generator(config).load_state_dict(content["state"])
    manifest = json.loads(layout.training_manifest("tiny", "lffl_a1", 1, 0).read_text())
    assert manifest["outputs"] == {"generator.pt": sha256_of(path)}
    assert manifest["frequency_weight"] == 2.0
    assert manifest["inputs"]["patches.csv"] == sha256_of(layout.patch_table("tiny", 1))
    assert manifest["inputs"]["noisy.npy"] == sha256_of(layout.noisy_patches("tiny", 1))
    assert (manifest["iterations"], manifest["resumed_at"]) == (7, 0)
    assert str(config.results) not in json.dumps(manifest)


@pytest.mark.parametrize(
    "settings",
    [
        RRDBGenerator(blocks=1, features=4, growth=2),
        CAREGenerator(kind="care_unet", features=4, kernel_size=3),
        Noise2NoiseGenerator(kind="noise2noise_unet", features=4),
    ],
    ids=lambda settings: settings.kind,
)
def test_every_kind_of_generator_trains_and_restores(make_study, watcher, settings):
    study = make_study(training={"iterations": 2, "crop": 32})
    config = study.model_copy(update={"generator": settings})
    run = Run(config, "tiny", "lffl_a1")
    train(run, watcher())
    torch.manual_seed(0)
    start = build_generator(config).state_dict()
    content = torch.load(run.layout.generator("tiny", "lffl_a1", 1, 0), weights_only=True)
    assert content["settings"] == settings.model_dump()
    assert all(not torch.equal(value, start[name]) for name, value in content["state"].items())
    restored = apply_generator(run, np.full((3, 32, 32), 0.5, np.float32))
    assert restored.shape == (3, 32, 32)
    assert np.isfinite(restored).all()
    with pytest.raises(FreqbenchError, match="holds another generator"):
        apply_generator(Run(study, "tiny", "lffl_a1"), np.zeros((1, 32, 32), np.float32))


def test_a_calibrated_weight_comes_from_its_file(make_study, watcher):
    config = make_study()
    run = Run(config, "tiny", "ffl")
    with pytest.raises(FreqbenchError, match=r"ffl\.json: no such file"):
        train(run, watcher())
    write_json(run.layout.calibration("tiny", "ffl", 1), {"weight": 12.5})
    train(run, watcher())
    record = log_of(config, "ffl")[0]
    others = record["l1"] + record["perceptual"] + 0.005 * record["adversarial"]
    assert record["total"] - others == pytest.approx(12.5 * record["frequency"], rel=1e-4)


@pytest.mark.parametrize(
    ("epochs", "patches", "expected"),
    [(200, 400, 20000), (1, 3, 2), (3, 3, 5), (1, 1, 1)],
)
def test_epochs_are_counted_in_patches(make_study, epochs, patches, expected):
    batch = 4 if epochs == 200 else 2
    config = make_study(training={"iterations": None, "epochs": epochs, "batch_size": batch})
    assert iterations_of(config, patches) == expected


def test_missing_patches_are_one_clear_error(make_study, watcher):
    config = make_study()
    Layout.of(config).noisy_patches("tiny", 1).unlink()
    with pytest.raises(FreqbenchError, match="run `freqbench patches`"):
        train(Run(config, "tiny", "spatial"), watcher())


def test_a_control_is_not_trained(make_study, watcher):
    with pytest.raises(FreqbenchError, match="controls are not trained"):
        train(Run(make_study(), "tiny", "input"), watcher())


def test_no_file_of_a_training_names_the_machine(uninterrupted):
    config, _ = uninterrupted
    for path in Path(config.results).rglob("*"):
        if path.is_file() and path.suffix in {".json", ".jsonl", ".pt"}:
            assert str(config.results).encode() not in path.read_bytes()
