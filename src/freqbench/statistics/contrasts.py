"""Which methods are compared with which."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from freqbench.config import Config
from freqbench.config.names import with_generator
from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import contract_of

BEST, PAIR = "best_baseline", "pair"


class Contrast(NamedTuple):
    """A method and what it is compared with.

    Attributes:
        against: the kind: ``best_baseline``; the name of the reference, without a generator; or ``pair``, of two
            trained methods.
        method: the method.
        baseline: the other one.
    """

    against: str
    method: str
    baseline: str


def contrasts(metric: str, means: Mapping[str, float], config: Config) -> Iterator[Contrast]:
    """Yield all comparisons of one metric.

    Against the best baseline stand the controls and all other trained methods; against the reference all other trained
    methods, if it is among them; and of each two trained methods the later one in the configuration is compared with
    the earlier one, once. With several generators methods are compared with those of the same generator alone;
    the controls, which have none, with the best of all baselines.

    Args:
        metric: key of `freqbench.metrics.contracts.CONTRACTS`.
        means: mean by method, of those that were measured; NaN where it has no finite value.
        config: the study.

    Raises:
        FreqbenchError: if none of ``comparison.baselines`` was measured.
    """
    groups = config.by_generator(method.name for method in config.methods if method.name in means)
    bests = {name: best_method(means, _with(config.comparison.baselines, name), metric) for name in groups}
    controls = [name for name in config.controls if name in means]
    best = best_method(means, bests.values() or config.comparison.baselines, metric)
    for control in controls:
        yield Contrast(BEST, control, best)
    for name, trained in groups.items():
        yield from _against(BEST, trained, bests[name])
    reference = config.comparison.reference
    for name, trained in groups.items():
        yield from _against(reference, trained, with_generator(reference, name))
    for trained in groups.values():
        for place, method in enumerate(trained):
            yield from (Contrast(PAIR, method, other) for other in trained[:place])


def _against(kind: str, trained: list[str], baseline: str) -> Iterator[Contrast]:
    """Yield the comparisons of the methods of one generator with one of them; none if it is not among them."""
    if baseline in trained:
        yield from (Contrast(kind, method, baseline) for method in trained if method != baseline)


def _with(names: Iterable[str], generator: str) -> list[str]:
    return [with_generator(name, generator) for name in names]


def best_method(means: Mapping[str, float], names: Iterable[str], metric: str) -> str:
    """Return the method with the best mean in the direction of the metric; the first of equals.

    Raises:
        FreqbenchError: if none of the names was measured.
    """
    measured = [name for name in names if name in means]
    if not measured:
        raise FreqbenchError(f"comparison.baselines: none of {', '.join(names)} has values of {metric}")
    sign = 1 if contract_of(metric).better == "higher" else -1
    # one without a finite mean comes last
    return max(measured, key=lambda name: -np.inf if np.isnan(means[name]) else sign * means[name])
