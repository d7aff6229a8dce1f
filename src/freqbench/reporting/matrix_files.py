"""Which tables and figures a study has because of several generators, or of sweeps."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from freqbench.config import Config
from freqbench.layout import Layout
from freqbench.sweeps import sweeps_of

ByForm = Callable[[str], Path]
"""The path of a table or figure by its suffix."""


def matrix_tables(config: Config) -> list[ByForm]:
    """Return the table of losses and generators, where there are several."""
    return [Layout.of(config).matrix_table] if config.generators else []


def matrix_figures(config: Config, dataset: str) -> list[ByForm]:
    """Return the figures of losses and generators, and of sweeps, that a data set has."""
    layout = Layout.of(config)
    found: list[ByForm] = [partial(layout.matrix_figure, dataset)] if config.generators else []
    return found + ([partial(layout.sweep_figure, dataset)] if sweeps_of(config, dataset) else [])
