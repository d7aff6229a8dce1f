"""Progress on long work: a bar on a terminal, a plain line now and then in a log file."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

PLAIN_INTERVAL = 10.0
"""Seconds between two plain lines."""


def say(text: str) -> None:
    """Print a remark to standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def progress(title: str, *, in_bytes: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Yield a function to call with the number of things done and the number of all (0 if that is unknown).

    Args:
        title: what is going on.
        in_bytes: whether the things are bytes: shown in MB, on a terminal with their speed.
    """
    if sys.stderr.isatty():
        with _bar(in_bytes=in_bytes) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)
        return
    last = time.monotonic()

    def plain(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PLAIN_INTERVAL:
            last = time.monotonic()
            say(f"{title}: {done / 1e6:.1f} of {total / 1e6:.1f} MB" if in_bytes else f"{title}: {done} of {total}")

    yield plain


class TrainingProgress:
    """Shows a training: bar with the time left on a terminal, one line per record elsewhere."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.bar = _bar(TextColumn("{task.fields[losses]}")) if sys.stderr.isatty() else None
        self._task = self.bar.add_task(title, losses="") if self.bar is not None else None
        self._first = self._total = 0
        self._began = time.monotonic()

    def __enter__(self) -> "TrainingProgress":
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def start(self, done: int, total: int) -> None:
        """Begin at an iteration."""
        self._first = done
        self._total, self._began = total, time.monotonic()
        if self.bar is not None and self._task is not None:
            self.bar.update(self._task, completed=done, total=total)

    def step(self) -> None:
        """Note one more iteration."""
        if self.bar is not None and self._task is not None:
            self.bar.advance(self._task)

    def record(self, record: dict[str, float]) -> None:
        """Show the loss terms, the speed and the time left."""
        done = int(record["iteration"])
        # the record comes before its iteration counts as a step
        rate = (done - self._first) / max(1e-9, time.monotonic() - self._began)
        left = timedelta(seconds=round((self._total - done) / max(rate, 1e-9)))
        terms = ", ".join(f"{name} {value:.4g}" for name, value in record.items() if name != "iteration")
        if self.bar is not None and self._task is not None:
            self.bar.update(self._task, losses=f"{rate:.2f} it/s; {terms}")
        else:
            say(f"iteration {done} of {self._total}: {terms}; {rate:.2f} it/s, {left} left")

    def say(self, text: str) -> None:
        """Show a remark."""
        if self.bar is not None:
            self.bar.console.print(text)
        else:
            say(text)


def _bar(*further: ProgressColumn, in_bytes: bool = False) -> Progress:
    amount = (DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *amount,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        *further,
        console=Console(stderr=True),
    )
