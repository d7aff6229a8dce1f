import numpy as np
import pytest

from freqbench.data.patches import PatchSet, read_patches, write_patches
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.identity import frequency_weight, training_fingerprint
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.run import train
from freqbench.training.settings import training_settings


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
    (state,) = (path for path in (Layout.of(config).root / "state").rglob("*.pt"))
    content = state.read_bytes()
    view = watcher()
    train(Run(other, "tiny", "lffl_a1"), view)
    differs = "settings.method.options.alpha, weight"
    assert view.said == [f"{state.name}: an unfinished training that differs ({differs}); left alone"]
    assert view.first == 0
    assert state.read_bytes() == content


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
    patches = read_patches(run.layout, "tiny", 1)
    brighter = np.array(patches.noisy)
    brighter[0, 0, 0] ^= 1
    write_patches(PatchSet(patches.table, brighter, np.array(patches.clean)), run.layout, "tiny", 1)
    assert training_fingerprint(run) != first


def test_another_split_of_the_same_patches_changes_the_fingerprint(make_study):
    """The arrays hold both sides: a new split alone leaves them as they are."""
    run = Run(make_study(), "tiny", "lffl_a1")
    first = training_fingerprint(run)
    patches = read_patches(run.layout, "tiny", 1)
    swapped = patches.table.assign(split=patches.table["split"].map({"train": "test", "test": "train"}))
    write_patches(PatchSet(swapped, np.array(patches.noisy), np.array(patches.clean)), run.layout, "tiny", 1)
    assert training_fingerprint(run) != first


def test_a_new_calibration_changes_the_fingerprint(make_study):
    run = Run(make_study(), "tiny", "ffl")
    weights = []
    for weight in (10.0, 11.0):
        write_json(run.layout.calibration("tiny", "ffl", 1), {"weight": weight})
        weights.append(training_fingerprint(run))
    assert weights[0] != weights[1]


def test_settings_of_other_methods_are_not_part_of_a_training(make_study):
    config = make_study()
    content = config.model_dump(mode="json")
    content["methods"][1]["options"] = {"alpha": 0.5}
    changed = type(config).model_validate(content)
    assert training_settings(Run(changed, "tiny", "lffl_a1")) == training_settings(Run(config, "tiny", "lffl_a1"))


def test_the_state_of_one_split_is_not_taken_for_another(make_study, watcher):
    config = make_study(datasets={"tiny": {"split": {"repeats": 2}}})
    first, second = (Run(config, "tiny", "lffl_a1", split=split) for split in (1, 2))
    assert training_fingerprint(first) != training_fingerprint(second), "other patches train"
    # even if both splits had the same patches
    patches = read_patches(first.layout, "tiny", 1)
    write_patches(PatchSet(patches.table, np.array(patches.noisy), np.array(patches.clean)), first.layout, "tiny", 2)
    assert training_fingerprint(first) == training_fingerprint(second)
    with pytest.raises(TrainingInterruptedError):
        train(first, watcher(stop_at=3))
    view = watcher()
    train(second, view)
    assert (view.said, view.first) == ([], 0)
    train(first, view)
    assert view.said == ["resumed at iteration 3 of 7"]


def test_a_training_has_the_weight_of_its_own_split(make_study):
    config = make_study(datasets={"tiny": {"split": {"repeats": 2}}})
    for split in (1, 2):
        run = Run(config, "tiny", "ffl", split=split)
        write_json(run.layout.calibration("tiny", "ffl", split), {"weight": 10.0 * split})
        assert frequency_weight(run) == 10.0 * split
