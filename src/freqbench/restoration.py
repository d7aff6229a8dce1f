"""Restore the test patches with a trained generator or a control."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, read_patches
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.run import Run

Images = npt.NDArray[np.float32]

GAUSSIAN_SIGMAS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Widths in pixels from which the Gaussian control takes the best on the train patches."""


def restore(run: Run, advance: Callable[[int, int], None] | None = None) -> None:
    """Restore the test patches of a run and write them.

    Written are float32 arrays (N, H, W), clamped to [0, 1] and not rounded, in the order of the test
    rows of the patch table.

    A data set that is `trained_on` another is restored with that one's generators. Its controls, too, are tuned there:
    none of them sees a test patch.

    Args:
        run: a control or a trained method on a data set.
        advance: called with the number of patches restored and the number of all.

    Raises:
        FreqbenchError: if patches or weights are missing, or the output is not finite.
    """
    patches = read_patches(run.layout, run.dataset, run.split)
    if run.is_control:
        trained = run.trained
        tuned_on = patches if trained == run else read_patches(run.layout, trained.dataset, run.split)
        restored = apply_control(run.method, patches, tuned_on)
    else:
        restored = apply_generator(run, to_unit_range(patches.side("test").noisy), advance)
    output = run.layout.restored(*run.key)
    if not np.isfinite(restored).all():
        raise FreqbenchError(f"{output}: restored images are not finite; train {run.method} again")
    with atomic_path(output) as temporary, temporary.open("wb") as handle:
        np.save(handle, np.clip(restored, 0.0, 1.0).astype(np.float32))


def apply_control(method: str, patches: PatchSet, tuned_on: PatchSet | None = None) -> Images:
    """Return the test patches as a control gives them.

    ``input`` returns the degraded patches, the floor of every metric; ``clean`` the clean ones, the ceiling;
    ``gaussian`` filters with the width that has the best mean PSNR on the train patches of ``tuned_on``, by default
    the same patches.
    """
    test = patches.side("test")
    if method == "clean":
        return to_unit_range(test.clean)
    noisy = to_unit_range(test.noisy)
    if method == "input":
        return noisy
    return gaussian_filter(noisy, best_sigma((tuned_on or patches).side("train")))


def best_sigma(train: PatchSet) -> float:
    """Return the Gaussian width in pixels with the best mean PSNR on patches (at most 64, evenly spread)."""
    rows = np.unique(np.linspace(0, len(train.table) - 1, 64).round().astype(int))
    noisy, clean = to_unit_range(train.noisy[rows]), to_unit_range(train.clean[rows])

    def mean_psnr(sigma: float) -> float:
        error = np.mean((gaussian_filter(noisy, sigma) - clean) ** 2, axis=(1, 2))
        return float(np.mean(-10.0 * np.log10(np.maximum(error, 1e-12))))

    return max(GAUSSIAN_SIGMAS, key=mean_psnr)


def gaussian_filter(images: Images, sigma: float) -> Images:
    """Filter images (N, H, W) with a Gaussian of width ``sigma`` in pixels, mirrored at the border."""
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(images, (0, sigma, sigma), mode="reflect", truncate=4.0))


def apply_generator(run: Run, noisy: Images, advance: Callable[[int, int], None] | None = None) -> Images:
    """Return the output of a run's trained generator for images (N, H, W) in [0, 1].

    Always in IEEE float32, whatever `training.precision` and `tf32` say: these settings buy speed in training, and
    torch's own default would round convolutions to TensorFloat-32 on some devices. Scores must not depend on the
    device that measures them, nor differ from what the exported generator gives elsewhere.

    Raises:
        FreqbenchError: if the weights are missing, damaged, or of another network than configured.
    """
    import torch

    from freqbench.device import claim_device
    from freqbench.metrics.precision import full_precision
    from freqbench.training.build import build_generator
    from freqbench.training.state import load_tensors

    config, weights = run.config, run.layout.generator(*run.trained.key)
    device = claim_device(config.training.device)
    content = load_tensors(weights, device)
    if not isinstance(content, dict) or content.get("settings") != config.generator.model_dump():
        raise FreqbenchError(f"{weights}: holds another generator than `generator:` describes; train again")
    generator = build_generator(config).to(device).eval()
    try:
        generator.load_state_dict(content["state"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise FreqbenchError(f"{weights}: damaged, its tensors are not those of the generator; train again") from error
    batch = config.evaluation.batch_size
    outputs = []
    with torch.inference_mode(), full_precision(device):
        for first in range(0, len(noisy), batch):
            images = torch.from_numpy(noisy[first : first + batch]).unsqueeze(1).to(device)
            outputs.append(generator(images).squeeze(1).float().cpu().numpy())
            if advance is not None:
                advance(min(first + batch, len(noisy)), len(noisy))
    return np.concatenate(outputs)
