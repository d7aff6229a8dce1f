"""Agreement of a segmentation with given instance labels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError
from freqbench.nuclei.labels import Labels


@dataclass(frozen=True)
class Agreement:
    """How many nuclei two label images share.

    Attributes:
        found: nuclei of the segmentation.
        given: nuclei of the reference.
        matched: pairs whose intersection over union exceeds the threshold.
        mean_iou: mean intersection over union of these pairs; 0 without any.
        threshold: what the intersection over union of a pair exceeds.
    """

    found: int
    given: int
    matched: int
    mean_iou: float
    threshold: float

    @property
    def precision(self) -> float:
        """Share of the found nuclei that are matched; 0 where none is found."""
        return self.matched / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of the given nuclei that are matched; 0 where none is given."""
        return self.matched / self.given if self.given else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); 1 where neither image has a nucleus."""
        total = self.found + self.given
        return 2 * self.matched / total if total else 1.0


def agreement(found: Labels, given: Labels, threshold: float = 0.5) -> Agreement:
    """Match the nuclei of two label images one to one, as in Caicedo et al. 2019 (DOI 10.1038/s41592-019-0612-7).

    A pair matches where its intersection over union exceeds the threshold. From 0.5 on, a nucleus then has at most
    one partner: no assignment is to be solved.

    Args:
        found: labels (H, W) of the segmentation.
        given: labels (H, W) of the reference.
        threshold: from 0.5 to below 1.

    Raises:
        FreqbenchError: if the images differ in size.
        ValueError: for another threshold.
    """
    if not 0.5 <= threshold < 1:
        raise ValueError(f"threshold must be from 0.5 to below 1, got {threshold}: below, a nucleus has two partners")
    if found.shape != given.shape:
        raise FreqbenchError(
            f"labels: the segmentation has {found.shape[1]}x{found.shape[0]} pixels, the given labels have "
            f"{given.shape[1]}x{given.shape[0]}; give the labels of this image"
        )
    ratios = intersection_over_union(found, given)
    matches = ratios[ratios > threshold]
    mean = float(matches.mean()) if matches.size else 0.0
    found_count, given_count = ratios.shape
    return Agreement(found_count, given_count, len(matches), mean, threshold)


def intersection_over_union(found: Labels, given: Labels) -> npt.NDArray[np.float64]:
    """Return the intersection over union of each found nucleus (rows) with each given one (columns).

    Both label images are numbered from 1 without gaps.
    """
    rows, columns = int(found.max(initial=0)) + 1, int(given.max(initial=0)) + 1
    joint = found.astype(np.int64).ravel() * columns + given.ravel()
    counts = np.bincount(joint, minlength=rows * columns).reshape(rows, columns)
    union = counts.sum(axis=1)[1:, None] + counts.sum(axis=0)[None, 1:] - counts[1:, 1:]
    return np.asarray(counts[1:, 1:] / union)
