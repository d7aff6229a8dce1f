"""A loss that needs a scale: it trains a second head of CARE's U-Net, and only the location is kept."""

import json

import numpy as np
import pytest
import torch

from freqbench.config import parse_config
from freqbench.errors import FreqbenchError
from freqbench.losses.laplace import LaplaceLoss
from freqbench.preflight import check
from freqbench.restoration import restore
from freqbench.run import Run
from freqbench.training.build import build_discriminator, build_generator, build_objective, location_weights
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.objective import GeneratorObjective, Weights, location_of
from freqbench.training.run import train

CARE = {"kind": "care_unet", "features": 4, "depth": 2, "kernel_size": 3}
LAPLACE = {"name": "laplace", "loss": "laplace", "weight": 1}


def study(generator=CARE, method=LAPLACE, **training):
    objective = {"l1": 0, "perceptual": 0, "adversarial": 0} | training.pop("objective", {})
    content = {
        "name": "tiny",
        "tier": "smoke",
        "feature_networks": "untrained",
        "datasets": {"aa": {"source": {"kind": "phantom", "fovs": 4, "specimens": 4}, "patches": {"size": 64}}},
        "methods": [{"name": "mae", "loss": "l1", "weight": 1}, method],
        "generator": generator,
        "training": {"iterations": 2, "crop": 32, "objective": objective},
        "comparison": {"baselines": ["mae"], "reference": "mae"},
        "calibration": {"reference": "mae"},
        "evaluation": {"metrics": ["psnr"], "frechet_features": "none"},
    }
    return parse_config(content, "test")


def seeded(config, name):
    torch.manual_seed(3)
    return build_generator(config, config.method(name)), build_discriminator(config)


def test_a_scale_head_has_33_parameters_at_cares_size():
    config = study({"kind": "care_unet"})
    counts = {name: sum(p.numel() for p in seeded(config, name)[0].parameters()) for name in ("mae", "laplace")}
    assert counts == {"mae": 922_977, "laplace": 923_010}


def test_methods_of_one_seed_start_from_the_same_weights():
    config = study()
    (plain, one), (both, other) = (seeded(config, name) for name in ("mae", "laplace"))
    kept = location_weights(both)
    assert kept.keys() == plain.state_dict().keys()
    assert all(torch.equal(value, kept[name]) for name, value in plain.state_dict().items())
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_the_kept_weights_restore_the_location():
    config = study()
    both = seeded(config, "laplace")[0].eval()
    plain = build_generator(config).eval()
    plain.load_state_dict(location_weights(both))
    image = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        predicted, restored = both(image), plain(image)
    assert predicted.shape == (2, 2, 32, 32)
    assert (predicted[:, 1:] >= 1e-3).all()
    assert torch.equal(location_of(predicted, image), restored)


def test_only_the_loss_that_needs_it_sees_the_scale():
    objective = GeneratorObjective(Weights(1.0, 0.0, 0.0, 1.0), None, LaplaceLoss(constant=False))
    target = torch.rand(2, 1, 16, 16)
    location, scale = torch.rand(2, 1, 16, 16), 0.1 + torch.rand(2, 1, 16, 16)
    terms = objective(torch.cat([location, scale], dim=1), target, None)
    error = (location - target).abs()
    assert float(terms["l1"]) == pytest.approx(float(error.mean()), rel=1e-6)
    assert float(terms["frequency"]) == pytest.approx(float((error / scale + scale.log()).mean()), rel=1e-5)


def test_the_loss_alone_is_the_whole_objective():
    config = study()
    objective = build_objective(config, config.method("mae"), "denoise", 1.0)
    assert objective.features is None
    target, prediction = torch.rand(1, 1, 32, 32), torch.rand(1, 1, 32, 32)
    terms = objective(prediction, target, None)
    assert list(terms) == ["frequency"]
    assert float(objective.total(terms)) == pytest.approx(float((prediction - target).abs().mean()), rel=1e-6)


def test_preflight_takes_laplace_with_cares_network_and_loads_no_vgg():
    found = check(study())
    assert found["methods"][-1] == "laplace"
    assert found["feature_networks"] == []


@pytest.mark.parametrize(
    ("generator", "method", "message"),
    [
        ({"kind": "rrdb", "blocks": 1, "features": 4, "growth": 4}, {}, "methods.laplace: laplace needs a scale for"),
        (CARE, {"weight": "calibrated"}, "methods.laplace: laplace needs a scale besides the image"),
        (CARE, {"domain": "features"}, "methods.laplace: laplace sees intensities"),
    ],
    ids=["another network", "calibrated", "on features"],
)
def test_preflight_refuses_what_has_no_scale(generator, method, message):
    with pytest.raises(FreqbenchError, match=message):
        check(study(generator, LAPLACE | method))


@pytest.fixture
def laplace(make_study):
    """A run of the Laplace loss in a study whose objective is the loss alone."""
    content = make_study().model_dump(mode="json") | {
        "methods": [{"name": "spatial", "loss": "l1", "weight": 1}, LAPLACE],
        "generator": CARE,
        "calibration": {"reference": "spatial"},
    }
    content["training"]["objective"] |= {"l1": 0, "perceptual": 0, "adversarial": 0}
    return Run(parse_config(content, "test"), "tiny", "laplace")


def test_a_training_keeps_the_location_alone_and_goes_on_from_its_state_to_the_same_bytes(laplace, watcher):
    run = laplace
    train(run, watcher())
    path = run.layout.generator(*run.key)
    whole = path.read_bytes()
    assert not [name for name in torch.load(path)["state"] if name.startswith("scale_head")]
    manifest = json.loads(run.layout.training_manifest(*run.key).read_text(encoding="utf-8"))
    assert manifest["parameters"]["generator"] == sum(p.numel() for p in build_generator(run.config).parameters()) + 5
    assert manifest["discriminator_updates"] == 0
    path.unlink()
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=3))
    train(run, watcher())
    assert path.read_bytes() == whole
    restore(run)
    assert np.load(run.layout.restored(*run.key)).ndim == 3
