import sys

import pytest

from freqbench.config.training import CAREGenerator, Noise2NoiseGenerator
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.preflight import check, needed_networks

SPATIAL = [{"name": "spatial"}]


def own_loss(loss, **more):
    return [{"name": "spatial"}, {"name": "mine", "loss": loss, "weight": 1.0, **more}]


def test_what_is_found(make_study):
    result = check(make_study(evaluation={"metrics": ["psnr", "lpips"], "frechet_features": "vgg16"}))
    assert result["methods"] == ["input", "gaussian", "clean", "spatial", "ffl", "lffl_a1"]
    untrained = "untrained, from a seed"
    assert result["feature_networks"] == [{"network": name, "file": untrained} for name in ("vgg19", "vgg16")]


def test_the_papers_networks_are_counted_without_being_computed(make_study):
    config = make_study(
        generator={"blocks": 16, "features": 64, "growth": 32},
        discriminator={"features": 64, "layers": 3},
        training={"crop": None},
        datasets={"tiny": {"patches": {"size": 256}}},
    )
    result = check(config)
    assert result["generator_parameters"] == 11_585_857
    assert result["discriminator_parameters"] == 2_763_585


@pytest.mark.parametrize(
    ("evaluation", "objective", "expected"),
    [
        ({"metrics": ["psnr"], "frechet_features": "none"}, {}, ["vgg19"]),
        ({"metrics": ["psnr"], "frechet_features": "none"}, {"perceptual": 0.0}, []),
        ({"metrics": ["lpips"], "frechet_features": "none"}, {"perceptual": 0.0}, ["vgg16"]),
        ({"metrics": ["lpips"], "frechet_features": "vgg16"}, {"perceptual": 0.0}, ["vgg16"]),
        ({"metrics": ["lpips"], "frechet_features": "inception"}, {}, ["vgg19", "vgg16", "inception"]),
        (
            {"metrics": ["lpips"], "lpips_network": "alex", "frechet_features": "vgg16"},
            {},
            ["vgg19", "alexnet", "vgg16"],
        ),
    ],
)
def test_needed_networks(make_study, evaluation, objective, expected):
    config = make_study(evaluation=evaluation, training={"objective": objective})
    assert needed_networks(config) == expected


def test_a_metric_that_cannot_take_the_patches_is_named_before_the_training(make_study):
    message = (
        "evaluation.metrics: ms_ssim needs images of at least 176 x 176 pixels, but datasets.tiny.patches.size is 32"
    )
    with pytest.raises(FreqbenchError, match=message):
        check(make_study(evaluation={"metrics": ["psnr", "ms_ssim"], "frechet_features": "none"}))
    others = ["psnr", "ssim", "fsim", "gmsd", "lfd", "frc_area", "power_spectrum_distance"]
    check(make_study(evaluation={"metrics": others, "frechet_features": "none"}))


def test_features_are_needed_where_a_frequency_loss_sees_them(make_study):
    none = {"objective": {"perceptual": 0.0}}
    deblur = {"tiny": {"task": "deblur"}}
    assert needed_networks(make_study(training=none, datasets=deblur)) == ["vgg19"]
    assert needed_networks(make_study(training=none, datasets=deblur, methods=SPATIAL)) == []
    on_features = own_loss("l1", domain="features")
    assert needed_networks(make_study(training=none, methods=on_features)) == ["vgg19"]


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ({"loss": "log_focal_frequencies", "weight": 1.0}, "did you mean 'log_focal_frequency'"),
        (
            {"loss": "focal_frequency", "options": {"alhpa": 1}, "weight": 1.0},
            "no option 'alhpa'; did you mean 'alpha'",
        ),
        ({"loss": "focal_frequency", "options": {"alpha": -1}, "weight": 1.0}, "alpha must be a finite number >= 0"),
        ({"loss": "not_installed.Loss", "weight": 1.0}, "cannot be imported"),
        ({"loss": "log_focal_frequency", "options": {"alpha": 0}, "weight": "paper"}, "alpha above 0"),
        ({"loss": "focal_frequency", "options": {"patch_factor": 3}, "weight": 1.0}, "methods.mine: .* 16 x 16 pixels"),
    ],
)
def test_a_loss_that_cannot_work_is_found_before_any_training(make_study, method, message):
    with pytest.raises(FreqbenchError, match=message) as error:
        check(make_study(methods=[{"name": "spatial"}, {"name": "mine", **method}]))
    assert "\n" not in str(error.value)


