"""Commands on nuclei: segment, segment-image, segment-figure, evaluate-nuclei, compare-nuclei, nuclei-table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from freqbench.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatasetOption,
    MethodOption,
    SeedOption,
    SplitOption,
    ThreadsOption,
    use_threads,
)
from freqbench.cli.progress import progress, say
from freqbench.config import load_config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout

if TYPE_CHECKING:
    from freqbench.config.nuclei import Nuclei

MIN_AREA_SHARE = 0.1
"""`segment-image` without a configuration: smallest area, as a share of that of a disc of the given diameter."""


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (segment, segment_image, segment_figure, evaluate_nuclei, compare_nuclei, nuclei_table):
        app.command(rich_help_panel="Nuclei")(command)


def segment(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Find the nuclei in the clean images, once a field of view: labels.npz, nuclei.csv, segmentation.json.

    Examples:
        freqbench segment -d phantom_nuclei
    """
    from freqbench.nuclei.study import segment_dataset

    settings = load_config(config)
    with progress(f"segment {dataset}") as advance:
        table = segment_dataset(settings, dataset, advance)
    _say_counts(table["excluded"].tolist(), table["fov"].nunique())


def segment_image(
    image: Annotated[Path, typer.Argument(help="Grey image (TIFF, PNG).")],
    diameter: Annotated[
        float | None, typer.Option(help="Typical diameter in pixels, for the threshold segmenter with its defaults.")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Configuration with the settings.")] = None,
    dataset: Annotated[str | None, typer.Option("--dataset", "-d", help="Data set whose settings to use.")] = None,
    against: Annotated[Path | None, typer.Option(help="Given instance labels of the image, to compare with.")] = None,
    output: Annotated[Path | None, typer.Option(help="Labels to write (TIFF, 16 bits).")] = None,
    figure: Annotated[Path | None, typer.Option(help="Overlay to write (PNG or PDF).")] = None,
) -> None:
    """Find the nuclei of one image; with --against print precision, recall and F1 at IoU 0.5.

    Examples:
        freqbench segment-image image.tif --diameter 24 --against labels.tif --figure overlay.png
        freqbench segment-image image.tif -c config/smoke.yaml -d phantom_nuclei --output labels.tif
    """
    import torch

    from freqbench.data.image_files import read_grey, to_unit_range
    from freqbench.mirror import mirror_folder
    from freqbench.nuclei.agreement import agreement
    from freqbench.nuclei.labels import read_label_image, write_label_image
    from freqbench.nuclei.segment import build_segmenter
    from freqbench.nuclei.table import nuclei_table
    from freqbench.reporting.nuclei_figure import write_overlays

    settings, mirror = _settings(diameter, config, dataset)
    find, described = build_segmenter(settings.segmenter, mirror_folder(mirror), torch.device("cpu"))
    pixels = to_unit_range(read_grey(image))
    labels = find(pixels)
    table = nuclei_table({image.stem: labels}, settings)
    _say_counts(table["excluded"].tolist(), 1)
    if against is not None:
        # of all objects: the rules of exclusion are about what is measured, not about what is found
        found = agreement(labels, read_label_image(against))
        say(
            f"against {against.name}: {found.found} found, {found.given} given, {found.matched} matched at IoU "
            f"{found.threshold:g}: precision {found.precision:.3f}, recall {found.recall:.3f}, F1 {found.f1:.3f}, "
            f"mean IoU of the matched {found.mean_iou:.3f}"
        )
    if output is not None:
        write_label_image(labels, output)
    if figure is not None:
        heading = f"{image.name}, by {described['name']} ({described['version']})"
        write_overlays({image.stem: (pixels, labels)}, table, heading, [figure])


def segment_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw contours and numbers of the nuclei on the clean images, as PNG and PDF.

    Examples:
        freqbench segment-figure -d phantom_nuclei
    """
    from freqbench.reporting.nuclei_figure import draw_segmentation

    settings = load_config(config)
    draw_segmentation(settings, dataset)
    say(str(Layout.of(settings).segment_figure(dataset, "png")))


def evaluate_nuclei(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    seed: SeedOption = 0,
    config: ConfigOption = DEFAULT_CONFIG,
    threads: ThreadsOption = None,
) -> None:
    """Measure the nuclei in the restored patches: each nucleus, and the crops as a set.

    Examples:
        freqbench evaluate-nuclei -d phantom_nuclei -m lffl_a1
    """
    use_threads(threads)
    from freqbench.evaluation import read_metrics
    from freqbench.nuclei.evaluation import evaluate_nuclei as evaluate_run
    from freqbench.run import Run

    run = Run(load_config(config), dataset, method, seed, split=split)
    evaluate_run(run)
    for paths in (run.layout.nucleus_metrics, run.layout.nucleus_set_metrics):
        table = read_metrics([paths(*run.key)])
        for name, values in table.groupby("metric", sort=False)["value"]:
            say(f"{name}: {values.mean():.5g}")


def compare_nuclei(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Test the differences between methods: per nucleus as in the paper, and per field of view.

    Examples:
        freqbench compare-nuclei -d phantom_nuclei
    """
    from freqbench.files import atomic_path
    from freqbench.nuclei.compare import compare_on_nuclei
    from freqbench.nuclei.study import nuclei_settings

    settings = load_config(config)
    nuclei_settings(settings, dataset)
    table = compare_on_nuclei(settings, dataset)
    with atomic_path(Layout.of(settings).nucleus_statistics(dataset)) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")


def nuclei_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write the table of the nucleus level as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench nuclei-table
    """
    from freqbench.reporting.nuclei_table import write_nuclei_table

    settings = load_config(config)
    write_nuclei_table(settings)
    say(Layout.of(settings).nuclei_table("md").read_text(encoding="utf-8"))


def _settings(diameter: float | None, config: Path | None, dataset: str | None) -> "tuple[Nuclei, Path | None]":
    """Return the settings, from a configuration or of a diameter alone, and the mirror that it names."""
    import math

    from freqbench.config.nuclei import Nuclei, ThresholdSegmenter
    from freqbench.nuclei.study import nuclei_settings

    if (diameter is None) == (config is None) or (config is None) != (dataset is None):
        raise FreqbenchError("segment-image: give either --diameter, or --config and --dataset")
    if config is not None and dataset is not None:
        study = load_config(config)
        return nuclei_settings(study, dataset), study.mirror
    assert diameter is not None
    if not (math.isfinite(diameter) and diameter > 0):
        raise FreqbenchError(f"--diameter: must be a number of pixels above 0, got {diameter:g}")
    area = max(1, round(MIN_AREA_SHARE * math.pi * diameter**2 / 4))
    return Nuclei(segmenter=ThresholdSegmenter(kind="threshold", diameter=diameter), min_area=area), None


def _say_counts(excluded: list[str], fovs: int) -> None:
    reasons = {reason: excluded.count(reason) for reason in dict.fromkeys(excluded) if reason}
    words = ", ".join(f"{reason} {count}" for reason, count in reasons.items()) or "none"
    fields = "field" if fovs == 1 else "fields"
    say(f"{len(excluded)} nuclei in {fovs} {fields} of view, {excluded.count('')} kept; excluded: {words}")
