"""Copy the outcome of a study to a folder that is kept: tables, figures, statistics, manifest."""

import shutil
from pathlib import Path

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path, read_json
from freqbench.layout import Layout

LICENCES = "LICENSES.md"


def publish(config: Config, folder: Path) -> list[Path]:
    """Copy what a reader needs of a finished study, and write the licences of the images in its figures.

    Args:
        config: the study.
        folder: where to, such as ``reports/mini``; files there are replaced.

    Returns:
        The files written.

    Raises:
        FreqbenchError: if the study is not finished.
    """
    layout = Layout.of(config)
    sources = [layout.manifest, *(layout.table(suffix) for suffix in ("csv", "md", "html"))]
    sources += [layout.figure(dataset, "png") for dataset in config.datasets]
    statistics = {layout.statistics(name): folder / f"{name}_statistics.csv" for name in config.datasets}
    missing = [path for path in (*sources, *statistics) if not path.is_file()]
    if missing:
        raise FreqbenchError(f"{missing[0]}: is missing; finish the study before it is published")
    targets = {path: folder / path.name for path in sources} | statistics
    for source, target in targets.items():
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)
    with atomic_path(folder / LICENCES) as temporary:
        temporary.write_text(_licences(layout), encoding="utf-8")
    return [*targets.values(), folder / LICENCES]


def _licences(layout: Layout) -> str:
    """Return the licence and the source of the images that the figures show."""
    lines = ["# Licences of the images in the figures", ""]
    for name, data in read_json(layout.manifest)["data"].items():
        lines.append(f"- `{name}`: {data['description']}. {data['licence']}. {data['citation']}")
    lines += [
        "",
        "The images were cropped, filtered or restored, and their grey scale was stretched, as the figures say.",
    ]
    return "\n".join(lines) + "\n"
