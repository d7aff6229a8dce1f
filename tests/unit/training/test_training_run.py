import json
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of, write_json
from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.build import build_discriminator, build_generator, iterations_of
from freqbench.training.loop import Trainer, TrainingInterruptedError
from freqbench.training.run import train, training_fingerprint
from freqbench.training.settings import training_settings

# warm-up and threshold in the middle, so that the interruptions fall before, between and after
HARNESS = {"discriminator": {"warmup_iterations": 2, "skip_below": 0.66}}


def outputs(config, method="lffl_a1", seed=0):
    layout = Layout.of(config)
    return [path("tiny", method, seed).read_bytes() for path in (layout.generator, layout.training_log)]


def states(config):
    return [path for path in (Layout.of(config).root / "state").rglob("*") if path.is_file()]


def log_of(config, method="lffl_a1", seed=0):
    text = Layout.of(config).training_log("tiny", method, seed).read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def uninterrupted(write_study, watcher, tmp_path_factory):
    config = write_study(tmp_path_factory.mktemp("uninterrupted"), seeds=[0, 1], **HARNESS)
    view = watcher()
    train(Run(config, "tiny", "lffl_a1"), view)
    return config, view


@pytest.mark.parametrize("stop_at", [1, 2, 3, 4, 6, 7])
def test_an_interrupted_training_ends_with_the_same_bytes(uninterrupted, make_study, watcher, stop_at):
    config = make_study(**HARNESS)
    run = Run(config, "tiny", "lffl_a1")
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=stop_at))
    assert not run.layout.generator("tiny", "lffl_a1", 0).exists()
    assert not run.layout.training_manifest("tiny", "lffl_a1", 0).exists()
    assert states(config)
    view = watcher()
    train(run, view)
    assert view.said == [f"resumed at iteration {stop_at} of 7"]
    assert (view.first, view.done) == (stop_at, 7)
    assert outputs(config) == outputs(uninterrupted[0])
    assert states(config) == []


def test_interrupted_twice_and_by_ctrl_c(uninterrupted, make_study, watcher):
    config = make_study(**HARNESS)
    run = Run(config, "tiny", "lffl_a1")
    for stop_at in (2, 5):
        with pytest.raises(TrainingInterruptedError):
            train(run, watcher(stop_at=stop_at, number=signal.SIGINT))
    train(run, watcher())
    assert outputs(config) == outputs(uninterrupted[0])


def test_signal_handlers_are_put_back(make_study, watcher):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(TrainingInterruptedError):
        train(Run(make_study(), "tiny", "spatial"), watcher(stop_at=1))
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_crash_loses_no_more_than_the_steps_since_the_checkpoint(uninterrupted, make_study, watcher):
    config = make_study(**HARNESS)
    run = Run(config, "tiny", "lffl_a1")
    view = watcher()

    def crash():
        view.done += 1
        if view.done == 5:
            raise OSError("the machine is gone")

    view.step = crash
    with pytest.raises(OSError, match="the machine is gone"):
        train(run, view)
    view = watcher()
    train(run, view)
    assert view.said == ["resumed at iteration 4 of 7"]
    assert outputs(config) == outputs(uninterrupted[0])


def test_a_truncated_state_is_replaced_by_the_one_before_and_the_user_is_told(uninterrupted, make_study, watcher):
    config = make_study(**HARNESS)
    run = Run(config, "tiny", "lffl_a1")
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=5))
    (newest,) = [path for path in states(config) if path.suffix == ".pt"]
    newest.write_bytes(newest.read_bytes()[:1000])
    view = watcher()
    train(run, view)
    assert view.said == [
        f"{newest.name} is damaged; going on from the state before it",
        "resumed at iteration 4 of 7",
    ]
    assert outputs(config) == outputs(uninterrupted[0])


def test_the_same_seed_twice_gives_the_same_bytes(uninterrupted, make_study, watcher):
    config = make_study(**HARNESS)
    # what was drawn before must not matter
    torch.manual_seed(123)
    np.random.seed(123)  # noqa: NPY002
    train(Run(config, "tiny", "lffl_a1"), watcher())
    assert outputs(config) == outputs(uninterrupted[0])


def test_another_seed_gives_other_weights(uninterrupted, watcher):
    config, _ = uninterrupted
    train(Run(config, "tiny", "lffl_a1", 1), watcher())
    assert outputs(config, seed=1)[0] != outputs(config)[0]


def test_methods_of_one_seed_start_from_the_same_weights_and_see_the_same_batches(make_study, watcher, monkeypatch):
    config, starts = make_study(), []

    def note(trainer, **_):
        state = {**trainer.generator.state_dict(), **trainer.discriminator.state_dict(prefix="discriminator.")}
        batches = [trainer.batches.batch(iteration) for iteration in range(3)]
        starts.append([*state.values(), *(image for batch in batches for image in (batch.noisy, batch.clean))])
        raise TrainingInterruptedError

    monkeypatch.setattr(Trainer, "run", note)
    for method in ("spatial", "lffl_a1"):
        with pytest.raises(TrainingInterruptedError):
            train(Run(config, "tiny", method), watcher())
    assert all(torch.equal(a, b) for a, b in zip(*starts, strict=True))


