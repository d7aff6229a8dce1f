"""Which code the sensitivity of the losses depends on. Light: nothing here imports torch."""

from freqbench.config import Config
from freqbench.provenance import fingerprint, source_hash
from freqbench.registry import LOSSES, loss_path


def sensitivity_code(config: Config) -> str:
    """Return a hash of the measurement and of every loss that is measured.

    Raises:
        FreqbenchError: if a loss does not exist.
    """
    paths = {*LOSSES.values(), *(loss_path(method.loss) for method in config.methods if method.loss is not None)}
    modules = sorted({path.rpartition(".")[0] for path in paths})
    return fingerprint([source_hash("freqbench.sensitivity.measure"), *map(source_hash, modules)])
