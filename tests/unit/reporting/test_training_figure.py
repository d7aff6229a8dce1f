"""The training curves: every term of every log, as logged, with the weight that the training had."""

import json

import numpy as np
import pytest

from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.training_figure import TERMS, draw_training, weight_text
from freqbench.run import trainings_on
from freqbench.training.read_log import frequency_weights, read_logs

WEIGHTS = {"spatial": 0.0, "ffl": 19.74, "lffl_a1": 2.0}


def records(method, split, seed, count=5):
    """Return the log of a training whose terms are planted."""
    place = list(WEIGHTS).index(method) if method in WEIGHTS else 5
    found = []
    for number in range(1, count + 1):
        record = {"iteration": 10 * number, "l1": 0.1 * (place + 1) / number + 0.001 * seed, "total": 1.0 / number}
        if method != "spatial":
            record["frequency"] = 10.0**-number
        if number > 2:  # after the discriminator's warm-up
            record |= {"adversarial": 0.7, "discriminator": 0.6}
        record["discriminator_updates"] = 0.0 if number <= 2 else 0.5
        if number == count:
            record |= {"train_psnr": 30.0 + seed, "held_out_psnr": 29.0 + split}
            record |= {"held_out_loss": 0.2, "learning_rate_factor": 0.5}
        found.append(record)
    return found


def write(config, log=records, weights=WEIGHTS):
    layout = Layout.of(config)
    for run in trainings_on(config, "tiny"):
        path = layout.training_log(*run.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(record) + "\n" for record in log(run.method, run.split, run.seed)))
        write_json(layout.training_manifest(*run.key), {"frequency_weight": weights.get(run.method, 1.0)})


def panels(figure):
    return {axes.get_title(): axes for axes in figure.axes if axes.get_title()}


def curve(axes, label):
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return np.column_stack([line.get_xdata(), line.get_ydata()])


def test_every_term_has_a_panel_and_every_curve_the_logged_values(make_study, drawn_figures):
    config = make_study()
    write(config)
    draw_training(config, "tiny")
    found = panels(drawn_figures[0])
    assert list(found) == [title for term, title in TERMS.items() if term != "perceptual"]
    expected = [(record["iteration"], record["l1"]) for record in records("ffl", 1, 0)]
    assert curve(found["L1"], "ffl") == pytest.approx(np.array(expected))
    assert {line.get_label() for line in found[TERMS["frequency"]].lines} == {"ffl", "lffl_a1"}
    # terms that begin later have their own first iteration
    assert curve(found["discriminator"], "spatial")[0, 0] == 30
    assert curve(found[TERMS["held_out_psnr"]], "ffl") == pytest.approx(np.array([[50, 30.0]]))


def test_a_value_that_stands_alone_has_a_marker(make_study, drawn_figures):
    config = make_study()
    write(config)
    draw_training(config, "tiny")
    (line,) = [each for each in panels(drawn_figures[0])[TERMS["train_psnr"]].lines if each.get_label() == "ffl"]
    assert line.get_marker() == "s"


def test_an_axis_is_logarithmic_only_where_that_is_useful(make_study, drawn_figures):
    config = make_study()
    write(config)
    draw_training(config, "tiny")
    scales = {title: axes.get_yscale() for title, axes in panels(drawn_figures[0]).items()}
    assert scales[TERMS["frequency"]] == "log"
    assert scales["discriminator"] == scales[TERMS["discriminator_updates"]] == scales[TERMS["train_psnr"]] == "linear"

    def negative(*key):
        return [record | {"total": -record["total"]} for record in records(*key)]

    write(config, negative)
    draw_training(config, "tiny")
    assert panels(drawn_figures[1])[TERMS["total"]].get_yscale() == "linear"


def test_trainings_are_thin_and_their_mean_is_thick(make_study, drawn_figures):
    config = make_study(seeds=[0, 2], datasets={"tiny": {"split": {"repeats": 2}}})
    write(config)
    draw_training(config, "tiny")
    axes = panels(drawn_figures[0])["L1"]
    thin = [line for line in axes.lines if line.get_label().startswith("ffl (")]
    assert len(thin) == 4
    each = np.array([line.get_ydata() for line in thin])
    (thick,) = [line for line in axes.lines if line.get_label() == "ffl"]
    assert thick.get_ydata() == pytest.approx(each.mean(axis=0))
    assert thick.get_linewidth() > 2 * thin[0].get_linewidth()
    assert np.ptp(each, axis=0)[0] == pytest.approx(0.002)


def test_trainings_of_other_lengths_do_not_make_the_mean_jump(make_study, drawn_figures):
    config = make_study(seeds=[0, 1])
    write(config, lambda method, split, seed: records(method, split, 50 * seed, count=5 if seed else 3))
    draw_training(config, "tiny")
    mean = curve(panels(drawn_figures[0])["L1"], "ffl")
    assert np.isnan(mean[3:, 1]).all() and np.isfinite(mean[:3, 1]).all()


def test_the_legend_says_the_weight_that_the_trainings_had(make_study, drawn_figures):
    config = make_study()
    write(config)
    draw_training(config, "tiny")
    labels = [text.get_text() for text in drawn_figures[0].legends[0].get_texts()]
    assert labels == ["Spatial only", "FFL, λ₄ = 19.7", "LFFL α=1, λ₄ = 2"]
    assert weight_text([19.74, 21.0]) == "λ₄ = 19.7 to 21"
    assert frequency_weights(config, "tiny") == {"ffl": [19.74], "lffl_a1": [2.0]}


def test_values_that_are_not_finite_are_gaps_and_are_counted(make_study, drawn_figures):
    config = make_study()

    def broken(method, split, seed):
        found = records(method, split, seed)
        if method == "ffl":
            found[1]["l1"], found[2]["l1"] = float("nan"), float("inf")
        return found

    write(config, broken)
    draw_training(config, "tiny")
    values = curve(panels(drawn_figures[0])["L1"], "ffl")
    assert list(np.isnan(values[:, 1])) == [False, True, True, False, False]
    assert "2 values are not finite and are gaps" in " ".join(drawn_figures[0].texts[-1].get_text().split())


def test_twelve_methods_with_long_names_and_a_term_of_a_user_are_readable(
    make_study, twelve_methods, drawn_figures, assert_readable
):
    config = make_study(methods=twelve_methods)
    write(config, lambda *key: [record | {"my_own_term": 1.0} for record in records(*key)])
    draw_training(config, "tiny")
    assert list(panels(drawn_figures[0]))[-1] == "my_own_term"
    assert_readable(drawn_figures[0])


@pytest.mark.parametrize("content", [None, "{", '{"l1": 1.0}\n', "[1]\n", '{"iteration": 1, "l1": "x"}\n'])
def test_a_log_that_is_missing_or_damaged_is_named(make_study, content):
    config = make_study()
    write(config)
    path = Layout.of(config).training_log("tiny", "ffl", 1, 0)
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(FreqbenchError, match=r"log\.jsonl: no readable log .*freqbench train"):
        read_logs(config, "tiny")


def test_a_manifest_without_the_weight_is_named(make_study):
    config = make_study()
    write(config)
    write_json(Layout.of(config).training_manifest("tiny", "ffl", 1, 0), {})
    with pytest.raises(FreqbenchError, match=r"run\.json: has no frequency_weight"):
        draw_training(config, "tiny")


def test_an_empty_log_of_every_training_draws_a_page_without_curves(make_study, drawn_figures):
    config = make_study()
    write(config, lambda *_: [])
    draw_training(config, "tiny")
    assert not panels(drawn_figures[0])
