"""Lines as a person types them, checked against the commands without running any."""

import shlex
from functools import cache
from typing import Any

from typer.main import get_command

from freqbench.cli.app import application

BEFORE = ("--debug", "--version", "--show-completion", "--install-completion")
"""Options before the command."""


@cache
def program() -> Any:
    """Return the whole command line."""
    return get_command(application())


def words_of(line: str) -> list[str]:
    """Return the words of a shell line without a comment and without variables before the command."""
    words = shlex.split(line, comments=True)
    while words and "=" in words[0] and words[0].split("=")[0].isidentifier():
        words = words[1:]
    return words


def problem_with(line: str) -> str:
    """Return why a `freqbench` line would be refused, empty if it would be taken; no command is run."""
    words = words_of(line)
    if not words or words[0] != "freqbench":
        return "does not start with freqbench"
    after = [word for word in words[1:] if word not in BEFORE]
    if not after or after[0] == "--help":
        return ""
    name, *rest = after
    if name not in program().commands:
        return f"no command {name}"
    try:
        program().commands[name].make_context(
            name, [word for word in rest if word != "--help"], resilient_parsing="--help" in rest
        )
    except Exception as error:  # typer's usage errors have no public class
        return getattr(error, "message", "") or f"{type(error).__name__}: {error}"
    return ""
