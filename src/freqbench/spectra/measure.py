"""Measure the spectra of the restored patches of one run: a tidy file of curves by field of view."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.device import claim_device
from freqbench.evaluation import read_restored
from freqbench.files import atomic_path
from freqbench.metrics.frc import frc_frequencies, ring_correlation
from freqbench.run import Run
from freqbench.spectra.capture_pairs import capture_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    Curve = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

COLUMNS = (
    *("dataset", "method", "split", "seed", "fov", "curve"),
    *("ring", "frequency", "ring_size", "n", "mean", "sd"),
)


def measure_spectra(run: Run) -> None:
    """Measure the restored test patches of one method and write the curves of each field of view.

    The file has one row a field of view, curve and ring: the middle of the ring in cycles per pixel, the number of
    frequencies in it, the number ``n`` of images or pairs, and their mean and standard deviation (empty with one).
    The curves are ``frc_clean``, the Fourier ring correlation of restored with clean images; ``frc_captures``, that of
    two restored captures of one window, for which no clean image is needed; and ``power``, the mean squared modulus of
    the orthonormal DFT of the restored images, which is the variance of white noise at every frequency. Where no window
    of a field of view has two captures there is no ``frc_captures``.

    With ``spectra.window: hann`` each image loses its mean and is multiplied by a Hann window first. Without, as in
    the FRC paper, opposite borders that differ are an edge to the DFT. It is the same in all images of a scene, so
    that they correlate at frequencies from which a filter has removed all else.

    Args:
        run: a control or a trained method on a data set.

    Raises:
        FreqbenchError: if files are missing or do not belong together.
    """
    import torch

    test = read_patches(run.layout, run.dataset, run.split).side("test")
    restored = read_restored(run.layout.restored(*run.key), test)
    settings = run.config.evaluation
    device = claim_device(settings.device)
    images = torch.from_numpy(restored).unsqueeze(1).to(device)
    clean = torch.from_numpy(to_unit_range(test.clean)).unsqueeze(1).to(device)
    if run.config.spectra.window == "hann":
        from freqbench.spectra.window import windowed

        images, clean = windowed(images), windowed(clean)

    fovs = test.table["fov"].to_numpy()
    size = settings.batch_size
    tables = [
        _by_field(_batched(ring_correlation, images, clean, size), fovs, "frc_clean"),
        _by_field(_batched(_power, images, images, size), fovs, "power"),
    ]
    pairs = capture_pairs(test.table)
    if len(pairs):
        first, second = (images[torch.from_numpy(each).to(device)] for each in pairs.T)
        tables.insert(1, _by_field(_batched(ring_correlation, first, second, size), fovs[pairs[:, 0]], "frc_captures"))
    rings = _rings(*images.shape[-2:])
    table = pd.concat(tables, ignore_index=True).merge(rings, on="ring").assign(**run.identity)
    table = table.sort_values(["curve", "fov", "ring"], kind="stable")
    with atomic_path(run.layout.spectra(*run.key)) as temporary:
        table[list(COLUMNS)].to_csv(temporary, index=False, float_format="%.9g")


def _batched(curve: "Curve", first: "torch.Tensor", second: "torch.Tensor", batch_size: int) -> npt.NDArray[np.float64]:
    batches = zip(first.split(batch_size), second.split(batch_size), strict=True)
    return np.concatenate([curve(*batch).cpu().numpy() for batch in batches])


def _power(images: "torch.Tensor", _: "torch.Tensor") -> "torch.Tensor":
    from freqbench.metrics.image_rings import image_rings

    rings = image_rings(images, images)
    return rings.power / rings.sizes


def _by_field(curves: npt.NDArray[np.float64], fovs: npt.NDArray[np.object_], name: str) -> pd.DataFrame:
    """Return mean and spread of the curves, (N, R), of each field of view."""
    count, rings = curves.shape
    values = pd.DataFrame(
        {"fov": np.repeat(fovs, rings), "ring": np.tile(np.arange(rings), count), "value": curves.ravel()}
    )
    found = values.groupby(["fov", "ring"], sort=False)["value"].agg(["size", "mean", "std"])
    return found.rename(columns={"size": "n", "std": "sd"}).reset_index().assign(curve=name)


def _rings(height: int, width: int) -> pd.DataFrame:
    """Return number, frequency and size of each ring."""
    import torch

    from freqbench.metrics.image_rings import image_rings

    nothing = torch.zeros(1, 1, height, width)
    sizes = image_rings(nothing, nothing).sizes.numpy().round().astype(int)
    frequencies = frc_frequencies(height, width).numpy()
    return pd.DataFrame({"ring": np.arange(len(sizes)), "frequency": frequencies, "ring_size": sizes})
