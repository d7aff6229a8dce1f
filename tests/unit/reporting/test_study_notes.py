import pytest

from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.labels import METHOD_LABELS, TIERS, method_label, numbered, study_notes, worst_verdict
from freqbench.reporting.table1 import write_table1

MEANS = {(method, "psnr"): 30.0 for method in ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")}


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("related", "tiny: train and test fields of view show one specimen"),
        ("masked", "tiny: test fields of view overlap with train fields of view; only the area"),
        ("leaking", "tiny: LEAKING: test pixels were seen in training."),
    ],
)
def test_what_the_audit_found_stands_under_the_table(make_study, write_results, verdict, said):
    config = make_study(verdict=verdict)
    write_results(config, MEANS)
    write_table1(config)
    for suffix in ("md", "html"):
        assert said in Layout.of(config).table(suffix).read_text(encoding="utf-8")


@pytest.mark.parametrize(("state", "factor"), [("untrained", "3.5"), ("input", "0.29")])
def test_how_far_the_state_moves_a_calibrated_weight_stands_under_the_table(make_study, write_results, state, factor):
    config = make_study(calibration={"state": state})
    write_results(config, MEANS)
    write_table1(config)
    words = ("untrained output", "noisy input") if state == "untrained" else ("noisy input", "untrained output")
    text = Layout.of(config).table("md").read_text(encoding="utf-8")
    assert (
        f"LFFL α=1's initial gradient at the {words[0]}; the {words[1]} would give other ones: FFL × {factor}." in text
    )


def test_a_missing_calibration_is_named(make_study, write_results):
    config = make_study()
    write_results(config, MEANS)
    Layout.of(config).calibration("tiny", "ffl", 1).unlink()
    with pytest.raises(FreqbenchError, match=r"ffl\.json: no such file"):
        write_table1(config)


def test_a_clean_audit_needs_no_note(make_study):
    assert not any(note.startswith("tiny:") for note in study_notes(make_study(), {"tiny": {1: "clean"}}))


def test_every_data_set_has_its_own_note(make_study):
    datasets = {name: {"source": {"kind": "phantom"}, "patches": {"size": 32}} for name in ("one", "two", "three")}
    verdicts = {"one": {1: "leaking"}, "two": {1: "clean"}, "three": {1: "masked"}}
    notes = study_notes(make_study(datasets=datasets), verdicts)
    assert [note.split(":")[0] for note in notes if "field" in note or "LEAKING" in note] == ["one", "three"]


def test_the_tier_comes_first_and_then_the_users_note(make_study):
    for tier, label in TIERS.items():
        assert study_notes(make_study(tier=tier, note="A remark."), {})[:2] == [label, "A remark."]


def test_untrained_networks_and_other_distances_are_said(make_study):
    notes = " ".join(study_notes(make_study(evaluation={"frechet_features": "vgg16"}), {}))
    assert "are untrained, from a seed" in notes
    assert "They are not FID and KID" in notes
    notes = " ".join(study_notes(make_study(feature_networks="imagenet"), {}))
    assert "untrained" not in notes
    assert "FID" not in notes


def test_methods_of_the_paper_have_its_names_and_others_their_own():
    assert method_label("lffl_a0.5") == "LFFL α=0.5"
    assert method_label("my_loss") == "my_loss"
    assert len(set(METHOD_LABELS.values())) == len(METHOD_LABELS)


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        (("clean", "clean"), "clean"),
        (("clean", "undecided"), "undecided"),
        (("related", "undecided"), "related"),
        (("related", "masked", "clean"), "masked"),
        (("masked", "leaking", "related"), "leaking"),
    ],
)
def test_the_worst_verdict_is_that_of_the_data_set(verdicts, worst):
    assert worst_verdict(dict(enumerate(verdicts, start=1))) == worst


def test_numbers_of_splits_in_words():
    assert numbered([2]) == "split 2"
    assert numbered([1, 3]) == "splits 1 and 3"
    assert numbered([1, 2, 4]) == "splits 1, 2 and 4"
