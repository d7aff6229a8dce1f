"""A tiny folder in the layout of KADID-10k."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

DISTORTED = {3: "blur", 11: "noise", 19: "shuffle"}
SIZE = 48


def _distorted(image: np.ndarray, kind: str, level: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "noise":
        return image + 12 * level * rng.standard_normal(image.shape)
    if kind == "blur":
        return sum(np.roll(image, shift, axis=1) for shift in range(2 * level + 1)) / (2 * level + 1)
    return image[rng.permutation(len(image))] if level > 4 else np.roll(image, level, axis=0)


def _write(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8)).save(path)


@pytest.fixture
def make_set(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes references, distorted images and their scores, and returns the folder."""

    def make(references: int = 3, levels: int = 5, score: Callable[[int, int, int], float] | None = None) -> Path:
        folder = tmp_path / "kadid10k"
        (folder / "images").mkdir(parents=True)
        rng = np.random.default_rng(0)
        score = score or (lambda number, distortion, level: 5.5 - level - 0.01 * number - 0.001 * distortion)
        rows = []
        for number in range(1, references + 1):
            y, x = np.mgrid[:SIZE, :SIZE]
            waves = [np.sin(2 * np.pi * (x * number + 3 * y * channel) / SIZE) for channel in range(3)]
            reference = 127 + 60 * np.stack(waves, axis=2) + 20 * rng.standard_normal((SIZE, SIZE, 3))
            _write(folder / "images" / f"I{number:02d}.png", reference)
            for distortion, kind in DISTORTED.items():
                for level in range(1, levels + 1):
                    name = f"I{number:02d}_{distortion:02d}_{level:02d}.png"
                    _write(folder / "images" / name, _distorted(reference, kind, level, rng))
                    rows.append((name, f"I{number:02d}.png", score(number, distortion, level), 0.5))
        with (folder / "dmos.csv").open("w", newline="") as handle:
            csv.writer(handle).writerows([("dist_img", "ref_img", "dmos", "var"), *rows])
        return folder

    return make
