"""Whole files: values, types, records, and one bad file among many."""

import json
import os
from contextlib import nullcontext

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from freqbench.errors import FreqbenchError
from freqbench.restoring.batch import restore_images
from freqbench.restoring.inputs import Input, find_inputs
from freqbench.restoring.restore_image import Wanted
from freqbench.trained.load import load_model

RNG = np.random.default_rng(1)


def stack(*lengths, top=4095, dtype=np.uint16):
    return RNG.integers(0, top + 1, lengths).astype(dtype)


def run(restorer, given, output, *, overwrite=False):
    said = []
    failures = restore_images(
        find_inputs(given),
        output,
        restorer,
        overwrite=overwrite,
        watch=lambda _: nullcontext(lambda *_: None),
        say=said.append,
    )
    return failures, said


def expected(model_file, planes, top):
    """The network on each plane by itself, written out from the definition."""
    network = load_model(model_file).network()
    with torch.no_grad():
        unit = torch.from_numpy(planes.astype(np.float32) / np.float32(top))
        return np.stack([network(plane[None, None])[0, 0].clamp(0, 1).numpy() for plane in unit]) * top


def test_a_stack_of_12_bits(make_restorer, model_file, tmp_path):
    data = stack(2, 3, 50, 61)
    tifffile.imwrite(tmp_path / "a.tif", data, imagej=True, metadata={"axes": "TZYX"})
    failures, said = run(make_restorer(Wanted(bit_depth=12), window=48), [tmp_path / "a.tif"], tmp_path / "out")
    assert failures == []
    got = tifffile.imread(tmp_path / "out/a.tif")
    assert got.dtype == np.uint16
    assert got.shape == data.shape
    values = expected(model_file, data.reshape(6, 50, 61), 4095).reshape(data.shape)
    assert np.abs(got - values).max() < 0.51
    assert "12 bits, 0 to 4095 (by the user)" in said[0]
    assert "rounded to the nearest integer" in said[0]


def test_float32_is_in_the_unit_of_the_input_and_not_rounded(make_restorer, model_file, tmp_path):
    data = stack(1, 40, 40, top=65535)
    tifffile.imwrite(tmp_path / "a.tif", data[0])
    run(make_restorer(Wanted(as_float=True)), [tmp_path / "a.tif"], tmp_path / "b.tif")
    got = tifffile.imread(tmp_path / "b.tif")
    assert got.dtype == np.float32
    assert got == pytest.approx(expected(model_file, data, 65535)[0], abs=0.05)
    assert not np.array_equal(got, np.round(got))


def test_floats_with_a_range(make_restorer, model_file, tmp_path):
    data = RNG.uniform(-50, 950, (1, 40, 40)).astype(np.float32)
    tifffile.imwrite(tmp_path / "a.tif", data[0])
    run(make_restorer(Wanted(data_range=(-50.0, 950.0))), [tmp_path / "a.tif"], tmp_path / "out")
    network = load_model(model_file).network()
    with torch.no_grad():
        unit = network(torch.from_numpy((data + 50) / 1000)[None]).clamp(0, 1)[0].numpy()
    assert tifffile.imread(tmp_path / "out/a.tif") == pytest.approx(unit[0] * 1000 - 50, abs=0.01)


def test_the_record_says_how(make_restorer, model_file, tmp_path):
    Image.fromarray(stack(30, 40, top=255, dtype=np.uint8)).save(tmp_path / "a.png")
    run(make_restorer(), [tmp_path / "a.png"], tmp_path / "out")
    record = json.loads((tmp_path / "out/a.png.json").read_text())
    assert record["model"]["sha256"] == load_model(model_file).sha256
    assert record["scale"] == {"black": 0.0, "full": 255.0, "bits": 8, "said_by": "type"}
    assert record["output"]["dtype"] == "uint8"
    assert record["tiles"]["is_exact"] is True
    assert record["precision"] == "float32"
    values = expected(model_file, np.asarray(Image.open(tmp_path / "a.png"))[None], 255)
    clamped = record["output"]["pixels_clamped_below"] + record["output"]["pixels_clamped_above"]
    assert clamped <= np.count_nonzero((values == 0) | (values == 255))


