import sys

import pytest
import torch

from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.run import train

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


def test_a_term_that_is_no_number_is_named(make_study, watcher, own_losses):
    config = study_of(make_study, "NotANumberFromFourthCall", log_every=1)
    view = watcher()
    with pytest.raises(FreqbenchError, match=r"training diverged before iteration 4: frequency, total is not") as error:
        train(Run(config, "tiny", "mine"), view)
    assert "\n" not in str(error.value)
    assert "learning_rate_generator" in str(error.value)
    assert len(view.records) == 3
    layout = Layout.of(config)
    for path in (layout.generator, layout.training_log, layout.training_manifest):
        assert not path("tiny", "mine", 1, 0).exists()


def test_a_huge_learning_rate_is_one_error_and_not_a_result(make_study, watcher):
    config = make_study(training={"learning_rate_generator": 1e30, "log_every": 1})
    with pytest.raises(FreqbenchError, match=r"training diverged before iteration .*l1.*is not finite"):
        train(Run(config, "tiny", "spatial"), watcher())
    assert not Layout.of(config).generator("tiny", "spatial", 1, 0).exists()


def test_divergence_between_two_records_is_found_at_the_next(make_study, watcher):
    config = make_study(training={"learning_rate_generator": 1e30, "log_every": 100})
    with pytest.raises(FreqbenchError, match="before iteration 7"):
        train(Run(config, "tiny", "spatial"), watcher())


def test_weights_that_the_last_step_broke_are_not_written(make_study, watcher, own_losses):
    """The terms of an iteration are those before its step: only the weights show what the last one did."""
    config = study_of(make_study, "BrokenGradient", iterations=1)
    with pytest.raises(FreqbenchError, match="diverged in the last iteration: a weight of the generator"):
        train(Run(config, "tiny", "mine"), watcher())
    assert not Layout.of(config).generator("tiny", "mine", 1, 0).exists()


def test_a_healthy_training_is_finite(make_study, watcher):
    config = make_study()
    train(Run(config, "tiny", "spatial"), watcher())
    content = torch.load(Layout.of(config).generator("tiny", "spatial", 1, 0), weights_only=True)
    assert all(value.isfinite().all() for value in content["state"].values())
