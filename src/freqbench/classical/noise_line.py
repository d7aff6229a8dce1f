"""The line of noise variance against mean, from the train patches alone."""

from typing import cast

import numpy as np

from freqbench.classical.anscombe import GeneralisedAnscombe
from freqbench.data.image_files import Grey
from freqbench.data.noise_model.fit import robust_line
from freqbench.data.noise_model.points import LEVELS, SUMS, Averaging, level_sums, points
from freqbench.data.patches import PatchSet, windows_of
from freqbench.errors import FreqbenchError


def transformation_of(train: PatchSet, averaging: Averaging, where: str) -> GeneralisedAnscombe:
    """Return the transformation that makes the noise of a set of patches one of unit variance.

    Args:
        train: train patches, integers. Those of a window of a field of view are its captures.
        averaging: what clean and degraded images are averages of.
        where: begins the message of an error: the control and the data set.

    Raises:
        FreqbenchError: if the patches determine no line, or one that does not rise.
    """
    total = np.zeros((LEVELS, len(SUMS)))
    measured = 0
    captures = cast("Grey", train.noisy)
    for rows in windows_of(train):
        if len(rows) > 1 or averaging.clean:
            total += level_sums(captures[rows], train.clean[rows[0]], averaging)[0]
            measured += 1
    if not measured:
        raise FreqbenchError(
            f"{where}: the noise of the train patches cannot be estimated: no window was captured twice, and the clean "
            "images do not contain the captures"
        )
    line = robust_line(points(total))
    if line is None:
        raise FreqbenchError(
            f"{where}: the noise of the train patches cannot be estimated: fewer than three grey levels have pixels "
            "enough, or all have one mean"
        )
    if line[0] <= 0:
        raise FreqbenchError(
            f"{where}: the noise of the train patches does not grow with the signal (variance = {line[0]:.3g} * mean "
            f"{line[1]:+.3g} counts**2), so there is nothing to stabilise"
        )
    return GeneralisedAnscombe(*line)
