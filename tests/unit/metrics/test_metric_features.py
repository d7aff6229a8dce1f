"""Features of the Fréchet distance: the networks, the rounding to 8 bits, and the weight file of the FID."""

from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch

from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.metrics import build_feature_extractor, inception
from freqbench.models.vgg import VGGFeatures


@pytest.fixture(scope="module")
def vgg():
    return build_feature_extractor("vgg16", weights="untrained", seed=3)


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """An empty cache of torch hub, no mirror, and no internet."""

    def refuse(url: str, *arguments: object, **options: object) -> None:
        raise URLError("no route to host")

    monkeypatch.delenv("FREQBENCH_MIRROR", raising=False)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture
def weight_file(tmp_path, monkeypatch):
    """Return a function that writes a small file which passes for the weights."""
    monkeypatch.setattr(inception, "WEIGHTS_SHA256", "")

    def write(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / inception.WEIGHTS_FILE
        path.write_bytes(b"weights")
        monkeypatch.setattr(inception, "WEIGHTS_SHA256", sha256_of(path))
        return path

    return write


def test_vgg_features_are_the_spatial_means_of_the_last_activation(vgg, make_pair):
    images, _ = make_pair(3, 32, 48, dtype=torch.float32)
    activation = VGGFeatures("vgg16", ("relu5_3",), weights="untrained", seed=3)(images)["relu5_3"]
    features = vgg(images)
    assert features.shape == (3, 512)
    assert features.dtype == np.float32
    assert features == pytest.approx(activation.mean(dim=(2, 3)).numpy(), rel=1e-6)


def test_features_do_not_depend_on_the_batch_size(vgg, make_pair):
    images, _ = make_pair(5)
    together = vgg(images)
    assert vgg(images, batch_size=2) == pytest.approx(together, rel=1e-5, abs=1e-5)
    assert vgg(images[2:3]) == pytest.approx(together[2:3], rel=1e-5, abs=1e-5)


def test_values_outside_the_range_are_clamped(vgg, make_pair):
    images, _ = make_pair(2)
    assert np.array_equal(vgg(images * 3 - 1), vgg((images * 3 - 1).clamp(0, 1)))


def test_the_name_tells_what_the_distance_is(vgg, monkeypatch):
    assert (vgg.name, vgg.label) == ("fd_vgg16", "FD-VGG16 (untrained)")
    monkeypatch.setattr("freqbench.models.vgg.VGGFeatures._load_imagenet", lambda *_: None)
    assert build_feature_extractor("vgg16").label == "FD-VGG16"


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(2, 3, 32, 32), r"\(N, 1, H, W\)"),
        (torch.zeros(0, 1, 32, 32), r"\(N, 1, H, W\)"),
        (torch.zeros(2, 1, 32, 32, dtype=torch.uint8), "floating-point"),
        (torch.full((2, 1, 32, 32), torch.nan), "NaN or infinity"),
    ],
)
def test_bad_images_are_refused(vgg, images, message):
    with pytest.raises(ValueError, match=message):
        vgg(images)


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="kind must be inception or vgg16"):
        build_feature_extractor("resnet", weights="untrained")
    with pytest.raises(ValueError, match="weights must be imagenet or untrained"):
        build_feature_extractor("vgg16", weights="random")


def test_there_is_no_fid_of_an_untrained_network():
    with pytest.raises(FreqbenchError, match="needs the trained Inception network"):
        build_feature_extractor("inception", weights="untrained")


def test_rounding_to_8_bits_neither_truncates_nor_wraps():
    levels = torch.arange(256, dtype=torch.float64) / 255
    for shift in (-0.4, 0.0, 0.4):
        rounded = inception.to_rgb8((levels + shift / 255).reshape(1, 1, 16, 16))
        assert rounded.dtype == torch.uint8
        assert rounded.shape == (1, 3, 16, 16)
        assert all(torch.equal(channel.flatten(), torch.arange(256)) for channel in rounded[0].int())
    outside = torch.tensor([1.01, -0.01, 7.0, -7.0]).reshape(1, 1, 2, 2)
    assert inception.to_rgb8(outside)[0, 0].flatten().tolist() == [255, 0, 255, 0]


