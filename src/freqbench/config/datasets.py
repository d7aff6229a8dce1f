"""Configuration of the data: where images come from, how they are split, audited and cut into patches."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from freqbench.config.base import FovName, Model, Name
from freqbench.config.local_sources import BBBC006Source, FolderSource
from freqbench.config.methods import Control
from freqbench.config.nuclei import Nuclei
from freqbench.config.synthetic_noise import SyntheticNoise

FMD_TYPES = (
    *(f"{kind}_BPAE_{channel}" for kind in ("Confocal", "TwoPhoton", "WideField") for channel in "RGB"),
    "Confocal_FISH",
    "Confocal_MICE",
    "TwoPhoton_MICE",
)
"""The twelve imaging configurations of the FMD set (Zhang et al., CVPR 2019)."""


def _as_names(value: object) -> object:
    """Let a YAML list of FOVs hold bare numbers: FMD's folders are named 1 to 20."""
    return [str(entry) for entry in value] if isinstance(value, list) else value


FovList = Annotated[tuple[FovName, ...], BeforeValidator(_as_names)]


class PhantomSource(Model):
    """Embedded data: simulated specimens in FMD's folder layout, made from a seed."""

    kind: Literal["phantom"] = Field(description="simulated images")
    specimen: Literal["tissue", "nuclei"] = Field("tissue", description="what is simulated")
    specimens: int = Field(20, ge=1, description="number of specimens that the fields of view come from")
    fovs: int = Field(20, ge=2, description="number of fields of view")
    captures: int = Field(50, ge=1, le=50, description="captures written for each field of view")
    size: int = Field(512, ge=64, le=4096, description="width and height of a field of view, in pixels")
    seed: int = Field(0, ge=0, lt=2**63, description="seed of the simulation")

    @model_validator(mode="after")
    def _specimens_are_shown(self) -> "PhantomSource":
        if self.specimens > self.fovs:
            raise ValueError(f"`specimens`: {self.specimens} are more than the {self.fovs} `fovs` can show")
        return self


class FMDSource(Model):
    """FMD images: a folder in the official layout, or the official archive."""

    kind: Literal["fmd"] = Field(description="FMD images")
    type: Literal[FMD_TYPES] = Field(description="imaging configuration, as FMD names it")  # type: ignore[valid-type]
    folder: Path | None = Field(
        None,
        description="folder in FMD's layout, absolute or relative to the mirror; "
        "without it the official archive is looked for in the mirror, then downloaded",
    )
    captures: int | None = Field(
        None, ge=1, le=50, description="captures that each field of view must have; nothing: any number"
    )


Source = Annotated[PhantomSource | FMDSource | BBBC006Source | FolderSource, Field(discriminator="kind")]


class Split(Model):
    """Which fields of view train and which test."""

    rule: Literal["fraction", "groups", "authors", "list"] = Field(
        "fraction",
        description="fraction: drawn from the seed; groups: drawn as well, but fields of view that the audit finds "
        "related stay on one side; authors: the FMD authors' own, field of view 19 tests and all others train; "
        "list: as listed",
    )
    train_fraction: float = Field(
        0.4, gt=0, lt=1, description="fraction, groups: share of the fields of view that train"
    )
    seed: int = Field(0, ge=0, description="fraction, groups: seed of the draw")
    repeats: int = Field(
        1,
        ge=1,
        description="fraction, groups: how many different splits are drawn; every method is trained and tested on "
        "each, and tables and tests take all of them together",
    )
    train: FovList = Field((), description="list: fields of view that train; none where `trained_on` names another set")
    test: FovList = Field((), description="list: fields of view that test")
    shared_area: Literal["fail", "mask", "exclude", "as_paper"] = Field(
        "fail",
        description="what to do where a test field of view shows pixels of a train field of view: fail: stop; mask: "
        "test only on the area that no train field of view shows; exclude: do not train on fields of view that do; "
        "as_paper: go on, as the paper splits by field of view whatever they share, and label every table as leaking",
    )

    @model_validator(mode="after")
    def _lists_match_rule(self) -> "Split":
        if self.rule == "list":
            if not self.test:
                raise ValueError("rule `list` needs both `train` and `test`, each with at least one field of view")
            both = sorted(set(self.train) & set(self.test))
            if both:
                raise ValueError(f"field of view {both[0]} is in both `train` and `test`")
        elif self.train or self.test:
            raise ValueError("`train` and `test` belong to rule `list`; set `rule: list` or remove them")
        if self.repeats > 1 and self.rule in ("authors", "list"):
            raise ValueError(
                f"`repeats: {self.repeats}` needs a split that is drawn; rule `{self.rule}` gives one split only: set "
                "`rule: fraction` or `rule: groups`, or remove `repeats`"
            )
        return self


