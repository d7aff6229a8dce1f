"""Which settings a training depends on: the workflow trains again when one changes, and only then."""

from typing import Any

from freqbench.run import Run


def training_settings(run: Run) -> dict[str, Any]:
    """Return the part of the configuration that decides the outcome of a training."""
    config = run.config
    return {
        "task": run.data.task,
        "method": run.settings.model_dump(),
        "generator": config.network.model_dump(),
        "discriminator": config.discriminator.model_dump(),
        "training": config.training.model_dump(exclude={"device", "checkpoint_every", "recompute", "tensorboard"}),
        # otherwise the seed has its effect through the patches
        "held_out_seed": run.data.split.seed if config.training.held_out else None,
        "feature_networks": config.feature_networks,
        # of the samples in the log
        "intensity_fit": config.evaluation.intensity_fit,
    }
