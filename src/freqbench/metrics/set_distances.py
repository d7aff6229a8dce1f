"""Distances between restored and clean images as sets, each with what it takes to read it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from freqbench.metrics.contracts import CONTRACTS
from freqbench.metrics.frechet import frechet_distance
from freqbench.metrics.kernel_distance import kernel_distance
from freqbench.statistics.bootstrap import influence_bootstrap

MIN_FOVS = 3
"""Fewest fields of view whose resampling says anything about their spread."""
MAX_GROUPS = 60
"""Most groups of images that are left out in turn; more fields of view than these are left out several at a time."""

Distance = Callable[[NDArray[Any], NDArray[Any]], float]
Features = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SetDistance:
    """One distance between the restored and the clean images of the same scenes.

    A Fréchet distance falls as the number of images grows, so it has no meaning without that number, and the
    distance of two clean sets is not 0. The halves show both: fields of view are split at random into two
    halves, and the restored images of one are set against the clean images of the other (``half_value``), and
    so are the clean ones (``half_floor``). The two have the same number of images, the same scenes and no scene
    in both sets, so their difference is due to the restoration. It may have either sign: images without contrast
    can be nearer to other scenes than clean ones are. A method at the floor or below it is not better than clean
    images: so few scenes cannot tell it from them. Neither number may be set beside ``value``, which comes
    from all images, and from pairs of the same scene.

    Attributes:
        metric: key of `freqbench.metrics.CONTRACTS`.
        n: images of each set.
        value: the distance.
        ci_low: lower end of the 95 % interval, over fields of view, of the value at this number of images;
            None with fewer than three of them.
        ci_high: upper end of it.
        half_n: images of a half; where fields of view differ in number of images, the median over the halves.
        half_value: distance of restored images to the clean images of other fields of view, median over the
            halvings; None with fewer than two fields of view, or a half of fewer than two images.
        half_floor: that of clean images to clean images of other fields of view: the split-half floor.
        without: the distance without one field of view, by its name; empty with fewer than three of them. Of more
            than `MAX_GROUPS` several are left out at a time, and their names joined by ``+``.
    """

    metric: str
    n: int
    value: float
    ci_low: float | None
    ci_high: float | None
    half_n: int | None
    half_value: float | None
    half_floor: float | None
    without: dict[str, float] = field(default_factory=dict)


def set_distances(
    restored: Features,
    clean: Features,
    fovs: ArrayLike,
    metrics: tuple[str, str],
    *,
    samples: int,
    halvings: int,
    seed: int,
) -> list[SetDistance]:
    """Return the Fréchet and the kernel distance between restored and clean images.

    All that is random depends on the seed and the fields of view alone: every method is measured on the same
    halves and the same bootstrap samples.

    Args:
        restored: features of the restored images, ``(N, D)``.
        clean: features of the clean images, in the same order.
        fovs: field of view of each image, ``(N,)``.
        metrics: keys of the two distances, from `freqbench.metrics.contracts.SET_METRICS`.
        samples: bootstrap samples of fields of view.
        halvings: random halvings of the fields of view.
        seed: seed of both.

    Raises:
        ValueError: if the sets differ in shape, have fewer than two images or hold NaN or infinity, or if there
            is not one field of view for each image.
    """
    names, groups = np.unique(np.asarray(fovs), return_inverse=True)
    if restored.shape != clean.shape or groups.shape != (len(clean),):
        raise ValueError(
            f"expected restored features, clean features and fields of view of the same images, got shapes "
            f"{restored.shape}, {clean.shape} and {groups.shape}"
        )
    # once, and not again for each part of the sets
    restored, clean = restored.astype(np.float64), clean.astype(np.float64)
    halves = random_halves(groups, halvings=halvings, seed=seed)
    left_out = _left_out(names, groups, seed=seed)
    results = []
    for metric, distance in zip(metrics, (frechet_distance, kernel_distance), strict=True):
        value = distance(restored, clean)
        without = {name: distance(restored[kept], clean[kept]) for name, kept in left_out.items()}
        low = high = None
        if without:
            low, high = influence_bootstrap(value, list(without.values()), samples=samples, seed=seed)
            low = max(low, CONTRACTS[metric].minimum)
        size, half, floor = _of_halves(distance, restored, clean, halves)
        results.append(SetDistance(metric, len(clean), value, low, high, size, half, floor, without))
    return results


def _left_out(names: NDArray[Any], groups: NDArray[np.integer[Any]], *, seed: int) -> dict[str, NDArray[np.bool_]]:
    """Return which images are kept when fields of view are left out in turn; nothing for too few of them."""
    count = len(names)
    if count < MIN_FOVS:
        return {}
    part = np.random.default_rng(seed).permutation(count) % MAX_GROUPS
    return {"+".join(map(str, names[part == number])): part[groups] != number for number in range(part.max() + 1)}


def random_halves(
    groups: NDArray[np.integer[Any]], *, halvings: int, seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Split images into two halves without a group in both, several times at random.

    Both halves have the same number of groups; of an odd number, one is left out. Images of one field of view
    must not be in both halves: their scene is the same.

    Args:
        groups: group of each image, from 0 to G - 1, ``(N,)``.
        halvings: how many times.
        seed: seed of the halvings.

    Returns:
        Indices of the images of both halves for each halving; none for fewer than two groups. A halving of which
        a half has fewer than two images, too few for a distance, is left out.
    """
    rng = np.random.default_rng(seed)
    count = int(groups.max()) + 1
    half = count // 2
    result = []
    for _ in range(halvings if half else 0):
        order = rng.permutation(count)
        first, second = (np.flatnonzero(np.isin(groups, part)) for part in (order[:half], order[half : 2 * half]))
        if min(len(first), len(second)) >= 2:
            result.append((first, second))
    return result


def _of_halves(
    distance: Distance,
    restored: Features,
    clean: Features,
    halves: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> tuple[int | None, float | None, float | None]:
    """Return the images of a half, the distance of restored to other clean images, and that of clean ones."""
    if not halves:
        return None, None, None
    sizes = [len(half) for pair in halves for half in pair]
    floors = [distance(clean[first], clean[second]) for first, second in halves]
    both_ways = [pair for first, second in halves for pair in ((first, second), (second, first))]
    values = [distance(restored[own], clean[other]) for own, other in both_ways]
    return round(float(np.median(sizes))), float(np.median(values)), float(np.median(floors))
