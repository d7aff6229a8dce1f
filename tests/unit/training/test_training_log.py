import json

import numpy as np
import pytest

from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.run import train


def log_of(config, method="lffl_a1", seed=0):
    text = Layout.of(config).training_log("tiny", method, 1, seed).read_text()
    return [json.loads(line) for line in text.splitlines()]


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
        "train_psnr",
    }
    for written, shown in zip(log, view.records, strict=True):
        assert written == pytest.approx(shown, rel=1e-7)


def test_a_spatial_method_logs_no_frequency_term(make_study, watcher):
    config = make_study()
    train(Run(config, "tiny", "spatial"), watcher())
    assert "frequency" not in log_of(config, "spatial")[-1]


def test_log_means_run_over_the_iterations_that_have_the_term(harness, make_study, watcher):
    """One record over all iterations equals the mean of the single records, also of terms that begin late."""
    together, single = (make_study(name=f"log{every}", training={"log_every": every}, **harness) for every in (7, 1))
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
