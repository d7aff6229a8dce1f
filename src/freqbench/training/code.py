"""Which code a training depends on: the workflow trains again when it changes, and only then."""

from freqbench.config import Method
from freqbench.provenance import fingerprint, source_hash
from freqbench.registry import loss_path


def training_code(method: Method) -> str:
    """Return a hash of the code that trains a method: the harness, and its own loss but no other.

    Raises:
        FreqbenchError: if the loss does not exist.
    """
    return fingerprint([source_hash("freqbench.training.run"), *loss_code(method)])


def calibration_code(*methods: Method) -> str:
    """Return a hash of the code that calibrates: the measurement, and the losses that it compares."""
    return fingerprint([source_hash("freqbench.training.calibrate"), *(loss_code(method) for method in methods)])


def calibration_table_code(*methods: Method) -> str:
    """Return a hash of the code of a calibration table: measurement, layout, and the losses in it."""
    modules = ("freqbench.training.initial_gradients", "freqbench.reporting.calibration_table")
    losses = [code for method in methods for code in loss_code(method)]
    return fingerprint([*map(source_hash, modules), *losses])


def loss_code(method: Method) -> list[str]:
    """Return the hash of the module of a method's frequency loss, nothing for a spatial method."""
    return [] if method.loss is None else [source_hash(loss_path(method.loss).rpartition(".")[0])]
