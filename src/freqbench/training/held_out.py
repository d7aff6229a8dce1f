"""Train fields of view that are left out of the training, to watch it on images that it does not see."""

import numpy as np

from freqbench.data.patches import PatchSet
from freqbench.errors import FreqbenchError


def leave_out(patches: PatchSet, fields: int, seed: tuple[int, ...]) -> tuple[PatchSet, PatchSet]:
    """Draw fields of view and return the patches of the others, and theirs.

    The draw depends on the seed and the names of the fields alone: all methods and trainings on a split leave out
    the same ones.

    Args:
        patches: those of the train side; test patches have no part in this.
        fields: how many fields of view to leave out.
        seed: of the draw.

    Raises:
        FreqbenchError: if none would be left to train on.
    """
    names = sorted(patches.table["fov"].unique())
    if fields >= len(names):
        raise FreqbenchError(
            f"training.held_out: {fields} of {len(names)} train fields of view would leave none to train on; leave out "
            "fewer"
        )
    drawn = np.random.default_rng(seed).permutation(len(names))[:fields]
    is_out = patches.table["fov"].isin([names[number] for number in drawn]).to_numpy()
    return _rows(patches, ~is_out), _rows(patches, is_out)


def _rows(patches: PatchSet, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> PatchSet:
    if chosen.all():
        return patches
    return PatchSet(patches.table[chosen].reset_index(drop=True), patches.noisy[chosen], patches.clean[chosen])
