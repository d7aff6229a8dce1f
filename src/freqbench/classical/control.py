"""Make a control: the test patches as they are, denoised without training, averaged, or clean."""

from collections.abc import Callable
from typing import Any

import numpy as np

from freqbench.classical.average import CAPTURES, average_of_captures
from freqbench.classical.denoisers import DENOISERS, Denoiser
from freqbench.classical.domain import Domain, Plain, Stabilised
from freqbench.classical.noise_line import transformation_of
from freqbench.classical.tuning import Images, Parameters, evenly_spread, tune
from freqbench.data.image_files import Pixels, full_scale, to_unit_range
from freqbench.data.noise_model.measure import averaging_of
from freqbench.data.noise_model.points import Averaging
from freqbench.data.patches import PatchSet, read_patches
from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.restored_files import IntensityFit, as_measured, write_restored
from freqbench.run import Run

TRANSFORMED = "gat_"
"""Begins the name of a control whose denoiser works on transformed readings."""

NO_COUNTS = "simulated noise does not grow with the signal, so there is nothing to stabilise"
"""Why simulated captures cannot be transformed."""

Advance = Callable[[int, int], None]


def make_control(run: Run, advance: Advance | None = None) -> None:
    """Write the test patches of a control, and how they were made.

    On a data set that is `trained_on` another it is tuned there: no control sees a test patch.

    Args:
        run: a control on a split of a data set.
        advance: called with the number of steps done and the number of all.

    Raises:
        FreqbenchError: if the method is trained, patches are missing, or the data do not have what the control needs.
    """
    if not run.is_control:
        raise FreqbenchError(f"method {run.method}: is trained; train it and restore with its generator")
    patches = read_patches(run.layout, run.dataset, run.split)
    trained = run.trained
    tuned_on = patches if trained == run else read_patches(run.layout, trained.dataset, run.split)
    averaging = averaging_of(trained.data.source.kind, trained.data.level)
    where = f"control {run.method} on {run.dataset}"
    clean, fit = to_unit_range(patches.side("test").clean), run.config.evaluation.intensity_fit
    try:
        images, record = control_of(run.method, patches, averaging, where, advance, tuned_on=tuned_on, fit=fit)
    except FreqbenchError as error:
        raise FreqbenchError(f"{error}; leave it out with `datasets.{run.dataset}.controls`") from error
    blame = f"the control {run.method} of {run.dataset} failed"
    write_restored(run.layout.restored(*run.key), images, clean, fit, blame)
    write_json(run.layout.control_record(*run.key), run.identity | record)


def control_of(
    control: str,
    patches: PatchSet,
    averaging: Averaging,
    where: str,
    advance: Advance | None = None,
    *,
    tuned_on: PatchSet | None = None,
    fit: IntensityFit = "none",
) -> tuple[Images, dict[str, Any]]:
    """Return the test patches as a control gives them, and how it made them.

    Args:
        control: its name.
        patches: of both sides; parameters are chosen on the train side alone.
        averaging: what the clean and degraded images are averages of on which it is tuned.
        where: begins the message of an error.
        advance: called with the number of steps done and the number of all.
        tuned_on: patches of another data set, whose train side takes the place of this one's.
        fit: `evaluation.intensity_fit`: parameters are chosen by what is measured.

    Returns:
        Images (N, H, W), neither fitted nor clamped, and a record of plain numbers and text, empty where nothing is
        tuned.

    Raises:
        FreqbenchError: if the data do not have what the control needs.
    """
    test = patches.side("test")
    if control == "clean":
        return to_unit_range(test.clean), {}
    if control == "input":
        return to_unit_range(test.noisy), {}
    if control == f"average{CAPTURES}":
        return average_of_captures(test, where), {"captures": CAPTURES}
    train = (tuned_on or patches).side("train")
    if train.noisy.dtype != test.noisy.dtype:
        raise FreqbenchError(f"{where}: it would be tuned on {train.noisy.dtype} for images of {test.noisy.dtype}")
    if control.startswith(TRANSFORMED) and train.noisy.dtype.kind == "f":
        raise FreqbenchError(f"{where}: {NO_COUNTS}")
    denoiser = DENOISERS[control.removeprefix(TRANSFORMED)]
    rows = evenly_spread(len(train.table), denoiser.patches)
    noisy, clean = train.noisy[rows], train.clean[rows]
    domain: Domain
    if control.startswith(TRANSFORMED):
        transformation = transformation_of(train, averaging, where)
        domain = Stabilised(transformation, int(full_scale(train.noisy)))
        line = {"gain": transformation.gain, "intercept": transformation.intercept}
    else:
        domain, line = Plain.of(noisy, clean), None
    grid = denoiser.grid(domain.noise)
    steps = len(grid) * len(noisy) + len(test.noisy)
    done = _Counter(advance, steps)
    target = to_unit_range(clean)
    found = tune(
        lambda chosen: as_measured(_denoised(denoiser, domain, noisy, chosen, done), target, fit), grid, target
    )
    record = {
        "parameters": found.parameters,
        "at_end_of_grid": list(found.at_end),
        "noise": domain.noise,
        "noise_line": line,
        "settings": denoiser.settings,
        "train_patches": [str(name) for name in train.table["patch_id"].iloc[rows]],
        "curve": [{**parameters, "psnr": psnr} for parameters, psnr in found.curve],
    }
    return _denoised(denoiser, domain, test.noisy, found.parameters, done), record


class _Counter:
    """Counts images over several calls."""

    def __init__(self, advance: Advance | None, total: int) -> None:
        self.advance, self.total, self.done = advance, total, 0

    def __call__(self) -> None:
        self.done += 1
        if self.advance is not None:
            self.advance(self.done, self.total)


def _denoised(
    denoiser: Denoiser, domain: Domain, readings: Pixels, parameters: Parameters, done: Callable[[], None]
) -> Images:
    """Return readings (N, H, W) denoised one by one, not clamped."""
    images = np.empty(readings.shape, dtype=np.float32)
    for number, image in enumerate(readings):
        images[number] = domain.backward(denoiser.apply(domain.forward(image), domain.noise, **parameters))
        done()
    return images
