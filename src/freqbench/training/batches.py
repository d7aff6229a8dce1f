"""Training batches: order, crops and augmentation as a function of the seed and the iteration alone.

Nothing here has a state. A resumed training therefore sees the batches that an uninterrupted one sees.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from freqbench.data.image_files import Grey


@dataclass(frozen=True)
class Batch:
    """A batch of pairs: float32 (B, 1, H, W) in [0, 1], and the rows of the patches in their table."""

    noisy: Tensor
    clean: Tensor
    rows: npt.NDArray[np.int64]


class BatchStream:
    """Batches of random crops, all full: the epochs' orders follow each other without a gap.

    The patches stay on the device as integers and become float there.
    """

    def __init__(
        self,
        noisy: Grey,
        clean: Grey,
        *,
        batch_size: int,
        crop: int | None,
        augment: bool,
        seed: int,
        device: torch.device,
    ) -> None:
        """Move the patches, integers (N, H, W), to the device.

        Args:
            noisy: degraded patches.
            clean: clean patches, of the same depth.
            batch_size: pairs in a batch; more than N repeats patches within a batch.
            crop: width and height of the random crop, at most H and W; None: the whole patch.
            augment: random flips and quarter turns, eight equally likely orientations.
            seed: seed of order, crops and orientations.
            device: where the patches are kept.
        """
        self.maximum = float(np.iinfo(noisy.dtype).max)
        # torch has no uint16 arithmetic; int32 holds both depths exactly
        self.noisy = torch.from_numpy(np.asarray(noisy, dtype=np.int32)).to(device)
        self.clean = torch.from_numpy(np.asarray(clean, dtype=np.int32)).to(device)
        self.batch_size, self.crop, self.augment, self.seed = batch_size, crop, augment, seed

    def __len__(self) -> int:
        """Return the number of patches."""
        return len(self.noisy)

    def batch(self, iteration: int) -> Batch:
        """Return the batch of an iteration, counted from 0."""
        rows = self.rows(iteration)
        rng = np.random.default_rng((self.seed, 1, iteration))
        pairs = [self._pair(int(row), rng) for row in rows]
        stacked = torch.stack(pairs).float() / self.maximum
        return Batch(stacked[:, :1], stacked[:, 1:], rows)

    def rows(self, iteration: int) -> npt.NDArray[np.int64]:
        """Return the rows of an iteration's patches in their table, in the order of the batch."""
        first = iteration * self.batch_size
        places = np.arange(first, first + self.batch_size)
        epochs = places // len(self)
        orders = {epoch: self._order(epoch) for epoch in np.unique(epochs)}
        return np.array([orders[epoch][place % len(self)] for epoch, place in zip(epochs, places, strict=True)])

    def _order(self, epoch: int) -> npt.NDArray[np.int64]:
        return np.random.default_rng((self.seed, 0, int(epoch))).permutation(len(self))

    def _pair(self, row: int, rng: np.random.Generator) -> Tensor:
        """Return noisy and clean, (2, H, W), cropped and turned alike."""
        pair = torch.stack((self.noisy[row], self.clean[row]))
        height, width = pair.shape[1:]
        if self.crop is not None:
            y, x = (int(rng.integers(length - self.crop + 1)) for length in (height, width))
            pair = pair[:, y : y + self.crop, x : x + self.crop]
        if self.augment:
            turns, flip = int(rng.integers(4)), bool(rng.integers(2))
            pair = torch.rot90(pair, turns, dims=(1, 2))
            pair = pair.flip(2) if flip else pair
        return pair
