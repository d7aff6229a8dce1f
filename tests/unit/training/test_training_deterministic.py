"""Same seed, same bytes: whatever the number of threads is, and whatever draws from a global generator."""

import random
import sys

import numpy as np
import pytest
import torch

from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.randomness import seed_global_generators
from freqbench.training.run import train

DRAWING_LOSS = """
import random
import numpy as np
import torch
from torch import nn

class Drawing(nn.Module):
    def forward(self, prediction, target):
        weight = torch.rand_like(prediction) + random.random() + np.random.random()
        return (weight * (prediction - target)).abs().mean()
"""


def outputs(config, method="lffl_a1"):
    layout = Layout.of(config)
    return [path("tiny", method, 1, 0).read_bytes() for path in (layout.generator, layout.training_log)]


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("count", [1, 2])
def test_the_same_number_of_threads_gives_the_same_bytes(make_study, watcher, threads, count):
    threads(count)
    files = []
    for name in ("one", "other"):
        config = make_study(name=name)
        train(Run(config, "tiny", "lffl_a1"), watcher())
        files.append(outputs(config))
    assert files[0] == files[1]


def test_another_number_of_threads_differs_in_the_last_bits_at_most(make_study, watcher, threads):
    weights = []
    for count in (1, 2):
        threads(count)
        config = make_study(name=f"threads{count}")
        train(Run(config, "tiny", "lffl_a1"), watcher())
        path = Layout.of(config).generator("tiny", "lffl_a1", 1, 0)
        weights.append(torch.load(path, weights_only=True)["state"])
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=0, atol=1e-4)


def test_a_loss_that_draws_from_the_global_generators_goes_on_with_the_same_draws(
    make_study, watcher, monkeypatch, tmp_path
):
    (tmp_path / "drawing_loss.py").write_text(DRAWING_LOSS)
    monkeypatch.syspath_prepend(tmp_path)
    methods = [{"name": "spatial"}, {"name": "drawing", "loss": "drawing_loss.Drawing", "weight": 1.0}]
    whole, parts = (make_study(name=name, methods=methods) for name in ("whole", "parts"))
    train(Run(whole, "tiny", "drawing"), watcher())
    for stop_at in (1, 4, 5):
        with pytest.raises(TrainingInterruptedError):
            train(Run(parts, "tiny", "drawing"), watcher(stop_at=stop_at))
        # another process has other global states
        random.seed(stop_at)
        np.random.seed(stop_at)  # noqa: NPY002
        torch.manual_seed(stop_at)
    train(Run(parts, "tiny", "drawing"), watcher())
    sys.modules.pop("drawing_loss")
    assert outputs(parts, "drawing") == outputs(whole, "drawing")


def test_every_global_generator_is_seeded_by_seed_and_iteration():
    def draws(seed, iteration):
        seed_global_generators(seed, iteration)
        return random.random(), np.random.random(), float(torch.rand(()))  # noqa: NPY002

    assert draws(0, 5) == draws(0, 5)
    drawn = [draws(seed, iteration) for seed in range(3) for iteration in range(3)]
    assert all(len(set(values)) == 9 for values in zip(*drawn, strict=True))
