"""The methods of a study as it runs them: sweeps written out, and each method once for every generator."""

import itertools
from collections.abc import Iterable, Mapping

from freqbench.config.base import LONGEST_NAME
from freqbench.config.methods import Method, Weight
from freqbench.config.names import GENERATOR_MARK, generator_part, with_generator

WEIGHT = "weight"
"""What a sweep calls lambda_4; its other keys are options of the loss."""


def generated_methods(methods: Iterable[Method], generators: Iterable[str]) -> tuple[Method, ...]:
    """Return the methods that are trained.

    A method with a sweep stands for one of every combination of its values, in their order. With several generators
    each method is trained with each of them, all with the first one first, unless it names its own. What has been
    written out before stays as it is.

    Args:
        methods: as the configuration lists them.
        generators: names of the study's generators; none in a study with one generator.

    Raises:
        ValueError: if a method names a generator that is not there, a name has a mark that it must not have, or
            becomes too long.
    """
    names = tuple(generators)
    written_out = [one for method in methods for one in _of_sweep(method)]
    for method in written_out:
        _check_names(method, names)
    if names:
        written_out = [
            _with(method, name) for name in names for method in written_out if method.generator in (None, name)
        ]
    for method in written_out:
        if len(method.name) > LONGEST_NAME:
            raise ValueError(f"`{method.name}` is longer than {LONGEST_NAME} characters; take a shorter name")
    return tuple(written_out)


def _of_sweep(method: Method) -> list[Method]:
    if not method.sweep:
        return [method]
    points = itertools.product(*([(key, value) for value in values] for key, values in method.sweep.items()))
    return [_at(method, dict(point)) for point in points]


def _at(method: Method, point: Mapping[str, float]) -> Method:
    """Return the method at one point of its sweep."""
    options = {key: value for key, value in point.items() if key != WEIGHT}
    base, mark, generator = method.name.partition(GENERATOR_MARK)
    name = "_".join([base, *(f"{key}{value:g}" for key, value in point.items())])
    changed = {
        "name": f"{name}{mark}{generator}",
        "options": method.options | options,
        "weight": _multiplied(method.weight, point.get(WEIGHT, 1.0)),
        "sweep": {},
    }
    # validated again: a name can be made of any number
    return Method.model_validate(method.model_dump() | changed)


def _multiplied(weight: Weight, factor: float) -> Weight:
    if factor == 1.0:
        return weight
    if isinstance(weight, dict):
        return {kind: factor * multiple for kind, multiple in weight.items()}
    return {weight: factor} if isinstance(weight, str) else factor * weight


def _check_names(method: Method, generators: tuple[str, ...]) -> None:
    own = generator_part(method.name)
    if method.generator is not None and method.generator not in generators:
        there = f"there are {', '.join(generators)}" if generators else "this study has one, `generator`"
        raise ValueError(f"`{method.name}`: `generator: {method.generator}` is not among `generators`; {there}")
    if own and own != method.generator:
        raise ValueError(
            f"`{method.name}`: what stands after `{GENERATOR_MARK}` in a name is its generator; name it with "
            "`generator`, and leave it out of the name"
        )


def _with(method: Method, generator: str) -> Method:
    if generator_part(method.name) == generator:
        return method
    return method.model_copy(update={"name": with_generator(method.name, generator), "generator": generator})
