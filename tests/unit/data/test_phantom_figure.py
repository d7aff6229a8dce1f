import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from freqbench.data.phantom import ZEBRAFISH_CAMERA, PhantomSpec, simulate
from freqbench.data.phantom.measure import Field, radial_power
from freqbench.errors import FreqbenchError
from freqbench.reporting.phantom_figure import draw


def ramp_field(captures=50):
    rng = np.random.default_rng(0)
    signal = np.tile(np.linspace(0, 80, 128), (128, 1))
    images = np.stack([ZEBRAFISH_CAMERA.capture(signal, rng) for _ in range(50)])
    return Field(np.rint(images.mean(axis=0)).astype(np.uint8), images[:captures])


@pytest.mark.parametrize("captures", [4, 50])
def test_the_line_of_a_known_camera_is_measured(captures):
    slope, intercept = ramp_field(captures).mean_variance_line()
    assert slope == pytest.approx(ZEBRAFISH_CAMERA.gain, rel=0.05)
    assert -intercept / slope == pytest.approx(ZEBRAFISH_CAMERA.pedestal, abs=0.6)


def test_correlation_and_input_psnr_of_a_known_camera_are_measured():
    field = ramp_field()
    along_x, along_y = field.neighbour_correlation()
    assert along_x == pytest.approx(ZEBRAFISH_CAMERA.neighbour_correlation, abs=0.01)
    assert along_y == pytest.approx(0, abs=0.01)
    error = ZEBRAFISH_CAMERA.variance(field.captures.mean(axis=0)).mean() * 49 / 50
    assert field.input_psnr() == pytest.approx(10 * np.log10(255**2 / error), abs=0.05)


def test_radial_power_of_white_noise_is_its_variance():
    noise = np.random.default_rng(0).integers(0, 256, (256, 256)).astype(np.uint8)
    frequency, power = radial_power(noise)
    assert frequency[0] == pytest.approx(1 / 256)
    assert frequency[-1] == 0.5
    assert power[20:].mean() == pytest.approx(noise.var(), rel=0.03)


def test_radial_power_of_a_wave_peaks_at_its_frequency():
    wave = 128 + 100 * np.cos(2 * np.pi * np.arange(128) / 8)
    frequency, power = radial_power(np.tile(np.rint(wave).astype(np.uint8), (128, 1)))
    assert frequency[np.argmax(power)] == pytest.approx(1 / 8)


@pytest.mark.parametrize("kind", ["tissue", "nuclei"])
def test_picture_with_and_without_a_second_folder(kind, tmp_path):
    simulate(PhantomSpec(kind, specimens=1, fovs=2, captures=2, size=96, seed=1), tmp_path / "phantom")
    alone = draw(tmp_path / "phantom", None, tmp_path / "alone.png")
    assert all(np.isfinite(list(alone.values())))
    assert {name.split("_")[0] for name in alone} == {"phantom"}
    both = draw(tmp_path / "phantom", tmp_path / "phantom", tmp_path / "both.png")
    assert both["histogram_distance"] == both["spectrum_distance_clean"] == 0
    assert both["real_input_psnr"] == both["phantom_input_psnr"]
    for name in ("alone.png", "both.png"):
        with Image.open(tmp_path / name) as image:
            assert min(image.size) > 500


def test_a_folder_without_the_field_is_named(tmp_path):
    with pytest.raises(FreqbenchError, match="FOV 1"):
        draw(tmp_path, None, tmp_path / "figure.png")
    simulate(PhantomSpec("nuclei", specimens=1, fovs=1, captures=1, size=64, seed=1), tmp_path / "phantom")
    with pytest.raises(FreqbenchError, match="no clean images"):
        draw(tmp_path / "phantom", tmp_path, tmp_path / "figure.png")
    assert not (tmp_path / "figure.png").exists()


@pytest.mark.mirror
@pytest.mark.slow
def test_tissue_is_the_same_kind_of_image_as_zebrafish(tmp_path):
    folder = Path(os.environ.get("FREQBENCH_MIRROR", "")) / "data" / "fmd_mini" / "Confocal_FISH"
    if "FREQBENCH_MIRROR" not in os.environ or not folder.is_dir():
        pytest.skip("needs FREQBENCH_MIRROR with data/fmd_mini/Confocal_FISH")
    simulate(PhantomSpec("tissue", specimens=1, fovs=1, captures=4, size=512, seed=0), tmp_path / "phantom")
    numbers = draw(tmp_path / "phantom", folder, tmp_path / "figure.png")
    assert numbers["phantom_input_psnr"] == pytest.approx(numbers["real_input_psnr"], abs=2)
    assert numbers["phantom_variance_slope"] == pytest.approx(numbers["real_variance_slope"], rel=0.05)
    assert numbers["phantom_correlation_x"] == pytest.approx(numbers["real_correlation_x"], abs=0.02)
    assert numbers["phantom_saturated"] == pytest.approx(numbers["real_saturated"], abs=0.1)
    assert numbers["histogram_distance"] < 0.1
    assert numbers["spectrum_distance_raw"] < 3
    assert numbers["spectrum_distance_clean"] < 4