def test_an_image_just_out_of_range_has_the_features_of_the_clamped_one(hub, weight_file, tmp_path, monkeypatch):
    """Through the whole extractor, with a network that sees every 8-bit value as it is."""

    class Pixels(torch.nn.Module):
        def __init__(self, **_: object) -> None:
            super().__init__()
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            assert images.dtype == torch.uint8
            return images.flatten(1).float()

    weight_file(tmp_path / "mirror")
    monkeypatch.setattr("torchmetrics.image.fid.NoTrainInceptionV3", Pixels)
    extractor = build_feature_extractor("inception", mirror=tmp_path / "mirror")
    images = torch.tensor([-0.01, 0.0, 0.499 / 255, 0.501 / 255, 0.5, 1.0, 1.01, 1.0 + 1e-7]).reshape(2, 1, 2, 2)
    features = extractor(images).reshape(2, 3, 4)
    for channel in range(3):
        assert features[:, channel].tolist() == [[0, 0, 0, 1], [128, 255, 255, 255]]


def test_missing_weights_of_the_fid_are_one_clear_error(hub):
    with pytest.raises(FreqbenchError) as error:
        build_feature_extractor("inception")
    message = str(error.value)
    assert "no route to host" in message
    assert inception.WEIGHTS_FILE in message
    assert "frechet_features: vgg16" in message
    assert "\n" not in message


def test_the_mirror_is_searched_before_the_cache(hub, weight_file, tmp_path):
    cached, mirrored = weight_file(hub), weight_file(tmp_path / "mirror" / "deep")
    assert inception.find_weights(tmp_path / "mirror") == mirrored
    assert inception.find_weights(None) == cached


def test_a_damaged_file_in_the_cache_is_downloaded_again(hub, weight_file, monkeypatch):
    path = weight_file(hub)
    path.write_bytes(b"damaged")
    with pytest.raises(FreqbenchError, match="are missing"):
        inception.find_weights(None)

    def download(url: str, target: str, **options: object) -> None:
        assert options["hash_prefix"] == inception.WEIGHTS_SHA256
        Path(target).write_bytes(b"weights")

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    assert inception.find_weights(None).read_bytes() == b"weights"


def test_a_damaged_file_in_the_mirror_is_an_error(hub, weight_file, tmp_path):
    weight_file(tmp_path / "mirror").write_bytes(b"damaged")
    with pytest.raises(FreqbenchError, match="damaged"):
        inception.find_weights(tmp_path / "mirror")


def test_the_inception_features_are_those_of_torch_fidelity(hub, tmp_path, monkeypatch, make_pair):
    from torch_fidelity import feature_extractor_inceptionv3 as official

    class Random(official.FeatureExtractorInceptionV3):
        def load_state_dict(self, *_, **__):
            return None

    torch.manual_seed(0)
    monkeypatch.setattr(official, "load_state_dict_from_url", lambda *_, **__: {})
    network = Random("inception-v3-compat", ["2048"])
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            # With torch's own initialisation the features vanish, and any two networks would agree.
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    torch.save(network.state_dict(), mirror / inception.WEIGHTS_FILE)
    monkeypatch.setattr(inception, "WEIGHTS_SHA256", sha256_of(mirror / inception.WEIGHTS_FILE))

    extractor = build_feature_extractor("inception", mirror=mirror)
    # Larger than the network's 299 pixels, since antialiasing would show only in shrinking.
    images, _ = make_pair(2, 400, 330)
    (expected,) = network((images * 255).round().to(torch.uint8).repeat(1, 3, 1, 1))
    assert (extractor.name, extractor.label) == ("fid", "FID")
    features = extractor(images)
    assert features.shape == (2, 2048)
    assert features.std() > 0.1
    assert features == pytest.approx(expected.numpy(), rel=1e-5, abs=1e-5)
