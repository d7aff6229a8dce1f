import json
import sys

import pytest
import torch

from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.losses.device_waits import forbid_device_waits
from freqbench.run import Run
from freqbench.training.build import build_batches
from freqbench.training.divergence import DivergedError, DivergenceWatch
from freqbench.training.run import train
from freqbench.training.state import load_tensors

OWN_LOSSES = """
from torch import nn

class NotANumberFromFourthCall(nn.Module):
    calls = 0

    def forward(self, prediction, target):
        self.calls += 1
        value = (prediction - target).square().mean()
        return value * float("nan") if self.calls >= 4 else value

class BrokenGradient(nn.Module):
    def forward(self, prediction, target):
        return (0 * (prediction - target)).sqrt().sum()  # finite, but the gradient of a root at zero is not
"""


@pytest.fixture
def own_losses(monkeypatch, tmp_path):
    """Put a user's own module on the Python path."""
    (tmp_path / "own_losses.py").write_text(OWN_LOSSES)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("own_losses", None)


def study_of(make_study, loss, **training):
    own = {"name": "mine", "loss": f"own_losses.{loss}", "weight": 1.0}
    return make_study(methods=[{"name": "spatial"}, own], training=training)


def report_of(config, method="mine"):
    """Return the only report of a divergence, and its path."""
    (path,) = (Layout.of(config).root / "state").rglob("*.diverged.json")
    return json.loads(path.read_text()), path


def test_a_term_that_is_no_number_is_named(make_study, watcher, own_losses):
    config = study_of(make_study, "NotANumberFromFourthCall", log_every=1)
    view = watcher()
    with pytest.raises(FreqbenchError, match=r"training diverged in iteration 4: frequency, total is not") as error:
        train(Run(config, "tiny", "mine"), view)
    assert "\n" not in str(error.value)
    assert "learning_rate_generator" in str(error.value)
    assert str(report_of(config)[1]) in str(error.value)
    assert len(view.records) == 3
    layout = Layout.of(config)
    for path in (layout.generator, layout.training_log, layout.training_manifest):
        assert not path("tiny", "mine", 1, 0).exists()


def test_the_step_is_found_between_two_records_with_its_terms_and_its_patches(make_study, watcher, own_losses):
    config = study_of(make_study, "NotANumberFromFourthCall", log_every=100, checkpoint_every=1000)
    run = Run(config, "tiny", "mine")
    with pytest.raises(FreqbenchError, match="in iteration 4: frequency, total"):
        train(run, watcher())
    report, path = report_of(config)
    assert (report["iteration"], report["found_after_iteration"], report["last_good_state"]) == (4, 7, None)
    assert report["not_finite"] == ["frequency", "total"]
    before, bad = report["iterations"]
    assert (before["iteration"], bad["iteration"]) == (3, 4)
    assert bad["terms"]["frequency"] == bad["terms"]["total"] == "nan"
    assert set(bad["terms"]) == {"l1", "perceptual", "adversarial", "frequency", "total", "discriminator"}
    assert all(isinstance(value, float) for value in before["terms"].values())
    patches = read_patches(run.layout, "tiny", 1).side("train")
    batches = build_batches(config, patches, 0, torch.device("cpu"))
    for entry in report["iterations"]:
        rows = batches.batch(entry["iteration"] - 1).rows
        assert entry["patches"] == list(patches.table["patch_id"].iloc[rows])
    state = load_tensors(path.with_suffix(".pt"), torch.device("cpu"))
    assert state["iteration"] == 7
    assert not all(value.isfinite().all() for value in state["generator"].values())


def test_no_broken_state_is_kept_as_a_good_one(make_study, watcher, own_losses):
    """A checkpoint falls after the step and before the next record: a resumed training would go on from it."""
    config = study_of(make_study, "NotANumberFromFourthCall", log_every=100, checkpoint_every=3)
    with pytest.raises(FreqbenchError, match="diverged in iteration 4"):
        train(Run(config, "tiny", "mine"), watcher())
    report, path = report_of(config)
    assert report["found_after_iteration"] == 6
    assert report["last_good_state"]["iteration"] == 3
    good = load_tensors(path.with_name(report["last_good_state"]["file"]), torch.device("cpu"))
    assert good["iteration"] == 3
    assert all(value.isfinite().all() for value in good["generator"].values())


def test_a_signal_after_the_step_is_a_divergence_and_no_state_to_go_on_from(make_study, watcher, own_losses):
    config = study_of(make_study, "NotANumberFromFourthCall", log_every=100, checkpoint_every=1000)
    with pytest.raises(FreqbenchError, match="diverged in iteration 4"):
        train(Run(config, "tiny", "mine"), watcher(stop_at=5))


