"""How methods and studies are called in tables and figures."""

from freqbench.config import Config

METHOD_LABELS = {
    "input": "Input (degraded)",
    "gaussian": "Gaussian filter",
    "clean": "Clean (target)",
    "spatial": "Spatial only",
    "ffl": "FFL",
    "fsl": "FSL",
    "lffl_a0.5": "LFFL α=0.5",
    "lffl_a1": "LFFL α=1",
    "lffl_a2": "LFFL α=2",
}

TIERS = {
    "smoke": "SMOKE: a test of the workflow, not a result",
    "mini": "MINI: real images, a small network, few fields of view; not comparable with the paper",
    "paper": "PAPER: the paper's protocol",
}


def method_label(name: str) -> str:
    """Return the printed name of a method; a user's own method keeps its name."""
    return METHOD_LABELS.get(name, name)


def study_notes(config: Config, verdicts: dict[str, str]) -> list[str]:
    """Return what a reader must know about every number of a study.

    Args:
        config: the study.
        verdicts: verdict of the leakage audit by data set.
    """
    notes = [TIERS[config.tier]]
    if config.note:
        notes.append(config.note)
    if config.feature_networks == "untrained":
        notes.append("Feature networks (perceptual loss, LPIPS, Fréchet distance) are untrained, from a seed.")
    if config.evaluation.frechet_features == "vgg16":
        notes.append(
            "FD-VGG16 is a Fréchet distance of VGG-16 features, KD-VGG16 a kernel distance of them. They are not FID "
            "and KID."
        )
    for dataset, verdict in verdicts.items():
        explanation = AUDIT_NOTES.get(verdict)
        if explanation:
            notes.append(f"{dataset}: {explanation}")
    return notes


AUDIT_NOTES = {
    "undecided": "some train and test fields of view correlate as those of one specimen do, but hold too few cells to "
    "tell that from chance: mirrored copies correlate almost as much.",
    "related": "train and test fields of view show one specimen: differences between methods may not carry over "
    "to other specimens.",
    "masked": "test fields of view overlap with train fields of view; only the area that no train field shows is "
    "tested.",
    "leaking": "LEAKING: test pixels were seen in training.",
}
