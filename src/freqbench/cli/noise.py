"""Commands about the noise of a data set: noise, noise-figure."""

import typer

from freqbench.cli.data import dataset_of
from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption
from freqbench.cli.progress import progress, say
from freqbench.config import load_config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (noise, noise_figure):
        app.command(rich_help_panel="Data")(command)


def noise(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Measure gain, offset, saturation and correlation of the noise from repeated captures.

    Examples:
        freqbench noise -d phantom_tissue
    """
    from freqbench.data.index import check_has_clean_images, read_index
    from freqbench.data.noise_model.measure import measure_noise
    from freqbench.data.source import SourceRecord
    from freqbench.files import atomic_path, write_json

    settings = load_config(config)
    if dataset_of(settings, dataset).noise is not None:
        raise FreqbenchError(
            f"datasets.{dataset}.noise: the noise is simulated, its kind and amplitude are stated there; there is no "
            "camera to measure"
        )
    layout = Layout.of(settings)
    index = read_index(layout.index(dataset))
    check_has_clean_images(index)
    with progress(f"noise of {dataset}") as advance:
        report, points = measure_noise(index, SourceRecord.read(layout.source(dataset)), advance)
    with atomic_path(layout.noise_points(dataset)) as temporary:
        points.to_csv(temporary, index=False)
    write_json(layout.noise(dataset), report)
    fit = report["fit"]
    if fit is None:
        say(f"no fit: {report['why_no_fit']}")
    else:
        gain = fit["gain"]
        say(f"variance = {gain['value']:.4g} * mean {fit['intercept']['value']:+.4g} counts**2")
        say(f"gain {gain['low']:.4g} to {gain['high']:.4g} counts ({fit['interval']})")
    say(str(layout.noise(dataset)))


def noise_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the noise model of a data set, as PNG and PDF.

    Examples:
        freqbench noise-figure -d phantom_tissue
    """
    from freqbench.reporting.noise_figure import draw_noise

    settings = load_config(config)
    draw_noise(settings, dataset)
    say(str(Layout.of(settings).noise_figure(dataset, "png")))
