import numpy as np
import pytest
import torch

from freqbench.config.training import CAREGenerator, Noise2NoiseGenerator
from freqbench.errors import FreqbenchError
from freqbench.models import CAREUNet, Noise2NoiseUNet
from freqbench.training.build import build_batches, build_generator, build_objective, build_optimisers

CPU = torch.device("cpu")


def test_the_optimisers_are_those_of_the_paper_unless_configured(make_study):
    training = {"learning_rate_generator": 1e-4, "learning_rate_discriminator": 1e-5}
    config = make_study(training=training)
    networks = torch.nn.Linear(1, 1), torch.nn.Linear(2, 2)
    for optimiser, network, rate in zip(build_optimisers(config, *networks), networks, (1e-4, 1e-5), strict=True):
        assert isinstance(optimiser, torch.optim.AdamW)
        (group,) = optimiser.param_groups
        assert group["params"] == list(network.parameters())
        assert (group["lr"], group["betas"], group["weight_decay"]) == (rate, (0.9, 0.999), 0.01)


def test_the_paper_generator_has_its_number_of_parameters(make_study):
    config = make_study(generator={"blocks": 16, "features": 64, "growth": 32, "global_residual": False})
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in build_generator(config).parameters()) == 11_585_857


@pytest.mark.parametrize(
    ("settings", "network", "parameters"),
    [
        (CAREGenerator(kind="care_unet"), CAREUNet, 922_977),
        (CAREGenerator(kind="care_unet", features=16, depth=1, kernel_size=3), CAREUNet, 18_705),
        (Noise2NoiseGenerator(kind="noise2noise_unet"), Noise2NoiseUNet, 988_609),
        (Noise2NoiseGenerator(kind="noise2noise_unet", bias=False), Noise2NoiseUNet, 987_408),
    ],
)
def test_the_kind_decides_which_generator_is_built(make_study, settings, network, parameters):
    config = make_study().model_copy(update={"generator": settings})
    generator = build_generator(config)
    assert type(generator) is network
    assert sum(parameter.numel() for parameter in generator.parameters()) == parameters
    assert generator(torch.rand(1, 1, 32, 32)).shape == (1, 1, 32, 32)


@pytest.mark.parametrize(("task", "l1", "domain"), [("denoise", 1.0, "image"), ("deblur", 0.1, "features")])
def test_the_objective_follows_the_task(make_study, task, l1, domain):
    config = make_study()
    objective = build_objective(config, config.method("lffl_a1"), task, 2.0)
    weights = objective.weights
    assert (weights.l1, weights.perceptual, weights.adversarial, weights.frequency) == (l1, 1.0, 0.005, 2.0)
    assert objective.domain == domain


def test_no_feature_network_where_no_term_needs_one(make_study):
    config = make_study(training={"objective": {"perceptual": 0.0}})
    for task, needed in (("denoise", False), ("deblur", True)):
        objective = build_objective(config, config.method("lffl_a1"), task, 2.0)
        assert (objective.features is not None) is needed


@pytest.mark.parametrize("warmup", [0, 3])
def test_an_objective_without_terms_is_refused(make_study, warmup):
    none = {"l1": 0.0, "perceptual": 0.0, "adversarial": 0.005 if warmup else 0.0}
    config = make_study(training={"objective": none}, discriminator={"warmup_iterations": warmup})
    with pytest.raises(FreqbenchError, match=r"training\.objective: leaves spatial without any term"):
        build_objective(config, config.method("spatial"), "denoise", 0.0)
    build_objective(config, config.method("lffl_a1"), "denoise", 2.0)


def test_an_adversarial_term_alone_is_an_objective(make_study):
    config = make_study(training={"objective": {"l1": 0.0, "perceptual": 0.0}})
    objective = build_objective(config, config.method("spatial"), "denoise", 0.0)
    image, logits = torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 2, 2)
    assert set(objective(image, image, (logits, logits))) == {"adversarial"}


def test_a_crop_larger_than_the_patches_is_refused(make_study, make_patches):
    config = make_study(datasets={"tiny": {"patches": {"rule": "whole"}}}, training={"crop": 64})
    with pytest.raises(FreqbenchError, match=r"training\.crop: 64 is larger than the patches, 32 x 32 pixels"):
        build_batches(config, make_patches(), 0, CPU)


def test_patches_that_are_not_square_need_a_crop_to_be_turned(make_study, make_patches):
    patches = make_patches()
    oblong = type(patches)(patches.table, patches.noisy[:, :24], patches.clean[:, :24])
    with pytest.raises(FreqbenchError, match=r"training\.augment: quarter turns need square patches, not 24 x 32"):
        build_batches(make_study(training={"crop": None}), oblong, 0, CPU)
    cropped = build_batches(make_study(), oblong, 0, CPU)
    assert {cropped.batch(iteration).noisy.shape for iteration in range(5)} == {(2, 1, 16, 16)}
    as_they_are = build_batches(make_study(training={"crop": None, "augment": False}), oblong, 0, CPU)
    assert as_they_are.batch(0).noisy.shape == (2, 1, 24, 32)


def test_a_crop_of_the_whole_patch_is_allowed(make_study, make_patches):
    patches = make_patches()
    batch = build_batches(make_study(training={"crop": 32, "augment": False}), patches, 0, CPU).batch(0)
    assert np.array_equal(np.round(batch.noisy[:, 0].numpy() * 255), patches.noisy[batch.rows])
