"""A loss of one's own: an importable module that works as it is, and its test."""

import importlib.util
import keyword
import re
from dataclasses import dataclass
from pathlib import Path

from freqbench.errors import FreqbenchError
from freqbench.registry import LOSSES
from freqbench.scaffolding.new_files import filled_template, write_new

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class NewLoss:
    """What was written.

    Attributes:
        module_file: the loss.
        test_file: its test.
        dotted_path: what a configuration calls it.
        python_path: folder that must be on the Python path.
    """

    module_file: Path
    test_file: Path
    dotted_path: str
    python_path: Path


def write_new_loss(name: str, folder: Path) -> NewLoss:
    """Write ``<folder>/<name>.py`` and ``<folder>/test_<name>.py``, and ``<folder>/__init__.py`` where it is missing.

    Args:
        name: lower case letters, digits and underscores: module, method and, in another spelling, class.
        folder: a package; its parent must be on the Python path when the loss is used.

    Raises:
        FreqbenchError: if the name or the folder's name cannot be imported, or means something else already, or a file
            is there already.
    """
    _check_name(name)
    _check_package(folder)
    module = f"{folder.resolve().name}.{name}"
    values = {"class_name": class_name(name), "module": module, "title": name.replace("_", " ").capitalize()}
    loss = NewLoss(folder / f"{name}.py", folder / f"test_{name}.py", f"{module}.{class_name(name)}", folder.parent)
    files = {
        loss.module_file: filled_template("loss.py", values),
        loss.test_file: filled_template("test_loss.py", values),
    }
    package = folder / "__init__.py"
    if not package.exists():
        files[package] = '"""Losses of our own."""\n'
    write_new(files)
    return loss


def class_name(name: str) -> str:
    """Return the class of a loss: ``edge_aware`` and ``edge_aware_loss`` are an ``EdgeAwareLoss``."""
    words = [word for word in name.split("_") if word]
    return "".join(word.capitalize() for word in (words if words[-1] == "loss" else [*words, "loss"]))


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise FreqbenchError(
            f"loss {name}: a name needs lower case letters, digits and underscores, a letter first, and no word of "
            "Python, such as edge_aware"
        )
    if name in LOSSES:
        raise FreqbenchError(f"loss {name}: is a loss of freqbench already; choose another name")


def _check_package(folder: Path) -> None:
    """Refuse a folder that Python could not import, or would take for another package."""
    package = folder.resolve().name
    if not package.isidentifier() or keyword.iskeyword(package):
        raise FreqbenchError(f"{folder}: its name must be one that Python imports, such as mylosses; choose another")
    known = importlib.util.find_spec(package)
    # a folder without `__init__.py` on the path has no origin, and gives way to a package
    if known is None or known.origin is None:
        return
    if folder.resolve() not in [Path(place).resolve() for place in known.submodule_search_locations or ()]:
        raise FreqbenchError(f"{folder}: {package} is an installed module; choose another name, such as mylosses")
