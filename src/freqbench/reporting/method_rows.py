"""The order of rows and columns: what the LFFL paper's Table 1 has comes first, what is added stands apart."""

from collections.abc import Callable, Iterable

from freqbench.config import CONTROLS, Config
from freqbench.config.names import base_name
from freqbench.metrics.contracts import CONTRACTS
from freqbench.published.lffl_protocol import METHODS, METRICS
from freqbench.reporting.blocks import Cell, Row
from freqbench.reporting.labels import generator_label, method_label

FURTHER, LANDMARKS = "Further losses", "Controls"


def method_groups(config: Config, dataset: str) -> dict[str, list[str]]:
    """Return the methods of a data set in the order of the tables, by the heading of their group.

    The paper's come first, in its order and without a heading; then other losses; then the controls. Groups without
    a method are left out. With several generators each has a group of its own, in that order, before the controls.
    """
    names = config.method_names_of(dataset)
    if config.generators:
        return _by_generator(config, dataset)
    groups: dict[str, list[str]] = {
        "": [name for name in METHODS if name in names],
        FURTHER: [name for name in names if name not in METHODS and name not in CONTROLS],
        LANDMARKS: [name for name in CONTROLS if name in names],
    }
    return {heading: methods for heading, methods in groups.items() if methods}


def _by_generator(config: Config, dataset: str) -> dict[str, list[str]]:
    paper = list(METHODS)

    def place(name: str) -> int:
        base = base_name(name)
        return paper.index(base) if base in paper else len(paper)

    groups = config.by_generator(method.name for method in config.methods_of(dataset))
    found = {generator_label(name): sorted(methods, key=place) for name, methods in groups.items()}
    controls = list(config.controls_of(dataset))
    return found | ({LANDMARKS: [name for name in CONTROLS if name in controls]} if controls else {})


def method_rows(config: Config, dataset: str, cells_of: Callable[[str], list[Cell]]) -> list[Row]:
    """Return a row for each method of a data set, with the headings of the groups.

    Args:
        config: the study.
        dataset: the data set.
        cells_of: returns the cells of a method.
    """
    rows: list[Row] = []
    for heading, methods in method_groups(config, dataset).items():
        rows += [(heading, [])] if heading else []
        rows += [(method_label(name), cells_of(name)) for name in methods]
    return rows


def metric_order(present: Iterable[str]) -> tuple[list[str], int | None]:
    """Return metrics in the order of the tables, and how many of them the paper has; None where it has none or all."""
    names = set(present)
    ordered = [name for name in dict.fromkeys((*METRICS, *CONTRACTS)) if name in names]
    count = sum(name in METRICS for name in ordered)
    return ordered, count if 0 < count < len(ordered) else None
