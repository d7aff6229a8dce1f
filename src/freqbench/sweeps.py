"""Sweeps of a study: methods that differ in one number alone, an option of their loss or the multiple of its weight."""

from dataclasses import dataclass

from freqbench.config import Config, Method

WEIGHT = "weight"
"""The quantity of a sweep over the weight of the loss; others are options."""
FEWEST = 3
"""Values from which methods that differ in one number are a sweep."""


@dataclass(frozen=True)
class Sweep:
    """Methods in the order of the number in which they differ.

    Attributes:
        quantity: what differs: ``weight``, or an option of the loss.
        values: its values, rising. Of a weight that is a number this number, otherwise its multiple.
        methods: their methods.
        weight: the weight of all, as `Method.weight_text` has it; of a sweep over the weight where it comes from.
    """

    quantity: str
    values: tuple[float, ...]
    methods: tuple[Method, ...]
    weight: str


def sweeps_of(config: Config, dataset: str) -> list[Sweep]:
    """Return the sweeps among the methods of a data set: over the weight first, then over options by their name.

    Methods with the paper's weight are no sweep over alpha: it goes with alpha, so that two things differ. A calibrated
    weight differs, too, but the pull before training does not, which is what it is made for; the method that the others
    are calibrated against has that pull as well, so it is one of them.
    """
    references = {config.for_method(one.name).calibration.reference for one in config.methods_of(dataset)}
    methods = [method for method in config.methods_of(dataset) if method.loss is not None]
    options = sorted({key for method in methods for key, value in method.options.items() if _is_number(value)})
    return [sweep for quantity in (WEIGHT, *options) for sweep in _over(quantity, methods, references)]


def _over(quantity: str, methods: list[Method], references: set[str]) -> list[Sweep]:
    families: dict[tuple[str, str], dict[float, Method]] = {}
    for method in methods:
        if quantity == WEIGHT:
            value, rest = _weight(method), method.options
        elif _is_number(method.options.get(quantity)) and (
            method.weight_origin != "paper" or method.name in references
        ):
            value = float(method.options[quantity])
            rest = {key: other for key, other in method.options.items() if key != quantity}
        else:
            continue
        shared = method.weight_origin if quantity == WEIGHT else method.weight_text
        if quantity != WEIGHT and method.name in references:
            shared = "calibrated"
        # 1 and 1.0 are one value
        given = sorted((key, float(other) if _is_number(other) else other) for key, other in rest.items())
        family = repr((method.loss, given, method.domain, method.generator))
        families.setdefault((family, shared), {}).setdefault(value, method)
    return [
        Sweep(quantity, tuple(sorted(found)), tuple(found[value] for value in sorted(found)), weight)
        for (_, weight), found in families.items()
        if len(found) >= FEWEST
    ]


def _weight(method: Method) -> float:
    return method.weight if isinstance(method.weight, float) else method.weight_multiple


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
