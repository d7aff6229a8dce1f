"""The phantom beside the real thing: images, histograms, noise, spectra and input PSNR in one picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from freqbench.data.phantom.measure import Field, radial_power, read_grey
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ATTRIBUTION = (
    "Real images: FMD data set, Zhang, Zhu, Nichols, Wang, Zhang, Smith, Howard, "
    "“A Poisson-Gaussian Denoising Dataset with Real Fluorescence Microscopy Images”, CVPR 2019; CC BY-SA 4.0."
)
_PREFERRED_FOV = 19  # the test field of the FMD authors
_COLOURS = ("#0072B2", "#D55E00")  # Okabe and Ito
_DISPLAY_GAMMA = 0.5
_CROP = 128


@dataclass(frozen=True)
class _Source:
    """One of the two things compared: key of its numbers, title, field, colour."""

    key: str
    title: str
    field: Field
    colour: str
    defocused: NDArray[np.uint8] | None = None


def draw(phantom_folder: Path, real_folder: Path | None, output: Path, fov: int = 1) -> dict[str, float]:
    """Draw the comparison and return the numbers in it.

    Args:
        phantom_folder: a phantom as `freqbench.data.phantom.simulate` writes it.
        real_folder: one type of FMD in its own layout; its FOV 19 is shown, or the first one there is.
            Without it the phantom is shown alone.
        output: the picture, PNG.
        fov: field of the phantom to show.

    Returns:
        For `phantom` and, where given, `real`: `_input_psnr` (dB), `_mean` (counts), `_saturated` (percent),
        `_variance_slope` (counts), `_variance_intercept` (counts**2), `_correlation_x`, `_correlation_y`.
        With both: `histogram_distance`, the largest difference of the cumulative histograms of the captures
        (0 to 1), and `spectrum_distance_raw` and `spectrum_distance_clean`, the root mean square difference
        of the radial power spectra in dB, each octave of frequency counting alike.

    Raises:
        FreqbenchError: if a folder lacks the field, or the picture cannot be written.
    """
    blurred = sorted((phantom_folder / "defocus" / str(fov)).glob("*.png"))
    field = Field.read(phantom_folder, fov)
    defocused = read_grey(blurred[0]) if blurred else None
    sources = [_Source("phantom", f"phantom, FOV {fov}", field, _COLOURS[0], defocused)]
    if real_folder is not None:
        real_fov = _choose_fov(real_folder)
        field = Field.read(real_folder, real_fov)
        sources.append(_Source("real", f"{real_folder.name}, FOV {real_fov}", field, _COLOURS[1]))

    figure = _draw_figure(sources)
    with atomic_path(output) as temporary:
        figure.savefig(temporary, dpi=110, metadata={"Software": None})
    numbers = {f"{s.key}_{name}": value for s in sources for name, value in _numbers(s.field).items()}
    if len(sources) == 2:
        numbers |= _distances(sources[0].field, sources[1].field)
    return numbers


def _choose_fov(folder: Path) -> int:
    """Return FOV 19, or the lowest one that has a clean image."""
    found = sorted(int(p.name) for p in (folder / "gt").glob("*") if p.name.isdigit() and any(p.glob("*.png")))
    if not found:
        raise FreqbenchError(f"{folder}: no clean images (gt/<fov>/*.png); give a folder such as Confocal_FISH")
    return _PREFERRED_FOV if _PREFERRED_FOV in found else found[0]


def _numbers(field: Field) -> dict[str, float]:
    slope, intercept = field.mean_variance_line()
    along_x, along_y = field.neighbour_correlation()
    return {
        "input_psnr": field.input_psnr(),
        "mean": float(field.captures.mean()),
        "saturated": field.saturated_percent(),
        "variance_slope": slope,
        "variance_intercept": intercept,
        "correlation_x": along_x,
        "correlation_y": along_y,
    }


def _distances(phantom: Field, real: Field) -> dict[str, float]:
    difference = np.cumsum(phantom.histogram()) - np.cumsum(real.histogram())
    distances = {"histogram_distance": float(np.abs(difference).max())}
    for name, one, other in (
        ("raw", phantom.captures[0], real.captures[0]),
        ("clean", phantom.clean, real.clean),
    ):
        (f_one, p_one), (f_other, p_other) = radial_power(one), radial_power(other)
        lowest = max(f_one[1], f_other[1])
        octaves = np.exp(np.linspace(np.log(lowest), np.log(0.5), 100))
        decibels = [10 * np.interp(octaves, f, np.log10(p)) for f, p in ((f_one, p_one), (f_other, p_other))]
        distances[f"spectrum_distance_{name}"] = float(np.sqrt(np.mean((decibels[0] - decibels[1]) ** 2)))
    return distances


def _draw_figure(sources: list[_Source]) -> "Figure":
    from matplotlib.figure import Figure

    columns = 4 if sources[0].defocused is None else 5
    images_height = (15 / columns + 0.45) * len(sources)
    figure = Figure(figsize=(15, images_height + 4.6), layout="constrained")
    upper, lower = np.asarray(figure.subfigures(2, 1, height_ratios=[images_height, 4.6]))
    axes = upper.subplots(len(sources), columns, squeeze=False)
    for row, source in zip(axes, sources, strict=True):
        _draw_images(row, source)
    histogram, noise, spectrum = lower.subplots(1, 3)
    _draw_histograms(histogram, sources)
    _draw_noise(noise, sources)
    _draw_spectra(spectrum, sources)
    if any(source.key == "real" for source in sources):
        figure.supxlabel(ATTRIBUTION + " Adapted: brightness, crops.", fontsize=9, color="0.3")
    return figure


def _draw_images(axes: NDArray[np.object_], source: _Source) -> None:
    """Draw a capture and the clean image, whole and enlarged, with one brightness scale."""
    field = source.field
    brightest = max(float(np.percentile(field.clean, 99.9)), 1.0)
    y, x = _busiest_crop(field.clean)
    crop = (slice(y, y + _CROP), slice(x, x + _CROP))
    panels = [
        (field.captures[0], f"{source.title}\ncapture, input PSNR {field.input_psnr():.1f} dB"),
        (field.clean, f"{source.title}\nclean (mean of 50 captures)"),
        (field.captures[0][crop], "capture, enlarged"),
        (field.clean[crop], "clean, enlarged"),
    ]
    if source.defocused is not None:
        panels.append((source.defocused, "capture 5 µm out of focus"))
    for axis in axes:
        axis.set_axis_off()
    for axis, (image, title) in zip(axes, panels, strict=False):
        shown = np.clip(image / brightest, 0, 1) ** _DISPLAY_GAMMA
        axis.imshow(shown, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axis.set_title(title, fontsize=10, color=source.colour)


def _busiest_crop(clean: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the corner of the crop with the most light, among those on a coarse raster."""
    rows, columns = (max(n - _CROP, 0) for n in clean.shape)
    corners = [(y, x) for y in range(0, rows + 1, 32) for x in range(0, columns + 1, 32)]
    return max(corners, key=lambda c: int(clean[c[0] : c[0] + _CROP, c[1] : c[1] + _CROP].sum()))


