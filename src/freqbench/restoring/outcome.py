"""What came of one restored file, for the user and for the record beside it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from freqbench.files import sha256_of
from freqbench.provenance import code_version, now, package_versions
from freqbench.restoring.image_stack import Shape
from freqbench.restoring.intensity import IntensityScale
from freqbench.restoring.tiled_generator import TiledGenerator
from freqbench.trained.model import TrainedModel


@dataclass
class Outcome:
    """What came of one file.

    Attributes:
        shape: what the file held.
        scale: its intensity scale.
        dtype: type that was written.
        remarks: what a user should know.
        seam: largest difference between neighbouring tiles, as a part of full scale.
        below: pixels that the generator put below black.
        above: pixels that it put above full scale.
    """

    shape: Shape
    scale: IntensityScale
    dtype: np.dtype[Any]
    remarks: list[str] = field(default_factory=list)
    seam: float = 0.0
    below: int = 0
    above: int = 0

    def add(self, seam: float, below: int, above: int) -> None:
        """Add what came of one plane."""
        self.seam = max(self.seam, seam)
        self.below += below
        self.above += above

    @property
    def values(self) -> str:
        """What the written numbers are."""
        rounding = "rounded to the nearest integer" if self.dtype.kind == "u" else "not rounded"
        return f"in the unit of the input, clamped to {self.scale.low:g} to {self.scale.high:g}, {rounding}"

    def __str__(self) -> str:
        pixels = int(np.prod(self.shape.lengths, dtype=np.int64))
        clamped = 100 * (self.below + self.above) / pixels
        return (
            f"{self.shape}; {self.scale} (by the {self.scale.source}); written as {self.dtype.name}, {self.values}; "
            f"{clamped:.2g} % of the pixels clamped"
        )

    def as_json(self, image: Path, output: Path, model: TrainedModel, generator: TiledGenerator) -> dict[str, Any]:
        """Return the record of how an output was made.

        Args:
            image: the input.
            output: the restored file, already written.
            model: what restored it.
            generator: how it was applied.
        """
        return {
            "step": "restore",
            "input": {"file": image.name, "sha256": sha256_of(image), "holds": str(self.shape)},
            "output": {
                "file": output.name,
                "sha256": sha256_of(output),
                "dtype": self.dtype.name,
                "values": self.values,
                "pixels_clamped_below": self.below,
                "pixels_clamped_above": self.above,
            },
            "scale": {
                "black": self.scale.low,
                "full": self.scale.high,
                "bits": self.scale.bits,
                "said_by": self.scale.source,
            },
            "model": {
                "file": model.path.name,
                "sha256": model.sha256,
                "settings": model.settings.model_dump(),
                "trained_for": model.trained_for,
            },
            "tiles": {
                "window": generator.window,
                "overlap": generator.overlap,
                "is_exact": generator.is_exact,
                "largest_difference_of_neighbours": self.seam,
            },
            "precision": "float32",
            "device": generator.device,
            "remarks": self.remarks,
            "code": code_version(),
            "packages": package_versions(),
            "finished": now(),
        }
