"""Training batches: order, crops and augmentation as a function of the seed and the iteration alone.

Nothing here has a state. A resumed training therefore sees the batches that an uninterrupted one sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from freqbench.data.image_files import Pixels, full_scale, to_unit_range


@dataclass(frozen=True)
class Batch:
    """A batch of pairs, float32 (B, 1, H, W), in which the bit depth ends at 1.

    Attributes:
        noisy: what the network sees.
        target: what its output is compared with: clean patches, or other captures of the same windows.
        rows: rows of the noisy patches in their table.
        target_rows: rows of the targets, those of the noisy patches where the targets are clean.
    """

    noisy: Tensor
    target: Tensor
    rows: npt.NDArray[np.int64]
    target_rows: npt.NDArray[np.int64]


class BatchStream:
    """Batches of random crops, all full: the epochs' orders follow each other without a gap.

    The patches stay on the device as integers and become float there, unless they are floats.
    """

    def __init__(
        self,
        noisy: Pixels,
        targets: Pixels,
        *,
        batch_size: int,
        crop: int | None,
        augment: bool,
        seed: int,
        device: torch.device,
        choices: Sequence[npt.NDArray[np.int64]] | None = None,
    ) -> None:
        """Move the patches (N, H, W) to the device.

        Args:
            noisy: degraded patches.
            targets: what they are compared with, of the same depth: the clean patches, or the degraded ones again.
            batch_size: pairs in a batch; more than N repeats patches within a batch.
            crop: width and height of the random crop, at most H and W; None: the whole patch.
            augment: random flips and quarter turns, eight equally likely orientations.
            seed: seed of order, crops and orientations.
            device: where the patches are kept.
            choices: for each patch the rows of the targets among which one is drawn anew for each sample; None: the
                target of its own row.
        """
        self.maximum = full_scale(noisy)
        is_float = noisy.dtype.kind == "f"
        # torch has no uint16 arithmetic; int32 holds both depths exactly
        kept = [
            to_unit_range(pixels) if is_float else np.asarray(pixels, dtype=np.int32) for pixels in (noisy, targets)
        ]
        self.noisy = torch.from_numpy(kept[0]).to(device)
        self.targets = self.noisy if targets is noisy else torch.from_numpy(kept[1]).to(device)
        self.choices = choices
        self.batch_size, self.crop, self.augment, self.seed = batch_size, crop, augment, seed

    def __len__(self) -> int:
        """Return the number of patches."""
        return len(self.noisy)

    def batch(self, iteration: int) -> Batch:
        """Return the batch of an iteration, counted from 0."""
        return self.batch_of(self.rows(iteration), iteration)

    def batch_of(self, rows: npt.NDArray[np.int64], iteration: int) -> Batch:
        """Return a batch of these patches with the crops, the orientations and the targets of an iteration."""
        rng = np.random.default_rng((self.seed, 1, iteration))
        targets = self._target_rows(rows, iteration)
        pairs = [self._pair(int(row), int(other), rng) for row, other in zip(rows, targets, strict=True)]
        stacked = torch.stack(pairs).float() / self.maximum
        return Batch(stacked[:, :1], stacked[:, 1:], rows, targets)

    def _target_rows(self, rows: npt.NDArray[np.int64], iteration: int) -> npt.NDArray[np.int64]:
        """Return which patch each one is compared with. Order, crops and orientations do not depend on it."""
        if self.choices is None:
            return rows
        # 2 is taken: see `freqbench.training.randomness`
        rng = np.random.default_rng((self.seed, 3, iteration))
        return np.array([rng.choice(self.choices[row]) for row in rows])

    def rows(self, iteration: int) -> npt.NDArray[np.int64]:
        """Return the rows of an iteration's patches in their table, in the order of the batch."""
        first = iteration * self.batch_size
        places = np.arange(first, first + self.batch_size)
        epochs = places // len(self)
        orders = {epoch: self._order(epoch) for epoch in np.unique(epochs)}
        return np.array([orders[epoch][place % len(self)] for epoch, place in zip(epochs, places, strict=True)])

    def _order(self, epoch: int) -> npt.NDArray[np.int64]:
        return np.random.default_rng((self.seed, 0, int(epoch))).permutation(len(self))

    def _pair(self, row: int, other: int, rng: np.random.Generator) -> Tensor:
        """Return noisy patch and target, (2, H, W), cropped and turned alike."""
        pair = torch.stack((self.noisy[row], self.targets[other]))
        height, width = pair.shape[1:]
        if self.crop is not None:
            y, x = (int(rng.integers(length - self.crop + 1)) for length in (height, width))
            pair = pair[:, y : y + self.crop, x : x + self.crop]
        if self.augment:
            turns, flip = int(rng.integers(4)), bool(rng.integers(2))
            pair = torch.rot90(pair, turns, dims=(1, 2))
            pair = pair.flip(2) if flip else pair
        return pair
