"""Configuration of simulated noise: captures that are clean images plus noise, as in the FRC paper."""

from typing import Annotated, Literal

from pydantic import Field

from freqbench.config.base import Model


class _Noise(Model):
    """What both kinds have."""

    captures: int = Field(
        16,
        ge=1,
        le=999,
        description="noisy captures of each field of view: a fixed number, drawn once, where the FRC paper draws new "
        "noise in each epoch",
    )
    unit: Literal["image_range", "full_range"] = Field(
        "image_range",
        description="what the amplitude is a part of: image_range: of the difference between the brightest and the "
        "darkest pixel of the clean field of view, as in the FRC paper, which first brings each image to [-0.5, 0.5]; "
        "full_range: of that of the bit depth",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="seed of the noise")


class GaussianNoise(_Noise):
    """Additive white Gaussian noise."""

    kind: Literal["gaussian"] = Field(description="additive, white, Gaussian, of mean 0")
    std: float = Field(
        0.2, gt=0, description="standard deviation; the FRC paper prints 0.4, its authors' code has 0.2 by itself"
    )


class LogNormalNoise(_Noise):
    """Additive white log-normal noise: skewed, with rare and very bright pixels."""

    kind: Literal["log_normal"] = Field(description="additive, white, LogNormal(0, sigma) - 1: median 0, mean above 0")
    sigma: float = Field(1.3, gt=0, le=5, description="standard deviation of its logarithm; the FRC authors' value")


SyntheticNoise = Annotated[GaussianNoise | LogNormalNoise, Field(discriminator="kind")]
"""Noise that takes the place of a camera's."""
