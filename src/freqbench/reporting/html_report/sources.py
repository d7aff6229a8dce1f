"""What the report is made from, read once: the tidy files, the manifest, and the tables that several sections need."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from freqbench.config import Config
from freqbench.evaluation import read_metrics
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.nuclei.results import segmented
from freqbench.reporting.blocks import Page
from freqbench.reporting.collect import StudyResults, collect
from freqbench.reporting.leakage_table import leakage_page
from freqbench.reporting.table1 import table1


@dataclass(frozen=True)
class Sources:
    """A finished study.

    Attributes:
        config: the study.
        layout: where its files lie.
        results: its tidy results.
        numbers: every number of Table 1, as `freqbench.reporting.table1.table1` returns them.
        on_nuclei: tested differences on nuclei; empty where no data set has nuclei.
        leakage: what scores owe to leakage, tidy and as printed; None where nothing is compared.
        audits: the leakage audit by data set and number of the split.
        manifest: how everything was made.
    """

    config: Config
    layout: Layout
    results: StudyResults
    numbers: pd.DataFrame
    on_nuclei: pd.DataFrame
    leakage: tuple[pd.DataFrame, Page] | None
    audits: dict[tuple[str, int], dict[str, Any]]
    manifest: dict[str, Any]

    def of(self, dataset: str) -> pd.DataFrame:
        """Return the tested differences of a data set."""
        return self.results.statistics[self.results.statistics["dataset"] == dataset]


def read_sources(config: Config) -> Sources:
    """Read a finished study.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    layout, results = Layout.of(config), collect(config)
    statistics = [layout.nucleus_statistics(name) for name in segmented(config)]
    return Sources(
        config,
        layout,
        results,
        table1(config, results),
        read_metrics(statistics) if statistics else results.statistics.head(0),
        leakage_page(config) if config.leakage else None,
        {
            (name, split): read_json(layout.audit(name, split))
            for name in config.datasets
            for split in config.splits_of(name)
        },
        read_json(layout.manifest),
    )
