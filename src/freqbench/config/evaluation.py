"""Configuration of the metrics, the comparison and the figures."""

from typing import Literal

from pydantic import Field, field_validator

from freqbench.config.base import Model, Name

ImageMetric = Literal[
    "psnr", "mse", "ssim", "ms_ssim", "fsim", "gmsd", "lpips", "lfd", "frc_area", "power_spectrum_distance"
]


class Evaluation(Model):
    """What is measured on the restored patches."""

    metrics: tuple[ImageMetric, ...] = Field(
        ("psnr", "ssim", "lpips", "fsim", "gmsd"), min_length=1, description="metrics of each patch"
    )
    intensity_fit: Literal["none", "affine"] = Field(
        "none",
        description="none: restored patches are measured as they are; affine: each is first mapped by the a x + b, "
        "a >= 0, that is closest to its clean patch, for all methods and controls, as the FRC loss fixes neither scale "
        "nor offset",
    )
    lpips_network: Literal["vgg", "alex"] = Field("vgg", description="trunk of LPIPS; the paper has VGG")
    frechet_features: Literal["inception", "vgg16", "none"] = Field(
        "inception",
        description="features of the Frechet and the kernel distance; only `inception` gives an FID and a KID",
    )
    bootstrap: int = Field(
        2000, ge=100, description="bootstrap samples of fields of view, for the intervals of these distances"
    )
    halvings: int = Field(20, ge=1, description="random halves of the fields of view, for their split-half floor")
    seed: int = Field(0, ge=0, description="seed of the bootstrap and the halves")
    batch_size: int = Field(16, ge=1, description="patches restored or measured at once")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="`auto`: a GPU where there is one")


class Comparison(Model):
    """Which differences are tested, and how."""

    baselines: tuple[Name, ...] = Field(
        ("spatial", "ffl", "fsl"), min_length=1, description="methods among which the best baseline is chosen"
    )
    reference: Name = Field(
        "spatial", description="method that all others are compared with besides; nothing where it is not trained"
    )
    significance: float = Field(0.001, gt=0, lt=1, description="level of the asterisk; 0.001 is the paper's")
    bootstrap: int = Field(2000, ge=100, description="bootstrap samples of fields of view, and of runs if several")
    seed: int = Field(0, ge=0, description="seed of the bootstrap")

    @field_validator("reference")
    @classmethod
    def _is_no_kind(cls, name: str) -> str:
        if name in {"best_baseline", "pair"}:
            raise ValueError(f"`{name}` is a kind of comparison; the statistics could not tell it from the method")
        return name


class LeakageComparison(Model):
    """Two data sets of the same images whose splits differ: what do the scores owe to leakage?"""

    leaking: Name = Field(description="data set whose split leaks, as the paper's may: `split.shared_area: as_paper`")
    free: Name = Field(description="data set of the same source whose split does not")


class ImageTable(Model):
    """The table image by image, in the shape of the CARE study's."""

    rows: Literal["image", "field"] = Field(
        "image", description="a row for each capture of a test field of view, or one for all its captures"
    )
    experiments: dict[Name, Literal["AA", "MM", "MA", "AM"]] = Field(
        default_factory=dict,
        description="by data set, the experiment of the CARE study that it stands for, whose printed means then stand "
        "below: AA and MM train and test on one set, MA trains on M and tests on A, AM the other way round",
    )


class Spectra(Model):
    """Fourier ring correlation and power of restored patches by frequency."""

    window: Literal["hann", "none"] = Field(
        "hann",
        description="what is done about the borders of patches: hann: a Hann window; none: nothing, as in the FRC "
        "paper, which lets the borders correlate",
    )


class LearningCurves(Model):
    """Metrics of test patches over the iterations, where `training.snapshots` keeps the generators."""

    metrics: tuple[ImageMetric, ...] | None = Field(
        None, min_length=1, description="some of `evaluation.metrics`; none given: all of them"
    )
    patches: int | None = Field(
        64, ge=1, description="test patches that are restored, spread over the fields of view; none: all"
    )


class Figures(Model):
    """The comparison figure."""

    regions: int = Field(2, ge=1, le=4, description="magnified regions")
    region_size: int = Field(48, ge=8, description="width and height of a magnified region in pixels")


class Sensitivity(Model):
    """Which frequencies each loss sees, measured without training."""

    patches: int = Field(4, ge=1, description="train patches on which it is measured")
    cutoffs: int = Field(32, ge=2, description="cut-offs of the low-pass filter, from 1 to the Nyquist frequency")
