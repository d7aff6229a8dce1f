"""LPIPS: published values, the formula on torchvision's network, and what it must never do."""

import warnings

import pytest
import torch
import torchvision
from torch import nn

from freqbench.metrics import LPIPS

ENDS = {"vgg": (3, 8, 15, 22, 29), "alex": (1, 4, 7, 9, 11)}


@pytest.fixture(params=["vgg", "alex"])
def network(request: pytest.FixtureRequest) -> str:
    return request.param


def torchvision_features(network: str) -> nn.Sequential:
    """The convolutional part of torchvision's network; its classifier is never allocated."""
    with torch.device("meta"):
        model = torchvision.models.vgg16() if network == "vgg" else torchvision.models.alexnet()
    return model.features.to_empty(device="cpu")


def reference(metric: LPIPS, network: str, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Zhang et al. (2018), Eq. 1, on torchvision's network with the weights of the metric's trunk."""
    features = torchvision_features(network)
    state = metric.state_dict()
    for index, layer in enumerate(features):
        if isinstance(layer, nn.Conv2d):
            for kind in ("weight", "bias"):
                (key,) = [name for name in state if ".slice" in name and name.endswith(f".{index}.{kind}")]
                getattr(layer, kind).data = state[key]
    mean = torch.tensor([-0.030, -0.088, -0.188]).reshape(3, 1, 1)
    deviation = torch.tensor([0.458, 0.448, 0.450]).reshape(3, 1, 1)
    x, y = ((2 * images.expand(-1, 3, -1, -1) - 1 - mean) / deviation for images in (prediction, target))
    total = torch.zeros(len(prediction))
    for index, layer in enumerate(features[: ENDS[network][-1] + 1]):
        x, y = layer(x), layer(y)
        if index in ENDS[network]:
            head = state[f"_model.lin{ENDS[network].index(index)}.model.1.weight"]
            squared = (nn.functional.normalize(x, dim=1) - nn.functional.normalize(y, dim=1)) ** 2
            total += (head * squared).sum(dim=1).mean(dim=(1, 2))
    return total


def test_the_formula_on_torchvisions_network(network, make_pair):
    metric = LPIPS(network, weights="untrained", seed=3)
    prediction, target = make_pair(2, 64, 48, dtype=torch.float32)
    with torch.no_grad():
        expected = reference(metric, network, prediction, target)
    torch.testing.assert_close(metric(prediction, target), expected, rtol=1e-4, atol=1e-7)


def test_the_package_itself_gives_the_same(network, make_pair):
    metric = LPIPS(network, weights="untrained", seed=3)
    prediction, target = make_pair(3, 64, 49, dtype=torch.float32)
    with torch.no_grad():
        expected = metric._model(2 * prediction - 1, 2 * target - 1, normalize=False).flatten()
    torch.testing.assert_close(metric(prediction, target), expected, rtol=1e-5, atol=1e-8)


def test_a_clean_image_that_many_captures_share_passes_the_trunk_once(network, make_pair):
    metric = LPIPS(network, weights="untrained")
    prediction, target = make_pair(5, dtype=torch.float32)
    alone = metric(prediction, target[[1, 0, 1, 1, 0]])
    seen = []
    first = next(module for module in metric.modules() if isinstance(module, nn.Conv2d))
    first.register_forward_hook(lambda _, inputs, __: seen.append(len(inputs[0])))
    together = metric(prediction, target[[1, 0, 1, 1, 0]])
    assert seen == [5, 2]
    assert torch.equal(together, alone)
    one_by_one = [metric(prediction[[row]], target[[place]]) for row, place in enumerate([1, 0, 1, 1, 0])]
    torch.testing.assert_close(together, torch.cat(one_by_one), rtol=1e-5, atol=1e-8)


def test_grey_is_replicated_to_three_channels(network, make_pair):
    metric = LPIPS(network, weights="untrained")
    prediction, target = make_pair(2, dtype=torch.float32)
    colour = metric(prediction.repeat(1, 3, 1, 1), target.repeat(1, 3, 1, 1))
    assert torch.equal(metric(prediction, target), colour)


def test_smallest_sizes(network):
    metric = LPIPS(network, weights="untrained")
    size = metric.min_size
    assert size == {"vgg": 16, "alex": 31}[network]
    assert torch.isfinite(metric(torch.zeros(1, 1, size, size), torch.ones(1, 1, size, size))).all()
    with pytest.raises(ValueError, match=f"at least {size}x{size}"):
        metric(torch.zeros(1, 1, size - 1, size), torch.zeros(1, 1, size - 1, size))


def test_labels_tell_the_network_and_the_lack_of_training():
    assert LPIPS("vgg", weights="untrained").label == "LPIPS (untrained backbone)"
    assert LPIPS("alex", weights="untrained").label == "LPIPS-Alex (untrained backbone)"


def test_the_seed_alone_decides_the_untrained_trunk(network, make_pair):
    prediction, target = make_pair(2)
    torch.manual_seed(11)
    state = torch.get_rng_state()
    first = LPIPS(network, weights="untrained", seed=5)(prediction, target)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(12)
    assert torch.equal(LPIPS(network, weights="untrained", seed=5)(prediction, target), first)
    assert not torch.equal(LPIPS(network, weights="untrained", seed=6)(prediction, target), first)


def test_nothing_is_downloaded_printed_or_warned_about(network, make_pair, monkeypatch, capfd):
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a download was tried")

    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LPIPS(network, weights="untrained")(*make_pair(1))
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_no_gradient_is_kept_and_training_mode_changes_nothing(network, make_pair):
    metric = LPIPS(network, weights="untrained")
    prediction, target = make_pair(2)
    expected = metric(prediction, target)
    metric.train()
    found = metric(prediction.requires_grad_(), target)
    assert torch.equal(found, expected)
    assert not found.requires_grad
    assert not any(parameter.requires_grad for parameter in metric.parameters())


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("squeeze",), {"weights": "untrained"}, "network must be vgg or alex"),
        (("vgg",), {"weights": "random"}, "weights must be imagenet or untrained"),
    ],
)
def test_unknown_choices_are_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        LPIPS(*arguments, **options)


@pytest.mark.mirror
@pytest.mark.parametrize(("network", "published", "tolerance"), [("alex", 0.722, 5e-4), ("vgg", 0.56861, 1e-5)])
def test_published_values(mirror_file, mirror_image, network, published, tolerance):
    file = {"alex": "alexnet_features.pth", "vgg": "vgg16_features.pth"}[network]
    mirror = mirror_file(f"weights/{file}").parent
    distorted = mirror_image("data/oracles/lpips_ex_p0.png", "RGB")
    original = mirror_image("data/oracles/lpips_ex_ref.png", "RGB")
    metric = LPIPS(network, mirror=mirror)
    assert metric.label == {"alex": "LPIPS-Alex", "vgg": "LPIPS"}[network]
    assert metric(distorted, original).item() == pytest.approx(published, abs=tolerance)
