"""What was chosen for the classical denoisers on the train patches."""

from freqbench.config import CLASSICAL, Config
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.reporting.labels import method_label

NAMES = {"sigma": "width", "weight": "weight", "h": "h", "patch_distance": "search distance", "sigma_psd": "noise"}
IN_PIXELS = ("sigma", "patch_distance")
"""The other parameters are strengths, said in standard deviations of the noise."""


def tuning_notes(config: Config) -> list[str]:
    """Return for each data set the parameters of its tuned controls, those of several splits beside each other.

    Raises:
        FreqbenchError: if a record is missing.
    """
    notes = []
    for dataset in config.datasets:
        found = [
            f"{method_label(control)} {_chosen(config, dataset, control)}"
            for control in CLASSICAL
            if control in config.controls_of(dataset)
        ]
        if found:
            unit = " σ: standard deviation of the noise." if any("σ" in text for text in found) else ""
            notes.append(
                f"{dataset}, classical denoisers, by the best mean PSNR of train patches: {'; '.join(found)}.{unit}"
            )
    return notes


def _chosen(config: Config, dataset: str, control: str) -> str:
    """Return the parameters of one control in words."""
    layout = Layout.of(config)
    records = [read_json(layout.control_record(dataset, control, split, 0)) for split in config.splits_of(dataset)]
    parts = []
    for name in records[0]["parameters"]:
        unit = "px" if name in IN_PIXELS else "σ"
        values = [record["parameters"][name] / (1.0 if name in IN_PIXELS else record["noise"]) for record in records]
        text = f"{NAMES[name]} {' or '.join(dict.fromkeys(f'{value:.3g}' for value in values))} {unit}"
        if any(name in record["at_end_of_grid"] for record in records):
            text += " (the end of its grid)"
        parts.append(text)
    return ", ".join(parts)