def test_a_diverged_training_is_refused_until_something_changes(make_study, watcher, own_losses):
    config = study_of(make_study, "NotANumberFromFourthCall")
    run = Run(config, "tiny", "mine")
    with pytest.raises(FreqbenchError, match="diverged in iteration 4"):
        train(run, watcher())
    report, path = report_of(config)
    view = watcher()
    with pytest.raises(FreqbenchError, match=r"diverged\.json: this training diverged in iteration 4.*delete") as error:
        train(run, view)
    assert "\n" not in str(error.value)
    assert view.total == -1, "nothing was trained"
    # with another learning rate it is another training
    other = study_of(make_study, "NotANumberFromFourthCall", learning_rate_generator=1e-5)
    with pytest.raises(FreqbenchError, match="training diverged in iteration 4"):
        train(Run(other, "tiny", "mine"), watcher())
    # and without the file it goes on from the last good state
    path.unlink()
    view = watcher()
    with pytest.raises(FreqbenchError, match="diverged in iteration 6"):
        train(run, view)  # the loss of this test breaks in its fourth call
    assert view.said[-1] == f"resumed at iteration {report['last_good_state']['iteration']} of 7"


def test_a_huge_learning_rate_is_one_error_and_not_a_result(make_study, watcher):
    config = make_study(training={"learning_rate_generator": 1e30, "log_every": 1})
    with pytest.raises(FreqbenchError, match=r"training diverged in iteration \d: .*l1.*is not finite"):
        train(Run(config, "tiny", "spatial"), watcher())
    assert not Layout.of(config).generator("tiny", "spatial", 1, 0).exists()


def test_weights_that_the_last_step_broke_are_not_written(make_study, watcher, own_losses):
    """The terms of an iteration are those before its step: only the weights show what the last one did."""
    config = study_of(make_study, "BrokenGradient", iterations=1)
    with pytest.raises(FreqbenchError, match="diverged in iteration 1: a weight after its update"):
        train(Run(config, "tiny", "mine"), watcher())
    assert not Layout.of(config).generator("tiny", "mine", 1, 0).exists()
    report, _ = report_of(config)
    assert report["not_finite"] == ["weights"]
    assert report["iterations"][0]["terms"]["frequency"] == 0.0


def test_a_gradient_that_breaks_the_weights_is_named_with_the_step_before(make_study, watcher, own_losses):
    """Every term of the step after is broken; the report holds the finite terms of the one that did it."""
    config = study_of(make_study, "BrokenGradient")
    with pytest.raises(FreqbenchError, match="diverged in iteration 2: l1, perceptual, frequency"):
        train(Run(config, "tiny", "mine"), watcher())
    before, bad = report_of(config)[0]["iterations"]
    assert (before["iteration"], bad["iteration"]) == (1, 2)
    assert before["terms"]["l1"] > 0
    assert bad["terms"]["l1"] == "nan"


def test_where_the_state_cannot_be_saved_the_divergence_is_told_all_the_same(
    make_study, watcher, own_losses, monkeypatch
):
    def full(content, path):
        raise FreqbenchError(f"{path}: writing failed (No space left on device)")

    monkeypatch.setattr("freqbench.training.divergence.save_tensors", full)
    config = study_of(make_study, "NotANumberFromFourthCall")
    with pytest.raises(FreqbenchError, match=r"diverged in iteration 4.*could not be saved .*No space"):
        train(Run(config, "tiny", "mine"), watcher())


def test_the_watch_waits_for_the_device_only_when_it_looks():
    watch = DivergenceWatch()
    with forbid_device_waits():
        for iteration in range(1, 50):
            watch.note(
                iteration, {"l1": torch.tensor(1.0), "total": torch.tensor(float("nan" if iteration == 30 else 2))}
            )
            watch.note(iteration, {"discriminator": torch.tensor(0.5)})
    with pytest.raises(DivergedError, match="iteration 30: total") as error:
        watch.check(49)
    assert list(error.value.terms) == [29, 30]
    assert error.value.terms[29] == {"l1": 1.0, "total": 2.0, "discriminator": 0.5}


def test_the_watch_keeps_what_it_noted_though_the_memory_is_used_again():
    watch, term = DivergenceWatch(), torch.tensor(1.0)
    for iteration, value in enumerate((1.0, float("inf"), 3.0), start=1):
        term.fill_(value)
        watch.note(iteration, {"l1": term})
    with pytest.raises(DivergedError, match="iteration 2: l1"):
        watch.check(3)


def test_a_healthy_training_is_finite(make_study, watcher):
    config = make_study()
    train(Run(config, "tiny", "spatial"), watcher())
    content = torch.load(Layout.of(config).generator("tiny", "spatial", 1, 0), weights_only=True)
    assert all(value.isfinite().all() for value in content["state"].values())
