"""Where the restored images go: never over an input, and over an earlier output only if that is asked for."""

from collections.abc import Iterable
from pathlib import Path

from freqbench.errors import FreqbenchError
from freqbench.restoring.inputs import SUFFIXES, Input

RECORD_SUFFIX = ".json"


def is_file_name(output: Path) -> bool:
    """Tell whether an output is meant as a file: it has a suffix of an image and is no folder."""
    return output.suffix.lower() in SUFFIXES and not output.is_dir()


def output_of(image: Input, output: Path, *, as_float: bool) -> Path:
    """Return the file for a restored image.

    Args:
        image: the image.
        output: what the user gave: a file for one image, or a folder.
        as_float: whether float32 is written, which PNG has not.

    Raises:
        FreqbenchError: if a file is given whose suffix is of another format than what is written.
    """
    was_png = image.path.suffix.lower() == ".png"
    is_png = was_png and not as_float
    if not is_file_name(output):
        return output / (image.name.with_suffix(".tif") if was_png and as_float else image.name)
    if (output.suffix.lower() == ".png") != is_png:
        wanted = ".png" if is_png else ".tif"
        raise FreqbenchError(f"{output}: what is written is a {wanted[1:].upper()} file; give it the suffix {wanted}")
    return output


def record_of(output: Path) -> Path:
    """Return the file that says how an output was made."""
    return output.with_name(output.name + RECORD_SUFFIX)


def check_may_write(output: Path, inputs: Iterable[Input], *, overwrite: bool) -> None:
    """Make sure that an output replaces nothing that it must not.

    Raises:
        FreqbenchError: if it is one of the inputs, a folder, or exists and may not be overwritten.
    """
    if any(output.resolve() == image.path.resolve() for image in inputs) or _is_same_file(output, inputs):
        raise FreqbenchError(f"{output}: is one of the images to be restored; give another folder with -o")
    if output.is_dir():
        raise FreqbenchError(f"{output}: is a folder; give another name")
    if output.exists() and not overwrite:
        raise FreqbenchError(f"{output}: exists; give --overwrite to replace it, or another folder with -o")


def _is_same_file(output: Path, inputs: Iterable[Input]) -> bool:
    """Tell whether an output is an input under another name, as a hard link is."""
    return output.exists() and any(image.path.exists() and output.samefile(image.path) for image in inputs)
