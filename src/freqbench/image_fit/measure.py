"""Fit the image of a study with every objective and seed, and write what was measured on the way."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from freqbench.config import Config
from freqbench.config.image_fit import ImageFit
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path, sha256_of, write_json
from freqbench.image_fit.fit import fit_image, measured_iterations, pictured_iterations
from freqbench.image_fit.spectral_error import has_power_everywhere, spectral_error
from freqbench.image_fit.target import Target, choose_target
from freqbench.layout import Layout
from freqbench.metrics.frc import frc_area, frc_frequencies
from freqbench.metrics.lfd import lfd
from freqbench.metrics.psnr import psnr
from freqbench.provenance import code_version, machine, now, package_versions

METRICS = {"psnr": psnr, "lfd": lfd, "frc_area": frc_area}
COLUMNS = ("objective", "seed", "iteration", "quantity", "frequency", "value")
"""Fields of the tidy file. ``quantity`` is a metric of `METRICS`, without frequency, or ``spectral_error`` at the
middle of a ring in cycles per pixel."""


def settings_of(config: Config) -> ImageFit:
    """Return the section `image_fit` of a study.

    Raises:
        FreqbenchError: if it has none.
    """
    if config.image_fit is None:
        raise FreqbenchError("image_fit: this study has no such section; config/ffl_mini.yaml has one")
    return config.image_fit


def measure_image_fit(config: Config, advance: Callable[[int, int], None] | None = None) -> None:
    """Fit the image with every objective and every seed; write values, pictures and manifest.

    Args:
        config: the study; it needs the section `image_fit`.
        advance: called with the number of steps done and the number of all.

    Raises:
        FreqbenchError: if there is no such section, no image, or a fit fails.
    """
    settings, layout = settings_of(config), Layout.of(config)
    chosen = choose_target(config, settings)
    target = torch.from_numpy(chosen.pixels)[None, None]
    if not has_power_everywhere(target):
        raise FreqbenchError(f"{chosen.origin}: the window of image_fit has frequencies without power; choose another")
    fits = [(objective, seed) for objective in settings.objectives for seed in settings.seeds]
    steps, done = len(fits) * settings.iterations, 0

    def step() -> None:
        nonlocal done
        done += 1
        if advance is not None:
            advance(done, steps)

    measured, kept = measured_iterations(settings.iterations), pictured_iterations(settings.iterations)
    tables: list[pd.DataFrame] = []
    pictures: dict[str, Any] = {}
    weights: dict[str, list[float]] = {}
    for objective, seed in fits:
        fit = fit_image(target, objective, settings, seed, step)
        tables.append(_values(fit.images, target, measured).assign(objective=objective.name, seed=seed))
        pictures[f"{objective.name}_seed{seed}"] = fit.images[[measured.index(one) for one in kept], 0].numpy()
        weights.setdefault(objective.name, []).append(fit.weight)
    with atomic_path(layout.image_fit) as temporary:
        pd.concat(tables)[list(COLUMNS)].to_csv(temporary, index=False, float_format="%.6g")
    with atomic_path(layout.image_fit_pictures) as temporary, temporary.open("wb") as handle:
        np.savez(handle, target=chosen.pixels, iterations=np.array(kept), **pictures)
    write_json(layout.image_fit_manifest, _manifest(config, settings, chosen, weights))


def _values(images: Tensor, target: Tensor, measured: list[int]) -> pd.DataFrame:
    """Return the metrics and the spectral errors of the images of one fit, tidy."""
    wanted = target.expand_as(images)
    tables = [
        pd.DataFrame({"iteration": measured, "quantity": name, "frequency": np.nan, "value": metric(images, wanted)})
        for name, metric in METRICS.items()
    ]
    frequencies = frc_frequencies(*target.shape[-2:]).numpy()
    errors = spectral_error(images, target).numpy()
    tables.append(
        pd.DataFrame(
            {
                "iteration": np.repeat(measured, len(frequencies)),
                "quantity": "spectral_error",
                "frequency": np.tile(frequencies, len(measured)),
                "value": errors.ravel(),
            }
        )
    )
    return pd.concat(tables, ignore_index=True)


def _manifest(config: Config, settings: ImageFit, chosen: Target, weights: dict[str, list[float]]) -> dict[str, Any]:
    """Return how the files were made."""
    layout = Layout.of(config)
    return {
        "study": config.name,
        "written": now(),
        "settings": settings.model_dump(mode="json"),
        "image": {
            "origin": chosen.origin,
            "corner": chosen.corner,
            "size": settings.size,
            "rule": chosen.rule,
            "mean": float(chosen.pixels.mean()),
            "max": float(chosen.pixels.max()),
        },
        "weights": {name: dict(zip(map(str, settings.seeds), values, strict=True)) for name, values in weights.items()},
        "device": "cpu",
        "threads": torch.get_num_threads(),
        "code": code_version(),
        "packages": package_versions(),
        "machine": machine(),
        "sha256": {path.name: sha256_of(path) for path in (layout.image_fit, layout.image_fit_pictures)},
    }
