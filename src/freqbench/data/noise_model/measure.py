"""Measure the noise of a data set: Poisson-Gaussian line, saturation, shape and correlation of the residuals."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from freqbench.data.image_files import Grey, read_grey
from freqbench.data.noise_model import fit as fits
from freqbench.data.noise_model.points import LEVELS, SUMS, Array, Averaging, as_counts, level_sums, points
from freqbench.data.noise_model.residuals import EDGES, LARGEST_LAG, ResidualSums, standardised
from freqbench.data.source import SourceRecord

POINT_COLUMNS = (
    *("dataset", "level", "pixels", "mean", "variance", "saturated", "used"),
    *("fitted", "fitted_low", "fitted_high"),
)
POWERS = np.array([name.count("x") + 2 * name.count("y") if set(name) <= {"x", "y"} else 0 for name in SUMS])
"""Power of the unit of intensity in each sum: a mean has one, a variance two."""
RESAMPLES = 200
FOVS_TO_RESAMPLE = 8
"""With fewer fields of view, blocks of pixels are drawn instead."""
BLOCK = 32
ALTERNATIVES: dict[str, tuple[fits.Fit, dict[str, Any]]] = {
    "each pixel alike": (fits.pixel_line, {}),
    "each pixel alike, levels from 10 up, saturated levels kept": (
        fits.pixel_line,
        {"most_saturated": 1.0, "darkest": 10, "least_pixels": 20},
    ),
}
"""Other estimators of the same line, to show how far the choice moves it."""
SATURATION = "levels from the first 16 with more than 0.1 % saturated readings on are not fitted"

Advance = Callable[[int, int], None]


def averaging_of(kind: str, level: str) -> Averaging:
    """Return what a clean image and the degraded images of a level are averages of.

    FMD's clean image, and the phantom's, is the mean of 50 captures. Of other sources nothing is known: their clean
    image is taken to contain none of the captures.
    """
    if kind not in ("fmd", "phantom") or level == "defocus":
        return Averaging(clean=0)
    return Averaging(degraded=1 if level == "raw" else int(level.removeprefix("avg")))


def measure_noise(
    index: pd.DataFrame, record: SourceRecord, advance: Advance | None = None
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Measure the noise of all captures of a data set.

    Args:
        index: manifest of the images, of one level.
        record: where they are, and what their stored numbers mean.
        advance: called with the number of fields of view read (each is read twice) and the number of all.

    Returns:
        The report, of plain numbers and text, in counts of the declared bit depth (floats: 1 / 65535 of their
        range); and the mean-variance points with ``POINT_COLUMNS``.

    Raises:
        FreqbenchError: if an image cannot be read.
    """
    averaging = averaging_of(record.kind, str(index["level"].iloc[0]))
    captures = index.groupby("fov", sort=False).size()
    captures = captures[(captures > 1) | (averaging.clean > 0)]
    measured = [str(fov) for fov in captures.index]
    steps = 2 * len(measured)
    side = int(index[["height", "width"]].to_numpy().min())
    block = max(8, min(BLOCK, side // 8)) if len(measured) < FOVS_TO_RESAMPLE else None
    top = 2 ** int(index["bit_depth"].iloc[0]) - 1
    parts, unit = [], 1.0
    for number, (noisy, clean) in enumerate(_fields(index, record, measured), start=1):
        # a depth of 9 to 15 bits is stretched to 16 on reading
        unit = top / np.iinfo(clean.dtype).max
        parts.append(level_sums(noisy, clean, averaging, block) * unit**POWERS)
        if advance is not None:
            advance(number, steps)
    units = np.concatenate(parts) if parts else np.zeros((0, LEVELS, 8))
    found = points(units.sum(axis=0))
    line = fits.robust_line(found)
    residuals = ResidualSums()
    if found.level.size:
        expected = fits.expected_variance(found, line) / unit**2
        for number, (noisy, clean) in enumerate(_fields(index, record, measured), start=1):
            width = np.iinfo(clean.dtype).max / (LEVELS - 1)
            used = np.isin(np.rint(clean / width), found.level[found.used])
            for residual in standardised(noisy, clean, expected, averaging):
                residuals.add(residual, used)
            if advance is not None:
                advance(len(measured) + number, steps)
    drawn = fits.bootstrap_lines(units, fits.robust_line, resamples=RESAMPLES) if line is not None else None
    report = {
        "dataset": str(index["dataset"].iloc[0]),
        "level": str(index["level"].iloc[0]),
        "bit_depth": int(index["bit_depth"].iloc[0]),
        "fovs": len(measured),
        "captures": [int(captures.min()), int(captures.max())] if measured else [0, 0],
        "method": _method(captures, averaging),
        **_fit_report(units, line, drawn, top, "fields of view" if block is None else f"blocks of {block} pixels"),
        **_residual_report(residuals, units),
    }
    table = pd.DataFrame(
        {
            "dataset": report["dataset"],
            "level": found.level,
            "pixels": found.pixels.astype(np.int64),
            "mean": found.mean,
            "variance": found.variance,
            "saturated": found.saturated,
            "used": found.used,
        }
    )
    if line is not None and drawn is not None:
        table["fitted"] = line[0] * found.mean + line[1]
        band = np.quantile(np.outer(drawn[:, 0], found.mean) + drawn[:, 1:], (0.025, 0.975), axis=0)
        table["fitted_low"], table["fitted_high"] = band
    return report, table.reindex(columns=list(POINT_COLUMNS))


def _fields(index: pd.DataFrame, record: SourceRecord, fovs: list[str]) -> Iterator[tuple[Grey, Grey]]:
    """Yield captures (n, H, W) and clean image (H, W) of one field of view after the other."""
    for fov in fovs:
        images = index[index["fov"] == fov]
        names = [*images["noisy"], images["clean"].iloc[0]]
        *noisy, clean = (read_grey(record.root / name, record.scale) for name in names)
        yield np.stack(noisy), clean


def _method(captures: "pd.Series[int]", averaging: Averaging) -> str:
    single = int((captures == 1).sum())
    parts = []
    if len(captures) > single:
        parts.append(f"unbiased variance over repeated captures (fields of view: {len(captures) - single})")
    if single:
        factor = f"{averaging.clean}/{averaging.clean - averaging.degraded}"
        parts.append(
            f"squared residual of a single capture to the clean image, times {factor} since the clean image "
            f"contains the capture (fields of view: {single})"
        )
    return "; ".join(parts) or "none: single captures, and a clean image that does not contain them"


def _fit_report(units: Array, line: fits.Line | None, drawn: Array | None, top: int, unit: str) -> dict[str, Any]:
    if line is None or drawn is None:
        reason = f"fewer than {fits.LEAST_LEVELS} levels with enough unsaturated pixels, or all of one mean"
        return {"fit": None, "why_no_fit": reason if len(units) else "no noise to measure"}
    report = _line_report(line, drawn)
    intercept = line[1]
    limits = report["gain"], report["intercept"]
    return {
        "fit": {
            **report,
            "unit_range": {
                "gain": {name: value / top for name, value in limits[0].items()},
                "intercept": {name: value / top**2 for name, value in limits[1].items()},
            },
            "read_noise": float(np.sqrt(intercept)) if intercept >= 0 else None,
            "read_noise_note": "counts, if the offset is 0"
            if intercept >= 0
            else "not identifiable: the intercept is negative, so the camera has an offset, and the line alone "
            "gives only offset - read_noise**2 / gain",
            "estimator": "levels weighted by their squared errors, Huber weights; " + SATURATION,
            "interval": f"95 %, percentile bootstrap of {RESAMPLES} draws over {unit}",
        },
        "alternatives": {
            name: _line_report(other, fits.bootstrap_lines(units, fit, resamples=RESAMPLES, **limits_of))
            for name, (fit, limits_of) in ALTERNATIVES.items()
            if (other := fit(points(units.sum(axis=0), **limits_of))) is not None
        },
    }


def _line_report(line: fits.Line, drawn: Array) -> dict[str, Any]:
    gain, intercept = line
    # a line that does not rise crosses zero nowhere that means anything
    crossing = drawn[drawn[:, 0] > 0]
    offset = None
    if gain > 0:
        offset = vars(fits.interval(-intercept / gain, -crossing[:, 1] / crossing[:, 0]))
    return {
        "gain": vars(fits.interval(gain, drawn[:, 0])),
        "intercept": vars(fits.interval(intercept, drawn[:, 1])),
        "offset": offset,
    }


def _residual_report(residuals: ResidualSums, units: Array) -> dict[str, Any]:
    counted = as_counts(units)
    report: dict[str, Any] = {"readings": counted["readings"], "saturated_percent": None, "correlation": None}
    if counted["readings"]:
        report["saturated_percent"] = 100 * counted["saturated"] / counted["readings"]
    if residuals.moments[0]:
        correlation = residuals.autocorrelation()
        middle = LARGEST_LAG
        variance, skewness = residuals.variance_and_skewness()
        density = residuals.counts / residuals.counts.sum() / np.diff(EDGES)
        report |= {
            "correlation": {"x": float(correlation[middle, middle + 1]), "y": float(correlation[middle + 1, middle])},
            "autocorrelation": correlation.tolist(),
            "residuals": {
                "variance": variance,
                "skewness": skewness,
                "edges": EDGES.tolist(),
                "density": density.tolist(),
            },
        }
    return report
