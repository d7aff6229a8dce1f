"""Table 1 of the FRC loss paper: correlations of which no rows are printed, so that none can be recomputed."""

from collections.abc import Iterator
from importlib.resources.abc import Traversable

from freqbench.published.checks import NOT_CHECKABLE, PaperCheck
from freqbench.published.table_files import package_folder, read_rows

SOURCE = "FRC loss paper, Table 1"
TABLE = "frc_kadid_pearson.csv"


def check_frc_table(folder: Traversable | None = None) -> Iterator[PaperCheck]:
    """Yield a line for each printed correlation, so that the audit names what it could not check.

    Args:
        folder: where the table lies; None: the package's own.

    Raises:
        FreqbenchError: if it is missing or damaged.
    """
    folder = folder if folder is not None else package_folder()
    for row in read_rows(folder, TABLE, keys=("distortion", "metric"), numbers=("pearson_r", "standard_error")):
        item = f"{row['distortion']} {row['metric']}"
        printed = f"{row['pearson_r']} ± {row['standard_error']}"
        yield PaperCheck(SOURCE, "correlations", item, printed, "", "", NOT_CHECKABLE, "no rows are printed")
