"""Copy the outcome of a study to a folder that is kept: tables, figures, statistics, how they were made."""

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from freqbench.config import Config
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path, write_text
from freqbench.layout import TABLE_FORMS, Layout
from freqbench.nuclei.results import segmented
from freqbench.reporting.matrix_files import matrix_figures, matrix_tables

LICENCES = "LICENSES.md"
LICENCE_LINE = re.compile(r"^- `([^`]+)`: (.*)$", re.MULTILINE)
Files = dict[Path, str]
"""Files of a study, and what they are called where they are kept."""


def publish(config: Config, folder: Path, parts: Sequence[str] | None = None) -> list[Path]:
    """Copy what a reader needs of a finished study, and write the licences of the images in its figures.

    Args:
        config: the study.
        folder: where to, such as ``reports/mini``; files there are replaced.
        parts: some of `PARTS`; None: all that a study has without being asked for them.

    Returns:
        The files written.

    Raises:
        FreqbenchError: if there is no such part, or it is not finished; then nothing is copied.
    """
    layout = Layout.of(config)
    names: Files = {}
    for part in parts or [name for name in PARTS if name not in ON_DEMAND]:
        if part not in PARTS:
            raise FreqbenchError(f"{part}: no such part of a study; there are {', '.join(PARTS)}")
        names |= PARTS[part](config, layout)
    missing = [path for path in names if not path.is_file()]
    if missing:
        raise FreqbenchError(f"{missing[0]}: is missing; finish the study before it is published")
    for source, name in names.items():
        with atomic_path(folder / name) as temporary:
            shutil.copyfile(source, temporary)
    write_text(folder / LICENCES, _licences(config, layout, folder / LICENCES))
    return [*(folder / name for name in names.values()), folder / LICENCES]


def _table1(config: Config, layout: Layout) -> Files:
    sources = [layout.manifest, *(layout.table(suffix) for suffix in TABLE_FORMS)]
    sources += [layout.figure(dataset, "png") for dataset in config.datasets]
    statistics = {layout.statistics(name): f"{name}_statistics.csv" for name in config.datasets}
    return {path: path.name for path in sources} | statistics


def _fields_of_view(_config: Config, layout: Layout) -> Files:
    return {path: path.name for path in map(layout.fov_table, TABLE_FORMS)}


def _costs(_config: Config, layout: Layout) -> Files:
    return {path: path.name for path in map(layout.cost_table, TABLE_FORMS)}


def _audit(config: Config, layout: Layout) -> Files:
    splits = [(name, split) for name in config.datasets for split in config.splits_of(name)]
    figures = {layout.audit_figure(*key, "png"): layout.audit_figure(*key, "png").name for key in splits}
    return figures | {layout.audit(*key): f"{key[0]}_split{key[1]}_audit.json" for key in splits}


def _differences(config: Config, layout: Layout) -> Files:
    figures = [layout.differences_figure(name, "png") for name in config.datasets]
    return {path: path.name for path in (*map(layout.differences_table, TABLE_FORMS), *figures)}


def _figures(config: Config, layout: Layout) -> Files:
    kinds = (
        *(layout.error_figure, layout.distribution_figure, layout.residual_figure),
        layout.tradeoff_figure,
    )
    figures = [figure(name, "png") for name in config.datasets for figure in kinds]
    figures += [layout.training_figure(name, "png") for name in config.trained_sets]
    return {path: path.name for path in figures}


def _leakage(config: Config, layout: Layout) -> Files:
    paths = [layout.leakage_table(suffix) for suffix in TABLE_FORMS] if config.leakage else []
    return {path: path.name for path in paths}


def _images(config: Config, layout: Layout) -> Files:
    paths = [layout.image_table(suffix) for suffix in TABLE_FORMS] if config.image_table else []
    return {path: path.name for path in paths}


def _matrix(config: Config, _layout: Layout) -> Files:
    tables = [table(suffix) for table in matrix_tables(config) for suffix in TABLE_FORMS]
    figures = [figure("png") for name in config.datasets for figure in matrix_figures(config, name)]
    return {path: path.name for path in (*tables, *figures)}


def _learning(config: Config, layout: Layout) -> Files:
    if config.training.snapshots == "none":
        return {}
    return {path: path.name for path in (layout.learning_figure(name, "png") for name in config.datasets)}


