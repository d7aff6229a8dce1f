"""Where an axis ends: at what the trained methods span, with a control only where it does not dwarf them."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

MARGIN = 0.08
"""Empty share of the span at each end."""
MOST = 2.0
"""How many times as long a control may make the axis."""


def axis_limits(trained: npt.ArrayLike, controls: Mapping[str, npt.ArrayLike]) -> tuple[tuple[float, float], set[str]]:
    """Return the ends of an axis and the controls that lie outside.

    The degraded image is often ten times as far from all methods as they are from each other. A control whose values
    would make the axis longer than `MOST` times, and one without a finite value, stays outside.

    Args:
        trained: values that the axis must hold; those that are not finite do not count.
        controls: values of each control.

    Returns:
        Lower and upper end; names of the controls outside. Without a finite value of a trained method the axis holds
        all controls, and without any value it is (0, 1).
    """
    finite = {name: _finite(values) for name, values in controls.items()}
    core = _finite(trained)
    if not len(core):
        core = np.concatenate([*finite.values(), core])
    if not len(core):
        return (0.0, 1.0), set(controls)
    low, high = core.min(), core.max()
    # of a single value: a hundredth of it, so that the axis has a length
    span = high - low or max(abs(high) * 0.01, 1e-6)
    outside = set()
    for name, values in finite.items():
        if not len(values):
            outside.add(name)
            continue
        lower, upper = min(low, values.min()), max(high, values.max())
        if upper - lower > MOST * span:
            outside.add(name)
        else:
            low, high = lower, upper
    margin = MARGIN * max(high - low, span)
    return (float(low - margin), float(high + margin)), outside


def _finite(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64).ravel()
    return found[np.isfinite(found)]
