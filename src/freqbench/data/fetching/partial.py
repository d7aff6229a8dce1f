"""The beginning of a download that was broken off, and the record of what it is the beginning of."""

import os
from dataclasses import asdict
from io import BufferedWriter
from pathlib import Path
from typing import Any

from freqbench.data.fetching.content import Content
from freqbench.errors import FreqbenchError
from freqbench.files import read_json, write_json


class PartialFile:
    """``<name>.part`` beside the final file, with ``<name>.part.json`` that says what it is a part of.

    A part of another address, of another expected content, or without its record is discarded at once.

    Attributes:
        total: size of the whole file as the server told it, None where it did not.
        validator: strong ETag or modification date of the content that the part belongs to.
    """

    def __init__(self, path: Path, address: str, expected: Content) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._record = path.with_name(f"{path.name}.part.json")
        self._belongs = {"address": address} | {k: v for k, v in asdict(expected).items() if k != "origin"}
        self.total: int | None = None
        self.validator: str | None = None
        state = self._stored()
        if state is None or state.get("of") != self._belongs:
            self.discard()
        else:
            self.total, self.validator = state.get("total"), state.get("validator")

    @property
    def size(self) -> int:
        """Number of bytes that are there."""
        return self._part.stat().st_size if self._part.is_file() else 0

    @property
    def path(self) -> Path:
        """The part itself."""
        return self._part

    def restart(self, total: int | None, validator: str | None) -> None:
        """Drop what is there and begin anew with a content of this size and validator."""
        self.discard()
        self.total, self.validator = total, validator
        # the record first: bytes without a record are never continued
        write_json(self._record, {"of": self._belongs, "total": total, "validator": validator})

    def open(self) -> BufferedWriter:
        """Open the part to append to it."""
        return self._part.open("ab")

    def discard(self) -> None:
        """Remove the part and its record."""
        self._part.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)
        self.total = self.validator = None

    def finish(self) -> None:
        """Give the complete part its final name."""
        with self._part.open("rb") as handle:
            os.fsync(handle.fileno())
        self._part.replace(self._path)
        self._record.unlink(missing_ok=True)

    def _stored(self) -> dict[str, Any] | None:
        try:
            state = read_json(self._record)
        except FreqbenchError:
            return None
        return state if isinstance(state, dict) else None
