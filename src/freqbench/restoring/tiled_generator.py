"""Apply a generator to a plane of any size, tile by tile, in a given memory and without visible seams."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn

from freqbench.device import describe_device
from freqbench.errors import FreqbenchError
from freqbench.metrics.precision import full_precision
from freqbench.restoring.receptive_field import ReceptiveField
from freqbench.restoring.seams import Seams, Values
from freqbench.restoring.tile_memory import bytes_per_pixel, largest_window
from freqbench.restoring.tiling import rounded_up, spans
from freqbench.training.execution import Execution

FIRST_OVERLAP = 64
"""Pixels of overlap that ``auto`` begins with, where the generator looks further than that."""

LARGEST_SEAM = 1e-4
"""Difference of neighbouring tiles that ``auto`` takes, as a part of full scale: 7 of 65535 steps, 0.03 of 255."""

GIB = 2.0**30

Read = Callable[[slice, slice], Values]
Write = Callable[[slice, slice, Values], None]
Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Tiling:
    """How planes are cut.

    Attributes:
        memory: GiB that the network may take for a tile.
        window: side in pixels of what a tile reads, instead of ``memory``.
        overlap: pixels that a tile reads beyond what it restores; ``exact``: as far as the generator looks;
            ``auto``: the same up to `FIRST_OVERLAP`, then doubled until neighbouring tiles agree to `LARGEST_SEAM`.
    """

    memory: float = 2.0
    window: int | None = None
    overlap: int | Literal["auto", "exact"] = "auto"


class TiledGenerator:
    """A generator that restores planes of any size in full float32 precision.

    Attributes:
        window: side in pixels of what a tile reads at most.
        overlap: pixels that a tile reads beyond what it restores; ``auto`` may raise it while planes are restored.
    """

    def __init__(self, network: nn.Module, field: ReceptiveField, device: torch.device, tiling: Tiling) -> None:
        self._execution = Execution(device.type, channels_last=device.type == "cpu")
        self._device = device
        per_pixel = bytes_per_pixel(network)
        self._network = self._execution.place(network).eval()
        self._field = field
        self._grows = tiling.overlap == "auto"
        if tiling.window is not None:
            self.window = max(tiling.window // field.divisor, 1) * field.divisor
        else:
            self.window = largest_window(tiling.memory * GIB, per_pixel, field.divisor)
        self.overlap = self._first_overlap(tiling.overlap)

    @property
    def device(self) -> str:
        """Name of the device."""
        return describe_device(self._device)

    @property
    def tiles_in_words(self) -> str:
        """How planes are cut, in a line."""
        how = "exact" if self.is_exact else f"the generator looks {self._field.halo} pixels far"
        return f"tiles of up to {self.window} x {self.window} pixels, overlap {self.overlap} ({how}); float32"

    @property
    def is_exact(self) -> bool:
        """Whether tiles differ from the whole image by rounding alone."""
        return self.overlap == self._field.halo

    def _first_overlap(self, wanted: int | Literal["auto", "exact"]) -> int:
        divisor, exact = self._field.divisor, self._field.halo
        if wanted == "exact":
            return exact
        if wanted != "auto":
            return min(exact, rounded_up(wanted, divisor))
        quarter = max(1, self.window // 4 // divisor) * divisor
        return min(exact, rounded_up(FIRST_OVERLAP, divisor), quarter)

    def restore(self, shape: tuple[int, int], read: Read, write: Write, advance: Advance | None = None) -> float:
        """Restore a plane.

        At the borders of the image the network pads as in training. A height or width that is no multiple of the
        network's divisor is filled up with mirrored pixels, which are cut off again.

        Args:
            shape: height and width.
            read: returns a part of the plane, given by rows and columns, float32 in [0, 1].
            write: takes a restored part, not clamped; a part can come twice, the later one counts.
            advance: called with the number of pixels done and the number of all.

        Returns:
            Largest difference between neighbouring tiles (see `Seams`), as a part of full scale; 0 for one tile, or
            where the overlap is exact.

        Raises:
            FreqbenchError: if the tiles are too small for the overlap, the memory does not suffice, or what comes out
                is not finite.
        """
        while True:
            largest = self._pass_over(shape, read, write, advance)
            if not self._must_grow(largest):
                return largest
            self.overlap = min(2 * self.overlap, self._field.halo)

    def _must_grow(self, seam: float) -> bool:
        return self._grows and seam > LARGEST_SEAM and not self.is_exact

    def _pass_over(self, shape: tuple[int, int], read: Read, write: Write, advance: Advance | None) -> float:
        """Restore a plane with the overlap as it is; stop where tiles show that it must grow."""
        divisor = self._field.divisor
        height, width = shape
        padded = rounded_up(height, divisor), rounded_up(width, divisor)
        if max(padded) > self.window and self.window - 2 * self.overlap < divisor:
            raise FreqbenchError(
                f"tiles of {self.window} x {self.window} pixels leave nothing beside an overlap of {self.overlap} on "
                "each side; give more `--memory`, a larger `--tile` or a smaller `--overlap`"
            )
        rows, columns = (spans(length, self.window, self.overlap, divisor) for length in padded)
        seams = Seams(rows, columns, self.overlap)
        for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
            part = read(slice(row.first, min(row.last, height)), slice(column.first, min(column.last, width)))
            missing = (row.last - row.first - part.shape[0], column.last - column.first - part.shape[1])
            values = self._apply(np.pad(part, [(0, missing[0]), (0, missing[1])], mode="symmetric"))
            if not self.is_exact:
                seams.compare(i, j, values)
            if self._must_grow(seams.largest):
                break
            bottom, right = min(row.stop, height), min(column.stop, width)
            inner = values[row.inner, column.inner][: bottom - row.start, : right - column.start]
            write(slice(row.start, bottom), slice(column.start, right), inner)
            if advance is not None:
                # tiles come in reading order: all above, and in this row all to the left
                advance(row.start * width + (bottom - row.start) * right, height * width)
        return seams.largest

    def _apply(self, part: Values) -> Values:
        image = torch.from_numpy(np.ascontiguousarray(part))[None, None].to(self._device)
        try:
            with torch.inference_mode(), full_precision(self._device):
                values: Values = self._execution.apply(self._network, image)[0, 0].cpu().numpy()
        except RuntimeError as error:  # torch's error on the CPU is no MemoryError
            if isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error):
                raise FreqbenchError(
                    f"a tile of {part.shape[0]} x {part.shape[1]} pixels does not fit into the memory of the "
                    "device; give less `--memory` or a smaller `--tile`"
                ) from error
            raise
        if not np.isfinite(values).all():
            raise FreqbenchError("the generator returns values that are not finite; its weights cannot be used")
        return values
