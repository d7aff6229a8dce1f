"""Crops in patches and their metrics: which nucleus is measured where, and that a value is that of its pixels."""

import numpy as np
import pandas as pd
import pytest
import torch

from freqbench.config.nuclei import Nuclei
from freqbench.metrics import fsim, gmsd, psnr, ssim
from freqbench.nuclei.crops import COLUMNS, at_one_size, crops_in_patches, cut_crops
from freqbench.nuclei.measure import nucleus_metrics
from freqbench.nuclei.results import NUCLEUS_METRICS
from freqbench.nuclei.table import nuclei_table

SETTINGS = Nuclei(segmenter={"kind": "threshold", "diameter": 10}, min_area=20, margin=2, min_crop=16)


@pytest.fixture
def nuclei(disc_labels):
    """Two fields of view of 80 pixels: three whole nuclei and one at the border, then one."""
    first = disc_labels((80, 80), [(20, 20, 8), (20, 60, 6), (60, 40, 10), (79, 70, 6)])
    return nuclei_table({"1": first, "2": disc_labels((80, 80), [(40, 40, 9)])}, SETTINGS)


def patches(*rows):
    """The patch table of patches given by field of view, capture and corner."""
    numbers = {}
    table = []
    for fov, capture, y, x in rows:
        image = f"set/raw/{fov}/{capture}"
        numbers[image] = numbers.get(image, -1) + 1
        table.append((f"{image}#{numbers[image]}", image, fov, capture, y, x))
    return pd.DataFrame(table, columns=["patch_id", "image_id", "fov", "capture", "y", "x"])


def test_every_capture_has_the_same_nuclei(nuclei):
    crops = crops_in_patches(patches(("1", "a", 0, 0), ("1", "b", 0, 0), ("2", "a", 0, 0)), (80, 80), nuclei)
    assert tuple(crops.columns) == COLUMNS
    found = list(zip(crops["fov"], crops["capture"], crops["nucleus"], strict=True))
    assert found[:6] == [("1", capture, number) for capture in "ab" for number in (1, 2, 3)]
    assert found[6:] == [("2", "a", 1)]
    sides = ["top", "left", "bottom", "right"]
    assert (crops[crops["capture"] == "a"][sides].to_numpy()[:3] == crops[crops["capture"] == "b"][sides]).all(
        axis=None
    )


def test_a_nucleus_cut_by_the_edge_of_a_patch_is_not_measured(nuclei):
    # the crop of nucleus 1 is rows and columns 10 to 31
    for corner, measured in (((10, 10), True), ((11, 10), False), ((10, 11), False), ((0, 0), False)):
        size = 21 if corner == (10, 10) else 20 if corner == (0, 0) else 60
        crops = crops_in_patches(patches(("1", "a", *corner)), (size, size), nuclei)
        assert (1 in set(crops["nucleus"])) is measured
    crops = crops_in_patches(patches(("1", "a", 10, 10)), (21, 20), nuclei)
    assert crops.empty


def test_a_nucleus_in_two_patches_of_an_image_counts_once(nuclei):
    both = patches(("1", "a", 0, 0), ("1", "a", 0, 5), ("1", "b", 0, 5))
    crops = crops_in_patches(both, (40, 40), nuclei)
    chosen = crops[crops["nucleus"] == 1]
    assert chosen["patch_id"].tolist() == ["set/raw/1/a#0", "set/raw/1/b#0"]
    assert chosen[["row", "top", "left"]].to_numpy().tolist() == [[0, 10, 10], [2, 10, 5]]


def test_excluded_nuclei_and_fields_without_nuclei_have_no_crop(nuclei):
    crops = crops_in_patches(patches(("1", "a", 0, 0), ("3", "a", 0, 0)), (80, 80), nuclei)
    assert crops["nucleus"].tolist() == [1, 2, 3]
    assert crops_in_patches(patches(("3", "a", 0, 0)), (80, 80), nuclei).empty


def test_crops_are_slices_of_the_field_of_view(nuclei):
    image = np.random.default_rng(0).random((80, 80), dtype=np.float32)
    corners = [(0, 0), (5, 30), (30, 10)]
    cut = torch.from_numpy(np.stack([image[y : y + 50, x : x + 50] for y, x in corners])).unsqueeze(1)
    crops = crops_in_patches(patches(*[("1", "a", *corner) for corner in corners]), (50, 50), nuclei)
    assert crops["nucleus"].tolist() == [1, 2, 3]
    known = nuclei[nuclei["fov"] == "1"].set_index("nucleus")
    for pixels, number in zip(cut_crops(cut, crops), crops["nucleus"], strict=True):
        row = known.loc[number]
        expected = image[row["crop_y0"] : row["crop_y1"], row["crop_x0"] : row["crop_x1"]]
        assert (pixels[0, 0].numpy() == expected).all()


