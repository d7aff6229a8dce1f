"""Write a phantom data set in the folder layout of FMD.

    <folder>/raw/<fov>/capture_000.png      captures, 8-bit grey
    <folder>/gt/<fov>/avg50.png             their ground truth: the rounded mean of 50 captures
    <folder>/defocus/<fov>/capture_000.png  nuclei only: the same fields 5 um out of focus
    <folder>/specimens.csv                  fov, specimen, depth_um, y, x: the truth about what is shared

As in FMD, the ground truth contains the captures that it is the truth of, 1/50 each.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from freqbench.data.phantom.camera import Camera
from freqbench.data.phantom.fields import Array
from freqbench.data.phantom.nuclei import NucleiSpecimen
from freqbench.data.phantom.placement import Specimen, place
from freqbench.data.phantom.spec import AVERAGED_CAPTURES, FieldOfView, PhantomSpec
from freqbench.data.phantom.streams import Stream, generator
from freqbench.data.phantom.tissue import TissueSpecimen
from freqbench.data.source import SPECIMENS_FILE
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_folder

_IN_FOCUS, _OUT_OF_FOCUS = 0, 1


def simulate(spec: PhantomSpec, folder: Path, progress: Callable[[int, int], None] | None = None) -> list[FieldOfView]:
    """Simulate a data set and write it; the folder is there whole or not at all.

    Field k does not depend on how many fields there are, nor capture j on how many are written: each draws
    from its own random stream, named by the seed, k and j.

    Args:
        spec: what to simulate.
        folder: where to; an earlier phantom there is replaced.
        progress: called with the number of fields done and of all fields, after each field.

    Returns:
        One record per field, as in `specimens.csv`.

    Raises:
        FreqbenchError: if the folder holds something else, or cannot be written.
    """
    if folder.exists() and not _is_phantom(folder):
        raise FreqbenchError(f"{folder}: holds something other than a phantom; choose a new or empty folder")
    records = []
    try:
        with atomic_folder(folder) as temporary:
            for fov in range(1, spec.fovs + 1):
                records.append(_write_field(spec, fov, temporary))
                if progress is not None:
                    progress(fov, spec.fovs)
            _write_records(records, temporary / SPECIMENS_FILE)
    except OSError as error:
        raise FreqbenchError(f"{folder}: writing failed ({error.strerror or error})") from error
    return records


def _is_phantom(folder: Path) -> bool:
    """Tell whether a path is a folder that may be replaced: empty, or a phantom."""
    return folder.is_dir() and ((folder / SPECIMENS_FILE).is_file() or not any(folder.iterdir()))


def _write_field(spec: PhantomSpec, fov: int, folder: Path) -> FieldOfView:
    """Simulate and write one field of view."""
    # Dealt out one by one, so that the specimen of a field does not depend on the number of fields.
    slot, index = divmod(fov - 1, spec.specimens)
    specimen: Specimen = (TissueSpecimen if spec.specimen == "tissue" else NucleiSpecimen)(spec.seed, index)
    rng = generator(spec.seed, Stream.FIELD, fov)
    depth_um = round(specimen.draw_depth(rng), 2)
    y, x = place(specimen, slot, spec.size, depth_um, rng)
    light = specimen.draw(y, x, spec.size, depth_um)
    counts_per_light = specimen.exposure(light, depth_um, rng)

    total = np.zeros(light.shape, dtype=np.uint32)
    sharp = _captures(specimen.camera, light * counts_per_light, spec.seed, fov, _IN_FOCUS)
    for number, capture in zip(range(AVERAGED_CAPTURES), sharp, strict=False):
        total += capture
        if number < spec.captures:
            _write_image(capture, folder / "raw" / str(fov) / _capture_name(number))
    mean = np.rint(total / AVERAGED_CAPTURES).astype(np.uint8)
    _write_image(mean, folder / "gt" / str(fov) / f"avg{AVERAGED_CAPTURES}.png")

    if isinstance(specimen, NucleiSpecimen):
        light = specimen.draw_defocused(y, x, spec.size, depth_um)
        blurred = _captures(specimen.camera, light * counts_per_light, spec.seed, fov, _OUT_OF_FOCUS)
        for number, capture in zip(range(spec.captures), blurred, strict=False):
            _write_image(capture, folder / "defocus" / str(fov) / _capture_name(number))
    return FieldOfView(fov, index + 1, depth_um, y, x)


def _captures(camera: Camera, signal: Array, seed: int, fov: int, focus: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the captures of a field without end, each from its own random stream."""
    number = 0
    while True:
        yield camera.capture(signal, generator(seed, Stream.CAPTURE, fov, focus, number))
        number += 1


def _capture_name(number: int) -> str:
    return f"capture_{number:03d}.png"


def _write_image(image: NDArray[np.uint8], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, compress_level=4)


def _write_records(records: list[FieldOfView], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, [field.name for field in fields(FieldOfView)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(record) for record in records)
