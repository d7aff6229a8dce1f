"""How methods and studies are called in tables and figures."""

import re
from typing import Any

from freqbench.config import Config
from freqbench.config.names import base_name, generator_part
from freqbench.reporting.protocol_notes import fit_notes, protocol_notes

METHOD_LABELS = {
    "input": "Input (degraded)",
    "gaussian": "Gaussian filter",
    "tv": "Total variation",
    "nlm": "Non-local means",
    "bm3d": "BM3D",
    "gat_gaussian": "GAT + Gaussian filter",
    "gat_tv": "GAT + total variation",
    "gat_nlm": "GAT + non-local means",
    "gat_bm3d": "GAT + BM3D",
    "average16": "Mean of 16 captures",
    "clean": "Clean (target)",
    "spatial": "Spatial only",
    "ffl": "FFL",
    "fsl": "FSL",
    "lffl_a0.5": "LFFL α=0.5",
    "lffl_a1": "LFFL α=1",
    "lffl_a2": "LFFL α=2",
    "lffl": "LFFL",
    "lffl_plain_weight": "LFFL, weight without log",
    "lffl_plain_error": "LFFL, error without log",
    "lffl_plain": "LFFL without logs",
    "lffl_unweighted": "LFFL without weight",
    "frc": "FRC",
    "mae": "MAE",
    "laplace": "Laplace",
    "fft": "FFT",
    "bandpass": "Band-pass",
    "ms_ssim_l1": "MS-SSIM + L1",
    "l1": "L1",
    "l2": "L2",
}

TIERS = {
    "smoke": "SMOKE: a test of the workflow, not a result",
    "mini": "MINI: real images, a small network, few fields of view; not comparable with the paper",
    "paper": "PAPER: the paper's protocol",
}


GENERATOR_LABELS = {"rrdb": "RRDB", "care": "CARE U-Net", "n2n": "N2N U-Net"}
SWEPT = re.compile(r"(?P<base>.+?)_(?P<key>alpha|weight)(?P<value>[0-9.]+)")
"""The name of a method of a sweep over one of these; that of another keeps its name."""
SIGNS = {"alpha": "α=", "weight": "λ₄×"}


def method_label(name: str) -> str:
    """Return the printed name of a method; a user's own method keeps its name."""
    base, generator = base_name(name), generator_part(name)
    swept = SWEPT.fullmatch(base)
    label = METHOD_LABELS.get(base, base)
    if swept and swept["base"] in METHOD_LABELS:
        label = f"{METHOD_LABELS[swept['base']]} {SIGNS[swept['key']]}{swept['value']}"
    return f"{label} ({generator_label(generator)})" if generator else label


def generator_label(name: str) -> str:
    """Return the printed name of one of several generators; one with a name of the user's keeps it."""
    return GENERATOR_LABELS.get(name, name)


def tier_notes(config: Config) -> list[str]:
    """Return what a study is, its user's own remark, and whether intensities are fitted."""
    return [TIERS[config.tier], *([config.note] if config.note else []), *fit_notes(config)]


def study_notes(config: Config, verdicts: dict[str, dict[int, str]]) -> list[str]:
    """Return what a reader must know about every number of a study.

    Args:
        config: the study.
        verdicts: verdict of the leakage audit by data set and number of the split; of data sets that are not
            among them nothing is said, unless there are none.
    """
    notes = [*tier_notes(config), *protocol_notes(config, verdicts or config.datasets)]
    if config.feature_networks == "untrained":
        notes.append("Feature networks (perceptual loss, LPIPS, Fréchet distance) are untrained, from a seed.")
    if config.evaluation.frechet_features == "vgg16":
        notes.append(
            "FD-VGG16 is a Fréchet distance of VGG-16 features, KD-VGG16 a kernel distance of them. They are not FID "
            "and KID."
        )
    for dataset in verdicts:
        other = config.training_set_of(dataset)
        if other != dataset:
            notes.append(
                f"{dataset}: tests the generators that were trained on {other}; nothing was trained on {dataset}. The "
                f"Gaussian filter, too, has the width that is best on the train patches of {other}."
            )
    for dataset, by_split in verdicts.items():
        several = config.datasets[dataset].split.repeats > 1
        for verdict, explanation in AUDIT_NOTES.items():
            concerned = [split for split, found in by_split.items() if found == verdict]
            if concerned:
                where = f"{dataset}, {numbered(concerned)}" if several else dataset
                notes.append(f"{where}: {explanation}")
    return notes


def numbered(splits: list[int]) -> str:
    """Return the numbers of one or more splits in words, such as ``splits 1, 2 and 4``."""
    *others, last = map(str, splits)
    return f"splits {', '.join(others)} and {last}" if others else f"split {last}"


def split_label(config: Config, dataset: str, split: int) -> str:
    """Return which of several splits it is, such as ``, split 1 of 3``, and nothing where there is one."""
    splits = config.splits_of(dataset)
    return f", split {split} of {len(splits)}" if len(splits) > 1 else ""


def tested_on(row: Any, units: str = "patches of") -> str:
    """Return on how many patches, or other units, and fields of view a number of the table rests."""
    fovs = f"{row['fovs']} {'field' if row['fovs'] == 1 else 'fields'} of view"
    if row["splits"] == 1:
        return f"N = {row['n']} {units} {fovs}"
    count = f"{row['n']} to {row['n_max']}" if row["n"] < row["n_max"] else row["n"]
    return f"{row['splits']} splits; N = {count} {units.split(maxsplit=1)[0]} per split, {fovs} in all"


def worst_verdict(verdicts: dict[int, str]) -> str:
    """Return the worst verdict of the leakage audit on the splits of a data set: the data set's own."""
    severity = [*AUDIT_NOTES, "clean"]
    return min(verdicts.values(), key=severity.index)


AUDIT_NOTES = {
    "leaking": "LEAKING: test pixels were seen in training.",
    "masked": "test fields of view overlap with train fields of view; only the area that no train field shows is "
    "tested.",
    "related": "train and test fields of view show one specimen: differences between methods may not carry over "
    "to other specimens.",
    "undecided": "some train and test fields of view correlate as those of one specimen do, but hold too few cells to "
    "tell that from chance: mirrored copies correlate almost as much.",
    "not compared": "some train and test fields of view differ in size and were not compared with each other.",
}
"""What each verdict of the leakage audit means to a reader, the worst first."""
