"""Run the steps of a plan side by side, stop in time, and go on at the next call."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from freqbench.errors import FreqbenchError
from freqbench.files import read_json, write_json
from freqbench.plan.stamps import Stamps
from freqbench.plan.steps import Plan, Step

STOPPED = 75
"""Exit status of a training that was told to stop and saved its state."""
POLL_SECONDS = 0.1
GRACE_SECONDS = 120.0
"""Time for a training that is told to stop to end its iteration and save its state, before it is killed."""
LAST_LINES = 12


@dataclass
class Outcome:
    """How a call ended.

    Attributes:
        total: all steps.
        done: steps that are up to date.
        failed: what is to be said of each step that failed.
        is_stopped: whether the call ended before its work, by its limit or by a signal.
    """

    total: int
    done: int = 0
    failed: list[str] = field(default_factory=list)
    is_stopped: bool = False


@dataclass(frozen=True)
class _Running:
    step: Step
    process: subprocess.Popen[bytes]
    began_ns: int
    began: float


class PlanRunner:
    """Runs those steps of a plan that are not up to date, in its order as far as their inputs are there.

    A step that fails keeps those from running that need its files, and no others.

    Args:
        plan: the steps.
        jobs: how many run at once.
        limit_seconds: after this time running steps are told to stop: a training saves its state, another step begins
            anew at the next call. None: no limit.
        say: called with a line for each step that begins or ends.
    """

    def __init__(
        self, plan: Plan, *, jobs: int = 1, limit_seconds: float | None = None, say: Callable[[str], None]
    ) -> None:
        self.plan, self.jobs, self.limit_seconds = plan, jobs, limit_seconds
        self._say = say
        self._stamps = Stamps(Path(plan.folder) / "state" / "plan", plan.config)
        self._place = {step: place for place, step in enumerate(plan.steps)}
        self._waiting = list(plan.steps)
        self._to_be_made = {name for step in plan.steps for name in step.outputs}
        self._ready: list[Step] = []
        self._running: list[_Running] = []
        self._outcome = Outcome(len(plan.steps))
        self._is_stop_asked = False

    def run(self) -> Outcome:
        """Run until all is done, the limit is reached, or SIGTERM or SIGINT asks to stop.

        Raises:
            FreqbenchError: if a file is missing that no step makes, or the configuration cannot be written.
        """
        self._check_sources()
        self._write_config()
        end = float("inf") if self.limit_seconds is None else time.monotonic() + self.limit_seconds
        with self._noting_signals():
            try:
                self._look_for_ready_steps()
                while True:
                    if self._collect():
                        self._look_for_ready_steps()
                    if not (self._ready or self._running):
                        return self._outcome
                    if self._is_stop_asked or time.monotonic() >= end:
                        self._outcome.is_stopped = True
                        return self._outcome
                    while self._ready and len(self._running) < self.jobs:
                        self._start(self._ready.pop(0))
                    time.sleep(POLL_SECONDS)
            finally:
                self._stop_running()

    def _check_sources(self) -> None:
        for step in self.plan.steps:
            for name in step.inputs:
                if name not in self._to_be_made and not Path(name).exists():
                    raise FreqbenchError(
                        f"{name}: `{step.rule}` reads it and no step makes it; call it in the plan's folder"
                    )

    def _write_config(self) -> None:
        path = Path(self.plan.config_file)
        if not path.is_file() or read_json(path) != self.plan.config:
            write_json(path, self.plan.config)

    def _look_for_ready_steps(self) -> None:
        """Move steps whose inputs are there from waiting to ready, or on to done if they are up to date."""
        has_moved = True
        while has_moved:
            has_moved, waiting = False, []
            for step in self._waiting:
                if not self._to_be_made.isdisjoint(step.inputs):
                    waiting.append(step)
                elif self._stamps.is_current(step):
                    self._note_done(step)
                    has_moved = True
                else:
                    self._ready.append(step)
            self._waiting = waiting
        self._ready.sort(key=self._place.__getitem__)

    def _note_done(self, step: Step) -> None:
        self._to_be_made.difference_update(step.outputs)
        self._outcome.done += 1

    def _start(self, step: Step) -> None:
        for name in (*step.outputs, step.log):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
        began_ns = self._stamps.begin(step)
        # commands of this environment, whether or not it is activated
        environment = os.environ | {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        }
        # a group of its own: a signal reaches the command behind the shell, and Ctrl-C this process alone
        # with a trap the shell outlives the signal, until its command has saved what it has
        command = f"trap : TERM; {step.command}"
        process = subprocess.Popen(command, shell=True, env=environment, start_new_session=True)
        self._running.append(_Running(step, process, began_ns, time.monotonic()))
        self._say(f"begin {_named(step)}")

    def _collect(self) -> bool:
        """Judge the steps that ended; return whether there were any."""
        ended = [one for one in self._running if one.process.poll() is not None]
        for one in ended:
            self._running.remove(one)
            self._judge(one)
        return bool(ended)

    def _judge(self, one: _Running) -> None:
        status, seconds = one.process.returncode, time.monotonic() - one.began
        lacking = [name for name in one.step.outputs if not Path(name).exists()]
        if status == 0 and not lacking:
            self._stamps.finish(one.step, one.began_ns)
            self._note_done(one.step)
            self._say(f"done  {_named(one.step)}, {seconds:.0f} s ({self._outcome.done} of {self._outcome.total})")
            return
        what = f"exit status {status}" if status else f"it did not write {lacking[0]}"
        if status == STOPPED:
            what = "it was stopped and saved its state"
        self._outcome.failed.append(
            f"{_named(one.step)}: {what}; {one.step.log} ends with\n{_end_of(Path(one.step.log))}"
        )
        self._say(f"failed {_named(one.step)}: {what}")

    def _stop_running(self) -> None:
        """Tell what runs to stop, and wait for trainings to save their state."""
        for one in self._running:
            _signal_group(one.process, signal.SIGTERM)
        end = time.monotonic() + GRACE_SECONDS
        for one in self._running:
            try:
                one.process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(one.process, signal.SIGKILL)
                one.process.wait()
            if one.process.returncode == 0:
                self._judge(one)  # it was done before the signal came
            else:
                self._say(f"stopped {_named(one.step)}")
        self._running = []

    @contextmanager
    def _noting_signals(self) -> Iterator[None]:
        def note(_number: int, _frame: object) -> None:
            self._is_stop_asked = True

        before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _named(step: Step) -> str:
    return f"{step.rule} of {step.outputs[0]}"


def _end_of(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError as error:
        return f"  ({error.strerror})"
    return "\n".join(f"  {line}" for line in lines[-LAST_LINES:])
