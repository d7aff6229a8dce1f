"""How the LFFL paper made its Table 1, as far as it says: what a study must share to be set beside it.

What the paper leaves open is not here; ``docs/choices.md`` lists it. Where the paper names an architecture and no
more ("16-layer RRDB from ESRGAN", PatchGAN), the numbers are those of the architecture's authors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from freqbench.config.training import Discriminator, RRDBGenerator

Unit = Literal["patch", "nucleus"]
"""What a metric is measured on before it is averaged."""

METRICS = {"psnr": "PSNR", "ssim": "SSIM", "lpips": "LPIPS", "fid": "FID", "fsim": "FSIM", "gmsd": "GMSD"}
"""The columns of the table, in its order: what freqbench calls them, and what the paper does."""

STAND_INS = {"fd_vgg16": "FID"}
"""Metrics that stand in the place of one of the paper's without being it."""


@dataclass(frozen=True)
class PaperData:
    """A data set of the table.

    Attributes:
        images: what they show, in words.
        fmd_type: the imaging configuration of FMD that it is; None for images that were never published.
        task: what is done to them.
        unit: what PSNR, SSIM, FSIM and GMSD are measured on. LPIPS is measured on patches.
        tested: how many of these units there are in the test set.
        fid_unit: whose images the FID compares; None where the paper does not say.
        patch_size: height and width of a patch in pixels.
    """

    images: str
    fmd_type: str | None
    task: Literal["denoise", "deblur"]
    unit: Unit
    tested: int
    fid_unit: Unit | None
    patch_size: int = 256

    def unit_of(self, metric: str) -> Unit | None:
        """Return what a metric of the table is measured on; None where the paper does not say."""
        return {"lpips": "patch", "fid": self.fid_unit}.get(metric, self.unit)


DATA = {
    "fmd_zebrafish": PaperData("FMD Confocal_FISH, raw", "Confocal_FISH", "denoise", "patch", 600, "patch"),
    "nuclei_defocus": PaperData("defocused nuclei, never published", None, "deblur", "nucleus", 877, None),
}
"""The data sets by the names that `published_as` has for them."""


@dataclass(frozen=True)
class PaperMethod:
    """A row of the table.

    Attributes:
        loss: its frequency loss, by freqbench's name; None for spatial terms alone.
        options: arguments of the loss that its paper states.
        weight: where lambda_4 comes from.
        domain: what the loss sees; ``task``: images to denoise and features to deblur.
        open_options: arguments that the paper does not state; any value is a reading of it.
    """

    loss: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    weight: Literal["paper", "calibrated"] = "calibrated"
    domain: Literal["image", "task"] = "image"
    open_options: frozenset[str] = frozenset()


_FFL: Mapping[str, Any] = {
    "alpha": 1.0,
    "patch_factor": 1,
    "ave_spectrum": False,
    "log_matrix": False,
    "batch_matrix": False,
}
_FSL: Mapping[str, Any] = {"amplitude_weight": 0.5, "phase_weight": 0.5, "window": "hann"}
_LFFL_OPEN = frozenset({"detach_weight", "normalize_weight", "epsilon_inside", "full_spectrum", "channels"})


def _lffl(alpha: float) -> PaperMethod:
    stated = {"alpha": alpha, "epsilon": 1e-8, "exclude_dc": True, "log_weight": True, "log_error": True}
    return PaperMethod("log_focal_frequency", stated, "paper", "task", _LFFL_OPEN)


METHODS = {
    "spatial": PaperMethod(),
    "ffl": PaperMethod("focal_frequency", _FFL),
    "fsl": PaperMethod("fourier_space", _FSL, open_options=frozenset({"periodic", "phase_gradient_floor"})),
    "lffl_a0.5": _lffl(0.5),
    "lffl_a1": _lffl(1.0),
    "lffl_a2": _lffl(2.0),
}
"""The rows of the table in its order."""

TRAIN_FRACTION = 0.4
"""Share of the fields of view that train."""

ITERATIONS = 20_000
"""200 epochs of the 400 zebrafish patches that train, in batches of 4."""

SETTINGS: Mapping[str, Any] = {
    "tier": "paper",
    "feature_networks": "imagenet",
    **{f"generator.{name}": value for name, value in RRDBGenerator().model_dump().items()},
    **{f"discriminator.{name}": getattr(Discriminator(), name) for name in ("features", "layers")},
    "training.epochs": 200,
    "training.iterations": ITERATIONS,
    "training.batch_size": 4,
    "training.crop": None,
    "training.learning_rate_generator": 1e-4,
    "training.learning_rate_discriminator": 1e-5,
    "training.betas": (0.9, 0.999),
    "training.target": "clean",
    "training.validation": None,
    "training.objective.l1": "paper",
    "training.objective.perceptual": 1.0,
    "training.objective.adversarial": 0.005,
    "evaluation.intensity_fit": "none",
}
"""Settings of a study by their keys in the configuration. Of the two lengths of a training one is given."""
