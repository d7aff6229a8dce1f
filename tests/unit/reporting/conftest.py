"""The tidy files of a study, with values that a test chooses."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from freqbench.config import CLASSICAL, Config
from freqbench.evaluation import COLUMNS as IMAGE_COLUMNS
from freqbench.evaluation import SET_COLUMNS, read_metrics
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.metrics.contracts import CONTRACTS
from freqbench.reporting.figure_files import DOTS_PER_INCH
from freqbench.run import runs_of
from freqbench.statistics.compare import compare_methods

Key = tuple[str, str, int, int]
Means = Mapping[tuple[str, str], float]
"""Mean of a metric by method and metric; the value of each patch, split and seed lies around it."""


def write_results(
    config: Config,
    means: Means,
    *,
    fovs: int = 3,
    captures: int = 2,
    spread: float = 0.01,
    statistics: bool = True,
) -> None:
    """Write calibrations, records of controls, metrics of all methods, splits and seeds, and the statistics of them.

    The offsets of the patches sum to zero, and so do those of the splits and of the seeds: the means come out as
    given. The first split tests fields of view 3, 4 and so on; each further one begins one later.
    """
    layout = Layout.of(config)
    for dataset in config.datasets:
        paths = []
        splits = config.splits_of(dataset)
        for run in runs_of(config, dataset):
            seeds = config.seeds_of(run.method)
            place = splits.index(run.split) - (len(splits) - 1) / 2 + seeds.index(run.seed) - (len(seeds) - 1) / 2
            shifted = {metric: mean + spread * place for (name, metric), mean in means.items() if name == run.method}
            _write(
                layout.image_metrics(*run.key), IMAGE_COLUMNS, _image_rows(run.key, shifted, (fovs, captures), spread)
            )
            _write(layout.set_metrics(*run.key), SET_COLUMNS, _set_rows(run.key, shifted, fovs * captures))
            paths.append(layout.image_metrics(*run.key))
            if run.is_control:
                tuned = {"parameters": {"sigma": 1.0 + run.split / 4}, "at_end_of_grid": []}
                write_json(layout.control_record(*run.key), run.identity | (tuned if run.method in CLASSICAL else {}))
        for method in config.methods_of(dataset):
            if method.is_calibrated:
                for split in splits:
                    weights = {"untrained": 2.0, "input": 6.0 + split}
                    write_json(layout.calibration(dataset, method.name, split), {"weight_by_state": weights})
        if statistics:
            compared = compare_methods(read_metrics(paths), config)
            _write(layout.statistics(dataset), tuple(compared.columns), compared.to_numpy().tolist())


def _image_rows(key: Key, means: dict[str, float], shape: tuple[int, int], spread: float) -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(crc32("/".join(map(str, key)).encode()))
    rows = []
    for metric, mean in means.items():
        if CONTRACTS[metric].level == "image":
            offsets = rng.standard_normal(shape)
            for (fov, capture), offset in np.ndenumerate(spread * (offsets - offsets.mean())):
                name = str(fov + 2 + key[2])
                patch = f"{key[0]}/raw/{name}/capture_{capture:03d}#0"
                rows.append((*key, patch, name, f"capture_{capture:03d}", "patch", metric, mean + offset))
    return rows


def _set_rows(key: Key, means: dict[str, float], count: int) -> list[tuple[Any, ...]]:
    # neither interval nor halves, as of too few fields of view
    empty = [None] * (len(SET_COLUMNS) - len(key) - 3)
    return [(*key, metric, count, mean, *empty) for metric, mean in means.items() if CONTRACTS[metric].level == "set"]


def _write(path: Path, columns: tuple[str, ...], rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False)


@pytest.fixture(name="write_results", scope="session")
def write_results_fixture() -> Callable[..., None]:
    return write_results


@pytest.fixture
def drawn_figures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the figures that are drawn from now on, once each; they are not rendered."""
    from matplotlib.figure import Figure

    drawn: list[Any] = []

    def keep(figure: Any, path: Path, **_: Any) -> None:
        path.touch()
        if not drawn or drawn[-1] is not figure:
            drawn.append(figure)

    monkeypatch.setattr(Figure, "savefig", keep)
    return drawn


def assert_readable(figure: Any, *, smallest: float = 6.0) -> None:
    """Make sure that no text is too small, leaves the page, or covers another one."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    page = figure.bbox
    found = [(text.get_text(), text, text.get_window_extent(renderer)) for text in shown_texts(figure)]
    for words, text, box in found:
        assert text.get_fontsize() >= smallest, words
        assert page.x0 - 1 <= box.x0 and box.x1 <= page.x1 + 1, words
        assert page.y0 - 1 <= box.y0 and box.y1 <= page.y1 + 1, words
    for place, (words, _, box) in enumerate(found):
        for other, _, other_box in found[:place]:
            # boxes are higher than their letters
            assert not box.padded(-1.5).overlaps(other_box.padded(-1.5)), (words, other)


def shown_texts(figure: Any) -> list[Any]:
    """Return the texts of a figure that are drawn: tick labels beyond the ends of their axis are not."""
    texts = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        parts = [axes, *axes.child_axes]
        for part in parts:
            if not part.axison:
                texts += part.texts
                continue
            texts += [part.title, part.xaxis.label, part.yaxis.label, *part.texts, part._left_title, part._right_title]
            if part.get_legend() is not None:
                texts += part.get_legend().get_texts()
            for axis in (part.xaxis, part.yaxis):
                low, high = sorted(axis.get_view_interval())
                slack = 1e-6 * (high - low)
                for tick in axis._update_ticks():
                    if low - slack <= tick.get_loc() <= high + slack:
                        texts += [label for label in (tick.label1, tick.label2) if label.get_visible()]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


@pytest.fixture(name="assert_readable", scope="session")
def assert_readable_fixture() -> Callable[..., None]:
    return assert_readable


TWELVE = (
    *({"name": "spatial"}, {"name": "ffl", "loss": "focal_frequency", "weight": 1.0}),
    {"name": "fsl", "loss": "fourier_space", "weight": 1.0},
    *({"name": f"lffl_a{a}", "loss": "log_focal_frequency", "weight": 1.0} for a in ("0.5", "1", "2")),
    *({"name": f"a_loss_of_a_user_with_a_name_as_long_as_it_may_be_number_{n:03d}", "loss": "l1"} for n in range(6)),
)
"""Twelve methods, the six of the paper and six with the longest names that a configuration allows."""


@pytest.fixture(name="twelve_methods", scope="session")
def twelve_methods_fixture() -> list[dict[str, Any]]:
    return [method | ({"weight": 1.0} if "loss" in method else {}) for method in TWELVE]