def test_only_train_patches_are_seen(make_study, watcher, monkeypatch):
    config, seen = make_study(), []

    def note(trainer, **_):
        seen.append((trainer.batches.noisy.numpy(), trainer.batches.clean.numpy()))
        raise TrainingInterruptedError

    monkeypatch.setattr(Trainer, "run", note)
    with pytest.raises(TrainingInterruptedError):
        train(Run(config, "tiny", "spatial"), watcher())
    patches = read_patches(Layout.of(config), "tiny")
    chosen = (patches.table["split"] == "train").to_numpy()
    assert chosen.sum() == 4
    assert np.array_equal(seen[0][0], patches.noisy[chosen])
    assert np.array_equal(seen[0][1], patches.clean[chosen])


def test_the_log_has_a_record_every_so_often_and_at_the_end(uninterrupted):
    config, view = uninterrupted
    log = log_of(config)
    assert [record["iteration"] for record in log] == [3, 6, 7]
    assert set(log[-1]) == {
        "iteration",
        "l1",
        "perceptual",
        "adversarial",
        "frequency",
        "total",
        "discriminator",
        "discriminator_updates",
    }
    for written, shown in zip(log, view.records, strict=True):
        assert written == pytest.approx(shown, rel=1e-7)


def test_a_spatial_method_logs_no_frequency_term(make_study, watcher):
    config = make_study()
    train(Run(config, "tiny", "spatial"), watcher())
    assert "frequency" not in log_of(config, "spatial")[-1]


def test_log_means_run_over_the_iterations_that_have_the_term(make_study, watcher):
    """One record over all iterations equals the mean of the single records, also of terms that begin late."""
    together, single = (make_study(name=f"log{every}", training={"log_every": every}, **HARNESS) for every in (7, 1))
    for config in (together, single):
        train(Run(config, "tiny", "lffl_a1"), watcher())
    (record,), records = log_of(together), log_of(single)
    assert [("adversarial" in each) for each in records] == [False] * 2 + [True] * 5
    for name in set(record) - {"iteration"}:
        values = [each[name] for each in records if name in each]
        assert record[name] == pytest.approx(np.mean(values), rel=1e-5)


def test_the_total_of_the_log_is_the_weighted_sum(make_study, watcher):
    config = make_study()
    train(Run(config, "tiny", "lffl_a1"), watcher())
    for record in log_of(config):
        expected = record["l1"] + record["perceptual"] + 0.005 * record["adversarial"] + 2.0 * record["frequency"]
        assert record["total"] == pytest.approx(expected, rel=1e-5)


def test_small_terms_keep_their_digits_in_the_log(make_study, watcher):
    config = make_study(
        methods=[{"name": "spatial"}, {"name": "ffl", "loss": "focal_frequency", "weight": 1.0}],
        patches={"noise": 1e-3, "dtype": np.uint16},
    )
    view = watcher()
    train(Run(config, "tiny", "ffl"), view)
    assert view.records[-1]["frequency"] < 1e-2
    assert log_of(config, "ffl")[-1]["frequency"] == pytest.approx(view.records[-1]["frequency"], rel=1e-7)


def test_the_discriminator_learns_after_the_warmup_and_above_its_threshold_alone(make_study, watcher):
    config = make_study(discriminator={"warmup_iterations": 7})
    train(Run(config, "tiny", "spatial"), watcher())
    assert all(record["discriminator_updates"] == 0 for record in log_of(config, "spatial"))
    assert not any("discriminator" in record or "adversarial" in record for record in log_of(config, "spatial"))
    config = make_study(name="lazy", discriminator={"skip_below": 100.0})
    train(Run(config, "tiny", "spatial"), watcher())
    assert all(record["discriminator_updates"] == 0 for record in log_of(config, "spatial"))
    assert all("discriminator" in record for record in log_of(config, "spatial"))
    config = make_study(name="always", discriminator={"skip_below": 0.0})
    train(Run(config, "tiny", "spatial"), watcher())
    assert all(record["discriminator_updates"] == 1 for record in log_of(config, "spatial"))


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
    path = layout.generator("tiny", "lffl_a1", 0)
    content = torch.load(path, weights_only=True)
    assert content["settings"] == config.generator.model_dump()
    build_generator(config).load_state_dict(content["state"])
    manifest = json.loads(layout.training_manifest("tiny", "lffl_a1", 0).read_text())
    assert manifest["outputs"] == {"generator.pt": sha256_of(path)}
    assert manifest["frequency_weight"] == 2.0
    assert manifest["inputs"]["patches.csv"] == sha256_of(layout.patch_table("tiny"))
    assert manifest["inputs"]["noisy.npy"] == sha256_of(layout.noisy_patches("tiny"))
    assert (manifest["iterations"], manifest["resumed_at"]) == (7, 0)
    assert str(config.results) not in json.dumps(manifest)


