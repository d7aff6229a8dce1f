"""What the bytes of a file should be: size and hashes, checked together."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from freqbench.errors import FreqbenchError

BLOCK = 1 << 20
"""Bytes read at a time."""


@dataclass(frozen=True)
class Content:
    """Size and hashes of a file; None is unknown and agrees with everything.

    Attributes:
        size: number of bytes.
        md5: hexadecimal MD5.
        sha256: hexadecimal SHA-256.
        origin: who says so, for the message where a file differs.
    """

    size: int | None = None
    md5: str | None = None
    sha256: str | None = None
    origin: str = field(default="the published record", compare=False)

    @property
    def is_hashed(self) -> bool:
        """Whether a hash is known, so that a wrong file of the right size is noticed."""
        return self.md5 is not None or self.sha256 is not None

    def disagreement(self, found: "Content") -> str | None:
        """Say in what a file differs from this; None where it agrees."""
        for what in ("size", "sha256", "md5"):
            expected = getattr(self, what)
            if expected is not None and getattr(found, what) != expected:
                return f"its {what} is {getattr(found, what)}, but {self.origin} says {expected}"
        return None


def content_of(path: Path) -> Content:
    """Read a file once and return its size, MD5 and SHA-256.

    Raises:
        FreqbenchError: if it cannot be read.
    """
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    try:
        with path.open("rb") as handle:
            while block := handle.read(BLOCK):
                md5.update(block)
                sha256.update(block)
                size += len(block)
    except OSError as error:
        raise FreqbenchError(f"{path}: cannot be read ({error.strerror})") from error
    return Content(size, md5.hexdigest(), sha256.hexdigest(), str(path))
