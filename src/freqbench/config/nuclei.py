"""Configuration of the nucleus level: how nuclei are found in the clean images, and which of them are measured."""

from typing import Annotated, Literal

from pydantic import Field

from freqbench.config.base import Model

SSIM_WINDOW = 11
"""Width of SSIM's window in pixels: the largest smallest size among the metrics of a nucleus."""


class ThresholdSegmenter(Model):
    """Smoothing, a local threshold, and a watershed, with scikit-image. Needs no weights.

    All lengths but the diameter are shares of it, so that one number adapts the method to a magnification.
    """

    kind: Literal["threshold"] = Field(description="smoothing, local threshold, watershed")
    diameter: float = Field(gt=0, description="typical diameter of a nucleus, in pixels")
    smoothing: float = Field(
        0.05, ge=0, description="sigma of the Gaussian before the thresholds, as a share of the diameter"
    )
    window: float = Field(
        2.0, gt=0, description="width of the Gaussian window of the local threshold, as a share of the diameter"
    )
    level: float = Field(
        0.7,
        ge=0,
        description="a nucleus is also above this share of Li's threshold of the whole image, counted from the "
        "darkest pixel; without it the local threshold finds objects in the noise of the background",
    )
    opening: float = Field(
        0.05, ge=0, description="radius of the opening that removes what is thinner, as a share of the diameter"
    )
    seed_smoothing: float = Field(
        0.1, ge=0, description="sigma of the Gaussian on the distance to the background, as a share of the diameter"
    )
    seed_distance: float = Field(
        0.4, gt=0, description="smallest distance of two seeds of the watershed, as a share of the diameter"
    )


class CellposeSegmenter(Model):
    """Cellpose, version 3, as in the LFFL paper. Its package and its weights are not installed with freqbench."""

    kind: Literal["cellpose"] = Field(description="Cellpose 3")
    diameter: float = Field(
        gt=0, description="typical diameter of a nucleus, in pixels; nothing is estimated from the image"
    )
    weights: str = Field(
        "nucleitorch_0",
        min_length=1,
        description="weight file: a path, or a name that is looked for in the mirror, then in the folder of Cellpose "
        "(CELLPOSE_LOCAL_MODELS_PATH, else `.cellpose/models` in the home folder); never downloaded",
    )
    sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 that the file must have; the file's own is always recorded",
    )
    flow_threshold: float = Field(0.4, ge=0, description="largest error of the flows of a nucleus; Cellpose's default")
    cellprob_threshold: float = Field(0.0, description="smallest output for a pixel of a nucleus; Cellpose's default")


Segmenter = Annotated[ThresholdSegmenter | CellposeSegmenter, Field(discriminator="kind")]


class Nuclei(Model):
    """Nuclei as units of the evaluation."""

    segmenter: Segmenter = Field(
        description="finds nuclei in the clean image, once a field of view; one is never replaced by the other"
    )
    min_area: int = Field(ge=1, description="nuclei of fewer pixels are excluded")
    margin: int = Field(4, ge=0, description="pixels around the bounding box of a nucleus that belong to its crop")
    min_crop: int = Field(
        16,
        ge=SSIM_WINDOW,
        description="a crop below this height or width is grown to it with the pixels around it, half on each side; "
        "nothing is padded",
    )
    set_size: int = Field(
        64,
        ge=16,
        description="height and width to which all crops are resized for the distance between sets of them",
    )
