"""One training put together: networks, optimisers, objective and batches on a device."""

import torch

from freqbench.config import Config, Method
from freqbench.data.patches import PatchSet
from freqbench.training.build import (
    build_batches,
    build_discriminator,
    build_generator,
    build_objective,
    build_optimisers,
    iterations_of,
)
from freqbench.training.execution import Execution
from freqbench.training.loop import Trainer
from freqbench.training.samples import Samples
from freqbench.training.schedule import DiscriminatorSchedule
from freqbench.training.term_weights import Task
from freqbench.training.validation import Validation


def assemble(
    config: Config,
    method: Method,
    patches: PatchSet,
    *,
    task: Task,
    frequency_weight: float,
    seed: int,
    device: torch.device,
    execution: Execution,
    samples: Samples | None = None,
    validation: Validation | None = None,
) -> Trainer:
    """Return a training before its first iteration.

    Args:
        config: the study.
        method: whose frequency loss it has.
        patches: those that train.
        task: of the data set.
        frequency_weight: lambda_4.
        seed: of the initial weights and the batches, alike for all methods.
        device: where it computes.
        execution: how it computes there.
        samples: what it shows now and then; None: nothing.
        validation: what held-out patches decide; None: nothing.

    Raises:
        FreqbenchError: if a part cannot be built, see `freqbench.training.build`.
    """
    objective = build_objective(config, method, task, frequency_weight).to(device)
    torch.manual_seed(seed)
    # both before either is compiled, which might draw numbers
    generator, discriminator = build_generator(config, method), build_discriminator(config)
    generator, discriminator = execution.place_generator(generator), execution.place(discriminator)
    return Trainer(
        generator,
        discriminator,
        *build_optimisers(config, generator, discriminator),
        execution=execution,
        objective=objective,
        schedule=DiscriminatorSchedule(config.discriminator.warmup_iterations, config.discriminator.skip_below),
        batches=build_batches(config, patches, seed, device),
        iterations=iterations_of(config, len(patches.table)),
        log_every=config.training.log_every,
        samples=samples,
        validation=validation,
        learning_rate_schedule=config.training.learning_rate_schedule,
        learning_rate_left=config.training.learning_rate_left,
    )
