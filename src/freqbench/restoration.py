"""Restore the test patches with a trained generator."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.restored_files import write_restored
from freqbench.run import Run

Images = npt.NDArray[np.float32]


def restore(run: Run, advance: Callable[[int, int], None] | None = None) -> None:
    """Restore the test patches of a run and write them.

    Written are float32 arrays (N, H, W), clamped to [0, 1] and not rounded, in the order of the test
    rows of the patch table; with `evaluation.intensity_fit: affine` each is first fitted to its clean patch.

    A data set that is `trained_on` another is restored with that one's generators.

    Args:
        run: a trained method on a data set.
        advance: called with the number of patches restored and the number of all.

    Raises:
        FreqbenchError: if the method is a control, patches or weights are missing, or the output is not finite.
    """
    if run.is_control:
        raise FreqbenchError(f"method {run.method}: is a control, which no network restores; use `freqbench control`")
    test = read_patches(run.layout, run.dataset, run.split).side("test")
    restored = apply_generator(run, to_unit_range(test.noisy), advance)
    fit = run.config.evaluation.intensity_fit
    write_restored(run.layout.restored(*run.key), restored, to_unit_range(test.clean), fit, f"train {run.method} again")


def apply_generator(
    run: Run, noisy: Images, advance: Callable[[int, int], None] | None = None, *, weights: Path | None = None
) -> Images:
    """Return the output of a run's trained generator for images (N, H, W) in [0, 1].

    Always in IEEE float32, whatever `training.precision` and `tf32` say: these settings buy speed in training, and
    torch's own default would round convolutions to TensorFloat-32 on some devices. Scores must not depend on the
    device that measures them, nor differ from what the exported generator gives elsewhere.

    Args:
        run: a trained method on a data set.
        noisy: the images.
        advance: called with the number of images restored and the number of all.
        weights: file of another generator of the same training; None: the trained one.

    Raises:
        FreqbenchError: if the weights are missing, damaged, or of another network than configured.
    """
    import torch

    from freqbench.device import claim_device
    from freqbench.metrics.precision import full_precision
    from freqbench.training.build import build_generator
    from freqbench.training.state import load_tensors

    config, weights = run.config, weights or run.layout.generator(*run.trained.key)
    device = claim_device(config.training.device)
    content = load_tensors(weights, device)
    if not isinstance(content, dict) or content.get("settings") != config.network.model_dump():
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
