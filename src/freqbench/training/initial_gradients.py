"""How hard every loss of a study pulls before training, and with which weight: what calibration comes to."""

from typing import Any

from torch import Tensor

from freqbench.config import Config, Method
from freqbench.config.names import with_generator
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

Norms = dict[str, dict[str, float]]
"""Quartiles of the gradient norm by state."""


def initial_gradients(config: Config, dataset: str) -> dict[str, Any]:
    """Return weight and initial gradient norm of the L1 term and of every frequency loss on a data set.

    What was measured for the weight of a calibrated method is read from its file; the others are measured in
    the same way, once for all that differ in the weight alone. Of several splits the first stands for all, though each
    training has the weight of its own split. Of several generators each has its own L1 term: the untrained output is
    another one.

    Args:
        config: the study.
        dataset: name of the data set.

    Returns:
        ``dataset``, ``split`` (the number of the one measured), ``splits`` (how many there are), ``state`` (the one
        that counts), ``patches``, ``code`` and ``methods``: for each its ``method`` (``all`` for the L1 term, with its
        generator where there are several), ``loss``, ``domain``, ``weight``, ``weight_from``, ``multiple``, and by
        state the quartiles of the ``gradient_norm``, the median ``pull`` (weight x norm, divided by that of the L1
        term of the same generator) and, for a calibrated one, ``weight_by_state``, before the multiple.

    Raises:
        FreqbenchError: if the data set, its patches or a calibration does not exist.
    """
    if dataset not in config.datasets:
        raise FreqbenchError(f"data set {dataset}: not in the configuration; there are {', '.join(config.datasets)}")
    check_trains(config, dataset)
    layout, splits = Layout.of(config), config.splits_of(dataset)
    pairs = calibration_pairs(config, read_patches(layout, dataset, splits[0]).side("train"))
    by_generator = config.by_generator(method.name for method in config.methods_of(dataset))
    return {
        "dataset": dataset,
        "split": splits[0],
        "splits": len(splits),
        "state": config.calibration.state,
        "patches": len(pairs[0]),
        "code": code_version(),
        "methods": [
            entry
            for generator, names in by_generator.items()
            for entry in _of_generator(config.for_method(names[0]), dataset, generator, names, pairs)
        ],
    }


def _of_generator(
    config: Config, dataset: str, generator: str, names: list[str], pairs: tuple[Tensor, Tensor]
) -> list[dict[str, Any]]:
    """Return the entries of the methods of one generator, its L1 term first; ``config`` is the study as they see it."""
    layout, task, split = Layout.of(config), config.datasets[dataset].task, config.splits_of(dataset)[0]
    norms = gradient_norms(config, PixelL1Loss(), pairs)
    entries: list[dict[str, Any]] = [
        {
            "method": with_generator("all", generator),
            "loss": "l1",
            "domain": "image",
            "weight": l1_weight(config.training.objective.l1, task),
            "weight_from": "lambda_1",
            "multiple": 1.0,
            "gradient_norm": {state: quartiles(values) for state, values in norms.items()},
        }
    ]
    measured: list[tuple[Method, Norms]] = []
    for method in map(config.method, names):
        # a loss that needs a scale has no gradient at an image alone
        if method.loss is None or predicts_scale(method):
            continue
        entry: dict[str, Any] = {"method": method.name, "loss": method.loss, "domain": frequency_domain(method, task)}
        if method.is_calibrated:
            found = read_json(layout.calibration(dataset, method.name, split))
            entry |= {key: found[key] for key in ("weight", "weight_by_state", "gradient_norm")}
            entry |= {"weight_from": "calibrated"}
        else:
            entry |= {"weight": uncalibrated_weight(method, task)}
            entry |= {"weight_from": "the paper" if method.weight_origin == "paper" else "the configuration"}
            entry |= {"gradient_norm": _norms(config, method, task, pairs, measured)}
        entries.append(entry | {"multiple": method.weight_multiple})
    for entry in entries:
        entry["pull"] = {state: _pull(entry, state, entries[0]) for state in STATES}
    return entries


def _norms(
    config: Config, method: Method, task: Task, pairs: tuple[Tensor, Tensor], measured: list[tuple[Method, Norms]]
) -> Norms:
    """Return the quartiles of the gradient norms of a loss, and note them; what was noted before is not measured."""
    for other, known in measured:
        if method.has_the_loss_of(other):
            return known
    norms = gradient_norms(config, method_loss(config, method, task), pairs)
    measured.append((method, {state: quartiles(values) for state, values in norms.items()}))
    return measured[-1][1]


def _pull(entry: dict[str, Any], state: str, l1: dict[str, Any]) -> float | None:
    """Return the weighted gradient norm over that of the L1 term, None where there is no L1 term."""
    ours, theirs = (one["weight"] * one["gradient_norm"][state]["median"] for one in (entry, l1))
    return ours / theirs if theirs > 0 else None
