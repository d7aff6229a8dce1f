"""Distance between radial power spectra."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images

if TYPE_CHECKING:
    import torch

_FLOOR = (1 / 65535) ** 2 / 12
"""Power of the rounding to 16 bits at each frequency, for images in [0, 1]."""


def power_spectrum_distance(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    r"""Return the root mean square difference of the radial power spectra of each image in dB.

    .. math::
        D = \sqrt{\frac{1}{R} \sum_r \left( 10 \log_{10} \frac{P_r}{T_r} \right)^2},

    with the mean power P_r and T_r of the frequencies in ring r of prediction and target. It is the log spectral
    distance of Gray and Markel (1976) between radially averaged spectra, and tells what a restoration does to the
    amount of detail of each size: both a smoothed image and one with noise left have a distance, and for a filter it
    is the filter's gain in dB. The rings are those of `freqbench.metrics.frc`, one cycle per shorter side wide, from
    the first frequency to the Nyquist frequency; they count alike, so that the mean over them is that over the
    frequency in units of Nyquist, whatever the size. The zero frequency belongs to none: an offset is not seen.

    It does not see where the details are: shifted around, mirrored or turned by 90 degrees an image has the distance
    0 from itself, and so has noise of the right spectrum. It is meant beside a metric that compares positions.

    Powers below that of the rounding to 16 bits count as that: otherwise a flat image were infinitely far away.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range], at least 2x2 pixels.
        target: images of the same shape and range.
        data_range: the largest value that the images can take.

    Returns:
        ``(N,)`` float64 in dB, at least 0; 0 for identical images, lower is better.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        A. H. Gray, J. D. Markel, "Distance measures for speech processing", IEEE Transactions on Acoustics, Speech
        and Signal Processing 24, 1976. DOI 10.1109/TASSP.1976.1162849
    """
    check_images(prediction, target, data_range, metric="power_spectrum_distance", min_size=2)
    from freqbench.metrics.image_rings import image_rings

    rings = image_rings(prediction, target)
    power, other_power = (
        (total / rings.sizes).clamp(min=_FLOOR * data_range**2) for total in (rings.power, rings.other_power)
    )
    decibel = 10 * (power / other_power).log10()
    return decibel.square().mean(dim=1).sqrt()
