import numpy as np
import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.evaluation import write_metrics
from freqbench.layout import Layout
from freqbench.learning_curves.measure import COLUMNS
from freqbench.reporting.learning_figure import draw_learning
from freqbench.run import trained_runs_of

ITERATIONS = (1, 2, 4, 8, 10)
MEANS = {("input", "psnr"): 5.0, ("gaussian", "psnr"): 26.0, ("clean", "psnr"): np.inf}
MEANS |= {(name, "gmsd"): 0.1 for name in ("input", "gaussian", "clean")}


def value(method, seed, place):
    """Return a planted PSNR: methods differ by 1 dB, seeds by 0.5 dB, and all rise."""
    return 25.0 + ["spatial", "ffl", "lffl_a1"].index(method) + 0.5 * seed + 0.25 * place


def write_curves(config):
    layout = Layout.of(config)
    for run in trained_runs_of(config, "tiny"):
        rows = [
            (
                *run.key,
                iteration,
                f"tiny/raw/{fov}/capture_000#0",
                fov,
                metric,
                value(run.method, run.seed, place) / scale,
            )
            for metric, scale in (("psnr", 1), ("gmsd", 250))
            for place, iteration in enumerate(ITERATIONS)
            for fov in ("3", "4")
        ]
        write_metrics(pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS, layout.learning_curve(*run.key))


@pytest.fixture
def study(make_study, write_results):
    def make(**changes):
        config = make_study(**changes)
        means = MEANS | {(method.name, metric): 1.0 for method in config.methods for metric in ("psnr", "gmsd")}
        write_results(config, means, spread=0.0, statistics=False)
        write_curves(config)
        return config

    return make


def drawn(figure):
    (axes, *_) = [axes for axes in figure.axes if axes.get_title().startswith("PSNR")]
    return axes


def line_of(axes, label):
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return np.column_stack([line.get_xdata(), line.get_ydata()])


def test_the_curves_are_the_means_of_the_trainings_over_a_logarithmic_axis(study, drawn_figures):
    config = study(seeds=[0, 1])
    draw_learning(config, "tiny")
    axes = drawn(drawn_figures[0])
    expected = [(iteration, value("ffl", 0.5, place)) for place, iteration in enumerate(ITERATIONS)]
    assert line_of(axes, "ffl") == pytest.approx(np.array(expected))
    assert axes.get_xscale() == "log"
    (band, *_) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == pytest.approx((value("spatial", 0, 0), value("spatial", 1, 4)))


def test_the_controls_are_level_lines_and_one_far_away_is_named(study, drawn_figures):
    config = study()
    draw_learning(config, "tiny")
    axes = drawn(drawn_figures[0])
    levels = [line.get_ydata()[0] for line in axes.lines if len(set(line.get_ydata())) == 1]
    assert levels == pytest.approx([5.0, 26.0])
    assert axes.get_ylim()[0] > 20
    text = " ".join(" ".join(each.get_text() for each in drawn_figures[0].texts).split())
    assert "Measured on TEST patches" in text
    assert "Nothing was selected by these curves, neither an iteration nor a method" in text
    assert "Input (degraded) lies outside the panels of PSNR." in text


def test_without_controls_the_curves_stand_alone(study, drawn_figures):
    config = study(controls=["clean"])
    draw_learning(config, "tiny")
    assert len(drawn(drawn_figures[0]).lines) == len(config.methods)


def test_the_files_are_the_same_each_time(study):
    config = study()
    paths = [Layout.of(config).learning_figure("tiny", suffix) for suffix in ("png", "pdf")]
    draw_learning(config, "tiny")
    first = [path.read_bytes() for path in paths]
    draw_learning(config, "tiny")
    assert [path.read_bytes() for path in paths] == first


def test_a_study_that_is_not_measured_names_the_file(make_study):
    with pytest.raises(FreqbenchError, match=r"split1_seed0_learning\.csv"):
        draw_learning(make_study(), "tiny")