def fingerprints(config, **changes):
    """Return the fingerprint before and after a change of the configuration."""
    content = config.model_dump(mode="json")
    for key, value in changes.items():
        content[key] = value
    changed = type(config).model_validate(content)
    return [training_fingerprint(Run(each, "tiny", "lffl_a1")) for each in (config, changed)]


def test_another_alpha_has_another_fingerprint_and_its_own_state(make_study, watcher):
    config = make_study()
    other = make_study(
        methods=[{"name": "spatial"}, {"name": "lffl_a1", "loss": "log_focal_frequency", "options": {"alpha": 0.5},
                                       "weight": "paper", "domain": "task"}],
    )  # fmt: skip
    assert training_fingerprint(Run(config, "tiny", "lffl_a1")) != training_fingerprint(Run(other, "tiny", "lffl_a1"))
    with pytest.raises(TrainingInterruptedError):
        train(Run(config, "tiny", "lffl_a1"), watcher(stop_at=3))
    view = watcher()
    train(Run(other, "tiny", "lffl_a1"), view)
    assert view.said == []
    assert view.first == 0


@pytest.mark.parametrize("part", ["generator", "discriminator", "training"])
def test_what_changes_the_outcome_changes_the_fingerprint(make_study, part):
    config = make_study()
    changes = {
        "generator": {"blocks": 2},
        "discriminator": {"skip_below": 0.2},
        "training": {"learning_rate_generator": 2e-3},
    }
    old = getattr(config, part).model_dump(mode="json")
    before, after = fingerprints(config, **{part: old | changes[part]})
    assert before != after


def test_what_does_not_change_the_outcome_keeps_the_fingerprint(make_study):
    config = make_study()
    training = config.training.model_dump(mode="json") | {"device": "auto", "checkpoint_every": 5}
    before, after = fingerprints(config, training=training, note="another", figures={"regions": 1})
    assert before == after


def test_another_seed_and_other_patches_change_the_fingerprint(make_study):
    config = make_study(seeds=[0, 1])
    run = Run(config, "tiny", "lffl_a1")
    first = training_fingerprint(run)
    assert training_fingerprint(Run(config, "tiny", "lffl_a1", 1)) != first
    patches = read_patches(run.layout, "tiny")
    brighter = np.array(patches.noisy)
    brighter[0, 0, 0] ^= 1
    write_patches(PatchSet(patches.table, brighter, np.array(patches.clean)), run.layout, "tiny")
    assert training_fingerprint(run) != first


def test_another_split_of_the_same_patches_changes_the_fingerprint(make_study):
    """The arrays hold both sides: a new split alone leaves them as they are."""
    run = Run(make_study(), "tiny", "lffl_a1")
    first = training_fingerprint(run)
    patches = read_patches(run.layout, "tiny")
    swapped = patches.table.assign(split=patches.table["split"].map({"train": "test", "test": "train"}))
    write_patches(PatchSet(swapped, np.array(patches.noisy), np.array(patches.clean)), run.layout, "tiny")
    assert training_fingerprint(run) != first


def test_a_new_calibration_changes_the_fingerprint(make_study):
    run = Run(make_study(), "tiny", "ffl")
    weights = []
    for weight in (10.0, 11.0):
        write_json(run.layout.calibration("tiny", "ffl"), {"weight": weight})
        weights.append(training_fingerprint(run))
    assert weights[0] != weights[1]


def test_a_calibrated_weight_comes_from_its_file(make_study, watcher):
    config = make_study()
    run = Run(config, "tiny", "ffl")
    with pytest.raises(FreqbenchError, match=r"ffl\.json: no such file"):
        train(run, watcher())
    write_json(run.layout.calibration("tiny", "ffl"), {"weight": 12.5})
    train(run, watcher())
    record = log_of(config, "ffl")[0]
    others = record["l1"] + record["perceptual"] + 0.005 * record["adversarial"]
    assert record["total"] - others == pytest.approx(12.5 * record["frequency"], rel=1e-4)


def test_settings_of_other_methods_are_not_part_of_a_training(make_study):
    config = make_study()
    content = config.model_dump(mode="json")
    content["methods"][1]["options"] = {"alpha": 0.5}
    changed = type(config).model_validate(content)
    assert training_settings(Run(changed, "tiny", "lffl_a1")) == training_settings(Run(config, "tiny", "lffl_a1"))


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
    Layout.of(config).noisy_patches("tiny").unlink()
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
