"""Fourier ring correlation of a prediction with its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images

if TYPE_CHECKING:
    import torch


def frc(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    r"""Return the Fourier ring correlation curve of each image, Kaczmar-Michalska et al., Eq. 3.

    .. math::
        FRC_r = \frac{\Re \sum_r P \overline T}{\sqrt{\sum_r |P|^2 \sum_r |T|^2}}

    with the DFTs P and T of prediction and target, without a window. The rings are those of
    `freqbench.losses.FourierRingCorrelationLoss`, the authors': of width 1, ring r with the distances
    r < d <= r + 1 from the zero frequency, which belongs to none, no more than the corners of the spectrum. The
    unit is one cycle per shorter side of the image; `frc_frequencies` gives the rings in cycles per pixel.

    The target is not a second, independently noisy image: the curve says up to which frequency the structures
    agree, and not the resolution that FRC between two noisy halves estimates. It does not see brightness,
    contrast, or a filter that is positive and the same in all directions, such as a Gaussian blur.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range], at least 2x2 pixels.
        target: images of the same shape and range.
        data_range: the largest value that the images can take; it only bounds the input.

    Returns:
        ``(N, R)`` float64 in [-1, 1], R = min(H, W) // 2: 1 where all structures agree, -1 for an inverted
        image, about 0 for unrelated ones. A ring in which an image has no power has 0, as in the authors' code.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        J. Kaczmar-Michalska, N. R. Hajizadeh, A. J. Rzepiela, S. F. Nørrelykke, "Image quality measurements and
        denoising using Fourier ring correlations", 2022. arXiv 2201.03992
    """
    check_images(prediction, target, data_range, metric="frc", min_size=2)
    return ring_correlation(prediction, target)


def ring_correlation(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the curves of `frc` of images with values in any range, such as windowed ones without their mean."""
    import torch

    from freqbench.metrics.image_rings import image_rings

    rings = image_rings(prediction, target)
    # What remains of a vanishing coefficient is the rounding of the DFT, some 1e-16 of the pixels' root mean square.
    negligible = (10 * torch.finfo(torch.float64).eps) ** 2 * rings.sizes
    has_power = torch.ones_like(rings.common, dtype=torch.bool)
    for images, power in ((prediction, rings.power), (target, rings.other_power)):
        has_power &= power > negligible * images.double().square().mean(dim=(1, 2, 3))[:, None]
    correlation = rings.common / (rings.power * rings.other_power).sqrt()
    return torch.where(has_power, correlation, 0.0).clamp(-1, 1)


def frc_area(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Return the area under the Fourier ring correlation curve of each image.

    The trapezoidal rule over the rings of `frc`, with the frequency running from 0 at the first ring to 1 at the
    last, as in the authors' code: the area lies in [-1, 1] for every image size, and one minus it is
    `freqbench.losses.FourierRingCorrelationLoss`. The paper prints a plain sum over the rings instead (Eq. 5), which
    grows with the image.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range], at least 4x4 pixels: two rings.
        target: images of the same shape and range.
        data_range: the largest value that the images can take; it only bounds the input.

    Returns:
        ``(N,)`` float64 in [-1, 1], 1 for identical images that have power in every ring, higher is better.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        As `frc`.
    """
    check_images(prediction, target, data_range, metric="frc_area", min_size=4)
    import torch

    curve = frc(prediction, target, data_range)
    return torch.trapezoid(curve, dx=1 / (curve.shape[1] - 1))


def frc_frequencies(height: int, width: int) -> torch.Tensor:
    """Return the middle of each ring of `frc` in cycles per pixel, for the axis of a plot.

    Args:
        height: H of the images, at least 2.
        width: W of the images, at least 2.

    Returns:
        ``(R,)`` float64, rising, below the Nyquist frequency of 0.5.

    Raises:
        ValueError: if there is no ring in such images.
    """
    import torch

    from freqbench.losses.rings import ring_count

    return (torch.arange(ring_count(height, width), dtype=torch.float64) + 0.5) / min(height, width)
