"""What the doctor says of a machine: device, weights, data."""

from types import SimpleNamespace

import torch

from freqbench.doctor import data_lines, device_lines, mirror_line, training_lines, weight_lines
from freqbench.metrics import inception

WITH_INCEPTION = {"evaluation": {"metrics": ["psnr"], "frechet_features": "inception"}, "feature_networks": "imagenet"}


def test_the_device_and_how_the_networks_compute(make_study):
    lines = dict(device_lines(make_study(training={"precision": "bfloat16", "deterministic": False})))
    assert lines["device"].startswith("CPU, ")
    assert "GiB" in lines["device"]
    assert lines["torch"].startswith(torch.__version__)
    assert lines["this study"] == "networks in bfloat16, losses in float32, channels last, not deterministic"
    assert "compiled" in dict(device_lines(make_study(training={"compile": True})))["this study"]


def test_a_recent_gpu(make_study, monkeypatch):
    device = torch.device("cuda")
    monkeypatch.setattr("freqbench.doctor.choose_device", lambda _: device)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (100 * 2**30, 140 * 2**30))
    lines = dict(device_lines(make_study()))
    assert lines["device"].startswith("a GPU; 140 GiB on the GPU, 100 GiB free; ")
    assert lines["precision"] == "compute capability 9.0: float32, TensorFloat-32, bfloat16"
    assert lines["this study"].startswith("networks in TensorFloat-32, losses in float32, channels last")


def test_how_many_trainings_fit_a_gpu(make_study, monkeypatch):
    ((_, without),) = training_lines(make_study())
    assert without.endswith("GiB of a GPU for a training, by estimate")
    needed = float(without.split()[1])
    monkeypatch.setattr("freqbench.doctor.choose_device", lambda _: torch.device("cuda"))
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda _: SimpleNamespace(total_memory=needed * 4.5 * 2**30)
    )
    ((_, text),) = training_lines(make_study())
    assert text == f"{without}; 4 at once fit this one (FREQBENCH_JOBS_PER_GPU)"


def test_the_mirror_is_named_with_who_named_it(make_study, monkeypatch, tmp_path):
    monkeypatch.delenv("FREQBENCH_MIRROR", raising=False)
    assert mirror_line(make_study())[0][1].startswith("none: neither `mirror:` nor FREQBENCH_MIRROR")
    monkeypatch.setenv("FREQBENCH_MIRROR", str(tmp_path))
    assert mirror_line(make_study()) == [("mirror", f"{tmp_path}, named by FREQBENCH_MIRROR")]
    assert mirror_line(make_study(mirror=str(tmp_path))) == [("mirror", f"{tmp_path}, named by `mirror:`")]


def test_untrained_networks_need_no_file(make_study):
    assert weight_lines(make_study()) == [("vgg19", "untrained, from a seed: no file is needed")]


def test_weights_that_are_nowhere_say_where_they_belong(make_study, monkeypatch, tmp_path):
    monkeypatch.delenv("FREQBENCH_MIRROR", raising=False)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", None)  # nothing is downloaded
    lines = dict(weight_lines(make_study(**WITH_INCEPTION)))
    assert lines["vgg19"].startswith("missing: the ImageNet weights of vgg19 are missing")
    assert str(tmp_path / "hub" / "checkpoints") in lines["vgg19"]
    assert lines["inception"].startswith("to be downloaded: no weights-inception")
    assert str(tmp_path / "hub" / "checkpoints") in lines["inception"]


def test_weights_in_the_mirror_are_found(make_study, monkeypatch, tmp_path):
    monkeypatch.setattr(inception, "find_in_mirror", lambda *_, **__: tmp_path / "weights.pth")
    lines = dict(weight_lines(make_study(mirror=str(tmp_path), **WITH_INCEPTION)))
    assert lines["inception"] == f"found: {tmp_path / 'weights.pth'}"


def data_of(config):
    ((_, text),) = data_lines(config)
    return text


def test_data_prepared_simulated_found_or_missing(make_study, write_study, monkeypatch, tmp_path):
    monkeypatch.setenv("FREQBENCH_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setattr("pooch.os_cache", lambda _: tmp_path / "cache")
    images = tmp_path / "mirror" / "images"
    images.mkdir(parents=True)
    config = make_study()
    assert data_of(config).startswith("prepared: patches in ")
    elsewhere = config.model_copy(update={"results": tmp_path / "empty"})
    assert data_of(elsewhere) == "simulated here: no file is needed"

    def of(**source):
        dataset = config.datasets["tiny"]
        changed = type(dataset).model_validate(dataset.model_dump() | {"source": source})
        return data_of(elsewhere.model_copy(update={"datasets": {"tiny": changed}}))

    assert of(kind="fmd", type="Confocal_FISH", folder="images") == f"found: {images}"
    assert of(kind="fmd", type="Confocal_FISH", folder="nowhere").startswith("missing: source.folder: no folder")
    looked = f"{tmp_path / 'mirror'} or {tmp_path / 'cache'}"
    missing = of(kind="fmd", type="Confocal_FISH")
    assert missing == f"to be downloaded, 697.9 MB: no Confocal_FISH.tar in {looked}"
    (images / "Confocal_FISH.tar").touch()
    assert of(kind="fmd", type="Confocal_FISH").startswith(f"found: {images / 'Confocal_FISH.tar'}")
    (tmp_path / "cache" / "fmd" / "Confocal_FISH").mkdir(parents=True)
    assert of(kind="fmd", type="Confocal_FISH") == f"found: {tmp_path / 'cache' / 'fmd' / 'Confocal_FISH'}"