def test_one_bad_file_does_not_stop_the_others(make_restorer, tmp_path):
    images = tmp_path / "in"
    images.mkdir()
    for name in ("1.png", "4.png"):
        Image.fromarray(stack(20, 20, top=255, dtype=np.uint8)).save(images / name)
    Image.new("RGB", (20, 20)).save(images / "2.png")
    (images / "3.tif").write_bytes(b"no image")
    with_nan = np.full((20, 20), 0.5, np.float32)
    with_nan[3, 4] = np.nan
    tifffile.imwrite(images / "5.tif", with_nan)
    tifffile.imwrite(images / "6.tif", np.ones((20, 20), np.complex64))
    failures, _ = run(make_restorer(), [images, tmp_path / "gone.tif", tmp_path / "film.avi"], tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1.png", "1.png.json", "4.png", "4.png.json"]
    expected_failures = {
        "2.png": "mode RGB",
        "3.tif": "not a TIFF",
        "5.tif": "NaN",
        "6.tif": "complex64",
        "gone.tif": "no such file",
        "film.avi": "convert it",
    }
    assert len(failures) == len(expected_failures)
    for message, (name, reason) in zip(failures, expected_failures.items(), strict=True):
        assert name in message
        assert reason in message
        assert "\n" not in message


def test_an_output_is_whole_or_absent(make_restorer, tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", stack(3, 30, 30), metadata={"axes": "ZYX"}, photometric="minisblack")
    restorer = make_restorer(Wanted(bit_depth=12))
    whole = type(restorer.generator).restore

    def fail(self, *arguments):
        if fail.calls == 2:
            raise FreqbenchError("planted")
        fail.calls += 1
        return whole(self, *arguments)

    fail.calls = 0
    monkeypatch.setattr(type(restorer.generator), "restore", fail)
    failures, _ = run(restorer, [tmp_path / "a.tif"], tmp_path / "out")
    assert failures == [f"{tmp_path / 'a.tif'}: planted"]
    assert list((tmp_path / "out").iterdir()) == []


def test_a_depth_that_nobody_said_is_questioned(make_restorer, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", stack(30, 30))
    _, said = run(make_restorer(), [tmp_path / "a.tif"], tmp_path / "out")
    assert "`--bit-depth 12`" in said[1]
    _, said = run(make_restorer(Wanted(bit_depth=12)), [tmp_path / "a.tif"], tmp_path / "out", overwrite=True)
    assert len(said) == 1


def test_the_declared_depth_of_an_index_counts(make_restorer, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", stack(30, 30))
    image = Input(tmp_path / "a.tif", tmp_path / "a.tif", bit_depth=12, is_indexed=True)
    outcome = make_restorer().restore(image, tmp_path / "b.tif", lambda *_: None)
    assert (outcome.scale.high, outcome.scale.source) == (4095, "index")


def test_several_images_into_one_file(make_restorer, tmp_path):
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(tmp_path / name, stack(10, 10))
    with pytest.raises(FreqbenchError, match=r"c\.tif: is a file, but there are 2 images"):
        run(make_restorer(), [tmp_path / "a.tif", tmp_path / "b.tif"], tmp_path / "c.tif")


def test_a_folder_that_cannot_be_written(make_restorer, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", stack(10, 10))
    (tmp_path / "file").write_text("no folder")
    failures, _ = run(make_restorer(), [tmp_path / "a.tif"], tmp_path / "file" / "out")
    assert "cannot be written" in failures[0]


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the room on the disk is taken in advance on Linux")
def test_a_full_disk_is_an_error_and_not_a_crash(make_restorer, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    tifffile.imwrite(tmp_path / "a.tif", stack(10, 10))
    monkeypatch.setattr(os, "posix_fallocate", full)
    failures, _ = run(make_restorer(), [tmp_path / "a.tif"], tmp_path / "out")
    assert "No space left on device" in failures[0]
    assert list((tmp_path / "out").iterdir()) == []