def _draw_histograms(axis: "Axes", sources: list[_Source]) -> None:
    for s in sources:
        saturated = f"{s.field.saturated_percent():.2f} % at 255"
        axis.semilogy(np.arange(256), s.field.histogram(), color=s.colour, label=f"{s.title}, {saturated}")
    axis.set(title="Histogram of the captures", xlabel="reading (counts)", ylabel="share of pixels")
    axis.legend(fontsize=8)


def _draw_noise(axis: "Axes", sources: list[_Source]) -> None:
    for s in sources:
        means, variances = s.field.points.mean, s.field.points.variance
        slope, intercept = s.field.mean_variance_line()
        label = f"{s.title}: {slope:.2f} · mean {intercept:+.0f}"
        axis.plot(means, variances, ".", color=s.colour, alpha=0.5, markersize=5)
        axis.plot(means, slope * means + intercept, color=s.colour, label=label)
    axis.set(title="Noise by clean level", xlabel="mean (counts)", ylabel="variance (counts²)")
    axis.legend(fontsize=8)


def _draw_spectra(axis: "Axes", sources: list[_Source]) -> None:
    for s in sources:
        for image, style, name in ((s.field.captures[0], "-", "capture"), (s.field.clean, "--", "clean")):
            frequency, power = radial_power(image)
            axis.loglog(frequency, power, style, color=s.colour, linewidth=1.2, label=f"{s.title}, {name}")
    axis.set(title="Radial power spectrum", xlabel="frequency (cycles per pixel)", ylabel="power (counts²)")
    axis.legend(fontsize=8)
