"""What a training shows now and then: PSNR on a fixed few patches, and an image of some of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from freqbench.data.image_files import Pixels, to_unit_range
from freqbench.data.patches import PatchSet
from freqbench.files import atomic_path
from freqbench.restored_files import IntensityFit, as_measured
from freqbench.training.targets import Rows, next_captures

SCORED = 16
"""Patches of a side whose mean PSNR is reported, evenly spread over its table."""

SHOWN = 3
"""Patches in an image."""

SHOWN_SIDE = 128
"""Largest width and height of a patch in an image, in pixels."""

STRETCH = (0.5, 99.5)
"""Percentiles of the target that become black and white, for the three images of a row alike."""

LEAST_ERROR = 1e-12
"""Mean squared error that an identical image is given: 120 dB, as the log holds no infinity."""


@dataclass
class Samples:
    """A fixed few patches, restored by the generator as it is.

    Nothing is drawn at random, and the generator is left as it was: a training is the same with and without.

    They are compared with what the training compares with: where that sees no clean images, the samples see none.

    Args:
        sides: patches by the name of their side, in the order of the log; the image shows the first side's.
        every: iterations between two samples; 0: none are taken.
        crop: width and height of what is restored, from the middle of the patch; None: the whole patch.
        folder: where the images lie.
        device: where the generator is.
        target: `training.target`; of the other captures of a window always the next one.
        fit: `evaluation.intensity_fit`, to these targets.
    """

    sides: Mapping[str, PatchSet]
    every: int
    crop: int | None
    folder: Path
    device: torch.device
    target: Literal["clean", "second_capture"] = "clean"
    fit: IntensityFit = "none"

    def is_due(self, before: int, iteration: int, iterations: int) -> bool:
        """Return whether a record has a sample: the first one after each ``every`` iterations, and the last.

        Args:
            before: iteration of the record before, 0 for none.
            iteration: iteration of the record.
            iterations: iterations of the training.
        """
        if not self.every:
            return False
        return iteration == iterations or iteration // self.every > before // self.every

    def take(self, generator: nn.Module, iteration: int) -> dict[str, float]:
        """Write the image of an iteration; return the mean PSNR in dB of each side as ``<side>_psnr``."""
        scores = {}
        for number, (side, patches) in enumerate(self.sides.items()):
            rows = np.unique(np.linspace(0, len(patches.table) - 1, SCORED).round().astype(int))
            noisy, target = self._images(patches.noisy, rows), self._images(*self._targets(patches, rows))
            restored = _restored(generator, noisy, self.device)
            restored = torch.from_numpy(as_measured(restored.numpy(), target.numpy(), self.fit))
            scores[f"{side}_psnr"] = mean_psnr(restored, target)
            if number == 0:
                shown = np.unique(np.linspace(0, len(rows) - 1, SHOWN).round().astype(int))
                strip = mosaic(*(_middle(images[shown], SHOWN_SIDE) for images in (noisy, restored, target)))
                self._write(strip, iteration)
        return scores

    def discard(self) -> None:
        """Remove the images of an earlier training."""
        for path in self.folder.glob("iteration_*.png"):
            path.unlink()

    def _images(self, patches: Pixels, rows: Rows) -> Tensor:
        return _middle(torch.from_numpy(to_unit_range(patches[rows])), self.crop)

    def _targets(self, patches: PatchSet, rows: Rows) -> tuple[Pixels, Rows]:
        if self.target == "clean":
            return patches.clean, rows
        return patches.noisy, next_captures(patches)[rows]

    def _write(self, strip: npt.NDArray[np.uint8], iteration: int) -> None:
        from PIL import Image

        with atomic_path(self.folder / f"iteration_{iteration:06d}.png") as temporary:
            Image.fromarray(strip).save(temporary)


def mean_psnr(restored: Tensor, target: Tensor) -> float:
    """Return the mean over images (N, H, W), data range 1, of 10 log10(1 / MSE), in dB."""
    errors = (restored.double() - target.double()).square().mean(dim=(1, 2)).clamp(min=LEAST_ERROR)
    return float((-10.0 * errors.log10()).mean())


def mosaic(noisy: Tensor, restored: Tensor, target: Tensor) -> npt.NDArray[np.uint8]:
    """Return noisy, restored and target images (N, H, W) side by side, a row each, stretched by the target."""
    rows = []
    for images in zip(noisy.numpy(), restored.numpy(), target.numpy(), strict=True):
        black, white = np.percentile(images[2], STRETCH)
        row = (np.concatenate(images, axis=1) - black) / max(white - black, 1.0 / 255)
        rows.append(np.round(255 * np.clip(np.nan_to_num(row), 0, 1)).astype(np.uint8))
    return np.concatenate(rows)


def _restored(generator: nn.Module, noisy: Tensor, device: torch.device) -> Tensor:
    mode = generator.training
    generator.eval()
    try:
        with torch.no_grad():
            # one at a time: a sample takes no more memory than a step
            outputs = [generator(image[None, None].to(device)).float().cpu()[0, 0] for image in noisy]
    finally:
        generator.train(mode)
    return torch.stack(outputs)


def _middle(images: Tensor, side: int | None) -> Tensor:
    """Return the middle of images (N, H, W), at most ``side`` pixels high and wide."""
    if side is None:
        return images
    top, left = (max(0, (length - side) // 2) for length in images.shape[1:])
    return images[:, top : top + side, left : left + side]
