"""Which methods are compared with which."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import contract_of

BEST, PAIR = "best_baseline", "pair"


class Contrast(NamedTuple):
    """A method and what it is compared with.

    Attributes:
        against: the kind: ``best_baseline``; the name of the reference; or ``pair``, of two trained methods.
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
    the earlier one, once.

    Args:
        metric: key of `freqbench.metrics.contracts.CONTRACTS`.
        means: mean by method, of those that were measured; NaN where it has no finite value.
        config: the study.

    Raises:
        FreqbenchError: if none of ``comparison.baselines`` was measured.
    """
    trained = [method.name for method in config.methods if method.name in means]
    controls = [name for name in config.controls if name in means]
    best = best_method(means, config.comparison.baselines, metric)
    for method in (*controls, *trained):
        if method != best:
            yield Contrast(BEST, method, best)
    reference = config.comparison.reference
    if reference in trained:
        for method in trained:
            if method != reference:
                yield Contrast(reference, method, reference)
    for place, method in enumerate(trained):
        for other in trained[:place]:
            yield Contrast(PAIR, method, other)


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
