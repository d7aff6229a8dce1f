"""What watches a training in the tests."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from freqbench.config import Config
from freqbench.run import Run
from freqbench.training.run import train


@dataclass
class Watcher:
    """Notes what it is shown, and can end the training with a signal as a cluster does."""

    stop_at: int | None = None
    number: signal.Signals = signal.SIGTERM
    first: int = -1
    done: int = -1
    total: int = -1
    records: list[dict[str, float]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def start(self, done: int, total: int) -> None:
        self.first = self.done = done
        self.total = total

    def step(self) -> None:
        self.done += 1
        if self.done == self.stop_at:
            signal.raise_signal(self.number)

    def record(self, record: dict[str, float]) -> None:
        self.records.append(record)

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(autouse=True)
def restore_determinism() -> Iterator[None]:
    """Put back torch's global switch, which a training sets for its process."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


@pytest.fixture(scope="session")
def watcher() -> Callable[..., Watcher]:
    return Watcher


@pytest.fixture(scope="session")
def harness() -> dict[str, Any]:
    """Warm-up and threshold that both take effect, so that interruptions fall before, between and after."""
    return {"discriminator": {"warmup_iterations": 2, "skip_below": 0.66}}


@pytest.fixture(scope="session")
def uninterrupted(
    write_study: Callable[..., Config],
    harness: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Config, Watcher]:
    """A study whose method lffl_a1 was trained to the end with seed 0, and what was shown of it."""
    config = write_study(tmp_path_factory.mktemp("uninterrupted"), seeds=[0, 1], **harness)
    view = Watcher()
    train(Run(config, "tiny", "lffl_a1"), view)
    return config, view
