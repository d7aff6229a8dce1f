"""The noise report of a data set: what it says of which data, and FMD's own numbers."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

from freqbench.config.datasets import Dataset
from freqbench.data.exclusions import Exclusions
from freqbench.data.index import index_images
from freqbench.data.noise_model.measure import POINT_COLUMNS, averaging_of, measure_noise
from freqbench.data.noise_model.points import Averaging
from freqbench.data.noise_model.residuals import LARGEST_LAG, ResidualSums
from freqbench.data.phantom import ZEBRAFISH_CAMERA, PhantomSpec, simulate
from freqbench.data.readers.dispatch import read_pairing
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.readers.local_folders import record_folder
from freqbench.data.source import SourceRecord, hash_images


def record_of(root, level="raw"):
    return SourceRecord(root, "fmd", "d", "", "", hash_images(root, (level, "gt")))


def index_of(root, level="raw", fovs=None):
    record = record_of(root, level)
    index = index_images(record, "d", pair_fmd_layout(record, level), Exclusions(record.root))
    return index if fovs is None else index[index["fov"].isin(fovs)]


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    """Two simulated fields of view, four captures each."""
    root = tmp_path_factory.mktemp("noise")
    simulate(PhantomSpec("tissue", specimens=2, fovs=2, captures=4, size=192, seed=1), root)
    return root


def test_the_camera_of_the_phantom_is_measured(phantom):
    done = []
    report, points = measure_noise(
        index_of(phantom), record_of(phantom), lambda number, total: done.append((number, total))
    )
    assert done == [(number, 4) for number in range(1, 5)]
    assert report["fovs"] == 2
    assert report["captures"] == [4, 4]
    assert report["method"] == "unbiased variance over repeated captures (fields of view: 2)"
    assert report["fit"]["gain"]["value"] == pytest.approx(ZEBRAFISH_CAMERA.gain, rel=0.04)
    assert report["fit"]["offset"]["value"] == pytest.approx(ZEBRAFISH_CAMERA.pedestal, abs=0.3)
    assert report["fit"]["unit_range"]["gain"]["value"] == report["fit"]["gain"]["value"] / 255
    assert report["fit"]["read_noise"] is None
    assert "not identifiable" in report["fit"]["read_noise_note"]
    assert "blocks of 24 pixels" in report["fit"]["interval"]
    assert report["correlation"]["x"] == pytest.approx(ZEBRAFISH_CAMERA.neighbour_correlation, abs=0.01)
    assert report["correlation"]["y"] == pytest.approx(0, abs=0.01)
    assert report["residuals"]["variance"] == pytest.approx(1, abs=0.05)
    assert list(points.columns) == list(POINT_COLUMNS)
    assert points["pixels"].sum() <= 2 * 192**2
    assert (points["fitted_low"] <= points["fitted_high"]).all()
    json.dumps(report, allow_nan=False)


def test_one_capture_of_each_field_says_what_it_is_measured_from(phantom):
    index = index_of(phantom).groupby("fov").head(1)
    report, _ = measure_noise(index, record_of(phantom))
    assert report["captures"] == [1, 1]
    assert "squared residual of a single capture to the clean image, times 50/49" in report["method"]
    assert report["fit"]["gain"]["value"] == pytest.approx(ZEBRAFISH_CAMERA.gain, rel=0.1)
    assert report["residuals"]["variance"] == pytest.approx(1, abs=0.1)


def test_a_single_defocused_capture_shows_no_noise(tmp_path):
    simulate(PhantomSpec("nuclei", specimens=2, fovs=2, captures=1, size=64, seed=1), tmp_path)
    report, points = measure_noise(index_of(tmp_path, "defocus"), record_of(tmp_path, "defocus"))
    assert report["fit"] is None
    assert report["why_no_fit"] == "no noise to measure"
    assert report["correlation"] is None
    assert points.empty


def test_a_camera_without_offset_has_a_read_noise(tmp_path, save):
    rng = np.random.default_rng(0)
    scene = np.broadcast_to(np.linspace(30, 150, 128), (128, 128))
    images = np.rint(3 * rng.poisson(scene / 3, (50, 128, 128)) + 8 * rng.standard_normal((50, 128, 128)))
    for number, image in enumerate(np.clip(images, 0, 255).astype(np.uint8)):
        save(tmp_path / "raw" / "1" / f"{number:02d}.png", image)
    save(tmp_path / "gt" / "1" / "avg50.png", np.rint(images.mean(axis=0)).astype(np.uint8))
    fit = measure_noise(index_of(tmp_path), record_of(tmp_path))[0]["fit"]
    assert fit["read_noise"] == pytest.approx(8, rel=0.03)
    assert fit["read_noise_note"] == "counts, if the offset is 0"


def test_levels_are_averages_of_what_fmd_says():
    assert averaging_of("fmd", "raw") == Averaging(50, 1)
    assert averaging_of("fmd", "avg8") == Averaging(50, 8)
    assert averaging_of("phantom", "defocus") == Averaging(0, 1)


@pytest.mark.parametrize(("kind", "level"), [("folder", "degraded"), ("bbbc006", "z_13")])
def test_of_other_sources_the_clean_image_contains_no_capture(kind, level):
    assert averaging_of(kind, level) == Averaging(0, 1)


def test_a_users_twelve_bits_are_measured_in_their_own_counts(tmp_path):
    gain, offset = 9.0, 100.0
    rng = np.random.default_rng(0)
    scene = np.broadcast_to(np.linspace(200, 2500, 128), (128, 128))
    for capture in range(4):
        image = np.rint(gain * rng.poisson((scene - offset) / gain) + offset)
        save_tiff(tmp_path / f"low/1_{capture}.tif", np.clip(image, 0, 4095).astype(np.uint16))
    save_tiff(tmp_path / "high/1.tif", np.rint(scene).astype(np.uint16))
    source = {"kind": "folder", "folder": tmp_path, "degraded": "low/{fov}_{capture}.tif", "clean": "high/{fov}.tif"}
    data = Dataset.model_validate({"source": source | {"bit_depth": 12}})
    record = record_folder(data.source)
    report, points = measure_noise(
        index_images(record, "d", read_pairing(record, data), Exclusions(record.root)), record
    )
    assert report["bit_depth"] == 12
    assert report["fit"]["gain"]["value"] == pytest.approx(gain, rel=0.05)
    assert report["fit"]["offset"]["value"] == pytest.approx(offset, abs=25)
    assert report["fit"]["unit_range"]["gain"]["value"] == pytest.approx(gain / 4095, rel=0.05)
    assert report["residuals"]["variance"] == pytest.approx(1, abs=0.05)
    assert 150 < points["mean"].min() < points["mean"].max() < 2700


def save_tiff(path, pixels):
    path.parent.mkdir(exist_ok=True)
    tifffile.imwrite(path, pixels)


def test_the_autocorrelation_is_that_of_a_known_filter():
    rng = np.random.default_rng(1)
    white = rng.standard_normal((300, 301))
    sums = ResidualSums()
    sums.add(white[:, 1:] + 0.5 * white[:, :-1], np.ones((300, 300), dtype=bool))
    found = sums.autocorrelation()
    expected = np.zeros_like(found)
    middle = LARGEST_LAG
    expected[middle, [middle - 1, middle, middle + 1]] = 0.5 / 1.25, 1, 0.5 / 1.25
    assert found == pytest.approx(expected, abs=0.02)
    assert np.allclose(found, found[::-1, ::-1], atol=1e-12)


def test_the_autocorrelation_is_that_of_sums_over_pairs():
    image = np.random.default_rng(2).standard_normal((23, 31))
    sums = ResidualSums()
    sums.add(image, np.ones(image.shape, dtype=bool))
    power = (image**2).mean()
    found = sums.autocorrelation()
    for y, x in ((0, 1), (1, 0), (2, 3), (4, 4)):
        direct = (image[y:, x:] * image[: 23 - y, : 31 - x]).mean() / power
        assert found[LARGEST_LAG + y, LARGEST_LAG + x] == pytest.approx(direct)
        mirrored = (image[y:, : 31 - x] * image[: 23 - y, x:]).mean() / power
        assert found[LARGEST_LAG + y, LARGEST_LAG - x] == pytest.approx(mirrored)


@pytest.mark.mirror
def test_fmds_zebrafish_has_the_published_noise():
    """Four captures of Confocal_FISH FOV 19: variance = 21.1 * mean - 57, measured with bright levels only."""
    root = Path(os.environ.get("FREQBENCH_MIRROR", "nowhere")) / "data" / "fmd_mini" / "Confocal_FISH"
    if not root.is_dir():
        pytest.skip("FREQBENCH_MIRROR names no folder with data/fmd_mini/Confocal_FISH")
    report, _ = measure_noise(index_of(root, fovs=["19"]), record_of(root))
    same_way = report["alternatives"]["each pixel alike, levels from 10 up, saturated levels kept"]
    for name, value in (("gain", 21.1), ("intercept", -57), ("offset", 2.7)):
        assert same_way[name]["low"] <= value <= same_way[name]["high"]
    assert report["fit"]["gain"]["value"] == pytest.approx(21.1, rel=0.04)
    assert report["fit"]["unit_range"]["gain"]["value"] == pytest.approx(0.083, abs=0.003)
    # the dark pixels themselves read 3 or 4
    assert report["fit"]["offset"]["value"] == pytest.approx(ZEBRAFISH_CAMERA.pedestal, abs=0.1)
    assert report["saturated_percent"] == pytest.approx(0.05, abs=0.005)
    assert report["correlation"]["x"] == pytest.approx(0.05, abs=0.005)
    assert report["correlation"]["y"] == pytest.approx(0, abs=0.005)
