"""Which degraded image belongs to which clean image; what fits nowhere is bad, with the reason."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

NAME = r"[A-Za-z0-9_-]+"
"""What a field of view or a group may be called: such names can stand in a configuration and in a path."""


@dataclass(frozen=True)
class NamedImage:
    """An image file and what its name or its row says of it."""

    file: str
    fov: str
    capture: str = "1"
    group: str = ""


@dataclass(frozen=True)
class Pair:
    """A degraded image with the clean image of its field of view; ``clean`` is empty in a set without any."""

    noisy: str
    clean: str
    fov: str
    capture: str
    group: str


@dataclass
class Pairing:
    """What a reader found in the files of a data set.

    Attributes:
        level: what the degraded images are: FMD's averaging level, the phantom's defocus, BBBC006's plane.
        hierarchy: names of the levels of sampling, the highest first: group, field of view, capture. A split
            must not cut through the first.
        pairs: the pairs that can be read.
        bad: reason by file, for files that are not used.
    """

    level: str
    hierarchy: tuple[str, str, str]
    pairs: list[Pair] = field(default_factory=list)
    bad: dict[str, str] = field(default_factory=dict)


def pair_images(
    pairing: Pairing, degraded: Iterable[NamedImage], clean: Iterable[NamedImage] | None, captures: int | None = None
) -> Pairing:
    """Pair images by field of view.

    Args:
        pairing: receives the pairs and the bad files.
        degraded: degraded images.
        clean: clean images, one a field of view; None for a set that has none.
        captures: captures that each field of view must have; None: any number.

    Returns:
        ``pairing``.
    """
    by_fov: dict[str, list[NamedImage]] = defaultdict(list)
    for image in _unique(degraded, pairing.bad):
        by_fov[image.fov].append(image)
    clean_of = _one_clean_image(clean, pairing.bad) if clean is not None else {}
    for fov, file in clean_of.items():
        if fov not in by_fov:
            pairing.bad[file] = (
                f"clean image of field of view {fov}, of which there is no degraded image; add one or remove the file"
            )
    for fov, images in by_fov.items():
        reason = _reason_against(fov, images, captures)
        if reason is None and clean is not None and fov not in clean_of:
            reason = f"field of view {fov} has no clean image; every field of view needs one"
        if reason is None:
            file = clean_of.get(fov, "")
            pairing.pairs += [Pair(image.file, file, fov, image.capture, image.group or fov) for image in images]
        else:
            unused = [image.file for image in images] + ([clean_of[fov]] if fov in clean_of else [])
            pairing.bad |= dict.fromkeys(unused, reason)
    return pairing


def _reason_against(fov: str, images: list[NamedImage], captures: int | None) -> str | None:
    """Return why a field of view cannot be used as its captures are, None if it can."""
    groups = sorted({image.group for image in images})
    if len(groups) > 1:
        return f"field of view {fov} is in the groups {groups[0]} and {groups[1]}; it can be in one only"
    if captures is not None and len(images) != captures:
        return (
            f"field of view {fov} has {len(images)} captures, but `captures: {captures}` is declared; complete it or "
            "correct the number"
        )
    return None


def _unique(images: Iterable[NamedImage], bad: dict[str, str]) -> list[NamedImage]:
    """Return the images whose field of view and capture no other image has."""
    same: dict[tuple[str, str], list[NamedImage]] = defaultdict(list)
    for image in images:
        same[image.fov, image.capture].append(image)
    for (fov, capture), several in same.items():
        for image, other in zip(several, several[1:] + several[:1], strict=True):
            if len(several) > 1:
                bad[image.file] = (
                    f"is capture {capture} of field of view {fov}, and so is {other.file}; keep one of them"
                )
    return [several[0] for several in same.values() if len(several) == 1]


def _one_clean_image(images: Iterable[NamedImage], bad: dict[str, str]) -> dict[str, str]:
    """Return the clean file by field of view, for those that have one."""
    files: dict[str, list[str]] = defaultdict(list)
    for image in images:
        if image.file not in files[image.fov]:
            files[image.fov].append(image.file)
    for fov, several in files.items():
        for file, other in zip(several, several[1:] + several[:1], strict=True):
            if len(several) > 1:
                bad[file] = f"is the clean image of field of view {fov}, and so is {other}; keep one of them"
    return {fov: several[0] for fov, several in files.items() if len(several) == 1}
