"""Read what trainings wrote down: their terms over the iterations, and the weights of their frequency losses."""

import json

import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.run import Run, trainings_on

COLUMNS = ("method", "split", "seed", "iteration", "term", "value")


def read_logs(config: Config, dataset: str) -> pd.DataFrame:
    """Return the logs of all trainings on a data set, tidy.

    A term that is not in every record, such as an adversarial one that begins later, has fewer rows.

    Returns:
        The columns `COLUMNS`, in the order of methods, splits, seeds and iterations.

    Raises:
        FreqbenchError: if a log is missing or damaged.
    """
    rows = [
        (run.method, run.split, run.seed, int(record["iteration"]), term, value)
        for run in trainings_on(config, dataset)
        for record in _records(run)
        for term, value in record.items()
        if term != "iteration"
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": float})


def frequency_weights(config: Config, dataset: str) -> dict[str, list[float]]:
    """Return the weights of the frequency loss that the trainings of each method had, each weight once.

    Methods without a frequency loss are left out.

    Raises:
        FreqbenchError: if a manifest is missing or damaged.
    """
    layout = Layout.of(config)
    found: dict[str, list[float]] = {}
    for run in trainings_on(config, dataset):
        if run.settings.loss is None:
            continue
        path = layout.training_manifest(*run.key)
        try:
            weight = float(read_json(path)["frequency_weight"])
        except (KeyError, TypeError, ValueError) as error:
            raise FreqbenchError(f"{path}: has no frequency_weight ({error!r}); run `freqbench train` again") from error
        if weight not in found.setdefault(run.method, []):
            found[run.method].append(weight)
    return found


def _records(run: Run) -> list[dict[str, float]]:
    path = run.layout.training_log(*run.key)
    try:
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for record in records:
            if not isinstance(record["iteration"], int) or not all(
                isinstance(value, int | float) for value in record.values()
            ):
                raise ValueError(f"{record} is no record of a training")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FreqbenchError(f"{path}: no readable log ({error}); run `freqbench train` again") from error
    return records
