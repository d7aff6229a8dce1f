"""Configuration of the fit of one image with several losses: the demonstration of the FFL paper."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from freqbench.config.base import Model, Name
from freqbench.config.training import NonNegative

DECODER_SCALE = 16
"""By how much the decoder enlarges its noise: the width and height that it can make are multiples of it."""


class FitObjective(Model):
    """A row of the figure: the mean squared error alone, or a second loss beside it."""

    name: Name = Field(description="name in files; the known methods' names get their labels in table and figure")
    loss: str | None = Field(
        None, description="registered name or dotted path of the loss beside the mean squared error; none: that alone"
    )
    options: dict[str, Any] = Field(default_factory=dict, description="arguments of the loss, for example `alpha`")
    weight: NonNegative | Literal["calibrated"] = Field(
        "calibrated",
        description="of the loss beside a mean squared error of weight 1; calibrated: such that both have the same "
        "gradient norm at the output of the untrained network",
    )

    @model_validator(mode="after")
    def _consistent(self) -> "FitObjective":
        if self.loss is None and self.options:
            raise ValueError("`options` without `loss`; name the loss that they belong to")
        return self


class ImageFit(Model):
    """One clean image, fitted by a small network under several objectives."""

    dataset: Name | None = Field(
        None,
        description="data set whose clean patch with most detail is fitted, of both sides of the first split; nothing "
        "is restored, so that no side is spared",
    )
    file: Path | None = Field(None, description="a grey image instead, PNG or TIFF")
    size: int = Field(
        64,
        ge=2 * DECODER_SCALE,
        multiple_of=DECODER_SCALE,
        description="width and height of the window with most detail that is fitted, in pixels; 64 as the FFL paper's "
        "images of faces",
    )
    objectives: tuple[FitObjective, ...] = Field(
        (FitObjective(name="mse"), FitObjective(name="ffl", loss="focal_frequency")),
        min_length=2,
        description="what is minimised; the first one has no `loss`, and the others are compared with it",
    )
    features: int = Field(
        32, ge=2, multiple_of=2, description="channels of the decoder; half of them in its last level"
    )
    iterations: int = Field(1024, ge=2, description="steps of Adam")
    learning_rate: float = Field(3e-3, gt=0, description="of Adam, constant")
    seeds: tuple[int, ...] = Field(
        (0, 1, 2, 3, 4), min_length=1, description="of the noise and the initial weights, the same for all objectives"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "ImageFit":
        if (self.dataset is None) == (self.file is None):
            raise ValueError("needs either `dataset` or `file`: the image that is fitted")
        names = [objective.name for objective in self.objectives]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"objectives: `{repeated[0]}` stands there twice; names must differ")
        if self.objectives[0].loss is not None or any(objective.loss is None for objective in self.objectives[1:]):
            raise ValueError("objectives: the first one, and only it, has no `loss`: the others are compared with it")
        if len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            raise ValueError("seeds: must be different numbers, none below 0")
        return self
