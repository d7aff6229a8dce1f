"""Restore several files: one that cannot be restored does not stop the others."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from freqbench.errors import FreqbenchError
from freqbench.restoring.inputs import Input
from freqbench.restoring.outputs import check_may_write, is_file_name, output_of
from freqbench.restoring.restore_image import Restorer
from freqbench.restoring.tiled_generator import Advance


def restore_images(
    inputs: list[Input],
    output: Path,
    restorer: Restorer,
    *,
    overwrite: bool,
    watch: Callable[[str], AbstractContextManager[Advance]],
    say: Callable[[str], None],
) -> list[str]:
    """Restore images one after the other.

    Args:
        inputs: the images.
        output: a folder, or for one image a file.
        restorer: what restores.
        overwrite: whether outputs that exist may be replaced.
        watch: opens a view of the progress on one file, by its title.
        say: shows a remark.

    Returns:
        One message for each file that could not be restored, naming it.

    Raises:
        FreqbenchError: if several images are to be written into one file.
    """
    if is_file_name(output) and len(inputs) > 1:
        raise FreqbenchError(f"{output}: is a file, but there are {len(inputs)} images; give a folder with -o")
    failures = []
    for image in inputs:
        try:
            written = output_of(image, output, as_float=restorer.wanted.as_float)
            check_may_write(written, inputs, overwrite=overwrite)
            with watch(f"restore {image.name}") as advance:
                outcome = restorer.restore(image, written, advance)
        except FreqbenchError as error:
            failures.append(str(error))
            continue
        say(f"{written}: {outcome}")
        for remark in outcome.remarks:
            say(f"warning: {image.path}: {remark}")
    return failures
