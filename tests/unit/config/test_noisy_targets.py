"""Settings of the FRC study, and what they exclude."""

import pytest

from freqbench.errors import FreqbenchError
from freqbench.reporting.labels import study_notes


def test_a_discriminator_is_not_shown_noise_as_real_images(make_study):
    with pytest.raises(FreqbenchError, match="no clean images to show a discriminator"):
        make_study(training={"target": "second_capture"})
    make_study(training={"target": "second_capture", "objective": {"adversarial": 0}})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "deblur"}, "adds nothing but noise"),
        ({"published_as": "fmd_zebrafish"}, "`published_as` and `noise` exclude each other"),
        ({"noise": {"kind": "gaussian", "std": 0}}, "std"),
        ({"noise": {"kind": "log_normal", "std": 1}}, "std"),
        ({"noise": {"kind": "poisson"}}, "must be `gaussian` or `log_normal`"),
    ],
)
def test_noise_that_means_nothing_is_refused(make_study, change, message):
    with pytest.raises(FreqbenchError, match=message):
        make_study(datasets={"tiny": {"noise": {"kind": "gaussian"}} | change})


def test_every_table_says_what_was_done_to_noise_targets_and_intensities(make_study):
    plain = study_notes(make_study(), {})
    config = make_study(
        datasets={"tiny": {"noise": {"kind": "gaussian", "std": 0.4, "captures": 7}}},
        training={"target": "second_capture", "objective": {"adversarial": 0}},
        evaluation={"intensity_fit": "affine"},
    )
    more = [note for note in study_notes(config, {}) if note not in plain]
    assert len(more) == 3
    assert any("a x + b" in note for note in more)
    assert any("Noise2Noise" in note and "no clean image" in note for note in more)
    noise = next(note for note in more if note.startswith("tiny: simulated noise"))
    assert "white Gaussian of standard deviation 0.4 times" in noise
    assert "7 captures of each field of view" in noise


def test_a_figure_of_one_data_set_says_nothing_of_the_noise_of_others(make_study):
    phantom = {"source": {"kind": "phantom"}, "noise": {"kind": "gaussian", "std": 0.1}, "patches": {"size": 32}}
    config = make_study(datasets={"one": phantom, "two": phantom})
    noise = [note for note in study_notes(config, {"two": {1: "clean"}}) if "simulated noise" in note]
    assert [note.split(":")[0] for note in noise] == ["two"]
