import pytest

from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.tuning_notes import tuning_notes


def write(config, control, parameters, *, split=1, noise=0.1, at_end=()):
    content = {"parameters": parameters, "noise": noise, "at_end_of_grid": list(at_end)}
    write_json(Layout.of(config).control_record("tiny", control, split, 0), content)


def test_what_was_chosen_is_said_in_pixels_or_in_units_of_the_noise(make_study):
    config = make_study(controls=["input", "gat_nlm", "gaussian", "tv", "clean"])
    write(config, "gaussian", {"sigma": 1.25})
    write(config, "tv", {"weight": 0.2})
    write(config, "gat_nlm", {"h": 0.03, "patch_distance": 8}, at_end=["patch_distance"])
    assert tuning_notes(config) == [
        "tiny, classical denoisers, by the best mean PSNR of train patches: Gaussian filter width 1.25 px; Total "
        "variation weight 2 σ; GAT + non-local means h 0.3 σ, search distance 8 px (the end of its grid). σ: standard "
        "deviation of the noise."
    ]


def test_the_choices_of_several_splits_stand_beside_each_other(make_study):
    config = make_study(datasets={"tiny": {"split": {"repeats": 3}}})
    for split, sigma in ((1, 1.0), (2, 3.0), (3, 1.0)):
        write(config, "gaussian", {"sigma": sigma}, split=split, at_end=["sigma"] if sigma == 3.0 else ())
    (note,) = tuning_notes(config)
    assert note.endswith("Gaussian filter width 1 or 3 px (the end of its grid).")


def test_a_study_without_classical_denoisers_says_nothing(make_study):
    assert tuning_notes(make_study(controls=["input", "clean"])) == []


def test_a_missing_record_is_an_error(make_study):
    with pytest.raises(FreqbenchError, match=r"split1_seed0\.json: no such file"):
        tuning_notes(make_study())
