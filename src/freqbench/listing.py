"""What there is to choose from: losses, metrics, data sets, networks, configurations. Read where it is registered.

Nothing here imports torch, so a listing takes no longer than any help text.
"""

import ast
import typing
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from freqbench.config import Config, load_config
from freqbench.config.training import Discriminator, Generator
from freqbench.data.fetching.catalogue import ARCHIVES, GROUPS
from freqbench.data.fetching.disk import in_units
from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import CONTRACTS
from freqbench.provenance import module_file
from freqbench.registry import LOSSES

Row = dict[str, str]
"""Text by the name of the column."""


def losses() -> list[Row]:
    """Return name and summary of each loss that a configuration can name."""
    return [{"name": name, "what": class_summary(path)} for name, path in LOSSES.items()]


def metrics() -> list[Row]:
    """Return name, label, direction, level and source of each metric."""
    return [
        {
            "name": contract.name,
            "label": contract.label,
            "better": contract.better,
            "of each": contract.level,
            "source": contract.citation,
        }
        for contract in CONTRACTS.values()
    ]


def datasets() -> list[Row]:
    """Return what can be fetched by name: archives, and names that stand for several of them."""
    rows = [
        {
            "name": archive.name,
            "size": in_units(archive.content.size) if archive.content.size is not None else "unknown",
            "what": archive.collection.title,
            "licence": archive.collection.licence,
        }
        for archive in ARCHIVES.values()
    ]
    groups = [
        {"name": name, "size": "", "what": f"all of {', '.join(members)}", "licence": ""}
        for name, members in GROUPS.items()
    ]
    return rows + groups


def networks() -> list[Row]:
    """Return how a configuration names each network that is trained, its summary, and its options with defaults."""
    rows = []
    for model in typing.get_args(typing.get_args(Generator)[0]):
        (kind,) = typing.get_args(model.model_fields["kind"].annotation)
        rows.append(_network(f"generator: {kind}", model))
    return [*rows, _network("discriminator", Discriminator)]


def configurations(folder: Path) -> list[Row]:
    """Return the configurations of a folder with what each is for; one that cannot be read says why.

    Args:
        folder: searched for ``*.yaml`` and ``*.yml``, without its subfolders.

    Raises:
        FreqbenchError: if there is no such folder.
    """
    return [_configuration(path) for path in _yaml_files(folder)]


def methods(folder: Path) -> list[Row]:
    """Return the methods that the configurations of a folder compare, each with the files that have it.

    Raises:
        FreqbenchError: if there is no such folder.
    """
    where: dict[tuple[str, str, str], list[str]] = {}
    for path in _yaml_files(folder):
        try:
            config = load_config(path)
        except FreqbenchError:
            continue  # `configurations` says why
        for name in config.controls:
            where.setdefault((name, "untrained landmark", ""), []).append(path.name)
        for method in config.methods:
            options = ", ".join(f"{key}={value}" for key, value in method.options.items())
            loss = f"{method.loss}{f' ({options})' if options else ''}" if method.loss else "spatial terms alone"
            where.setdefault((method.name, loss, method.weight_text if method.loss else ""), []).append(path.name)
    return [
        {"name": name, "frequency loss": loss, "weight": weight, "in": ", ".join(files)}
        for (name, loss, weight), files in where.items()
    ]


def class_summary(dotted_path: str) -> str:
    """Return the first line of a class's docstring, read from its source: to import it may take seconds.

    Raises:
        KeyError: if there is no such class.
    """
    module, _, name = dotted_path.rpartition(".")
    source = module_file(module)
    if source is None:
        raise KeyError(dotted_path)
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _first_line(ast.get_docstring(node))
    raise KeyError(dotted_path)


def trainings_of(config: Config) -> int:
    """Return how many trainings a study has."""
    return sum(
        len(config.methods_of(name)) * len(config.splits_of(name)) * len(config.seeds) for name in config.trained_sets
    )


def _network(name: str, model: type[BaseModel]) -> Row:
    options = [f"{key}={field.default}" for key, field in model.model_fields.items() if key != "kind"]
    return {"name": name, "what": _first_line(model.__doc__), "options and their defaults": ", ".join(options)}


def _configuration(path: Path) -> Row:
    try:
        config = load_config(path)
    except FreqbenchError as error:
        nothing = dict.fromkeys(("tier", "data sets", "trainings", "length of each"), "")
        return {"name": path.as_posix()} | nothing | {"for": f"cannot be read: {error}"}
    training = config.training
    length = f"{training.epochs} epochs" if training.epochs is not None else f"{training.iterations} iterations"
    return {
        "name": path.as_posix(),
        "tier": config.tier,
        "data sets": ", ".join(config.datasets),
        "trainings": str(trainings_of(config)),
        "length of each": length,
        "for": _heading(path),
    }


def _heading(path: Path) -> str:
    """Return the first sentence of the comment at the top of a file."""
    comment: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("# "))
    text = " ".join(" ".join(comment).split())
    sentence, dot, _ = text.partition(". ")
    return sentence + "." if dot else text


def _yaml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FreqbenchError(f"{folder}: no such folder; name the folder of the configurations with --folder")
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))


def _first_line(docstring: str | None) -> str:
    return (docstring or "").strip().partition("\n")[0]


OF_PACKAGE: dict[str, Callable[[], list[Row]]] = {
    "losses": losses,
    "metrics": metrics,
    "datasets": datasets,
    "networks": networks,
}
"""Listings that need nothing but the package."""

OF_FOLDER: dict[str, Callable[[Path], list[Row]]] = {"configurations": configurations, "methods": methods}
"""Listings of what a folder of configurations holds."""
