"""Crops of nuclei in patches: which nucleus is measured in which patch, and the pixels of one size for a network."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import torch

COLUMNS = ("row", "patch_id", "fov", "capture", "nucleus", "top", "left", "bottom", "right")
"""``row`` is the patch's place in the arrays; the sides of the crop count from the patch's upper left corner."""


def crops_in_patches(patches: pd.DataFrame, shape: tuple[int, int], nuclei: pd.DataFrame) -> pd.DataFrame:
    """Return which crops are measured, and where they lie.

    A nucleus is measured where its whole crop lies in a patch; one that the edge of a patch cuts is not measured
    there. Where patches overlap, it is measured in the first of an image alone, so that none counts twice.

    Args:
        patches: rows of the patch table, in the order of the arrays.
        shape: height and width of the patches.
        nuclei: table of nuclei of the same data set.

    Returns:
        One row a crop, with the columns ``COLUMNS``, in the order of the patches.
    """
    counted = nuclei[nuclei["excluded"] == ""]
    by_fov = {str(fov): rows for fov, rows in counted.groupby("fov")}
    rows: list[tuple[object, ...]] = []
    seen: set[tuple[str, int]] = set()
    for place, patch in enumerate(patches.itertuples()):
        if str(patch.fov) not in by_fov:
            continue
        found = by_fov[str(patch.fov)]
        y, x = int(str(patch.y)), int(str(patch.x))
        sides = found[["crop_y0", "crop_x0", "crop_y1", "crop_x1"]].to_numpy() - np.array([y, x, y, x])
        inside = (sides[:, :2] >= 0).all(axis=1) & (sides[:, 2:] <= np.array(shape)).all(axis=1)
        for nucleus, box in zip(found["nucleus"].to_numpy()[inside], sides[inside], strict=True):
            key = (str(patch.image_id), int(nucleus))
            if key not in seen:
                seen.add(key)
                rows.append((place, patch.patch_id, patch.fov, patch.capture, int(nucleus), *map(int, box)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def cut_crops(images: "torch.Tensor", crops: pd.DataFrame) -> "list[torch.Tensor]":
    """Return the pixels of each crop, views (1, 1, h, w) of patches (N, 1, H, W)."""
    boxes = crops[["row", "top", "left", "bottom", "right"]].to_numpy()
    return [images[row : row + 1, :, top:bottom, left:right] for row, top, left, bottom, right in boxes]


def at_one_size(crops: "list[torch.Tensor]", size: int) -> "torch.Tensor":
    """Resize crops (1, 1, h, w) to (N, 1, size, size), for a network that compares sets.

    Bilinear with antialiasing, height and width each on its own: the aspect ratio is not kept, and nothing is padded,
    since a padded edge would be a feature of its own. Restored and clean crops are resized alike.
    """
    import torch
    from torch.nn.functional import interpolate

    resized = [interpolate(crop, (size, size), mode="bilinear", align_corners=False, antialias=True) for crop in crops]
    return torch.cat(resized).clamp(0.0, 1.0)