def random_pair(count, size=80, seed=0):
    rng = np.random.default_rng(seed)
    clean = rng.random((count, 1, size, size), dtype=np.float32)
    noisy = np.clip(clean + 0.1 * rng.standard_normal(clean.shape), 0, 1).astype(np.float32)
    return torch.from_numpy(noisy), torch.from_numpy(clean)


def test_the_psnr_of_a_nucleus_by_hand(nuclei):
    table = patches(("1", "a", 0, 0), ("2", "a", 0, 0))
    noisy, clean = random_pair(2)
    rows = nucleus_metrics(noisy, clean, crops_in_patches(table, (80, 80), nuclei))
    value = rows[(rows["metric"] == "psnr") & (rows["fov"] == "2")]["value"].item()
    # disc of radius 9 at (40, 40), box 31 to 50, margin 2
    error = (noisy[1, 0, 29:52, 29:52].double() - clean[1, 0, 29:52, 29:52].double()).square().mean().item()
    assert value == pytest.approx(-10 * np.log10(error), abs=1e-6)


@pytest.mark.parametrize("batch_size", [1, 2, 16])
def test_each_value_is_that_of_its_own_crop(nuclei, batch_size):
    table = patches(("1", "a", 0, 0), ("1", "b", 0, 0), ("2", "a", 0, 0))
    noisy, clean = random_pair(3)
    crops = crops_in_patches(table, (80, 80), nuclei)
    rows = nucleus_metrics(noisy, clean, crops, batch_size=batch_size)
    assert set(rows["unit"]) == {"nucleus"}
    assert rows["metric"].unique().tolist() == list(NUCLEUS_METRICS)
    for name, metric in {"psnr": psnr, "ssim": ssim, "fsim": fsim, "gmsd": gmsd}.items():
        pairs = zip(cut_crops(noisy, crops), cut_crops(clean, crops), strict=True)
        expected = [float(metric(*pair)) for pair in pairs]
        chosen = rows[rows["metric"] == name]
        assert chosen["value"].tolist() == pytest.approx(expected, abs=1e-5)
        assert chosen[["patch_id", "nucleus"]].to_numpy().tolist() == crops[["patch_id", "nucleus"]].to_numpy().tolist()


def test_what_is_changed_outside_the_crops_changes_nothing(nuclei):
    noisy, clean = random_pair(1)
    crops = crops_in_patches(patches(("1", "a", 0, 0)), (80, 80), nuclei)
    keep = torch.zeros_like(noisy)
    for _, top, left, bottom, right in crops[["row", "top", "left", "bottom", "right"]].to_numpy():
        keep[0, 0, top:bottom, left:right] = 1
    before, after = (nucleus_metrics(images, clean, crops)["value"] for images in (noisy, noisy * keep))
    assert before.tolist() == after.tolist()


def test_the_smallest_crop_takes_every_metric(disc_labels):
    smallest = SETTINGS.model_copy(update={"margin": 0, "min_crop": 11, "min_area": 1})
    table = nuclei_table({"1": disc_labels((80, 80), [(40, 40, 1)])}, smallest)
    noisy, clean = random_pair(1)
    crops = crops_in_patches(patches(("1", "a", 0, 0)), (80, 80), table)
    assert (crops["bottom"] - crops["top"]).tolist() == [11]
    assert np.isfinite(nucleus_metrics(noisy, clean, crops)["value"]).all()


def test_crops_come_to_one_size():
    flat, ramp = torch.full((1, 1, 20, 33), 0.25), torch.linspace(0, 1, 40).repeat(30, 1)[None, None]
    result = at_one_size([flat, ramp], 64)
    assert result.shape == (2, 1, 64, 64)
    assert torch.allclose(result[0], torch.tensor(0.25), atol=1e-6)
    # stretched: rows stay alike, and the ramp still goes from end to end
    assert torch.allclose(result[1, 0, 0], result[1, 0, 63], atol=1e-6)
    assert result[1, 0, 0].diff().min() >= 0
    assert result[1].min() < 0.02
    assert result[1].max() > 0.98
    same = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(at_one_size([same], 64), same, atol=1e-6)
