"""What the controls prove: the clean images have the best value of every metric, filters beat their noisy input."""

import numpy as np
import pandas as pd

from freqbench.config import CLASSICAL, Config
from freqbench.metrics.contracts import contract_of
from freqbench.reporting.labels import method_label


def control_notes(config: Config, table: pd.DataFrame) -> list[str]:
    """Return for each data set whether the metrics tell good from bad images, as its controls show.

    Args:
        config: the study.
        table: every number, as `freqbench.reporting.table1.table1` returns them.

    Returns:
        One sentence or two a data set: in which metrics the clean images are not the best of all methods, which no
        metric should have, and in which the classical denoisers are not better than their input. To denoise they
        should be; to deblur they need not.
    """
    notes = []
    for dataset in config.datasets:
        chosen = table[table["dataset"] == dataset]
        # identical images have an infinite PSNR, whose mean over finite values is NaN
        means = chosen.pivot_table(index="metric", columns="method", values="mean", sort=False, dropna=False)
        if "clean" not in means:
            continue
        sign = pd.Series({name: 1.0 if contract_of(str(name)).better == "higher" else -1.0 for name in means.index})
        quality = means.mul(sign, axis=0)
        quality.loc[quality.index == "psnr", "clean"] = quality.loc[quality.index == "psnr", "clean"].fillna(np.inf)
        labels = chosen.groupby("metric")["label"].first()
        failed = [str(labels[name]) for name in quality.index if quality.loc[name, "clean"] < quality.loc[name].max()]
        text = f"{dataset}, controls: clean images have the best value of every metric"
        if failed:
            text = (
                f"{dataset}, controls: CLEAN IMAGES ARE NOT THE BEST in {', '.join(failed)}: do not trust these metrics"
            )
        if "input" in means:
            for beaten, denoisers in _gains(quality, labels).items():
                text += f"; better than the input in {beaten}: {', '.join(denoisers)}"
        notes.append(f"{text}.")
    return notes


def _gains(quality: pd.DataFrame, labels: "pd.Series[str]") -> dict[str, list[str]]:
    """Return the classical denoisers by the metrics, in words, in which they are better than their input."""
    found: dict[str, list[str]] = {}
    for control in CLASSICAL:
        if control in quality:
            worse = [str(labels[name]) for name in quality.index[quality[control] <= quality["input"]]]
            found.setdefault(f"all but {', '.join(worse)}" if worse else "all", []).append(method_label(control))
    return found