@pytest.fixture
def own_losses(monkeypatch, tmp_path):
    bodies = {
        "Vector": "a - b",
        "NotANumber": "(a * float('nan')).sum()",
        "Number": "0.5",
        "Good": "(a - b).abs().mean()",
    }
    classes = "".join(
        f"\nclass {name}(nn.Module):\n    def forward(self, a, b):\n        return {body}\n"
        for name, body in bodies.items()
    )
    (tmp_path / "preflight_losses.py").write_text("from torch import nn\n" + classes)
    monkeypatch.syspath_prepend(tmp_path)
    yield "preflight_losses"
    sys.modules.pop("preflight_losses", None)


@pytest.mark.parametrize("name", ["Vector", "NotANumber", "Number"])
def test_an_own_loss_must_return_a_finite_scalar(make_study, own_losses, name):
    with pytest.raises(FreqbenchError, match=rf"methods\.mine: .*{name} must return a finite scalar tensor"):
        check(make_study(methods=own_loss(f"{own_losses}.{name}")))


def test_a_good_own_loss_passes(make_study, own_losses):
    assert check(make_study(methods=own_loss(f"{own_losses}.Good")))["methods"][-1] == "mine"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"discriminator": {"layers": 5}}, r"training\.crop: PatchDiscriminator .* 16 x 16 pixels"),
        (
            {"generator": {"pixel_unshuffle": True}, "training": {"crop": 18}},
            r"training\.crop: RRDBNet cannot take 2 images of 18 x 18 pixels \(.*divisible by 4",
        ),
        (
            {"generator": {"pixel_unshuffle": True}, "datasets": {"tiny": {"patches": {"size": 30}}}},
            r"datasets\.tiny\.patches\.size: RRDBNet cannot take 1 images of 30 x 30 pixels",
        ),
        (
            {"training": {"crop": None}, "discriminator": {"layers": 6}},
            r"datasets\.tiny\.patches\.size: PatchDiscriminator",
        ),
    ],
)
def test_networks_that_cannot_take_the_patches(make_study, changes, message):
    with pytest.raises(FreqbenchError, match=message):
        check(make_study(**changes))


CARE = CAREGenerator(kind="care_unet", features=4)
NOISE2NOISE = Noise2NoiseGenerator(kind="noise2noise_unet", features=4)


@pytest.mark.parametrize(
    ("settings", "changes", "message"),
    [
        (
            CARE,
            {"training": {"crop": 18}},
            r"training\.crop: CAREUNet .* 18 x 18 pixels \(.*divisible by 4, not 18 x 18",
        ),
        (
            CARE,
            {"training": {"crop": 20}, "datasets": {"tiny": {"patches": {"size": 34}}}},
            r"datasets\.tiny\.patches\.size: CAREUNet cannot take 1 images of 34 x 34 pixels \(.*divisible by 4",
        ),
        (NOISE2NOISE, {}, r"training\.crop: Noise2NoiseUNet .* 16 x 16 pixels \(.*divisible by 32, not 16 x 16"),
        (
            NOISE2NOISE,
            {
                "training": {"crop": 32},
                "datasets": {"tiny": {"patches": {"rule": "whole"}, "source": {"kind": "phantom", "size": 100}}},
            },
            r"datasets\.tiny\.source\.size: Noise2NoiseUNet cannot take 1 images of 100 x 100 pixels",
        ),
    ],
)
def test_sizes_that_a_unet_cannot_halve(make_study, settings, changes, message):
    config = make_study(**changes)
    with pytest.raises(FreqbenchError, match=message) as error:
        check(config.model_copy(update={"generator": settings}))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("settings", "parameters"), [(CARE, 14_573), (NOISE2NOISE, 30_465)])
