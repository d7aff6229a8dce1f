"""Sweeps: which methods differ in one number alone, and their curves."""

import pytest

from freqbench.errors import FreqbenchError
from freqbench.reporting.sweep_figure import draw_sweeps, family_label
from freqbench.sweeps import sweeps_of

LFFL = {"name": "lffl_a1", "loss": "log_focal_frequency", "options": {"alpha": 1.0}, "weight": "paper"}
FFL = {"name": "ffl", "loss": "focal_frequency", "options": {"alpha": 1.0}}
METHODS = [
    {"name": "spatial"},
    LFFL,
    LFFL | {"sweep": {"weight": [0.5, 2]}},
    FFL,
    FFL | {"sweep": {"weight": [0.5, 2]}},
    FFL | {"sweep": {"alpha": [0, 2]}},
]


def found(config):
    """Return the names of the methods by value, by quantity and label of the sweep."""
    return {
        (sweep.quantity, family_label(sweep)): dict(
            zip(sweep.values, (method.name for method in sweep.methods), strict=True)
        )
        for sweep in sweeps_of(config, "tiny")
    }


def test_methods_that_differ_in_one_number_are_a_sweep(make_study):
    assert found(make_study(methods=METHODS)) == {
        ("weight", "LFFL α=1"): {0.5: "lffl_a1_weight0.5", 1.0: "lffl_a1", 2.0: "lffl_a1_weight2"},
        ("weight", "FFL α=1"): {0.5: "ffl_weight0.5", 1.0: "ffl", 2.0: "ffl_weight2"},
        ("alpha", "FFL, λ₄ calibrated"): {0.0: "ffl_alpha0", 1.0: "ffl", 2.0: "ffl_alpha2"},
    }


def test_the_paper_s_weight_goes_with_alpha_and_is_no_sweep(make_study):
    of_alpha = [LFFL | {"name": f"lffl_{alpha}", "options": {"alpha": alpha}} for alpha in (0.5, 1.0, 2.0)]
    assert found(make_study(methods=[{"name": "spatial"}, *of_alpha])) == {}
    # calibrated ones are, and what they are calibrated against has the same pull
    others = [one | {"weight": "calibrated"} for one in of_alpha if one["options"]["alpha"] != 1.0]
    assert list(found(make_study(methods=[{"name": "spatial"}, LFFL, *others]))) == [("alpha", "LFFL, λ₄ calibrated")]


def test_numbers_as_weights_and_generators_apart(make_study):
    methods = [{"name": "spatial"}, *(FFL | {"name": f"w{weight}", "weight": weight} for weight in (1, 3, 10))]
    config = make_study(methods=methods, generator=None, generators={"rrdb": {}, "care": {"kind": "care_unet"}})
    assert found(config) == {
        ("weight", "FFL α=1 (RRDB)"): {1.0: "w1@rrdb", 3.0: "w3@rrdb", 10.0: "w10@rrdb"},
        ("weight", "FFL α=1 (CARE U-Net)"): {1.0: "w1@care", 3.0: "w3@care", 10.0: "w10@care"},
    }


@pytest.fixture
def study(make_study, write_results):
    config = make_study(methods=METHODS, comparison={"significance": 0.05}, controls=["input"])
    psnr = {"spatial": 30.0, "lffl_a1": 31.0, "lffl_a1_weight0.5": 30.5, "lffl_a1_weight2": 29.0, "ffl": 30.0}
    psnr |= {"ffl_weight0.5": 30.2, "ffl_weight2": 29.5, "ffl_alpha0": 30.1, "ffl_alpha2": 30.3, "input": 20.0}
    means = {(method, "psnr"): value for method, value in psnr.items()}
    means |= {(method, metric): 0.1 for method in psnr for metric in ("ssim", "gmsd")}
    write_results(config, means, fovs=6)
    return config


def test_curves_stand_beside_the_line_of_the_baseline(study, drawn_figures, assert_readable):
    draw_sweeps(study, "tiny")
    (figure,) = drawn_figures
    assert_readable(figure)
    # one row of panels for the weight, one for alpha
    shown = [axis for axis in figure.axes if axis.axison]
    assert [axis.get_title() for axis in shown] == ["PSNR (dB), better ↑", "SSIM, better ↑", "GMSD, better ↓"] * 2
    weight, alpha = shown[0], shown[3]
    assert (weight.get_xlabel(), alpha.get_xlabel()) == ("multiple of λ₄", "α")
    notes = " ".join(" ".join(text.get_text().split()) for text in figure.texts)
    assert "multiples are shown: the calibrated weight or the weight of the loss's paper." in notes
    assert (weight.get_xscale(), alpha.get_xscale()) == ("log", "linear")
    curves = {line.get_label(): line for line in weight.get_lines()}
    assert curves["LFFL α=1"].get_ydata() == pytest.approx([30.5, 31.0, 29.0])
    assert curves["LFFL α=1"].get_xdata() == pytest.approx([0.5, 1, 2], rel=0.02)
    assert curves["baseline spatial"].get_ydata() == pytest.approx([30.0, 30.0])
    points = [line for line in weight.get_lines() if line.get_label() == "point"]
    filled = {round(float(line.get_ydata()[0]), 3): line.get_markerfacecolor() != "white" for line in points}
    # FFL with its weight equals the baseline: undecided
    assert filled == {30.5: True, 31.0: True, 29.0: True, 30.2: True, 30.0: False, 29.5: True}
    bars = [line for line in weight.get_lines() if line.get_label() == "interval"]
    assert len(bars) == 6
    assert all(low < high for low, high in (bar.get_ydata() for bar in bars))
    assert [text.get_text() for text in alpha.get_xticklabels()] == ["0", "1", "2"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["LFFL α=1", "FFL α=1", "FFL, λ₄ calibrated", "baseline: Spatial only"]


def test_a_study_without_sweeps_says_what_one_takes(make_study):
    with pytest.raises(FreqbenchError, match="no sweep among its methods; it takes three"):
        draw_sweeps(make_study(), "tiny")


def test_a_sweep_needs_the_reference(make_study, write_results):
    config = make_study(methods=METHODS[1:], comparison={"baselines": ["ffl"]}, controls=["input"])
    means = {(method.name, "psnr"): 30.0 for method in config.methods}
    write_results(config, means, fovs=3)
    with pytest.raises(FreqbenchError, match=r"comparison.reference: `spatial` is not trained on tiny"):
        draw_sweeps(config, "tiny")
