"""The steps of a study: what each reads, runs and writes."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from freqbench.errors import FreqbenchError
from freqbench.files import read_json, write_json

VERSION = 1
"""Of the form of the file."""


@dataclass(frozen=True)
class Step:
    """One command.

    Attributes:
        rule: what kind of step it is.
        command: for the shell.
        inputs: files that it reads, relative to the working folder.
        outputs: files that it writes, at least one.
        log: file with what it prints.
    """

    rule: str
    command: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    log: str


@dataclass(frozen=True)
class Plan:
    """A study as its steps, in an order in which they can run.

    Attributes:
        config: the configuration in force, which the commands read from ``config_file``.
        config_file: where the commands expect it.
        folder: of the study's results.
        steps: all of them.
    """

    config: dict[str, Any]
    config_file: str
    folder: str
    steps: tuple[Step, ...]

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        write_json(path, {"version": VERSION, **asdict(self)})


def read_plan(path: Path) -> Plan:
    """Return a plan that was written.

    Raises:
        FreqbenchError: if the file cannot be read or is none, two steps write one file, or steps wait for each other.
    """
    content = read_json(path)
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise FreqbenchError(f"{path}: is no plan of this version of freqbench; make it anew with `freqbench plan`")
    try:
        steps = [
            Step(**{**step, "inputs": tuple(step["inputs"]), "outputs": tuple(step["outputs"])})
            for step in content["steps"]
        ]
        plan = Plan(content["config"], content["config_file"], content["folder"], in_order(steps))
    except (KeyError, TypeError) as error:
        raise FreqbenchError(f"{path}: damaged ({error}); make it anew with `freqbench plan`") from error
    except ValueError as error:
        raise FreqbenchError(f"{path}: {error}; make it anew with `freqbench plan`") from error
    return plan


def in_order(steps: list[Step]) -> tuple[Step, ...]:
    """Return steps so that each stands behind those whose files it reads, otherwise as they stood.

    Raises:
        ValueError: if two steps write one file, or steps wait for each other.
    """
    maker: dict[str, Step] = {}
    for step in steps:
        for output in step.outputs:
            if output in maker:
                raise ValueError(f"two steps write {output}")
            maker[output] = step
    ordered: dict[Step, None] = {}
    entered: set[Step] = set()

    def visit(step: Step) -> None:
        if step in ordered:
            return
        if step in entered:
            raise ValueError(f"the step that writes {step.outputs[0]} waits for itself")
        entered.add(step)
        for name in step.inputs:
            if name in maker:
                visit(maker[name])
        ordered[step] = None

    for step in steps:
        visit(step)
    return tuple(ordered)
