"""Help texts: a docstring's summary and its part `Examples:`, and the panels of `freqbench --help` in their order."""

import inspect

import typer

PANELS = (
    "Start",
    "Data",
    "Nuclei",
    "Training",
    "Evaluation",
    "Spectra",
    "Results",
    "Your own images",
    "Losses and metrics",
    "A machine without Snakemake",
    "Project",
)
"""The panels in the order of a study's steps; a command names its own where it is registered."""


def split_examples(docstring: str) -> tuple[str, list[str]]:
    """Return a command's docstring without its last part, ``Examples:``, and the lines of that part.

    A line that ends in a backslash goes on in the next.
    """
    text, _, part = docstring.partition("\nExamples:\n")
    lines = part.replace("\\\n", "").splitlines()
    return text.strip(), [" ".join(line.split()) for line in lines if line.strip()]


def finish(app: typer.Typer) -> None:
    """Put each command's examples below its help, and the commands into the order of `PANELS`."""
    for info in app.registered_commands:
        info.help, examples = split_examples(inspect.getdoc(info.callback) or "")
        if examples:
            info.epilog = "\n".join(("**Examples**", "", "```text", *examples, "```"))
    app.registered_commands.sort(key=lambda info: _position(info.rich_help_panel))


def _position(panel: str | None) -> int:
    """Return the place of a panel; one that is not in the list comes last."""
    return PANELS.index(panel) if panel in PANELS else len(PANELS)
