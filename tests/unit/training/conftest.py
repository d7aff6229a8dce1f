"""What watches a training in the tests."""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest


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


@pytest.fixture(scope="session")
def watcher() -> Callable[..., Watcher]:
    return Watcher
