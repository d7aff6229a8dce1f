import numpy as np
import pandas as pd
import pytest

from freqbench.classical.domain import LEAST_NOISE, Plain, Stabilised
from freqbench.classical.noise_line import transformation_of, windows_of
from freqbench.data.noise_model.points import Averaging
from freqbench.data.patches import PatchSet
from freqbench.errors import FreqbenchError

KNOWN = Averaging(clean=0)


def camera_patches(*, gain, read_noise=0.0, offset=0.0, captures=6, fovs=2, size=96, dtype=np.uint16, seed=0):
    """Captures of ramps by a camera, and the ramps."""
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    rows, noisy, clean = [], [], []
    for fov in range(fovs):
        signal = np.linspace(0.02, 0.6, size)[None, :] * np.ones((size, 1)) * top / gain
        for capture in range(captures):
            reading = gain * rng.poisson(signal) + offset + read_noise * rng.standard_normal(signal.shape)
            noisy.append(np.clip(np.rint(reading), 0, top).astype(dtype))
            clean.append(np.clip(np.rint(gain * signal + offset), 0, top).astype(dtype))
            rows.append((f"{fov}/{capture}", str(fov), str(capture), "train", 0, 0))
    columns = ["patch_id", "fov", "capture", "split", "y", "x"]
    return PatchSet(pd.DataFrame(rows, columns=columns), np.stack(noisy), np.stack(clean))


@pytest.mark.parametrize(
    ("dtype", "camera"),
    [
        (np.uint8, {"gain": 10.0}),
        (np.uint8, {"gain": 10.0, "offset": 12.0}),
        (np.uint8, {"gain": 4.0, "read_noise": 6.0, "offset": 20.0}),
        (np.uint16, {"gain": 300.0, "read_noise": 500.0, "offset": 1600.0}),
        (np.uint16, {"gain": 40.0, "offset": 400.0}),
    ],
)
def test_the_line_of_a_camera_is_found_in_counts_of_the_type(dtype, camera):
    found = transformation_of(camera_patches(dtype=dtype, **camera), KNOWN, "x")
    gain, read_noise, offset = (camera.get(name, 0.0) for name in ("gain", "read_noise", "offset"))
    assert found.gain == pytest.approx(gain, rel=0.03)
    # over the range of the data the predicted variance is right; the intercept alone is an extrapolation
    mean = 0.3 * np.iinfo(dtype).max
    expected = gain * (mean - offset) + read_noise**2
    assert found.gain * mean + found.intercept == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_stabilised_noise_is_what_the_domain_says_and_comes_back_unbiased(dtype):
    top = np.iinfo(dtype).max
    patches = camera_patches(gain=0.02 * top, offset=0.04 * top, dtype=dtype, captures=30, fovs=1)
    domain = Stabilised(transformation_of(patches, KNOWN, "x"), top)
    images = np.stack([domain.forward(image) for image in patches.noisy])
    assert images.std(axis=0, ddof=1).mean() == pytest.approx(domain.noise, rel=0.05)
    assert domain.forward(np.array([[0, top]], dtype=dtype)) == pytest.approx(np.array([[0.0, 1.0]]))
    # columns are equally bright: what a perfect smoother makes of them
    back = domain.backward(np.broadcast_to(images.mean(axis=(0, 1)), (4, images.shape[2])))
    assert back[0] * top == pytest.approx(patches.noisy.mean(axis=(0, 1)), abs=0.004 * top)


def test_plain_noise_is_the_root_mean_square_difference():
    patches = camera_patches(gain=10.0, dtype=np.uint8)
    difference = (patches.noisy.astype(float) - patches.clean) / 255
    assert Plain.of(patches.noisy, patches.clean).noise == pytest.approx(np.sqrt(np.mean(difference**2)), rel=1e-6)
    assert Plain.of(patches.clean, patches.clean).noise == LEAST_NOISE


def test_captures_of_another_window_are_not_mixed():
    table = pd.DataFrame({"fov": ["1", "1", "2", "1"], "y": [0, 8, 0, 0], "x": [0, 0, 0, 0]})
    images = np.zeros((4, 8, 8), dtype=np.uint8)
    assert windows_of(PatchSet(table, images, images)) == [[0, 3], [1], [2]]


def test_single_captures_that_the_clean_image_does_not_contain_show_no_noise():
    with pytest.raises(FreqbenchError, match=r"gat_tv on x: the noise .* no window was captured twice"):
        transformation_of(camera_patches(gain=5.0, captures=1), KNOWN, "gat_tv on x")


def test_single_captures_that_the_clean_image_contains_show_it():
    """The clean image is the mean of 50 captures, of which one is a patch."""
    everything = camera_patches(gain=10.0, captures=50, fovs=2, dtype=np.uint8)
    mean = [np.rint(everything.noisy[first : first + 50].mean(axis=0)).astype(np.uint8) for first in (0, 50)]
    one = PatchSet(everything.table.iloc[[0, 50]].reset_index(drop=True), everything.noisy[[0, 50]], np.stack(mean))
    found = transformation_of(one, Averaging(), "x")
    assert found.gain == pytest.approx(10.0, rel=0.1)


def test_a_constant_image_determines_no_line():
    patches = camera_patches(gain=5.0)
    flat = np.full_like(patches.noisy, 1000)
    with pytest.raises(FreqbenchError, match="fewer than three grey levels have pixels enough, or all have one mean"):
        transformation_of(PatchSet(patches.table, flat, flat), KNOWN, "x")


def test_noise_that_falls_with_the_signal_is_refused():
    patches = camera_patches(gain=10.0, dtype=np.uint8)
    clean = patches.clean.astype(float)
    width = 30 * (1 - clean / 255)
    noisy = clean + width * np.random.default_rng(0).standard_normal(clean.shape)
    planted = PatchSet(patches.table, np.clip(np.rint(noisy), 0, 255).astype(np.uint8), patches.clean)
    with pytest.raises(FreqbenchError, match=r"does not grow with the signal .* nothing to stabilise"):
        transformation_of(planted, KNOWN, "x")