def test_sizes_that_a_unet_can_halve(make_study, settings, parameters):
    config = make_study(training={"crop": 32}, datasets={"tiny": {"patches": {"size": 64}}})
    assert check(config.model_copy(update={"generator": settings}))["generator_parameters"] == parameters


def test_whole_images_of_unknown_size_pass(make_study):
    files = {"source": {"kind": "fmd", "type": "Confocal_FISH"}, "patches": {"rule": "whole"}}
    config = make_study(datasets={"tiny": files}, training={"crop": None})
    assert check(config.model_copy(update={"generator": NOISE2NOISE}))["methods"]


def test_an_untrained_inception_is_refused_before_any_training(make_study):
    with pytest.raises(FreqbenchError, match=r"evaluation\.frechet_features: `inception` is for trained"):
        check(make_study(evaluation={"frechet_features": "inception"}))


def test_missing_weights_are_found_before_any_training(make_study, monkeypatch, tmp_path):
    def no_download(*_, **__):
        raise OSError("no internet")

    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr("torch.hub.download_url_to_file", no_download)
    monkeypatch.delenv("FREQBENCH_MIRROR", raising=False)
    with pytest.raises(FreqbenchError, match="the ImageNet weights of vgg19 are missing"):
        check(make_study(feature_networks="imagenet"))


def test_weights_are_named_with_their_hash(make_study, monkeypatch, tmp_path):
    file = tmp_path / "vgg19.pth"
    file.write_bytes(b"weights")
    described = {"network": "vgg19", "file": file.name, "sha256": sha256_of(file)}
    monkeypatch.setattr("freqbench.weights.load_weights", lambda *_: {})
    monkeypatch.setattr("freqbench.weights.describe_weights", lambda *_: described)
    assert check(make_study(feature_networks="imagenet"))["feature_networks"] == [described]


def test_the_discriminator_is_not_checked_where_it_does_not_train(make_study):
    too_deep = {"discriminator": {"layers": 6}}
    with pytest.raises(FreqbenchError, match="PatchDiscriminator cannot take"):
        check(make_study(**too_deep))
    found = check(make_study(**too_deep, training={"objective": {"adversarial": 0.0}}))
    assert found["discriminator_parameters"] > 0


def test_a_set_without_clean_images_is_found_before_any_training(make_study):
    source = {"kind": "folder", "folder": "mine", "degraded": "{fov}.tif"}
    with pytest.raises(FreqbenchError, match=r"datasets\.tiny\.source\.clean: is missing, so nothing can be trained"):
        check(make_study(datasets={"tiny": {"source": source}}))


NOISY_TARGETS = {"target": "second_capture", "objective": {"adversarial": 0}}


def test_noisy_targets_need_two_captures_where_the_configuration_tells_how_many(make_study):
    check(make_study(training=NOISY_TARGETS))
    single = {"tiny": {"source": {"captures": 1}}}
    with pytest.raises(FreqbenchError, match=r"datasets\.tiny: has one capture of each field of view"):
        check(make_study(training=NOISY_TARGETS, datasets=single))
    # simulated captures take the place of the camera's
    noise = {"tiny": {"source": {"captures": 1}, "noise": {"kind": "gaussian", "captures": 2}}}
    check(make_study(training=NOISY_TARGETS, datasets=noise))
    noise["tiny"]["noise"]["captures"] = 1
    with pytest.raises(FreqbenchError, match="has one capture"):
        check(make_study(training=NOISY_TARGETS, datasets=noise))


@pytest.mark.parametrize("control", ["gat_gaussian", "average16"])
def test_controls_that_simulated_noise_cannot_have_are_named(make_study, control):
    noise = {"tiny": {"noise": {"kind": "log_normal", "captures": 15}}}
    with pytest.raises(FreqbenchError, match=f"control {control} on tiny: "):
        check(make_study(datasets=noise, controls=["input", control]))
