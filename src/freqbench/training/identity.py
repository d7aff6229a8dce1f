"""What decides a training: a saved state is valid for one training only."""

from typing import Any

from freqbench.data.patches import patch_arrays
from freqbench.files import read_json, sha256_of
from freqbench.provenance import fingerprint
from freqbench.run import Run
from freqbench.training.code import training_code
from freqbench.training.settings import training_settings
from freqbench.training.term_weights import uncalibrated_weight


def training_fingerprint(run: Run) -> str:
    """Return the hash of `training_identity`."""
    return fingerprint(training_identity(run))


def training_identity(run: Run) -> dict[str, Any]:
    """Return everything that decides the outcome of a training, as plain values.

    The number of the split is not in it, as it decides nothing: the patches do, and their hashes are. Nor could
    another split's state be taken where the patches are the same: the number is in its path.
    """
    return {
        "settings": training_settings(run),
        "seed": run.seed,
        "code": training_code(run.settings),
        "patches": input_hashes(run),
        "weight": frequency_weight(run),
    }


def frequency_weight(run: Run) -> float:
    """Return lambda_4: as configured, or as the calibration found it."""
    if not run.settings.is_calibrated:
        return uncalibrated_weight(run.settings, run.data.task)
    return float(read_json(run.layout.calibration(run.dataset, run.method, run.split))["weight"])


def input_hashes(run: Run) -> dict[str, str]:
    """Return the SHA-256 of the patches and their table by the name of the file."""
    # the table too: another split of the same patches leaves the arrays as they are
    where = (run.dataset, run.split)
    paths = (run.layout.patch_table(*where), *patch_arrays(run.layout, *where))
    return {path.name: sha256_of(path) for path in paths}
