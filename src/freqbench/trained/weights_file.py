"""Read files of tensors from anywhere: what they hold is data, and no code in them is run."""

import io
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import torch

from freqbench.errors import FreqbenchError

LARGEST_WEIGHTS = 2 * 2**30
"""Bytes that a file of weights may hold; RRDB with 16 blocks has 46 MB."""


def read_torch_file(file: BinaryIO | io.BytesIO) -> Any:
    """Read what ``torch.save`` wrote: tensors and plain values alone (``weights_only``).

    Args:
        file: open for reading; a zip archive, as torch has written since version 1.6.

    Raises:
        FreqbenchError: if it is none, damaged, larger than it says, or holds anything else.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            # torch stores without compression; what is packed could unfold to any size
            sizes = [entry.file_size for entry in archive.infolist() if entry.compress_type == zipfile.ZIP_STORED]
            if len(sizes) != len(archive.infolist()) or sum(sizes) > LARGEST_WEIGHTS:
                raise FreqbenchError(f"holds packed data, or more than {LARGEST_WEIGHTS / 2**30:g} GiB")
            # torch does not compare the checksums that it writes
            if (damaged := archive.testzip()) is not None:
                raise zipfile.BadZipFile(f"checksum of {damaged}")
        file.seek(0)
        return torch.load(file, map_location="cpu", weights_only=True)
    except FreqbenchError:
        raise
    except Exception as error:  # torch and zipfile raise many kinds for a damaged file
        # the message of torch's unpickler advises to load it without protection: not passed on
        raise FreqbenchError(
            f"not a file of weights, damaged, or with more than weights in it ({type(error).__name__})"
        ) from error


def read_generator(path: Path) -> dict[str, Any]:
    """Read a ``generator.pt``: ``settings`` and ``state``.

    Raises:
        FreqbenchError: if it is none, without the file's name.
    """
    with path.open("rb") as file:
        content = read_torch_file(file)
    if not isinstance(content, dict) or not {"settings", "state"} <= set(content):
        raise FreqbenchError("holds no generator of freqbench: `settings` and `state` are missing")
    return content
