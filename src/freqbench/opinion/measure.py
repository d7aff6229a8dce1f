"""Measure distorted images against their references; what is measured of a reference is kept."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.errors import FreqbenchError
from freqbench.files import read_json, sha256_of, write_json
from freqbench.metrics.contracts import CONTRACTS, check_names
from freqbench.opinion.channel_mean import read_channel_mean
from freqbench.opinion.kadid import IMAGES
from freqbench.provenance import fingerprint, source_hash

if TYPE_CHECKING:
    import torch

MSE = "mse"
"""Not among the suite's metrics, which have PSNR, its logarithm: the paper correlates the error itself."""
METRICS = (MSE, "psnr", "ssim", "ms_ssim", "fsim", "gmsd", "frc_area")
"""What is measured unless others are named; all need images of 161 pixels, no weights."""
BATCH = 8
"""Images measured at once."""

Values = dict[str, dict[str, float]]
"""Value by image and metric; one that is not finite is missing."""


@dataclass(frozen=True)
class Part:
    """What is measured of one reference.

    Attributes:
        folder: the data set.
        reference: name of the reference's file.
        images: names of its distorted images.
        metrics: what is measured.
        path: where the values are kept.
    """

    folder: Path
    reference: str
    images: tuple[str, ...]
    metrics: tuple[str, ...]
    path: Path


def measure_opinion_set(
    folder: Path,
    scores: pd.DataFrame,
    metrics: Sequence[str],
    parts: Path,
    *,
    processes: int = 1,
    advance: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return the metrics of all distorted images beside people's opinion of them.

    The values of a reference are written when they are complete, so that an interrupted measurement goes on with the
    next reference. They are measured anew if an image, the metrics or their code changed.

    Args:
        folder: the data set.
        scores: see `freqbench.opinion.kadid.read_scores`.
        metrics: `MSE` and names of metrics of images.
        parts: folder of the kept values.
        processes: how many measure at the same time, each with one thread if there are several.
        advance: called with the number of references measured and the number of all.

    Returns:
        The scores with a column for each metric; NaN where a value is not finite.

    Raises:
        FreqbenchError: if a metric is unknown, an image is damaged or differs in size from its reference, or nothing
            can be written.
    """
    known = [name for name, contract in CONTRACTS.items() if contract.level == "image"]
    check_names(metrics, [MSE, *known])
    tasks = [
        Part(folder, str(reference), tuple(rows["image"]), tuple(metrics), parts / f"{Path(str(reference)).stem}.json")
        for reference, rows in scores.groupby("reference", sort=False)
    ]
    values: Values = {}
    for number, found in enumerate(_measured(tasks, processes), start=1):
        values |= found
        if advance is not None:
            advance(number, len(tasks))
    table = pd.DataFrame.from_dict(values, orient="index", dtype=np.float64).reindex(columns=list(metrics))
    return scores.join(table, on="image")


def _measured(tasks: Sequence[Part], processes: int) -> Iterator[Values]:
    """Yield the values of each reference, as they are done."""
    if processes == 1:
        yield from map(measure_part, tasks)
        return
    # a process that was forked after torch has computed with threads can wait for them for ever
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_use_one_thread) as pool:
        waiting = [pool.submit(measure_part, task) for task in tasks]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def measure_part(part: Part) -> Values:
    """Return the values of one reference: those that are kept, if they are of the same images, metrics and code.

    Raises:
        FreqbenchError: if an image is damaged or differs in size from its reference, or nothing can be written.
    """
    names = (part.reference, *part.images)
    made_from = fingerprint(
        [
            part.metrics,
            source_hash(__name__),
            {name: sha256_of(part.folder / IMAGES / name) for name in names},
        ]
    )
    try:
        kept = read_json(part.path)
        if kept["made_from"] == made_from:
            return {image: _numbers(found) for image, found in kept["values"].items()}
    except (FreqbenchError, KeyError, TypeError, AttributeError):
        pass  # none, or half a one: measured now
    values = _measure(part)
    content = {
        image: {name: value if np.isfinite(value) else None for name, value in found.items()}
        for image, found in values.items()
    }
    write_json(part.path, {"made_from": made_from, "values": content})
    return {image: _numbers(found) for image, found in content.items()}


def _numbers(found: dict[str, float | None]) -> dict[str, float]:
    return {name: float("nan") if value is None else float(value) for name, value in found.items()}


def _measure(part: Part) -> Values:
    import torch

    from freqbench.metrics.evaluate import compute_image_metrics

    reference = read_channel_mean(part.folder / IMAGES / part.reference)
    images = np.stack([_fitting(part.folder / IMAGES / name, reference) for name in part.images])
    prediction = torch.from_numpy(images).unsqueeze(1)
    target = torch.from_numpy(reference).expand_as(prediction)
    others = [name for name in part.metrics if name != MSE]
    try:
        values = compute_image_metrics(others, prediction, target, lpips=_lpips(others), batch_size=BATCH)
    except FreqbenchError as error:
        raise FreqbenchError(f"{part.folder / IMAGES / part.reference}: {error}") from error
    if MSE in part.metrics:
        values[MSE] = np.square(images.astype(np.float64) - reference).mean(axis=(1, 2))
    return {
        image: {name: float(values[name][place]) for name in part.metrics} for place, image in enumerate(part.images)
    }


def _fitting(path: Path, reference: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    image = read_channel_mean(path)
    if image.shape != reference.shape:
        raise FreqbenchError(
            f"{path}: is of {image.shape[1]}x{image.shape[0]} pixels, its reference of "
            f"{reference.shape[1]}x{reference.shape[0]}; fetch the data set again"
        )
    return image


def _lpips(metrics: Sequence[str]) -> "Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None":
    """Return LPIPS with its network, None where it is not measured."""
    if "lpips" not in metrics:
        return None
    import torch

    from freqbench.config.evaluation import Evaluation
    from freqbench.metrics.networks import EvaluationNetworks
    from freqbench.mirror import mirror_folder

    settings = Evaluation(metrics=("lpips",), frechet_features="none")
    networks = EvaluationNetworks(settings, weights="imagenet", mirror=mirror_folder(None), device=torch.device("cpu"))
    return networks.lpips