class Audit(Model):
    """Thresholds of the leakage audit, on correlations of registered clean images."""

    same_area: float = Field(0.9, gt=0, le=1, description="correlation from which two fields show the same pixels")
    related: float = Field(0.62, gt=0, le=1, description="correlation from which two fields show one specimen")
    smoothing: float = Field(2.0, ge=0, description="Gaussian sigma in pixels before the correlation")
    minimum_overlap: float = Field(0.1, gt=0, lt=1, description="smallest overlap considered, as a share of the area")
    all_pairs: int = Field(
        300,
        ge=0,
        description="compare all fields of view with each other while they make at most this many pairs (300: 25 "
        "fields of view); beyond it train with test alone, unless the split needs the others",
    )
    on_specimen_leak: Literal["warn", "fail"] = Field("warn", description="what related fields across the split do")


class Patches(Model):
    """Regions of interest."""

    rule: Literal["brightest", "corners", "grid", "whole"] = Field(
        "brightest",
        description="brightest: the window of highest mean clean intensity, one per field of view (the paper's one "
        "patch per image); corners: FMD's four corner crops; grid: all windows that fit side by side; whole: the image",
    )
    size: int = Field(256, ge=16, description="width and height of a patch in pixels (not used by `whole`)")


class Dataset(Model):
    """One data set and the task that it poses."""

    source: Source = Field(description="where the images come from")
    task: Literal["denoise", "deblur"] = Field(
        "denoise", description="sets the paper's loss weights and whether LFFL sees images or VGG features"
    )
    level: Literal["raw", "avg2", "avg4", "avg8", "avg16", "defocus"] = Field(
        "raw",
        description="folder of the degraded images in the layout: FMD's averaging level, or the phantom's defocus",
    )
    noise: SyntheticNoise | None = Field(
        None,
        description="replace the degraded images by the clean ones plus simulated noise, in 32-bit floats that are not "
        "clamped; nothing: the degraded images of the source",
    )
    on_bad_image: Literal["fail", "exclude"] = Field(
        "fail",
        description="what an image that cannot be used does, such as an unreadable one or one without its clean "
        "image: stop; or leave it out, listed with the reason in `exclusions.csv`",
    )
    split: Split = Field(Split(), description="which fields of view train and which test")
    audit: Audit = Field(Audit(), description="leakage audit")
    patches: Patches = Field(Patches(), description="regions of interest")
    pixel_size: float | None = Field(
        None, gt=0, description="width of a pixel in micrometres, to give resolutions in them; nothing: in pixels"
    )
    trained_on: Name | None = Field(
        None,
        description="name of another data set whose generators are tested here: nothing is trained on this one, of "
        "whose split only the test fields of view are used; nothing: it has generators of its own",
    )
    methods: tuple[Name, ...] | None = Field(
        None,
        min_length=1,
        description="names of the methods that are trained on it; nothing: all of them, with `trained_on` those of "
        "that data set",
    )
    controls: tuple[Control, ...] | None = Field(
        None, description="those of `controls` that are shown on it, such as all but `average16`; nothing: all of them"
    )
    nuclei: Nuclei | None = Field(
        None, description="measure nuclei too, found once in the clean images; nothing: patches alone"
    )
    published_as: Literal["fmd_zebrafish", "nuclei_defocus"] | None = Field(
        None, description="the data set of the paper's Table 1 whose numbers stand beside ours"
    )

    @model_validator(mode="after")
    def _something_trains(self) -> "Dataset":
        if self.trained_on is None:
            if self.split.rule == "list" and not self.split.train:
                raise ValueError(
                    "`split`: rule `list` needs both `train` and `test`, each with at least one field of view; only a "
                    "data set with `trained_on` has no train fields of view"
                )
            return self
        if self.split.shared_area == "exclude":
            raise ValueError(
                f"`split.shared_area: exclude` would change the training on `{self.trained_on}`; with `trained_on` use "
                "`mask`, `fail` or `as_paper`"
            )
        if self.published_as is not None:
            raise ValueError("`published_as` and `trained_on` exclude each other: the paper tests on no other data set")
        return self

    @model_validator(mode="after")
    def _noise_is_all_that_degrades(self) -> "Dataset":
        if self.noise is None:
            return self
        if self.task == "deblur":
            raise ValueError("`noise`: adds nothing but noise to the clean images; set `task: denoise`")
        if self.published_as is not None:
            raise ValueError("`published_as` and `noise` exclude each other: the paper's images have their own noise")
        return self

    @model_validator(mode="after")
    def _level_exists(self) -> "Dataset":
        simulated = {"raw", "defocus"} if getattr(self.source, "specimen", None) == "nuclei" else {"raw"}
        if self.source.kind == "phantom" and self.level not in simulated:
            raise ValueError(f"`level: {self.level}` is not simulated; a phantom has {' and '.join(sorted(simulated))}")
        if self.source.kind == "fmd" and self.level == "defocus":
            raise ValueError("`level: defocus` exists only in the nuclei phantom")
        if self.source.kind not in ("phantom", "fmd") and self.level != "raw":
            raise ValueError(f"`level` belongs to `kind: fmd` and `kind: phantom`, not to `kind: {self.source.kind}`")
        return self
