"""Methods look the same in all figures, and different from each other, whatever one's colour vision."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from freqbench.config import CONTROLS
from freqbench.reporting.method_styles import COLOURS, FURTHER_MARKERS, KNOWN, further_style, method_styles
from freqbench.reporting.sensitivity_figure import REFERENCE, loss_styles
from freqbench.sensitivity.probes import PERCEPTUAL_LABEL, STANDARD

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
SIMULATED = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def seen(colour, vision):
    """Return the CIELAB colour that a colour of sRGB is to a kind of colour vision."""
    encoded = np.array(to_rgb(colour))
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.asarray(SIMULATED[vision]) @ linear, 0, 1)
    back = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return rgb2lab(back[None, None])[0, 0]


@pytest.mark.parametrize("vision", SIMULATED)
def test_colours_differ_in_every_kind_of_colour_vision(vision):
    # a CIEDE2000 of 1 is just seen side by side; markers and lines differ as well
    pairs = {pair: deltaE_ciede2000(seen(pair[0], vision), seen(pair[1], vision)) for pair in combinations(COLOURS, 2)}
    assert min(pairs.values()) > 8, min(pairs, key=pairs.get)


def test_the_simulation_confuses_what_is_confused():
    red, green = (0.65, 0.30, 0.20), (0.42, 0.42, 0.20)
    apart = {vision: deltaE_ciede2000(seen(red, vision), seen(green, vision)) for vision in SIMULATED}
    assert apart["deuteranopia"] < 0.4 * apart["normal"]


def test_no_two_methods_share_marker_and_no_two_trained_ones_line_and_colour():
    assert len({style.marker for style in KNOWN.values()}) == len(KNOWN)
    styles = [style for name, style in KNOWN.items() if name not in ("input", "gaussian", "clean")]
    styles += [further_style(place) for place in range(24)]
    for parts in ("colour marker", "colour line"):
        looks = [tuple(getattr(style, part) for part in parts.split()) for style in styles]
        assert len(set(map(str, looks))) == len(looks)
    assert not set(FURTHER_MARKERS) & {style.marker for style in KNOWN.values()}


def test_controls_are_grey():
    for name in CONTROLS:
        assert len(set(to_rgb(KNOWN[name].colour))) == 1


def test_a_method_keeps_its_style_whatever_other_methods_and_data_sets_there_are(make_study, twelve_methods):
    few, many = make_study(), make_study(methods=twelve_methods)
    common = set(few.method_names) & set(many.method_names)
    assert "lffl_a1" in common
    for name in common:
        assert method_styles(few)[name] == method_styles(many)[name] == KNOWN[name]
    styles = method_styles(many)
    assert set(styles) == set(many.method_names)
    assert len(set(map(str, styles.values()))) == len(styles)


def test_losses_have_the_styles_of_their_methods(make_study):
    config = make_study()
    losses = [*(label for label, _, _ in STANDARD), PERCEPTUAL_LABEL, "LFFL α=1 (conv1_2)", "mine"]
    styles = loss_styles(config, losses)
    assert styles["FFL"] == KNOWN["ffl"]
    assert styles["LFFL α=1"] == styles["LFFL α=1 (conv1_2)"] == KNOWN["lffl_a1"]
    others = [loss for loss in losses if loss not in {"LFFL α=1 (conv1_2)"}]
    assert len({str(styles[loss]) for loss in others}) == len(others)
    assert styles[REFERENCE].colour == "0.6"


def test_with_several_generators_the_colour_is_the_generator_s_and_the_marker_the_loss_s(make_study):
    generators = {"rrdb": {}, "care": {"kind": "care_unet"}, "n2n": {"kind": "noise2noise_unet"}}
    config = make_study(generator=None, generators=generators)
    styles = method_styles(config)
    assert set(styles) == set(config.method_names)
    assert {styles[f"ffl@{name}"].marker for name in generators} == {KNOWN["ffl"].marker}
    assert {styles[f"{name}@care"].colour for name in ("spatial", "ffl", "lffl_a1")} == {COLOURS[1]}
    assert len({(style.colour, style.marker) for style in styles.values()}) == len(styles)
    assert styles["input"] == KNOWN["input"]
