"""Whole trainings under the options of speed, on the CPU; on a GPU where there is one."""

import json

import pytest
import torch

from freqbench.layout import Layout
from freqbench.losses.device_waits import forbid_device_waits
from freqbench.run import Run
from freqbench.training.loop import Trainer, TrainingInterruptedError
from freqbench.training.run import train

NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def log_of(config, method="lffl_a1"):
    lines = Layout.of(config).training_log("tiny", method, 1, 0).read_text().splitlines()
    return [json.loads(line) for line in lines]


def trained(make_study, watcher, name, **training):
    config = make_study(name=name, training=training)
    train(Run(config, "tiny", "lffl_a1"), watcher())
    return config


@pytest.mark.parametrize("method", ["spatial", "lffl_a1"])
def test_no_step_waits_for_its_device(make_study, watcher, monkeypatch, method):
    config, steps = make_study(training={"log_every": 100}), []
    step = Trainer._step

    def watched(trainer):
        with forbid_device_waits():
            step(trainer)
        steps.append(trainer.iteration)

    monkeypatch.setattr(Trainer, "_step", watched)
    train(Run(config, "tiny", method), watcher())
    assert len(steps) == 7


@pytest.mark.parametrize(
    ("training", "tolerance"),
    [({"channels_last": False}, 1e-4), ({"precision": "bfloat16"}, 0.05), ({"deterministic": False}, 1e-4)],
    ids=str,
)
def test_an_option_changes_the_log_by_rounding_alone(make_study, watcher, training, tolerance):
    usual, other = (trained(make_study, watcher, name, **each) for name, each in (("a", {}), ("b", training)))
    for one, two in zip(log_of(usual), log_of(other), strict=True):
        assert two == pytest.approx(one, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("training", [{"channels_last": False}, {"precision": "bfloat16"}], ids=str)
def test_resumed_with_an_option_to_the_same_bytes(make_study, watcher, training):
    whole = trained(make_study, watcher, "whole", **training)
    config = make_study(name="stopped", training=training)
    with pytest.raises(TrainingInterruptedError):
        train(Run(config, "tiny", "lffl_a1"), watcher(stop_at=3))
    train(Run(config, "tiny", "lffl_a1"), watcher())
    first, second = (Layout.of(each).generator("tiny", "lffl_a1", 1, 0).read_bytes() for each in (whole, config))
    assert first == second


def test_the_generators_file_has_the_usual_memory_format(make_study, watcher):
    config = trained(make_study, watcher, "last", channels_last=True)
    content = torch.load(Layout.of(config).generator("tiny", "lffl_a1", 1, 0), weights_only=True)
    assert all(value.is_contiguous() for value in content["state"].values())


def test_the_manifest_tells_how_the_networks_computed(make_study, watcher):
    config = trained(make_study, watcher, "bf16", precision="bfloat16", channels_last=False, deterministic=False)
    manifest = json.loads(Layout.of(config).training_manifest("tiny", "lffl_a1", 1, 0).read_text())
    assert manifest["execution"] == {
        "device": "cpu",
        "precision": "bfloat16",
        "tf32": False,
        "channels_last": False,
        "compile": False,
        "cuda_graphs": False,
        "deterministic": False,
        "losses": "float32",
        "optimiser": "AdamW, fused",
    }


def test_torchs_switches_are_as_before(make_study, watcher):
    torch.use_deterministic_algorithms(False)
    trained(make_study, watcher, "once")
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory


@pytest.mark.slow
def test_a_compiled_generator_trains_to_the_same_log(make_study, watcher):
    usual, compiled = (trained(make_study, watcher, name, compile=name == "compiled") for name in ("usual", "compiled"))
    for one, two in zip(log_of(usual), log_of(compiled), strict=True):
        assert two == pytest.approx(one, rel=1e-3, abs=1e-5)


@pytest.mark.gpu
@NEEDS_GPU
@pytest.mark.parametrize(
    "training", [{}, {"precision": "bfloat16"}, {"tf32": False}, {"compile": True}, {"compile": "cuda_graphs"}], ids=str
)
def test_on_a_gpu_a_step_waits_for_nothing_and_two_trainings_are_equal(make_study, watcher, monkeypatch, training):
    step = Trainer._step

    def watched(trainer):
        # the first iteration sets up cuDNN, and compiles
        torch.cuda.set_sync_debug_mode("error" if trainer.iteration else "default")
        try:
            step(trainer)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(Trainer, "_step", watched)
    weights = []
    for name in ("one", "two"):
        config = trained(make_study, watcher, name, device="cuda", log_every=100, **training)
        weights.append(Layout.of(config).generator("tiny", "lffl_a1", 1, 0).read_bytes())
    assert weights[0] == weights[1]


@pytest.mark.gpu
@NEEDS_GPU
def test_a_gpu_trains_as_the_cpu_does(make_study, watcher):
    on_cpu, on_gpu = (trained(make_study, watcher, device, device=device, tf32=False) for device in ("cpu", "cuda"))
    for one, two in zip(log_of(on_cpu), log_of(on_gpu), strict=True):
        assert two == pytest.approx(one, rel=1e-3, abs=1e-4)
