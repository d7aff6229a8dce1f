"""Files from templates: all of them or none, and never over what is there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from freqbench.errors import FreqbenchError
from freqbench.files import write_text


def filled_template(name: str, values: Mapping[str, Any]) -> str:
    """Return a template of `freqbench.templates` with its values.

    Args:
        name: file name without ``.j2``.
        values: by name; the filter ``quoted`` writes one as JSON, which is YAML and Python for texts and numbers.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("freqbench"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["quoted"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.get_template(f"{name}.j2").render(values)


def check_free(*paths: Path) -> None:
    """Make sure that nothing would be overwritten.

    Raises:
        FreqbenchError: naming the first file or folder that is there.
    """
    for path in paths:
        if path.exists() or path.is_symlink():
            raise FreqbenchError(f"{path}: is there already and stays; choose another name, or remove it first")


def write_new(files: Mapping[Path, str]) -> None:
    """Write files that are not there yet; if one cannot be written, none stays.

    Raises:
        FreqbenchError: if one is there already, or a folder cannot be written.
    """
    check_free(*files)
    written: list[Path] = []
    try:
        for path, text in files.items():
            write_text(path, text)
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
