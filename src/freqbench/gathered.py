"""The tidy metrics of a study, gathered by method into Parquet files: statistics, tables and figures read these.

A study has a CSV file of each kind for each of its runs: text, which anyone can open, and which says what was
measured. A full study has thousands of them, and parsing them takes longer than the statistics. So they are copied
once, method by method, into files of typed columns. A copy that is missing, older than one of its CSV files, or of
other runs than the study has now, is not used: the CSV files are read instead.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.evaluation import NAMES, read_metrics
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
"""Key of the names of the tidy files in the metadata of their copy."""


def gather(config: Config, dataset: str, method: str, kinds: Iterable[Kind]) -> None:
    """Copy the tidy files of all runs of a method on a data set into one Parquet file of each kind.

    One run is in memory at a time; each is a row group.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged, or two have different columns.
    """
    layout = Layout.of(config)
    for kind in kinds:
        with atomic_path(layout.gathered(dataset, method, kind)) as temporary:
            _copy(_tidy_files(config, dataset, method, kind), temporary)


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
    names = [name for name in config.method_names_of(dataset) if name in chosen]
    return pd.concat([read_method(config, dataset, name, kind) for name in names], ignore_index=True)


def read_method(config: Config, dataset: str, method: str, kind: Kind) -> pd.DataFrame:
    """Read the metrics of one kind of all runs of a method on a data set.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    sources = _tidy_files(config, dataset, method, kind)
    gathered = Layout.of(config).gathered(dataset, method, kind)
    return _read(gathered) if _is_newest(gathered, sources) and _is_of(gathered, sources) else read_metrics(sources)


def _tidy_files(config: Config, dataset: str, method: str, kind: Kind) -> list[Path]:
    layout, path = Layout.of(config), TIDY_FILES[kind]
    return [path(layout, *run.key) for run in runs_with(config, dataset, method)]


def _is_newest(gathered: Path, sources: list[Path]) -> bool:
    try:
        made = gathered.stat().st_mtime_ns
        return all(path.stat().st_mtime_ns <= made for path in sources)
    except OSError:
        return False


def _is_of(gathered: Path, sources: list[Path]) -> bool:
    """Say whether a copy is of these files and no others: a study may have lost a split or a seed since."""
    from pyarrow import parquet

    try:
        metadata = parquet.read_schema(gathered).metadata or {}
    except (OSError, ValueError) as error:  # ValueError: not a Parquet file, or cut short
        raise _damaged(gathered, error) from error
    return bool(metadata.get(SOURCES) == _names(sources))


def _names(sources: list[Path]) -> bytes:
    return "\n".join(path.name for path in sources).encode()


def _damaged(path: Path, error: Exception) -> FreqbenchError:
    return FreqbenchError(f"{path}: cannot be read ({error}); delete it, or run `freqbench gather`")


def _copy(sources: list[Path], target: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = schema_of(read_metrics(sources[:1]).columns).with_metadata({SOURCES: _names(sources)})
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for path in sources:
            table = read_metrics([path])
            if list(table.columns) != schema.names:
                raise FreqbenchError(
                    f"{path}: has other columns than {sources[0]}; evaluate both with the same version of freqbench"
                )
            writer.write_table(pa.Table.from_pandas(table, schema=schema, preserve_index=False))


def schema_of(columns: Iterable[str]) -> "pa.Schema":
    """Return the types of tidy columns: names are text, also where they look like numbers."""
    import pyarrow as pa

    types = dict.fromkeys(TEXT, pa.string()) | dict.fromkeys(WHOLE_NUMBERS, pa.int64())
    return pa.schema([(name, types.get(name, pa.float64())) for name in columns])


def _read(path: Path) -> pd.DataFrame:
    from pyarrow import parquet

    try:
        # equal texts become one object
        table: pd.DataFrame = parquet.read_table(path).to_pandas(deduplicate_objects=True)
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    return table
