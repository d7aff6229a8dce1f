"""The tidy metrics of a data set, gathered into Parquet files: statistics, tables and figures read these.

A study has a CSV file of each kind for each of its runs: text, which anyone can open, and which says what was
measured. A full study has thousands of them, and parsing them takes longer than the statistics. So they are copied
once, run by run, into files of typed columns, of which the rows of one method can be read alone. A copy that is
missing, older than one of its CSV files, or of other runs than the study has now, is not used: the CSV files are read
instead.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.evaluation import NAMES, read_metrics, unreadable
from freqbench.files import atomic_path
from freqbench.layout import Layout
from freqbench.run import runs_with

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["images", "sets", "left_out", "nuclei", "nucleus_sets", "nucleus_left_out"]

TIDY_FILES: dict[Kind, Callable[[Layout, str, str, int, int], Path]] = {
    "images": Layout.image_metrics,
    "sets": Layout.set_metrics,
    "left_out": Layout.set_left_out,
    "nuclei": Layout.nucleus_metrics,
    "nucleus_sets": Layout.nucleus_set_metrics,
    "nucleus_left_out": Layout.nucleus_set_left_out,
}
"""Where the CSV file of a run lies, by what it holds."""
OF_PATCHES: tuple[Kind, ...] = ("images", "sets", "left_out")
"""What `freqbench evaluate` writes."""
OF_NUCLEI: tuple[Kind, ...] = ("nuclei", "nucleus_sets", "nucleus_left_out")
"""What `freqbench evaluate-nuclei` writes."""

TEXT = (*NAMES, "unit", "metric")
WHOLE_NUMBERS = ("split", "seed", "nucleus", "n")
SOURCES = b"freqbench_tidy_files"
"""Key of the names of the tidy files, by method, in the metadata of their copy."""

Sources = dict[str, list[Path]]
"""Tidy files by method, in the order of the study."""


def gather(config: Config, dataset: str, kinds: Iterable[Kind]) -> None:
    """Copy the tidy files of all runs on a data set into one Parquet file of each kind.

    One run is in memory at a time; each is a row group.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged, or two have different columns.
    """
    for kind in kinds:
        with atomic_path(Layout.of(config).gathered(dataset, kind)) as temporary:
            _copy(_tidy_files(config, dataset, config.method_names_of(dataset), kind), temporary)


def read_gathered(config: Config, dataset: str, kind: Kind, methods: Iterable[str] | None = None) -> pd.DataFrame:
    """Read the metrics of one kind of all runs on a data set, in the order of `freqbench.run.runs_of`.

    The values are those of the CSV files, bit by bit.

    Args:
        config: the study.
        dataset: the data set.
        kind: what is read.
        methods: the methods, in any order; None for all of the data set.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    chosen = config.method_names_of(dataset) if methods is None else set(methods)
    sources = _tidy_files(config, dataset, [name for name in config.method_names_of(dataset) if name in chosen], kind)
    gathered = Layout.of(config).gathered(dataset, kind)
    if _is_newest(gathered, sources) and _holds(gathered, sources):
        return _read(gathered, list(sources))
    return read_metrics([path for paths in sources.values() for path in paths])


def read_method(config: Config, dataset: str, method: str, kind: Kind) -> pd.DataFrame:
    """Read the metrics of one kind of all runs of a method on a data set.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    return read_gathered(config, dataset, kind, [method])


def _tidy_files(config: Config, dataset: str, methods: Iterable[str], kind: Kind) -> Sources:
    layout, path = Layout.of(config), TIDY_FILES[kind]
    return {method: [path(layout, *run.key) for run in runs_with(config, dataset, method)] for method in methods}


def _is_newest(gathered: Path, sources: Sources) -> bool:
    try:
        made = gathered.stat().st_mtime_ns
        return all(path.stat().st_mtime_ns <= made for paths in sources.values() for path in paths)
    except OSError:
        return False


def _holds(gathered: Path, sources: Sources) -> bool:
    """Say whether a copy has these methods in this order, each of these files and no others: a study may have lost a
    split or a seed since.
    """
    from pyarrow import parquet

    try:
        held = json.loads((parquet.read_schema(gathered).metadata or {})[SOURCES])
    except (OSError, ValueError, KeyError) as error:  # ValueError: not a Parquet file, or cut short
        raise _damaged(gathered, error) from error
    return [item for item in held.items() if item[0] in sources] == list(_names(sources).items())


def _names(sources: Sources) -> dict[str, list[str]]:
    return {method: [path.name for path in paths] for method, paths in sources.items()}


def _damaged(path: Path, error: Exception) -> FreqbenchError:
    return FreqbenchError(f"{path}: cannot be read ({error}); delete it, or run `freqbench gather`")


def _copy(sources: Sources, target: Path) -> None:
    from pyarrow import parquet

    files = [path for paths in sources.values() for path in paths]
    schema = schema_of(_columns_of(files[0])).with_metadata({SOURCES: json.dumps(_names(sources))})
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for path in files:
            if _columns_of(path) != schema.names:
                raise FreqbenchError(
                    f"{path}: has other columns than {files[0]}; evaluate both with the same version of freqbench"
                )
            writer.write_table(_typed(path, schema))


def _columns_of(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().rstrip("\n").split(",")
    except (OSError, ValueError) as error:  # ValueError: not text
        raise unreadable(path, error) from error


def _typed(path: Path, schema: "pa.Schema") -> "pa.Table":
    """Read a tidy file with the types that the copy has; what is missing is empty, and no name is missing."""
    from pyarrow import csv

    types = {name: schema.field(name).type for name in schema.names}
    options = csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False)
    try:
        table = csv.read_csv(path, read_options=csv.ReadOptions(use_threads=False), convert_options=options)
    except (OSError, ValueError) as error:  # ValueError: nothing in it, ragged rows, another type, or not text
        raise unreadable(path, error) from error
    return table.replace_schema_metadata(schema.metadata)


def schema_of(columns: Iterable[str]) -> "pa.Schema":
    """Return the types of tidy columns: names are text, also where they look like numbers."""
    import pyarrow as pa

    types = dict.fromkeys(TEXT, pa.string()) | dict.fromkeys(WHOLE_NUMBERS, pa.int64())
    return pa.schema([(name, types.get(name, pa.float64())) for name in columns])


def _read(path: Path, methods: list[str]) -> pd.DataFrame:
    from pyarrow import parquet

    try:
        # row groups of other methods are skipped
        table = parquet.read_table(path, filters=[("method", "in", methods)])
        # equal texts become one object
        frame: pd.DataFrame = table.to_pandas(deduplicate_objects=True)
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    return frame
