"""Restore one file: check it, restore its planes, write it whole, and record how it was made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from freqbench import __version__
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path, write_json
from freqbench.restoring.image_stack import ImageStack, Plane
from freqbench.restoring.inputs import SUFFIXES, Input
from freqbench.restoring.intensity import IntensityScale, Values, check_intensities, depth_remark, scale_of
from freqbench.restoring.outcome import Outcome
from freqbench.restoring.outputs import record_of
from freqbench.restoring.png_image import PngImage
from freqbench.restoring.tiff_stack import TiffStack
from freqbench.restoring.tiled_generator import LARGEST_SEAM, Advance, TiledGenerator
from freqbench.trained.model import TrainedModel


@dataclass(frozen=True)
class Wanted:
    """What the user says of all images.

    Attributes:
        bit_depth: bits of integers; None: as the index or the file says, else all of its type.
        data_range: numbers of floats that are black and full scale; None: as the index says, else 0 and 1.
        as_float: write float32 in the unit of the input, not rounded; False: the type of the input.
    """

    bit_depth: int | None = None
    data_range: tuple[float, float] | None = None
    as_float: bool = False


@dataclass(frozen=True)
class Restorer:
    """What restores files.

    Attributes:
        model: where the generator is from and what it was trained for.
        generator: the generator on its device.
        wanted: intensity scale and type of the outputs.
    """

    model: TrainedModel
    generator: TiledGenerator
    wanted: Wanted

    def restore(self, image: Input, output: Path, advance: Advance) -> Outcome:
        """Restore a file and write it beside a record of how.

        Args:
            image: the file.
            output: where the restored one goes.
            advance: called with the number of pixels done and the number of all.

        Raises:
            FreqbenchError: naming the file, if it cannot be read, restored or written.
        """
        with open_stack(image.path) as stack:
            try:
                outcome = self._write(stack, image, output, advance)
            except FreqbenchError as error:
                if str(error).startswith((str(image.path), str(output))):
                    raise
                raise FreqbenchError(f"{image.path}: {error}") from error
        write_json(record_of(output), outcome.as_json(image.path, output, self.model, self.generator))
        return outcome

    def _write(self, stack: ImageStack, image: Input, output: Path, advance: Advance) -> Outcome:
        scale = _scale(stack, image, self.wanted)
        most = check_intensities(stack, scale)
        dtype = np.dtype(np.float32) if self.wanted.as_float else stack.shape.dtype
        outcome = Outcome(stack.shape, scale, dtype, [*stack.remarks, *_remarks(scale, most, self.model)])
        software = f"freqbench {__version__}, generator SHA-256 {self.model.sha256}"
        with atomic_path(output) as temporary, stack.create(temporary, dtype, software) as planes:
            for number in range(stack.shape.planes):
                writer = _PlaneWriter(planes[number], scale)
                show = _from(advance, number * planes[0].size, planes.size)
                seam = self.generator.restore(
                    stack.shape.plane, _reader(stack.plane(number), scale), writer.write, show
                )
                outcome.add(seam, writer.below, writer.above)
        if outcome.seam > LARGEST_SEAM:
            outcome.remarks.append(
                f"neighbouring tiles differ by up to {outcome.seam:.2g} of full scale; give more --overlap, or `auto`"
            )
        return outcome


def open_stack(path: Path) -> ImageStack:
    """Open an image by its suffix.

    Raises:
        FreqbenchError: naming the file, if it cannot be read or is none that can be restored.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FreqbenchError(f"{path}: no {', '.join(SUFFIXES)} file; convert it")
    return PngImage(path) if suffix == ".png" else TiffStack(path)


class _PlaneWriter:
    """Writes parts of a plane, and counts what is clamped."""

    def __init__(self, plane: Plane, scale: IntensityScale) -> None:
        self._plane, self._scale = plane, scale
        self.below = self.above = 0

    def write(self, rows: slice, columns: slice, values: Values) -> None:
        """Write a part; the first one of the plane begins it anew."""
        if rows.start == columns.start == 0:
            self.below = self.above = 0
        self.below += int(np.count_nonzero(values < 0))
        self.above += int(np.count_nonzero(values > 1))
        self._plane[rows, columns] = self._scale.from_unit(values, self._plane.dtype)


def _reader(stored: Plane, scale: IntensityScale) -> Callable[[slice, slice], Values]:
    return lambda rows, columns: scale.to_unit(np.asarray(stored[rows, columns]))


def _from(advance: Advance, before: int, total: int) -> Advance:
    """Return a view of the progress on a plane as a part of that on a file."""
    return lambda done, _: advance(before + done, total)


def _scale(stack: ImageStack, image: Input, wanted: Wanted) -> IntensityScale:
    """Return the scale by what the user says, else the index, else the file."""
    if wanted.bit_depth is None and wanted.data_range is None and image.is_indexed:
        scale = scale_of(stack.shape, image.bit_depth, image.data_range)
        return IntensityScale(scale.low, scale.high, "index", scale.bits)
    return scale_of(stack.shape, wanted.bit_depth, wanted.data_range)


def _remarks(scale: IntensityScale, most: float, model: TrainedModel) -> list[str]:
    remarks = [depth_remark(scale, most)]
    trained = model.facts.data.bit_depth if model.facts is not None and model.facts.data is not None else None
    if trained is not None and scale.bits != trained:
        own = "floats" if scale.bits is None else f"{scale.bits} bits"
        remarks.append(f"has {own}, the generator was trained on {trained} bits; noise may differ from what it knows")
    return [remark for remark in remarks if remark]
