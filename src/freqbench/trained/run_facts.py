"""Collect what a study's files say of one training."""

from pathlib import Path
from typing import Any

import numpy as np

from freqbench.data.index import read_index
from freqbench.data.pixel_scale import UNIT_RANGE
from freqbench.data.split import read_split
from freqbench.data.tiff_files import SUFFIXES
from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_metrics
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.restoring.tiff_stack import TiffStack
from freqbench.trained.facts import DataFacts, Facts, Score
from freqbench.trained.find_run import study_of

MANIFEST = "run.json"

SETTINGS_OF_TRAINING = (
    *("target", "batch_size", "crop", "augment", "learning_rate_generator", "learning_rate_discriminator"),
    *("learning_rate_schedule", "weight_decay", "precision", "tf32"),
)


def facts_of_run(run: Path) -> Facts | None:
    """Return how a run was trained, from its manifest and, inside a study, from the study's files.

    Args:
        run: folder of the training.

    Returns:
        The facts, without ``data`` and ``scores`` where the study is not there or has not come so far; None where
        the manifest is missing.

    Raises:
        FreqbenchError: if a file is damaged.
    """
    path = run / MANIFEST
    if not path.is_file():
        return None
    manifest = read_json(path)
    layout = study_of(run)
    try:
        said = _of_manifest(manifest)
        if layout is not None:
            settings = read_json(layout.config) if layout.config.is_file() else {}
            said |= {"study": layout.root.name, "tier": settings.get("tier", "")}
            said |= {"data": _data(layout, manifest, settings), "scores": _scores(layout, manifest)}
        return Facts.model_validate(said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FreqbenchError(f"{path}: not the manifest of a training ({error}); train again") from error


def _of_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    settings = manifest["settings"]
    method, training = settings["method"], settings["training"]
    return {
        **{name: manifest[name] for name in ("dataset", "method", "split", "seed", "frequency_weight", "iterations")},
        "weights_of_iteration": manifest.get("weights_of_iteration"),
        "task": settings["task"],
        "loss": method["loss"],
        "loss_options": method["options"],
        "loss_domain": method["domain"],
        "objective": training["objective"],
        "training": {name: training[name] for name in SETTINGS_OF_TRAINING if name in training},
        "feature_networks": settings["feature_networks"],
        "parameters": manifest.get("parameters", {}).get("generator"),
        "device": manifest.get("device", ""),
        "finished": manifest.get("finished", ""),
        "code": manifest.get("code", {}),
        "packages": manifest.get("packages", {}),
    }


def _data(layout: Layout, manifest: dict[str, Any], settings: dict[str, Any]) -> DataFacts | None:
    dataset, split = manifest["dataset"], manifest["split"]
    record_path, index_path = layout.source(dataset), layout.index(dataset)
    if not (record_path.is_file() and index_path.is_file()):
        return None
    record, first = read_json(record_path), read_index(index_path).iloc[0]
    sides = read_split(layout.split(dataset, split)) if layout.split(dataset, split).is_file() else {}
    audit = layout.audit(dataset, split)
    is_float = _are_floats(record_path.parent / record["root"] / str(first["noisy"]), record)
    return DataFacts(
        description=record["description"],
        licence=record["licence"],
        citation=record["citation"],
        level=str(first["level"]),
        bit_depth=None if is_float else int(first["bit_depth"]),
        data_range=tuple(record["data_range"] or UNIT_RANGE) if is_float else None,
        pixel_size=settings.get("datasets", {}).get(dataset, {}).get("pixel_size"),
        train_fields=tuple(fov for fov, side in sides.items() if side == "train"),
        test_fields=tuple(fov for fov, side in sides.items() if side == "test"),
        verdict=read_json(audit)["verdict"] if audit.is_file() else "",
    )


def _are_floats(path: Path, record: dict[str, Any]) -> bool:
    """Tell whether images are floats: a range is declared for them, or the first one says so.

    The index does not: it gives floats the 16 bits that they are read with.
    """
    if record.get("data_range") is not None:
        return True
    if record.get("bit_depth") is not None or path.suffix.lower() not in SUFFIXES:
        return False
    try:
        with TiffStack(path) as stack:
            return stack.shape.dtype.kind == "f"
    except FreqbenchError:
        return False  # the images need not be here any more; nearly all are integers


def _scores(layout: Layout, manifest: dict[str, Any]) -> tuple[Score, ...]:
    """Return the mean of each metric over the test patches, as the study measured it."""
    dataset, split = manifest["dataset"], manifest["split"]
    own = layout.image_metrics(dataset, manifest["method"], split, manifest["seed"])
    degraded = layout.image_metrics(dataset, "input", split, 0)
    if not own.is_file():
        return ()
    of_input = _means(degraded) if degraded.is_file() else {}
    return tuple(
        Score(metric=name, value=value, degraded=of_input.get(name, (None, 0))[0], patches=count)
        for name, (value, count) in _means(own).items()
    )


def _means(path: Path) -> dict[str, tuple[float, int]]:
    """Return mean and number of the finite values of each metric."""
    table = read_metrics([path])
    finite = table[np.isfinite(table["value"])]
    groups = finite.groupby("metric", sort=False)["value"]
    return {str(name): (float(values.mean()), len(values)) for name, values in groups}
