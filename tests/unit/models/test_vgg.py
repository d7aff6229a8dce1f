"""VGG features against torchvision's own networks, and what a frozen extractor promises."""

import pytest
import torch

from freqbench.errors import FreqbenchError
from freqbench.mirror import mirror_folder
from freqbench.models import VGGFeatures
from freqbench.weights import describe_weights

TORCHVISION_INDEX = {
    "vgg19": {"conv1_2": 2, "relu1_2": 3, "conv2_2": 7, "relu2_2": 8, "relu3_3": 15, "conv5_4": 34, "pool5": 36},
    "vgg16": {"relu1_2": 3, "relu2_2": 8, "relu3_3": 15, "relu4_3": 22, "relu5_3": 29},
}


def images(channels=1, size=(32, 40)):
    return torch.rand(2, channels, *size, generator=torch.Generator().manual_seed(0))


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["vgg16", "vgg19"])
def test_agrees_with_torchvision_key_for_key_and_layer_for_layer(architecture, monkeypatch):
    from torchvision.models import vgg

    torch.manual_seed(0)
    theirs = vgg.make_layers(vgg.cfgs["D" if architecture == "vgg16" else "E"])
    for module in theirs:
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    tensors = {f"features.{key}": value for key, value in theirs.state_dict().items()}
    monkeypatch.setattr("freqbench.models.vgg.load_weights", lambda *_, **__: tensors)
    index = TORCHVISION_INDEX[architecture]
    ours = VGGFeatures(architecture, list(index))
    deepest = max(index.values())
    expected_keys = [key for key in tensors if int(key.split(".")[1]) <= deepest]
    assert list(ours.state_dict()) == expected_keys

    x = images(3)
    found = ours(x)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (x - mean[:, None, None]) / deviation[:, None, None]
    with torch.no_grad():
        for position, module in enumerate(theirs):
            x = module(x.clone())  # their activations work in place
            for name in (name for name, wanted in index.items() if wanted == position):
                torch.testing.assert_close(found.pop(name), x)
    assert not found


def test_conv_is_before_and_relu_after_the_activation():
    found = VGGFeatures("vgg19", ["conv2_2", "relu2_2"], weights="untrained")(images())
    assert found["conv2_2"].min() < 0
    torch.testing.assert_close(found["relu2_2"], found["conv2_2"].clamp(min=0), rtol=0, atol=0)
    assert found["conv2_2"].shape == (2, 128, 16, 20)


def test_only_as_deep_as_needed():
    assert len(VGGFeatures("vgg19", ["conv1_2"], weights="untrained").features) == 3
    assert len(VGGFeatures("vgg16", ["conv2_2", "conv1_1"], weights="untrained").features) == 8


def test_grey_is_repeated():
    features = VGGFeatures("vgg19", ["conv1_2"], weights="untrained")
    grey = images()
    torch.testing.assert_close(features(grey), features(grey.expand(-1, 3, -1, -1)))


def test_is_frozen_and_passes_gradients_on():
    features = VGGFeatures("vgg19", ["conv2_2"], weights="untrained")
    torch.nn.Sequential(features).train()
    assert not any(module.training for module in features.modules())
    assert not any(parameter.requires_grad for parameter in features.parameters())
    x = images().requires_grad_()
    features(x)["conv2_2"].square().mean().backward()
    assert torch.isfinite(x.grad).all()
    assert x.grad.any()


def test_computes_in_single_precision_under_autocast():
    features = VGGFeatures("vgg19", ["conv2_2"], weights="untrained")
    expected = features(images())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(features(images()), expected, rtol=0, atol=0)
    assert features(images().double())["conv2_2"].dtype == torch.float32


def test_untrained_weights_come_from_the_seed_alone():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first = VGGFeatures("vgg16", ["conv2_2"], weights="untrained", seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(8)
    second = VGGFeatures("vgg16", ["conv2_2"], weights="untrained", seed=3)
    torch.testing.assert_close(first.state_dict(), second.state_dict(), rtol=0, atol=0)
    other = VGGFeatures("vgg16", ["conv2_2"], weights="untrained", seed=4)
    assert not torch.equal(first(images())["conv2_2"], other(images())["conv2_2"])


def test_untrained_activations_keep_their_scale():
    layers = [f"conv{stage}_{index}" for stage, index in ((1, 1), (1, 2), (2, 2), (3, 4), (4, 4), (5, 4))]
    found = VGGFeatures("vgg19", layers, weights="untrained")(images())
    for layer in layers:
        assert 0.2 < found[layer].std() < 5, layer


@pytest.mark.parametrize(
    ("architecture", "layers", "weights", "message"),
    [
        ("vgg11", ["conv1_1"], "untrained", "architecture must be vgg16 or vgg19"),
        ("vgg16", ["conv3_4"], "untrained", "layers must be some of conv1_1, .*, not conv3_4"),
        ("vgg16", [], "untrained", "layers must be some of .*, not none"),
        ("vgg16", ["conv1_1"], "random", "weights must be imagenet or untrained"),
    ],
)
def test_wrong_options_are_named(architecture, layers, weights, message):
    with pytest.raises(ValueError, match=message):
        VGGFeatures(architecture, layers, weights=weights)


def test_wrong_images_are_refused():
    features = VGGFeatures("vgg19", ["conv3_1"], weights="untrained")
    with pytest.raises(ValueError, match=r"\(N, 1 or 3, H, W\)"):
        features(images(2))
    with pytest.raises(ValueError, match="at least 4 pixels"):
        features(images(size=(3, 8)))


@pytest.mark.mirror
def test_imagenet_weights_of_the_mirror(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    try:
        describe_weights("vgg19", mirror_folder(None))
    except FreqbenchError as error:
        pytest.skip(str(error))
    features = VGGFeatures("vgg19", ["conv1_2", "conv2_2"])
    # A black and a white image must differ, and trained filters answer to an edge with large features.
    edge = torch.zeros(1, 1, 32, 32)
    edge[..., 16:] = 1.0
    found = features(edge)["conv1_2"]
    assert found.abs().amax() > 5
    assert found[..., 4:-4, 4:12].std(-1).amax() < 1e-3 < found[..., 4:-4, 12:20].std(-1).amax()
