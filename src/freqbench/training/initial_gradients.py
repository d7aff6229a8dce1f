"""How hard every loss of a study pulls before training, and with which weight: what calibration comes to."""

from typing import Any

from freqbench.config import Config, Method
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.losses.pixel import PixelL1Loss
from freqbench.provenance import code_version
from freqbench.run import check_trains
from freqbench.training.build import predicts_scale
from freqbench.training.calibrate import STATES, calibration_pairs, gradient_norms, method_loss, quartiles
from freqbench.training.term_weights import Task, frequency_domain, l1_weight, uncalibrated_weight


def initial_gradients(config: Config, dataset: str) -> dict[str, Any]:
    """Return weight and initial gradient norm of the L1 term and of every frequency loss on a data set.

    What was measured for the weight of a calibrated method is read from its file; the others are measured in
    the same way. Of several splits the first stands for all, though each training has the weight of its own split.

    Args:
        config: the study.
        dataset: name of the data set.

    Returns:
        ``dataset``, ``split`` (the number of the one measured), ``splits`` (how many there are), ``state`` (the one
        that counts), ``patches``, ``code`` and ``methods``: for each its ``method`` (``all`` for the L1 term),
        ``loss``, ``domain``, ``weight``, ``weight_from``, and by state the quartiles of the ``gradient_norm``, the
        median ``pull`` (weight x norm, divided by that of the L1 term) and, for a calibrated one,
        ``weight_by_state``.

    Raises:
        FreqbenchError: if the data set, its patches or a calibration does not exist.
    """
    if dataset not in config.datasets:
        raise FreqbenchError(f"data set {dataset}: not in the configuration; there are {', '.join(config.datasets)}")
    check_trains(config, dataset)
    layout, task, splits = Layout.of(config), config.datasets[dataset].task, config.splits_of(dataset)
    pairs = calibration_pairs(config, read_patches(layout, dataset, splits[0]).side("train"))
    l1 = gradient_norms(config, PixelL1Loss(), pairs)
    entries = [
        {
            "method": "all",
            "loss": "l1",
            "domain": "image",
            "weight": l1_weight(config.training.objective.l1, task),
            "weight_from": "lambda_1",
            "gradient_norm": {state: quartiles(norms) for state, norms in l1.items()},
        }
    ]
    for method in config.methods_of(dataset):
        # a loss that needs a scale has no gradient at an image alone
        if method.loss is None or predicts_scale(method):
            continue
        if method.is_calibrated:
            measured = read_json(layout.calibration(dataset, method.name, splits[0]))
            entries.append({key: measured[key] for key in ("method", "loss", "domain", "weight", "gradient_norm")})
            entries[-1] |= {"weight_from": "calibrated", "weight_by_state": measured["weight_by_state"]}
        else:
            entries.append(_measured(config, method, task, pairs))
    for entry in entries:
        entry["pull"] = {state: _pull(entry, state, entries[0]) for state in STATES}
    return {
        "dataset": dataset,
        "split": splits[0],
        "splits": len(splits),
        "state": config.calibration.state,
        "patches": len(pairs[0]),
        "code": code_version(),
        "methods": entries,
    }


def _measured(config: Config, method: Method, task: Task, pairs: Any) -> dict[str, Any]:
    norms = gradient_norms(config, method_loss(config, method, task), pairs)
    return {
        "method": method.name,
        "loss": method.loss,
        "domain": frequency_domain(method, task),
        "weight": uncalibrated_weight(method, task),
        "weight_from": "the paper" if method.weight == "paper" else "the configuration",
        "gradient_norm": {state: quartiles(values) for state, values in norms.items()},
    }


def _pull(entry: dict[str, Any], state: str, l1: dict[str, Any]) -> float | None:
    """Return the weighted gradient norm over that of the L1 term, None where there is no L1 term."""
    ours, theirs = (one["weight"] * one["gradient_norm"][state]["median"] for one in (entry, l1))
    return ours / theirs if theirs > 0 else None
