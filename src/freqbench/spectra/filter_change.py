"""What a Gaussian filter changes in the Fourier ring correlation with the clean image: in theory nothing.

A filter that is positive and the same in all directions multiplies a whole ring by one number, which cancels in the
correlation (FRC paper, Kaczmar-Michalska et al., arXiv 2201.03992, its Figure 2). What is left in images of finite size
comes from the border, where the filter mirrors the image, from clamping, which is no filter, from rings in which the
filter leaves less power than a window spreads from others, and from the width of a ring, across which the gain falls.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqbench.spectra.summary import field_curves
from freqbench.spectra.thresholds import ONE_SEVENTH


@dataclass(frozen=True)
class FilterChange:
    """Differences of the mean curves of filtered and unfiltered degraded images.

    Attributes:
        largest: the largest modulus over all rings.
        frequency: where it is, in cycles per pixel.
        largest_above: the largest modulus where the curve of the degraded images lies above 1/7; NaN if it never does.
    """

    largest: float
    frequency: float
    largest_above: float


def change_by_filter(spectra: pd.DataFrame) -> FilterChange | None:
    """Compare the controls `input` and `gaussian`; None where the tidy curves lack one of them."""
    if not {"input", "gaussian"} <= set(spectra["method"]):
        return None
    curves = pd.DataFrame(field_curves(spectra).loc["frc_clean"].groupby(level="method").mean()).T
    places = spectra.drop_duplicates("ring").set_index("ring")["frequency"]
    before = curves["input"]
    change = (curves["gaussian"] - before).abs()
    above = change[before > ONE_SEVENTH]
    return FilterChange(
        float(change.max()), float(places[change.idxmax()]), float(above.max()) if len(above) else float(np.nan)
    )
