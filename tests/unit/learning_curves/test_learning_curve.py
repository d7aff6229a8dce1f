import numpy as np
import pandas as pd
import pytest

from freqbench.classical.control import make_control
from freqbench.config import parse_config
from freqbench.errors import FreqbenchError
from freqbench.evaluation import evaluate, read_metrics
from freqbench.learning_curves.measure import COLUMNS, chosen_patches, measure_learning_curve, spread_rows
from freqbench.learning_curves.summary import control_lines, mean_curves, run_curves
from freqbench.restoration import restore
from freqbench.run import Run
from freqbench.training.run import train


class Silent:
    def start(self, done, total): ...
    def step(self): ...
    def record(self, record): ...
    def say(self, text): ...


@pytest.fixture(scope="module")
def trained(write_study, tmp_path_factory):
    """A run that was trained with kept generators, restored, evaluated, and whose learning was measured."""
    config = write_study(
        tmp_path_factory.mktemp("learning"),
        training={"snapshots": "powers_of_two"},
        evaluation={"metrics": ["psnr", "gmsd", "ssim"]},
    )
    run = Run(config, "tiny", "spatial")
    train(run, Silent())
    restore(run)
    evaluate(run)
    measure_learning_curve(run)
    return run


def curve_of(run):
    return read_metrics([run.layout.learning_curve(*run.key)])


def test_the_last_point_is_what_evaluate_measures(trained):
    curve = curve_of(trained)
    assert tuple(curve.columns) == COLUMNS
    assert sorted(curve["iteration"].unique()) == [1, 2, 4, 7]
    last = curve[curve["iteration"] == 7].set_index(["patch_id", "metric"])["value"]
    evaluated = read_metrics([trained.layout.image_metrics(*trained.key)]).set_index(["patch_id", "metric"])["value"]
    pd.testing.assert_series_equal(last.sort_index(), evaluated.sort_index(), rtol=1e-7)


def test_the_points_before_are_other_generators(trained):
    means = curve_of(trained).query("metric == 'psnr'").groupby("iteration")["value"].mean()
    assert means.nunique() == 4


def test_chosen_metrics_and_patches_alone_are_measured(trained, monkeypatch):
    content = trained.config.model_dump(mode="json")
    content["learning_curves"] = {"metrics": ["gmsd"], "patches": 3}
    written = []
    monkeypatch.setattr("freqbench.learning_curves.measure.write_metrics", lambda table, *_: written.append(table))
    measure_learning_curve(Run(parse_config(content, "test"), "tiny", "spatial"))
    (curve,) = written
    assert set(curve["metric"]) == {"gmsd"}
    assert sorted(curve.drop_duplicates("patch_id")["fov"]) == ["3", "4", "5"]
    both = curve.merge(curve_of(trained), on=["iteration", "patch_id", "metric"])
    assert len(both) == len(curve)
    assert both["value_x"].to_numpy() == pytest.approx(both["value_y"].to_numpy(), rel=1e-6)


def test_a_metric_that_the_controls_lack_is_refused(make_study):
    with pytest.raises(FreqbenchError, match=r"learning_curves\.metrics: `fsim` is not among `evaluation\.metrics`"):
        make_study(learning_curves={"metrics": ["fsim"]})


def test_a_training_that_kept_nothing_is_told_what_to_set(make_study):
    with pytest.raises(FreqbenchError, match=r"set `training\.snapshots: powers_of_two`"):
        measure_learning_curve(Run(make_study(), "tiny", "spatial"))


def test_a_control_learns_nothing(make_study):
    with pytest.raises(FreqbenchError, match="input: is a control"):
        measure_learning_curve(Run(make_study(), "tiny", "input"))


@pytest.mark.parametrize(
    ("number", "rows"),
    [(1, [0]), (3, [0, 4, 6]), (4, [0, 3, 4, 6]), (6, [0, 2, 3, 4, 5, 6]), (99, list(range(7)))],
)
def test_rows_are_spread_over_the_fields_whatever_their_size(number, rows):
    fovs = np.array(["a", "a", "a", "a", "b", "b", "c"], dtype=object)
    assert spread_rows(fovs, number).tolist() == rows


@pytest.mark.parametrize(("captures", "windows", "number"), [(16, 16, 64), (4, 16, 32), (50, 4, 64), (12, 9, 36)])
def test_all_windows_are_taken_alike_and_not_the_same_ones_of_each_capture(captures, windows, number):
    rows = spread_rows(np.array(["a"] * captures * windows, dtype=object), number)
    assert len(set(rows.tolist())) == number
    by_window = np.bincount(rows % windows, minlength=windows)
    assert by_window.max() - by_window.min() <= 1


def test_all_patches_are_taken_where_no_number_is_given(make_study, make_patches):
    test = make_patches(captures=3).side("test")
    assert len(chosen_patches(make_study(learning_curves={"patches": None}), test).table) == len(test.table) == 9


def rows_of(values, **identity):
    """Return tidy rows from values by field of view and iteration."""
    table = [
        {"metric": "psnr", "fov": fov, "patch_id": f"{fov}#{place}", "iteration": iteration, "value": value}
        for (fov, iteration), found in values.items()
        for place, value in enumerate(found)
    ]
    return pd.DataFrame(table).assign(**{"method": "spatial", "split": 1, "seed": 0, **identity})


def test_fields_of_view_weigh_the_same_and_infinite_values_do_not_count():
    curves = rows_of({("a", 1): [1.0, 2.0, 3.0], ("b", 1): [10.0, np.inf]})
    assert run_curves(curves)["value"].tolist() == [6.0]


def test_the_mean_of_trainings_ends_where_the_shortest_does():
    long = rows_of({("a", 1): [1.0], ("a", 2): [2.0], ("a", 3): [9.0]})
    short = rows_of({("a", 1): [3.0], ("a", 2): [6.0]}, seed=1)
    other = rows_of({("a", 1): [5.0], ("a", 3): [7.0]}, method="ffl")
    found = mean_curves(run_curves(pd.concat([long, short, other])))
    spatial = found[found["method"] == "spatial"].set_index("iteration")
    assert spatial[["mean", "low", "high"]].to_numpy().tolist() == [[2.0, 1.0, 3.0], [4.0, 2.0, 6.0]]
    assert found[found["method"] == "ffl"]["iteration"].tolist() == [1, 3]


def test_the_controls_are_taken_of_the_same_patches(make_study):
    config = make_study(learning_curves={"patches": 3, "metrics": ["psnr"]})
    for method in config.controls:
        run = Run(config, "tiny", method)
        make_control(run)
        evaluate(run)
    table = read_metrics([Run(config, "tiny", "input").layout.image_metrics("tiny", "input", 1, 0)])
    chosen = table[table["metric"] == "psnr"].groupby("fov").head(1)
    curves = chosen.assign(method="spatial", iteration=1)
    lines = control_lines(config, "tiny", curves).set_index(["method", "metric"])["value"]
    assert set(lines.index) == {("input", "psnr"), ("gaussian", "psnr")}
    assert lines["input", "psnr"] == pytest.approx(chosen["value"].mean())
    with pytest.raises(FreqbenchError, match="controls were measured on other patches"):
        control_lines(config, "tiny", curves.assign(patch_id="elsewhere#0"))
