"""Which code the fit of one image depends on. Light: nothing here imports torch."""

from freqbench.config import Config
from freqbench.provenance import fingerprint, source_hash
from freqbench.registry import loss_path


def image_fit_code(config: Config) -> str:
    """Return a hash of the fit and of the losses of its objectives.

    Raises:
        FreqbenchError: if a loss does not exist.
    """
    objectives = config.image_fit.objectives if config.image_fit is not None else ()
    paths = {loss_path(objective.loss) for objective in objectives if objective.loss is not None}
    modules = sorted({path.rpartition(".")[0] for path in paths})
    return fingerprint([source_hash("freqbench.image_fit.measure"), *map(source_hash, modules)])
