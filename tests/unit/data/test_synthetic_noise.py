import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.config.datasets import Patches
from freqbench.config.synthetic_noise import GaussianNoise, LogNormalNoise
from freqbench.data.image_files import write_png
from freqbench.data.patches import cut_patches, read_patches, write_patches
from freqbench.data.synthetic_noise import noisy_capture
from freqbench.layout import Layout

SIDE = 256
CLEAN = np.clip(np.add.outer(np.arange(SIDE), np.zeros(SIDE)), 20, 220).astype(np.uint8)
"""A ramp from 20 to 220: its range is 200/255 of the full one."""
RANGE = 200 / 255


def residual(noise, fov="1", capture=1, clean=CLEAN):
    top = np.iinfo(clean.dtype).max
    return noisy_capture(clean, noise, fov, capture) - clean / np.float64(top)


@settings(max_examples=10, deadline=None)
@given(std=st.floats(0.01, 1.0), seed=st.integers(0, 2**63 - 1), capture=st.integers(1, 999))
def test_gaussian_noise_has_mean_and_deviation_of_its_definition(std, seed, capture):
    found = residual(GaussianNoise(kind="gaussian", std=std, seed=seed), capture=capture)
    wanted = std * RANGE
    # five standard errors of mean, standard deviation, and of a correlation of white pixels
    assert abs(found.mean()) < 5 * wanted / SIDE
    assert abs(found.std() / wanted - 1) < 5 / (SIDE * np.sqrt(2))
    assert abs(np.corrcoef(found[:, 1:].ravel(), found[:, :-1].ravel())[0, 1]) < 5 / SIDE


@settings(max_examples=10, deadline=None)
@given(sigma=st.floats(0.1, 1.3), seed=st.integers(0, 2**63 - 1))
def test_log_normal_noise_less_its_offset_has_a_normal_logarithm(sigma, seed):
    found = residual(LogNormalNoise(kind="log_normal", sigma=sigma, seed=seed)) / RANGE
    logarithm = np.log(np.maximum(found + 1, 1e-12))
    assert abs(logarithm.mean()) < 5 * sigma / SIDE + 1e-4
    assert abs(logarithm.std() / sigma - 1) < 5 / (SIDE * np.sqrt(2)) + 1e-3
    # the median of LogNormal(0, sigma) - 1 is 0: the density of the sample median there gives its standard error
    assert abs(np.median(found)) < 5 * sigma * np.sqrt(np.pi / 2) / SIDE


def test_the_unit_is_the_range_of_the_image_or_of_the_bit_depth():
    own, full = (residual(GaussianNoise(kind="gaussian", unit=unit)) for unit in ("image_range", "full_range"))
    np.testing.assert_allclose(own, RANGE * full, atol=1e-6)


def test_sixteen_bits_have_the_noise_of_eight():
    noise = GaussianNoise(kind="gaussian")
    np.testing.assert_allclose(residual(noise, clean=CLEAN.astype(np.uint16) * 257), residual(noise), atol=1e-6)


def test_captures_fields_and_seeds_are_independent_and_each_is_reproducible():
    noise = GaussianNoise(kind="gaussian")
    drawn = [residual(noise, fov, capture) for fov in ("1", "2", "01") for capture in (1, 2)]
    drawn.append(residual(GaussianNoise(kind="gaussian", seed=1)))
    correlations = np.corrcoef([each.ravel() for each in drawn])
    assert np.abs(correlations - np.eye(len(drawn))).max() < 5 / SIDE
    assert noisy_capture(CLEAN, noise, "2", 1).tobytes() == noisy_capture(CLEAN, noise, "2", 1).tobytes()


def test_noise_is_not_clamped():
    capture = noisy_capture(CLEAN, GaussianNoise(kind="gaussian", std=1.0), "1", 1)
    assert capture.dtype == np.float32
    assert capture.min() < 0
    assert capture.max() > 1


@pytest.fixture
def pairs(tmp_path):
    """Two fields of view with two camera captures each, of which simulated noise needs none."""
    rows = []
    for fov in ("a", "b"):
        clean = CLEAN[: SIDE // 2, : SIDE // 2] // (1 if fov == "a" else 2)
        for name in (f"{fov}_clean.png", f"{fov}_1.png", f"{fov}_2.png"):
            write_png(tmp_path / name, clean)
        for capture in ("1", "2"):
            name = f"set/raw/{fov}/{capture}"
            rows.append((name, "set", fov, capture, f"{fov}_{capture}.png", f"{fov}_clean.png"))
    return tmp_path, pd.DataFrame(rows, columns=["image_id", "dataset", "fov", "capture", "noisy", "clean"])


def test_patches_of_simulated_captures_are_windows_of_one_noisy_field(pairs):
    root, index = pairs
    noise = LogNormalNoise(kind="log_normal", captures=3, seed=7)
    steps = []
    cut = cut_patches(
        index,
        {"a": "train", "b": "test"},
        {},
        root,
        Patches(rule="grid", size=64),
        noise=noise,
        advance=lambda done, total: steps.append((done, total)),
    )
    # 2 fields of view x 3 simulated captures x 4 windows, whatever the camera took
    assert len(cut.table) == 24
    assert sorted(set(cut.table["capture"])) == ["001", "002", "003"]
    assert cut.table["image_id"].iloc[0] == "set/log_normal/a/001"
    assert cut.noisy.dtype == np.float32
    assert cut.clean.dtype == np.uint8
    assert steps == [(2, 4), (4, 4)]
    whole = noisy_capture(CLEAN[:128, :128] // 2, noise, "b", 2)
    for row in cut.table.query("fov == 'b' and capture == '002'").itertuples():
        assert np.array_equal(cut.noisy[row.Index], whole[row.y : row.y + 64, row.x : row.x + 64])


def test_floats_are_stored_and_read_bit_for_bit(pairs):
    root, index = pairs
    noise = GaussianNoise(kind="gaussian", captures=2)
    cut = cut_patches(index, {"a": "train", "b": "test"}, {}, root, Patches(rule="grid", size=64), noise=noise)
    layout = Layout(root / "results")
    write_patches(cut, layout, "set", 1)
    assert read_patches(layout, "set", 1).noisy.tobytes() == cut.noisy.tobytes()
