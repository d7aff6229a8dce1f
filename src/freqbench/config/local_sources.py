"""Configuration of images that lie in a folder already: BBBC006, and a user's own pairs."""

import re
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field, field_validator, model_validator

from freqbench.config.base import Model

PLACEHOLDERS = ("fov", "capture", "group")

IN_FOCUS = 16
"""BBBC006's plane in focus."""


class BBBC006Source(Model):
    """BBBC006 nuclei: each field of view out of focus, paired with its plane in focus, z_16."""

    kind: Literal["bbbc006"] = Field(description="BBBC006 planes, unzipped")
    folder: Path = Field(
        description="folder that holds `BBBC006_v1_images_z_16` and the defocused plane's folder, absolute or "
        "relative to the mirror"
    )
    defocus: int = Field(13, ge=0, le=33, description="number of the defocused plane; planes are 2 µm apart")
    channel: Literal[1, 2] = Field(1, description="1: Hoechst (nuclei), 2: phalloidin (actin)")
    bit_depth: int = Field(
        16,
        ge=9,
        le=16,
        description="bits that are used in the 16-bit files: 12 makes the images 16 times brighter; five fields that "
        "were looked at end at 4095, as 12 bits do",
    )

    @field_validator("defocus")
    @classmethod
    def _is_out_of_focus(cls, value: int) -> int:
        if value == IN_FOCUS:
            raise ValueError(f"plane {IN_FOCUS} is the one in focus; choose another, such as 13")
        return value


class FolderSource(Model):
    """A user's own images: pairs by patterns of file names, or by a CSV file."""

    kind: Literal["folder"] = Field(description="a folder of your own images, PNG, TIFF or OME-TIFF")
    folder: Path = Field(description="the folder, absolute or relative to the mirror or the working folder")
    degraded: str | None = Field(
        None,
        description="pattern of the degraded images below `folder`, such as `low/{fov}_{capture}.tif`: `{fov}` is "
        "needed, `{capture}` and `{group}` (specimen, well, ...) are optional, `*` stands for any text in a name",
    )
    clean: str | None = Field(
        None, description="pattern of the clean images, one a field of view; without it the set can only be restored"
    )
    pairs: Path | None = Field(
        None,
        description="instead of patterns: CSV file below `folder` with the columns degraded and fov, and optionally "
        "clean, capture and group",
    )
    captures: int | None = Field(None, ge=1, description="captures that each field of view must have; nothing: any")
    bit_depth: int | None = Field(
        None, ge=8, le=16, description="bits that integers use, such as 12 in 16-bit files; nothing: all of the file's"
    )
    data_range: tuple[float, float] | None = Field(
        None, description="values of float images that are black and full scale; nothing: 0 and 1"
    )
    licence: str = Field("not stated", description="licence of the images, printed with every figure that shows them")
    citation: str = Field("not stated", description="how to cite the images")

    @field_validator("degraded", "clean")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        if value is None:
            return None
        names = re.findall(r"\{([^{}]*)\}", value)
        unknown = [name for name in names if name not in PLACEHOLDERS]
        if unknown:
            raise ValueError(f"unknown placeholder `{{{unknown[0]}}}`; there are {{fov}}, {{capture}} and {{group}}")
        if "fov" not in names:
            raise ValueError("needs the placeholder `{fov}`, which names the field of view")
        if PurePosixPath(value).is_absolute() or ".." in PurePosixPath(value).parts:
            raise ValueError("must lie below `folder`: no leading `/`, no `..`")
        return value

    @model_validator(mode="after")
    def _pairs_one_way(self) -> "FolderSource":
        if (self.degraded is None) == (self.pairs is None):
            raise ValueError("needs either `degraded` (a pattern, with `clean`) or `pairs` (a CSV file)")
        if self.pairs is not None and self.clean is not None:
            raise ValueError("`clean` belongs to `degraded`; with `pairs` the CSV file names the clean images")
        if self.clean is not None:
            if "{capture}" in self.clean:
                raise ValueError(
                    "`clean`: all captures of a field of view share one clean image, so `{capture}` cannot stand "
                    "there; if each image has a clean one of its own, each is a field of view: use `{fov}` alone"
                )
            if ("{group}" in self.clean) != ("{group}" in str(self.degraded)):
                raise ValueError("`{group}` must stand in both `degraded` and `clean`, or in neither")
        if self.data_range is not None and not self.data_range[0] < self.data_range[1]:
            raise ValueError("`data_range`: the first value must be smaller than the second")
        if self.data_range is not None and self.bit_depth is not None:
            raise ValueError("`bit_depth` is for integers and `data_range` for floats; declare one of them")
        return self
