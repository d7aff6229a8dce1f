"""Whether a training is done."""

from freqbench.errors import FreqbenchError
from freqbench.files import read_json
from freqbench.run import Run
from freqbench.training.identity import training_fingerprint
from freqbench.training.snapshots import output_hashes


def is_trained(run: Run) -> bool:
    """Return whether a run's outputs are whole, and made from the settings, data and code that are there now.

    Raises:
        FreqbenchError: if the patches or the calibration are missing.
    """
    manifest, weights = run.layout.training_manifest(*run.key), run.layout.generator(*run.key)
    if not all(path.is_file() for path in (manifest, weights, run.layout.training_log(*run.key))):
        return False
    try:
        made = read_json(manifest)
    except FreqbenchError:  # damaged: train again
        return False
    if not isinstance(made, dict) or made.get("outputs") != output_hashes(run):
        return False
    return bool(made.get("fingerprint") == training_fingerprint(run))
