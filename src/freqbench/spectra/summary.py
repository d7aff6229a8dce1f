"""Mean curves of each method with their spread, and the frequencies at which they cross the thresholds."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.evaluation import NAMES
from freqbench.layout import Layout
from freqbench.run import runs_of
from freqbench.spectra.thresholds import ONE_SEVENTH, crossing, half_bit

THRESHOLDS = ("1/7", "half-bit")
CROSSING_COLUMNS = (
    *("dataset", "method", "curve", "threshold", "fovs", "runs", "images"),
    *("frequency", "frequency_low", "frequency_high", "pixels", "micrometres", "note"),
)
ABOVE = "above the threshold at all frequencies"
BELOW = "below the threshold from the lowest frequency on"


def read_spectra(config: Config, dataset: str) -> pd.DataFrame:
    """Read the curves of all runs on a data set.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    layout = Layout.of(config)
    tables = []
    for run in runs_of(config, dataset):
        path = layout.spectra(*run.key)
        try:
            tables.append(pd.read_csv(path, converters=dict.fromkeys((*NAMES, "curve"), str)))
        except (OSError, ValueError) as error:
            raise FreqbenchError(f"{path}: no readable spectra ({error}); run `freqbench spectra`") from error
    return pd.concat(tables, ignore_index=True)


def field_curves(spectra: pd.DataFrame) -> pd.DataFrame:
    """Return the curve of each method on each field of view, the mean over splits and seeds.

    Args:
        spectra: the tidy curves.

    Returns:
        Mean by ``curve, method, fov`` (rows) and ``ring`` (columns).
    """
    return spectra.pivot_table(
        index=["curve", "method", "fov"], columns="ring", values="mean", aggfunc="mean", sort=False
    )


def mean_curves(spectra: pd.DataFrame) -> pd.DataFrame:
    """Return the mean curve of each method and its standard deviation over images.

    Fields of view weigh the same in the mean, however many captures they have. The standard deviation is that of
    all images (or pairs of captures) of all runs around the mean curve: within fields of view and between them.

    Args:
        spectra: the tidy curves.

    Returns:
        Columns ``curve, method, ring, frequency, ring_size, images, mean, sd``; ``sd`` is NaN with one image.
    """
    key = ["curve", "method", "ring"]
    by_field = spectra.groupby([*key, "fov"], sort=False)["mean"].mean()
    middle = by_field.groupby(level=key, sort=False).mean().rename("middle")
    rows = spectra.join(middle, on=key)
    # sums of squares within a field's captures and of the field around the mean curve
    within = rows["sd"].fillna(0.0) ** 2 * (rows["n"] - 1)
    rows["squares"] = within + rows["n"] * (rows["mean"] - rows["middle"]) ** 2
    found = rows.groupby(key, sort=False).agg(
        frequency=("frequency", "first"),
        ring_size=("ring_size", "first"),
        images=("n", "sum"),
        mean=("middle", "first"),
        squares=("squares", "sum"),
    )
    degrees = (found["images"] - 1).where(found["images"] > 1)
    found["sd"] = np.sqrt(found.pop("squares") / degrees)
    return found.reset_index()


def crossings(config: Config, dataset: str, spectra: pd.DataFrame) -> pd.DataFrame:
    """Return where the mean correlation curve of each method falls below the thresholds.

    Args:
        config: the study: bootstrap and seed of ``comparison``, the pixel size of the data set.
        dataset: name of the data set.
        spectra: its tidy curves.

    Returns:
        One row a method, curve and threshold, with the columns `CROSSING_COLUMNS`: the crossing of the mean over
        fields of view in cycles per pixel, 0.5 (Nyquist) where there is none; its 95 % interval by bootstrap over
        fields of view, empty with fewer than two; the period of that frequency in pixels and, if the pixel size is
        known, in micrometres; ``note``, where the curve crosses nowhere.
    """
    settings = config.comparison
    pixel_size = config.datasets[dataset].pixel_size
    grouped = spectra.groupby(["curve", "method"])
    rings = spectra.drop_duplicates("ring").sort_values("ring")
    frequencies = rings["frequency"].to_numpy()
    levels = {"1/7": np.full(len(rings), ONE_SEVENTH), "half-bit": half_bit(rings["ring_size"])}
    rows = []
    for (curve, method), fields in field_curves(spectra).groupby(level=["curve", "method"], sort=False):
        if curve == "power":
            continue
        group = grouped.get_group((curve, method))
        values = fields.to_numpy()
        drawn = _resampled(values, settings.bootstrap, settings.seed)
        for name in THRESHOLDS:
            place, note = _named(float(crossing(values.mean(0), frequencies, levels[name])))
            found = np.minimum(crossing(drawn, frequencies, levels[name]), 0.5)
            low, high = np.percentile(found, (2.5, 97.5)) if len(values) > 1 else (np.nan, np.nan)
            pixels = 1 / place if place else np.nan
            rows.append(
                {
                    **{"dataset": dataset, "method": method, "curve": curve, "threshold": name},
                    **{"fovs": len(values), "runs": len(group[["split", "seed"]].drop_duplicates())},
                    "images": int(group.loc[group["ring"] == 0, "n"].sum()),
                    **{"frequency": place, "frequency_low": low, "frequency_high": high, "pixels": pixels},
                    "micrometres": pixels * pixel_size if pixel_size else np.nan,
                    "note": note,
                }
            )
    return pd.DataFrame(rows, columns=list(CROSSING_COLUMNS))


def _resampled(values: npt.NDArray[np.float64], samples: int, seed: int) -> npt.NDArray[np.float64]:
    """Return mean curves, (samples, R), over fields of view drawn with replacement."""
    count = len(values)
    drawn = np.random.default_rng(seed).integers(count, size=(samples, count))
    weights = np.stack([(drawn == number).sum(axis=1) for number in range(count)], axis=1) / count
    return np.asarray(weights @ values)


def _named(place: float) -> tuple[float, str]:
    if np.isinf(place):
        return 0.5, ABOVE
    return (place, "") if place > 0 else (0.0, BELOW)
