"""Table 1 of the LFFL paper: ranks, and differences from the best baseline in the direction of each metric."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import pandas as pd

from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import contract_of
from freqbench.published.rounding import Printed
from freqbench.published.table_files import REPAIR, package_folder, read_rows

SOURCE = "LFFL Table 1"
TABLE = "lffl_table1.csv"
BASELINES = ("spatial", "ffl", "fsl")
VARIANTS = ("lffl_a0.5", "lffl_a1", "lffl_a2")


def published_table1() -> pd.DataFrame:
    """Return Table 1 of the LFFL paper: ``source, dataset, n, method, metric, value, significant``.

    ``significant`` is the paper's asterisk (paired t-test, p < 0.001, against the best baseline): it marks
    a difference, not an improvement. ``value`` is the text that the paper prints, with its digits.
    """
    with package_folder().joinpath(TABLE).open(encoding="utf-8") as handle:
        return pd.read_csv(handle, dtype={"value": str})


@dataclass(frozen=True, order=True)
class Place:
    """A column of the table: data set and metric."""

    dataset: str
    metric: str

    def __str__(self) -> str:
        return f"{self.dataset} {self.metric}"

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return 1 if contract_of(self.metric.lower()).better == "higher" else -1


@dataclass(frozen=True)
class LfflTable:
    """The printed table.

    Within a place all values have the same number of decimals, and rounding keeps order: what is printed better is
    better, and only what is printed equal is undecided.

    Attributes:
        values: printed numbers by place and method.
        marked: where the asterisk stands.
    """

    values: Mapping[Place, Mapping[str, Printed]]
    marked: frozenset[tuple[Place, str]]

    def gain(self, place: Place, method: str, baseline: str) -> float:
        """Return by how much a method is better than another one; negative where it is worse, 0 where equal."""
        row = self.values[place]
        return place.sign * round(row[method].value - row[baseline].value, row[method].decimals)

    def best(self, place: Place, methods: tuple[str, ...]) -> str:
        """Return the best of some methods, the first of those printed equal."""
        return max(methods, key=lambda name: place.sign * self.values[place][name].value)

    def gain_on_baselines(self, place: Place, method: str) -> float:
        """Return the gain on the best baseline."""
        return self.gain(place, method, self.best(place, BASELINES))

    def mean_rank(self, place: Place, method: str, methods: tuple[str, ...]) -> float:
        """Return the rank among some methods, 1 for the best; those printed equal share the mean of their ranks."""
        gains = [self.gain(place, method, other) for other in methods if other != method]
        return 1 + sum(gain < 0 for gain in gains) + sum(gain == 0 for gain in gains) / 2

    def places(self, *datasets: str) -> list[Place]:
        """Return the columns of some data sets, or of all."""
        return [place for place in self.values if not datasets or place.dataset in datasets]


def read_lffl_table(folder: Traversable | None = None) -> LfflTable:
    """Read the table.

    Args:
        folder: where it lies; None: the package's own.

    Raises:
        FreqbenchError: if it is missing or damaged, lacks a method somewhere, has a metric that freqbench does not
            know, or one metric with different numbers of decimals.
    """
    folder = folder if folder is not None else package_folder()
    values: dict[Place, dict[str, Printed]] = {}
    marked = set()
    for row in read_rows(folder, TABLE, keys=("dataset", "method", "metric"), numbers=("value", "significant")):
        place = Place(row["dataset"], row["metric"])
        values.setdefault(place, {})[row["method"]] = Printed.of(row["value"])
        if row["significant"] not in ("0", "1"):
            raise FreqbenchError(f"{TABLE}: {place}: significant must be 0 or 1, not {row['significant']}; {REPAIR}")
        if row["significant"] == "1":
            marked.add((place, row["method"]))
    for place, by_method in values.items():
        contract_of(place.metric.lower())
        for name in (*BASELINES, *VARIANTS):
            if name not in by_method:
                raise FreqbenchError(f"{TABLE}: {place} lacks the method {name}; {REPAIR}")
        if len({printed.decimals for printed in by_method.values()}) > 1:
            raise FreqbenchError(f"{TABLE}: {place} has different numbers of decimals; {REPAIR}")
    return LfflTable(values, frozenset(marked))
