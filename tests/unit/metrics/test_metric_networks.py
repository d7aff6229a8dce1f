"""One trunk for LPIPS and FD-VGG16 gives what two give, and is used only where it does."""

import pytest
import torch

from freqbench.config.evaluation import Evaluation
from freqbench.metrics import LPIPS, build_feature_extractor
from freqbench.metrics.networks import EvaluationNetworks, SharedTrunk

CPU = torch.device("cpu")


def networks(weights="untrained", mirror=None, **settings):
    return EvaluationNetworks(Evaluation(**settings), weights=weights, mirror=mirror, device=CPU)


def test_nothing_is_built_that_is_not_measured():
    found = networks(metrics=("psnr",), frechet_features="none")
    assert found.lpips is None
    assert found.set_features(torch.zeros(2, 1, 32, 32), torch.zeros(2, 1, 32, 32)) is None


def test_untrained_networks_are_not_shared(make_pair):
    prediction, target = make_pair(2, dtype=torch.float32)
    found = networks(metrics=("lpips",), frechet_features="vgg16")
    assert isinstance(found.lpips, LPIPS)
    restored, clean = found.set_features(prediction, target)
    extractor = build_feature_extractor("vgg16", weights="untrained")
    assert (restored == extractor(prediction)).all()
    assert (clean == extractor(target)).all()


@pytest.mark.parametrize("lpips", [("alex", "untrained"), ("vgg", "untrained")])
def test_another_network_than_the_trained_vgg_is_refused(lpips):
    network, weights = lpips
    with pytest.raises(ValueError, match="only the trained VGG-16"):
        SharedTrunk(LPIPS(network, weights=weights))


@pytest.mark.mirror
def test_the_shared_trunk_gives_what_two_networks_give(mirror_file, make_pair):
    mirror = mirror_file("weights/vgg16_features.pth").parent
    prediction, target = make_pair(5, 64, 80, dtype=torch.float32)
    found = networks("imagenet", mirror, metrics=("lpips",), frechet_features="vgg16")
    assert isinstance(found.lpips, SharedTrunk)
    batches = zip(prediction.split(2), target.split(2), strict=True)
    distances = torch.cat([found.lpips(*batch) for batch in batches])
    torch.testing.assert_close(distances, LPIPS("vgg", mirror=mirror)(prediction, target), rtol=1e-5, atol=1e-8)
    extractor = build_feature_extractor("vgg16", mirror=mirror)
    for shared, images in zip(found.set_features(prediction, target), (prediction, target), strict=True):
        assert shared == pytest.approx(extractor(images), rel=1e-4, abs=1e-5)


@pytest.mark.mirror
def test_alexnet_shares_nothing_with_vgg(mirror_file):
    mirror = mirror_file("weights/vgg16_features.pth").parent
    found = networks("imagenet", mirror, metrics=("lpips",), frechet_features="vgg16", lpips_network="alex")
    assert isinstance(found.lpips, LPIPS)
