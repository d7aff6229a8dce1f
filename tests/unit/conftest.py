"""A tiny study on disk, made without any simulation: configuration, patches, audit, source record."""

import copy
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqbench.config import Config, parse_config
from freqbench.data.patches import PatchSet, write_patches
from freqbench.files import write_json
from freqbench.layout import Layout

MakeStudy = Callable[..., Config]

CONTENT: dict[str, Any] = {
    "name": "tiny",
    "tier": "smoke",
    "feature_networks": "untrained",
    "datasets": {
        "tiny": {
            "source": {"kind": "phantom"},
            "patches": {"rule": "brightest", "size": 32},
        }
    },
    "methods": [
        {"name": "spatial"},
        {"name": "ffl", "loss": "focal_frequency", "weight": "calibrated"},
        {
            "name": "lffl_a1",
            "loss": "log_focal_frequency",
            "options": {"alpha": 1.0},
            "weight": "paper",
            "domain": "task",
        },
    ],
    "generator": {"blocks": 1, "features": 8, "growth": 4, "global_residual": True},
    "discriminator": {"features": 8, "layers": 2},
    "training": {
        "iterations": 7,
        "batch_size": 2,
        "crop": 16,
        "learning_rate_generator": 1e-3,
        "learning_rate_discriminator": 1e-3,
        "log_every": 3,
        "checkpoint_every": 2,
        "device": "cpu",
    },
    "calibration": {"patches": 3},
    "evaluation": {"metrics": ["psnr", "gmsd"], "frechet_features": "none", "device": "cpu"},
    "figures": {"region_size": 8},
}


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``changes`` put over it, key by key."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        inner = result.get(key)
        result[key] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return result


def make_patches(
    dataset: str = "tiny",
    *,
    train_fovs: int = 2,
    test_fovs: int = 3,
    captures: int = 2,
    size: int = 32,
    dtype: type = np.uint8,
    noise: float = 0.1,
    seed: int = 0,
    split: int = 1,
) -> PatchSet:
    """Bright spots on a dark background, the same for all captures of a field of view, with white noise.

    The images of all splits are the same; the train fields of view of the next split begin one further.
    """
    rng = np.random.default_rng(seed)
    maximum = np.iinfo(dtype).max
    y, x = np.mgrid[:size, :size]
    rows, noisy, clean = [], [], []
    for fov in range(1, train_fovs + test_fovs + 1):
        image = np.full((size, size), 0.1)
        for _ in range(6):
            cy, cx = rng.uniform(0, size, 2)
            width = rng.uniform(1.5, 5)
            image += rng.uniform(0.2, 0.5) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * width**2))
        for capture in range(captures):
            image_id = f"{dataset}/raw/{fov}/capture_{capture:03d}"
            side = "train" if (fov - split) % (train_fovs + test_fovs) < train_fovs else "test"
            rows.append((f"{image_id}#0", image_id, str(fov), f"capture_{capture:03d}", side, 0, 0, size))
            seen = image + noise * rng.standard_normal(image.shape)
            noisy.append(np.round(np.clip(seen, 0, 1) * maximum).astype(dtype))
            clean.append(np.round(np.clip(image, 0, 1) * maximum).astype(dtype))
    columns = ["patch_id", "image_id", "fov", "capture", "split", "y", "x", "size"]
    return PatchSet(pd.DataFrame(rows, columns=columns), np.stack(noisy), np.stack(clean))


def write_study(
    folder: Path, *, patches: dict[str, Any] | None = None, verdict: str = "clean", **changes: Any
) -> Config:
    """Write the patches and the audit of a study and return its configuration.

    Args:
        folder: where the results lie.
        patches: arguments of `make_patches`.
        verdict: of the audit.
        changes: put over the configuration ``CONTENT``.
    """
    config = parse_config(merged(CONTENT | {"results": str(folder)}, changes), "test")
    layout = Layout.of(config)
    for dataset in config.datasets:
        for split in config.splits_of(dataset):
            write_patches(make_patches(dataset, split=split, **(patches or {})), layout, dataset, split)
            write_json(layout.audit(dataset, split), {"verdict": verdict, "pairs": []})
    return config


@pytest.fixture(scope="session", name="write_study")
def write_study_fixture() -> MakeStudy:
    return write_study


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    """Return `write_study` for the test's own folder."""
    return partial(write_study, tmp_path / "results")


@pytest.fixture(scope="session", name="make_patches")
def make_patches_fixture() -> Callable[..., PatchSet]:
    return make_patches
