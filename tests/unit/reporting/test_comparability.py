"""What makes a number not comparable with the paper's: each reason alone, from the configuration and not from names."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from freqbench.config import parse_config
from freqbench.losses.registry import loss_class
from freqbench.published.lffl_protocol import DATA, ITERATIONS, METHODS, METRICS
from freqbench.published.lffl_table import BASELINES, VARIANTS, read_lffl_table
from freqbench.registry import loss_path
from freqbench.reporting.comparability import Measured, comparability, in_the_paper, other_settings

ROOT = Path(__file__).parents[3]
PAPER = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text(encoding="utf-8"))
PSNR = Measured("fmd_zebrafish", "lffl_a1", "psnr", "patch", 600, 600)


def study(**sections):
    """Return the study of `config/paper.yaml` with keys of sections replaced; ``zebrafish`` is its data set."""
    content = copy.deepcopy(PAPER)
    for key, value in sections.items():
        target = content["datasets"]["fmd_zebrafish"] if key == "zebrafish" else content
        if key == "zebrafish":
            target.update(value)
        elif isinstance(value, dict):
            content[key] = content.get(key, {}) | value
        else:
            content[key] = value
    content["leakage"] = []
    return parse_config(content, "test")


def with_method(name, **changes):
    methods = [method | changes if method["name"] == name else method for method in copy.deepcopy(PAPER["methods"])]
    return study(methods=methods)


def reasons(config, **changes):
    return comparability(config, replace(PSNR, **changes)).reasons


def test_the_papers_own_study_is_comparable_in_every_place():
    config = study()
    for method in METHODS:
        for metric in METRICS:
            found = comparability(config, replace(PSNR, method=method, metric=metric))
            assert found.reasons == found.remarks == ()
    assert other_settings(config) == ""


def test_the_table_has_these_places_and_no_others():
    assert in_the_paper("lffl_a1", "psnr")
    assert in_the_paper("spatial", "fd_vgg16"), "it stands in the place of FID"
    for method, metric in (("input", "psnr"), ("mine", "psnr"), ("lffl_a1", "kid"), ("lffl_a1", "ms_ssim")):
        assert not in_the_paper(method, metric)
    table = read_lffl_table()
    assert {place.dataset for place in table.values} == set(DATA)
    assert {place.metric for place in table.values} == set(METRICS.values())
    assert tuple(METHODS) == (*BASELINES, *VARIANTS)


def test_a_data_set_that_stands_for_none_of_the_papers():
    found = comparability(study(), replace(PSNR, dataset="fmd_zebrafish_free"))
    assert found.other_quantity == ("the paper's table has no such data set",)


@pytest.mark.parametrize(
    ("sections", "metric", "reason"),
    [
        ({"evaluation": {"lpips_network": "alex"}}, "lpips", "LPIPS of AlexNet; the paper's is of VGG"),
        (
            {"feature_networks": "untrained", "evaluation": {"frechet_features": "vgg16"}},
            "lpips",
            "LPIPS of an untrained network",
        ),
        ({"evaluation": {"frechet_features": "vgg16"}}, "fd_vgg16", "another distance than the paper's FID"),
    ],
)
def test_another_quantity_by_what_it_is_measured_with(sections, metric, reason):
    found = comparability(study(**sections), replace(PSNR, metric=metric))
    assert found.other_quantity == (reason,)
    if metric == "lpips":
        assert comparability(study(**sections), PSNR).other_quantity == ()


@pytest.mark.parametrize(
    ("published_as", "unit", "metric", "reason"),
    [
        ("nuclei_defocus", "patch", "psnr", "measured on patches; the paper measures on nuclei"),
        ("nuclei_defocus", "patch", "gmsd", "measured on patches; the paper measures on nuclei"),
        ("nuclei_defocus", "patch", "lpips", None),
        ("nuclei_defocus", "nucleus", "psnr", None),
        ("nuclei_defocus", "nucleus", "lpips", "measured on nuclei; the paper measures on patches"),
        ("fmd_zebrafish", "nucleus", "ssim", "measured on nuclei; the paper measures on patches"),
        ("fmd_zebrafish", "nucleus", "fid", "measured on nuclei; the paper measures on patches"),
        ("fmd_zebrafish", "patch", "fid", None),
    ],
)
def test_another_quantity_by_what_it_is_measured_on(published_as, unit, metric, reason):
    found = comparability(study(zebrafish={"published_as": published_as}), replace(PSNR, unit=unit, metric=metric))
    assert found.other_quantity == ((reason,) if reason else ())


@pytest.mark.parametrize(
    ("zebrafish", "reason"),
    [
        ({"source": {"kind": "phantom", "size": 512}}, "simulated images; the paper's are FMD Confocal_FISH, raw"),
        (
            {"source": {"kind": "fmd", "type": "Confocal_MICE"}},
            "FMD Confocal_MICE, raw; the paper's are FMD Confocal_FISH, raw",
        ),
        ({"level": "avg2"}, "FMD Confocal_FISH, avg2; the paper's are FMD Confocal_FISH, raw"),
        (
            {"source": {"kind": "bbbc006", "folder": "x"}},
            "images of `kind: bbbc006`; the paper's are FMD Confocal_FISH, raw",
        ),
        ({"patches": {"rule": "brightest", "size": 128}}, "patches of 128; the paper's are of 256 pixels"),
        ({"patches": {"rule": "whole"}}, "patches of whole images; the paper's are of 256 pixels"),
        (
            {"split": {"rule": "fraction", "train_fraction": 0.5}},
            "split.train_fraction 0.5; the paper's is 0.4",
        ),
    ],
)
def test_other_images(zebrafish, reason):
    assert reasons(study(zebrafish=zebrafish)) == (reason,)


def test_another_task():
    found = reasons(study(zebrafish={"task": "deblur"}), method="spatial")
    assert found == ("task deblur; the paper's is denoise",)


def test_nuclei_that_were_never_published_are_other_images_whatever_stands_for_them():
    found = reasons(study(zebrafish={"published_as": "nuclei_defocus", "task": "deblur"}), unit="nucleus", fewest=877)
    assert found[0] == "FMD Confocal_FISH, raw; the paper's are defocused nuclei, never published"
    assert "the paper does not say which images its FID compares" in reasons(
        study(zebrafish={"published_as": "nuclei_defocus"}), metric="fid"
    )


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ((600, 600), None),
        ((599, 600), "599 to 600 test patches; the paper has 600"),
        ((4, 4), "4 test patches; the paper has 600"),
    ],
)
@pytest.mark.parametrize("metric", METRICS)
def test_another_number_of_images(counts, reason, metric):
    found = reasons(study(), metric=metric, fewest=counts[0], most=counts[1])
    assert found == ((reason,) if reason else ())


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("lffl_a1", {"options": {"alpha": 0.7}, "weight": 2.0}, "lffl_a1: alpha 0.7; the paper's is 1.0"),
        ("lffl_a2", {"options": {}, "weight": 2**0.5}, "lffl_a2: alpha 1.0; the paper's is 2.0"),
        ("lffl_a1", {"options": {"alpha": 1, "exclude_dc": False}}, "lffl_a1: exclude_dc False; the paper's is True"),
        (
            "lffl_a2",
            {"loss": "mylab.Loss", "weight": 1.0},
            "lffl_a2: loss mylab.Loss; the paper's is log_focal_frequency",
        ),
        ("lffl_a1", {"weight": 3.0}, "lffl_a1: weight 3; the paper's is fixed by alpha"),
        ("lffl_a1", {"domain": "features"}, "lffl_a1: domain features; the paper's is task"),
        ("ffl", {"loss": "l1", "options": {}}, "ffl: loss l1; the paper's is focal_frequency"),
        ("ffl", {"weight": 1.0}, "ffl: weight 1; the paper's is calibrated against LFFL"),
        ("ffl", {"options": {"alpha": 1.0, "patch_factor": 2}}, "ffl: patch_factor 2; the paper's is 1"),
        ("fsl", {"options": {"window": None}}, "fsl: window None; the paper's is hann"),
        ("fsl", {"options": {"secret": 1}}, "fsl: secret 1 of the loss"),
        ("spatial", {"loss": "l2", "weight": 1.0}, "spatial: loss l2; the paper's is None"),
    ],
)
def test_another_method_of_the_same_name(name, changes, reason):
    config = with_method(name, **changes)
    assert reasons(config, method=name) == (reason,)
    other = "fsl" if name != "fsl" else "spatial"
    assert reasons(config, method=other) == ()


def test_the_papers_weight_as_a_number_is_the_papers():
    assert reasons(with_method("lffl_a0.5", weight=4.0), method="lffl_a0.5") == ()
    assert reasons(with_method("lffl_a1", options={}), method="lffl_a1") == ()


def test_a_loss_by_its_dotted_path_is_the_same_loss():
    assert reasons(with_method("lffl_a1", loss=loss_path("log_focal_frequency"), weight=2.0), method="lffl_a1") == ()


def test_a_weight_calibrated_against_another_loss_is_another_one():
    methods = [*copy.deepcopy(PAPER["methods"]), {"name": "mine", "loss": "l1", "weight": 1.0}]
    config = study(methods=methods, calibration={"reference": "mine"})
    assert reasons(config, method="ffl") == ("ffl: weight calibrated; the paper's is calibrated against LFFL",)
    assert reasons(config) == ()


@pytest.mark.parametrize(
    ("sections", "named"),
    [
        ({"tier": "mini"}, "tier mini (paper)"),
        ({"generator": {"blocks": 2}}, "generator.blocks 2 (16)"),
        ({"generator": {"features": 32, "growth": 8}}, "generator.features 32 (64), generator.growth 8 (32)"),
        ({"generator": {"pixel_unshuffle": True}}, "generator.pixel_unshuffle True (False)"),
        ({"generator": {"kind": "care_unet"}}, "generator.kind care_unet (rrdb), generator.features 32 (64)"),
        ({"discriminator": {"layers": 2}}, "discriminator.layers 2 (3)"),
        ({"training": {"epochs": 100}}, "training.epochs 100 (200)"),
        ({"training": {"epochs": None, "iterations": 300}}, "training.iterations 300 (20000)"),
        ({"training": {"crop": 64}}, "training.crop 64 (none)"),
        ({"training": {"batch_size": 8}}, "training.batch_size 8 (4)"),
        ({"training": {"learning_rate_generator": 1e-3}}, "training.learning_rate_generator 0.001 (0.0001)"),
        ({"training": {"objective": {"adversarial": 0.0}}}, "training.objective.adversarial 0 (0.005)"),
        (
            {"training": {"target": "second_capture", "objective": {"adversarial": 0.0}}},
            "training.target second_capture (clean), training.objective.adversarial 0 (0.005)",
        ),
        ({"training": {"held_out": 1, "log_every": 5, "validation": {"every": 5}}}, "training.validation given (none)"),
        ({"evaluation": {"intensity_fit": "affine"}}, "evaluation.intensity_fit affine (none)"),
    ],
)
def test_other_settings(sections, named):
    assert other_settings(study(**sections)) == named
    for metric in METRICS:
        assert reasons(study(**sections), metric=metric) == (f"settings (in parentheses the paper's): {named}",)


def test_as_many_iterations_as_the_paper_are_as_long():
    assert other_settings(study(training={"epochs": None, "iterations": ITERATIONS})) == ""


def test_untrained_feature_networks_concern_every_metric_because_they_train():
    config = study(feature_networks="untrained", evaluation={"frechet_features": "vgg16"})
    assert reasons(config) == ("settings (in parentheses the paper's): feature_networks untrained (imagenet)",)


@pytest.mark.parametrize(
    ("sections", "remark"),
    [
        (
            {"zebrafish": {"split": {"shared_area": "exclude"}}},
            "fields of view that share pixels with test fields of view do not train; the paper does not say so",
        ),
        (
            {"zebrafish": {"split": {"shared_area": "mask"}}},
            "only the area that no train field of view shows is tested; the paper does not say so",
        ),
        ({"zebrafish": {"split": {"rule": "groups"}}}, "split by rule `groups`; the paper draws fields of view"),
        (
            {
                "methods": [{**PAPER["methods"][4], "options": {"detach_weight": False}}],
                "comparison": {"baselines": ["lffl_a1"]},
            },
            "lffl_a1: detach_weight False, which the paper leaves open",
        ),
    ],
)
def test_what_may_be_compared_with_a_remark(sections, remark):
    found = comparability(study(**sections), PSNR)
    assert found.reasons == ()
    assert found.remarks == (remark,)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.loss])
def test_what_the_paper_states_is_the_default_of_the_loss_but_for_alpha(name):
    import inspect

    paper = METHODS[name]
    defaults = {key: value.default for key, value in inspect.signature(loss_class(paper.loss)).parameters.items()}
    assert {*paper.options, *paper.open_options} == set(defaults)
    for key, value in paper.options.items():
        assert key == "alpha" or defaults[key] == value
    assert defaults.get("alpha", 1.0) == 1.0
