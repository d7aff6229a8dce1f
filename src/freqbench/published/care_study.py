"""The CARE FFT/band-pass study: its per-image tables, the means and the p-values that it prints."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from freqbench.errors import FreqbenchError
from freqbench.published.rounding import Printed
from freqbench.published.table_files import REPAIR, package_folder, read_rows

SOURCE = "CARE FFT/band-pass study"
ROWS = "care_frequency_losses_per_image.csv"
MEANS = "care_frequency_losses.csv"
P_VALUES = "care_p_values.csv"


@dataclass(frozen=True, order=True)
class Cell:
    """Where a mean stands: experiment, metric and method (a loss, or ``input``)."""

    experiment: str
    metric: str
    method: str

    def __str__(self) -> str:
        return f"{self.experiment} {self.metric} {self.method}"


@dataclass(frozen=True, order=True)
class Comparison:
    """What a p-value compares: two methods by one metric on the images of one experiment."""

    experiment: str
    metric: str
    method: str
    baseline: str

    def __str__(self) -> str:
        return f"{self.experiment} {self.metric} {self.method} against {self.baseline}"


@dataclass(frozen=True)
class CareStudy:
    """What the study prints.

    Attributes:
        rows: values of the images in their order, by cell.
        half_units: half a unit of the last digit of the rows, by metric. Rows have lost their trailing zeros; the
            row of a metric with most decimals tells with how many all are printed.
        means: printed means; for some no rows are printed.
        p_values: printed p-values of paired tests.
    """

    rows: Mapping[Cell, tuple[float, ...]]
    half_units: Mapping[str, float]
    means: Mapping[Cell, Printed]
    p_values: Mapping[Comparison, Printed]


def read_care_study(folder: Traversable | None = None) -> CareStudy:
    """Read the three tables of the study.

    Args:
        folder: where they lie; None: the package's own.

    Raises:
        FreqbenchError: if one is missing or damaged, or an image lacks a method.
    """
    folder = folder if folder is not None else package_folder()
    values: dict[Cell, dict[int, Printed]] = defaultdict(dict)
    for row in read_rows(folder, ROWS, keys=("experiment", "image", "metric", "method"), numbers=("image", "value")):
        values[_cell(row)][int(row["image"])] = Printed.of(row["value"])
    images: dict[str, set[int]] = {}
    for cell, by_image in values.items():
        if images.setdefault(cell.experiment, set(by_image)) != set(by_image):
            raise FreqbenchError(f"{ROWS}: {cell} has other images than the rest of its experiment; {REPAIR}")
    rows = {cell: tuple(by_image[image].value for image in sorted(by_image)) for cell, by_image in values.items()}
    half_units: dict[str, float] = {}
    for cell, by_image in values.items():
        finest = min(printed.half_unit for printed in by_image.values())
        half_units[cell.metric] = min(finest, half_units.get(cell.metric, finest))
    printed_means = read_rows(folder, MEANS, keys=("experiment", "metric", "method"), numbers=("value",))
    means = {_cell(row): Printed.of(row["value"]) for row in printed_means}
    return CareStudy(rows, half_units, means, _p_values(folder, rows))


def _cell(row: Mapping[str, str]) -> Cell:
    return Cell(row["experiment"], row["metric"], row["method"])


def _p_values(folder: Traversable, rows: Mapping[Cell, tuple[float, ...]]) -> dict[Comparison, Printed]:
    found = {}
    for row in read_rows(folder, P_VALUES, keys=("experiment", "comparison", "metric"), numbers=("p_value",)):
        method, _, baseline = row["comparison"].partition("_vs_")
        comparison = Comparison(row["experiment"], row["metric"], method, baseline)
        for name in (method, baseline):
            if len(rows.get(Cell(row["experiment"], row["metric"], name), ())) < 2:
                raise FreqbenchError(f"{P_VALUES}: {comparison}: {ROWS} has no two images of {name!r}; {REPAIR}")
        printed = Printed.of(row["p_value"])
        if not 0 <= printed.value <= 1:
            raise FreqbenchError(f"{P_VALUES}: {comparison}: {printed.text} is no probability; {REPAIR}")
        found[comparison] = printed
    return found
