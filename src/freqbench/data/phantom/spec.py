"""What a phantom consists of: the settings of a simulation, and the truth about each field."""

from dataclasses import dataclass
from typing import Literal

from freqbench.errors import FreqbenchError

AVERAGED_CAPTURES = 50  # captures in a ground truth, as in FMD
SMALLEST_FIELD = 64
LARGEST_FIELD = 4096

SpecimenKind = Literal["tissue", "nuclei"]


@dataclass(frozen=True)
class PhantomSpec:
    """Settings of one phantom data set.

    Attributes:
        specimen: `tissue`, membranes of an embryo, or `nuclei`, of cells in a dish.
        specimens: number of specimens; field k is taken from specimen (k - 1) mod `specimens` + 1.
        fovs: number of fields of view.
        captures: captures of each field that are written, 1 to 50; the ground truth always averages 50.
        size: side of a field in pixels of 0.3 um.
        seed: the one source of all randomness, not negative.

    Raises:
        FreqbenchError: if a value is not allowed; the message names the field.
    """

    specimen: SpecimenKind
    specimens: int = 5
    fovs: int = 20
    captures: int = AVERAGED_CAPTURES
    size: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        if self.specimen not in ("tissue", "nuclei"):
            raise FreqbenchError(f"specimen: {self.specimen!r} is unknown; choose tissue or nuclei")
        allowed = {
            "fovs": (1, 10_000),
            "specimens": (1, self.fovs),
            "captures": (1, AVERAGED_CAPTURES),
            "size": (SMALLEST_FIELD, LARGEST_FIELD),
            "seed": (0, 2**63 - 1),
        }
        for name, (low, high) in allowed.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                more = " (the number of fovs)" if name == "specimens" else ""
                raise FreqbenchError(f"{name}: {value!r} is not a whole number from {low} to {high}{more}")


@dataclass(frozen=True)
class FieldOfView:
    """Where one field comes from.

    Attributes:
        fov: number of the field, from 1.
        specimen: number of the specimen, from 1.
        depth_um: depth of the focal plane, um.
        y: first row of the field in its specimen, pixels.
        x: first column of the field in its specimen, pixels.
    """

    fov: int
    specimen: int
    depth_um: float
    y: int
    x: int