def _averaging(config: Config, layout: Layout) -> Files:
    figures = [layout.averaging_figure(name, "png") for name in config.datasets]
    return {path: path.name for path in (*figures, *map(layout.averaging_table, TABLE_FORMS))}


def _variance(config: Config, layout: Layout) -> Files:
    tables = [layout.variance_table(suffix) for suffix in TABLE_FORMS]
    return {path: path.name for path in (*tables, *(layout.power(name) for name in config.datasets))}


def _calibration(config: Config, layout: Layout) -> Files:
    paths = [layout.calibration_table(name, suffix) for name in config.trained_sets for suffix in ("json", "md")]
    return {path: path.name for path in paths}


def _loss_sensitivity(config: Config, layout: Layout) -> Files:
    figures = [layout.sensitivity_figure(name, "png") for name in config.trained_sets]
    manifests = [layout.sensitivity_manifest(name) for name in config.trained_sets]
    values = {layout.sensitivity(name): f"{name}_loss_sensitivity.csv" for name in config.trained_sets}
    return {path: path.name for path in (*figures, *manifests)} | values


def _image_fit(config: Config, layout: Layout) -> Files:
    if config.image_fit is None:
        return {}
    tables = [layout.image_fit_table(suffix) for suffix in TABLE_FORMS]
    return {path: path.name for path in (layout.image_fit_figure("png"), layout.image_fit_manifest, *tables)}


def _noise(config: Config, layout: Layout) -> Files:
    names = [name for name, dataset in config.datasets.items() if dataset.noise is None]
    figures = {layout.noise_figure(name, "png"): f"{name}_noise.png" for name in names}
    models = {layout.noise(name): f"{name}_noise.json" for name in names}
    return figures | models | {layout.noise_points(name): f"{name}_noise.csv" for name in names}


def _frc(config: Config, layout: Layout) -> Files:
    figures = [layout.frc_figure(name, "png") for name in config.datasets]
    return {path: path.name for path in (*figures, *(layout.frc_table(suffix) for suffix in TABLE_FORMS))}


def _nuclei(config: Config, layout: Layout) -> Files:
    names = segmented(config)
    if not names:
        return {}
    tables = {layout.nuclei_table(suffix): f"nuclei.{suffix}" for suffix in TABLE_FORMS}
    figures = {layout.segment_figure(name, "png"): f"{name}_nuclei.png" for name in names}
    records = {layout.segmentation(name): f"{name}_segmentation.json" for name in names}
    statistics = {layout.nucleus_statistics(name): f"{name}_nuclei_statistics.csv" for name in names}
    return tables | figures | records | statistics


PARTS: dict[str, Callable[[Config, Layout], Files]] = {
    "table1": _table1,
    "differences": _differences,
    "figures": _figures,
    "fields_of_view": _fields_of_view,
    "costs": _costs,
    "audit": _audit,
    "leakage": _leakage,
    "images": _images,
    "matrix": _matrix,
    "learning": _learning,
    "averaging": _averaging,
    "variance": _variance,
    "calibration": _calibration,
    "loss_sensitivity": _loss_sensitivity,
    "image_fit": _image_fit,
    "noise": _noise,
    "frc": _frc,
    "nuclei": _nuclei,
}
"""What can be published on its own; each carries how it was made."""
ON_DEMAND = ("averaging",)
"""Parts that are there only where they were asked for."""


def _licences(config: Config, layout: Layout, before: Path) -> str:
    """Return the licence and the source of the images that the figures show.

    A part may be finished before other data sets of the study are read: what was said of them ``before`` stays.
    """
    lines = dict(LICENCE_LINE.findall(before.read_text(encoding="utf-8"))) if before.is_file() else {}
    for name in config.datasets:
        if layout.source(name).is_file():
            record = SourceRecord.read(layout.source(name))
            lines[name] = f"{record.description}. {record.licence}. {record.citation}"
    entries = [f"- `{name}`: {text}" for name, text in lines.items()]
    closing = "The images were cropped, filtered or restored, and their grey scale was stretched, as the figures say."
    return "\n".join(["# Licences of the images in the figures", "", *entries, "", closing]) + "\n"
