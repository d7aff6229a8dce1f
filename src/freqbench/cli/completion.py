"""What the shell offers for a value after Tab: names of the configuration, of losses and of what can be fetched."""

from collections.abc import Iterable
from pathlib import Path

import typer

from freqbench.config import Config, load_config
from freqbench.errors import FreqbenchError
from freqbench.registry import LOSSES


def datasets(context: typer.Context, incomplete: str) -> list[str]:
    """Return the data sets of the configuration that ``--config`` before the cursor names, or of the default one."""
    config = _config(context)
    return _beginning(incomplete, config.datasets if config else ())


def methods(context: typer.Context, incomplete: str) -> list[str]:
    """Return the methods of the configuration, the controls among them."""
    config = _config(context)
    return _beginning(incomplete, config.method_names if config else ())


def losses(incomplete: str) -> list[str]:
    """Return the registered losses."""
    return _beginning(incomplete, LOSSES)


def archives(incomplete: str) -> list[str]:
    """Return what can be fetched by name."""
    from freqbench.data.fetching.catalogue import ARCHIVES, GROUPS

    return _beginning(incomplete, (*ARCHIVES, *GROUPS))


def _config(context: typer.Context) -> Config | None:
    """Return the configuration, None if it cannot be read: a message would stand in the line that is typed."""
    path = context.params.get("config")
    try:
        return load_config(Path(path)) if path else None
    except FreqbenchError:
        return None


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
