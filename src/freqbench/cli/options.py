"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from freqbench.cli import completion

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="Configuration of the study (YAML).")]
DatasetOption = Annotated[
    str,
    typer.Option(
        "--dataset", "-d", help="Data set, as the configuration names it.", autocompletion=completion.datasets
    ),
]
MethodOption = Annotated[
    str,
    typer.Option("--method", "-m", help="Method, as the configuration names it.", autocompletion=completion.methods),
]
SplitOption = Annotated[int, typer.Option("--split", help="Number of the split, from 1 to `split.repeats`.")]
SeedOption = Annotated[int, typer.Option("--seed", "-s", help="Seed of the training; 0 for a control.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Processor threads; results may differ in the last bits.")
]

DEFAULT_CONFIG = Path("config/smoke.yaml")


def use_threads(count: int | None) -> None:
    """Limit torch's processor threads."""
    if count is not None:
        import torch

        torch.set_num_threads(count)
