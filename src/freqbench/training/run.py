"""Train one method on one data set with one seed, from files to files."""

import time
from typing import Any, Protocol

import torch

from freqbench.config import Config
from freqbench.data.patches import PatchSet, read_patches
from freqbench.device import choose_device, describe_device
from freqbench.files import read_json, sha256_of, write_json, write_text
from freqbench.layout import Layout
from freqbench.provenance import (
    code_version,
    fingerprint,
    machine,
    now,
    package_versions,
    peak_memory_mib,
    source_hash,
)
from freqbench.training.build import (
    build_batches,
    build_discriminator,
    build_generator,
    build_objective,
    build_optimisers,
    iterations_of,
)
from freqbench.training.loop import Trainer
from freqbench.training.schedule import DiscriminatorSchedule
from freqbench.training.state import discard_state, load_state, save_state, save_tensors


class TrainingView(Protocol):
    """What watches a training: a progress bar, or plain lines."""

    def start(self, done: int, total: int) -> None:
        """Begin at an iteration."""

    def step(self) -> None:
        """Note one more iteration."""

    def record(self, record: dict[str, float]) -> None:
        """Show a record of the log."""

    def say(self, text: str) -> None:
        """Show a remark."""


def train_patches(layout: Layout, dataset: str) -> PatchSet:
    """Return the patches of a data set that train."""
    paths = (layout.patch_table(dataset), layout.noisy_patches(dataset), layout.clean_patches(dataset))
    return read_patches(*paths).side("train")


def training_fingerprint(config: Config, layout: Layout, dataset: str, method: str, seed: int) -> str:
    """Return a hash of everything that decides the outcome of a training: a state is valid for one only."""
    return fingerprint(
        {
            "settings": training_settings(config, dataset, method),
            "seed": seed,
            "code": source_hash("freqbench.training.run"),
            "patches": [sha256_of(path) for path in (layout.noisy_patches(dataset), layout.clean_patches(dataset))],
            "weight": frequency_weight(config, layout, dataset, method),
        }
    )


def training_settings(config: Config, dataset: str, method: str) -> dict[str, Any]:
    """Return the part of the configuration that decides the outcome of a training."""
    return {
        "task": config.datasets[dataset].task,
        "method": config.method(method).model_dump(),
        "generator": config.generator.model_dump(),
        "discriminator": config.discriminator.model_dump(),
        "training": config.training.model_dump(exclude={"device", "log_every", "checkpoint_every"}),
        "feature_networks": config.feature_networks,
    }


def frequency_weight(config: Config, layout: Layout, dataset: str, method: str) -> float:
    """Return lambda_4 as the calibration found it, 0 for a spatial method."""
    if config.method(method).loss is None:
        return 0.0
    return float(read_json(layout.calibration(dataset, method))["weight"])


def train(config: Config, dataset: str, method: str, seed: int, view: TrainingView) -> None:
    """Train, or go on from the saved state of the same training, and write weights, log and manifest.

    Args:
        config: the study.
        dataset: name of the data set.
        method: name of a trained method.
        seed: seed of the initial weights, of the batches and of the crops: the same for all methods, so
            that methods of one seed differ in their loss alone.
        view: shows the progress.

    Raises:
        FreqbenchError: if inputs are missing or the training diverges.
        TrainingInterrupted: after a signal; the state is saved.
    """
    began, layout = time.perf_counter(), Layout.of(config)
    device = choose_device(config.training.device)
    torch.use_deterministic_algorithms(config.training.deterministic)
    trainer = _trainer(config, layout, dataset, method, seed, device)

    identity = training_fingerprint(config, layout, dataset, method, seed)
    state_path = layout.training_state(dataset, method, seed, identity[:16])
    state, remark = load_state(state_path, device)
    if remark:
        view.say(remark)
    if state is not None:
        trainer.restore(state)
        view.say(f"resumed at iteration {trainer.iteration} of {trainer.iterations}")
    resumed_at = trainer.iteration

    view.start(trainer.iteration, trainer.iterations)
    trainer.run(
        checkpoint_every=config.training.checkpoint_every,
        save=lambda content: save_state(state_path, content),
        on_record=view.record,
        on_step=view.step,
    )

    output = layout.generator(dataset, method, seed)
    content = {"settings": config.generator.model_dump(), "state": trainer.generator.state_dict()}
    save_tensors(content, output)
    log = "".join(_json_line(record) for record in trainer.records)
    write_text(layout.training_log(dataset, method, seed), log)
    seconds = time.perf_counter() - began
    manifest = _manifest(config, layout, dataset, method, seed, device) | {
        "fingerprint": identity,
        "iterations": trainer.iterations,
        "resumed_at": resumed_at,
        "wall_seconds": round(seconds, 1),
        "seconds_per_iteration": round(seconds / max(1, trainer.iterations - resumed_at), 4),
        "discriminator_updates": trainer.schedule.updates,
        "peak_memory_mib": peak_memory_mib(),
        "outputs": {output.name: sha256_of(output)},
    }
    write_json(layout.training_manifest(dataset, method, seed), manifest)
    discard_state(state_path)


def _trainer(
    config: Config, layout: Layout, dataset: str, method: str, seed: int, device: torch.device
) -> Trainer:
    patches = train_patches(layout, dataset)
    objective = build_objective(
        config,
        config.method(method),
        config.datasets[dataset].task,
        frequency_weight(config, layout, dataset, method),
    ).to(device)
    torch.manual_seed(seed)
    generator = build_generator(config).to(device)
    discriminator = build_discriminator(config).to(device)
    optimisers = build_optimisers(config, generator, discriminator)
    return Trainer(
        generator,
        discriminator,
        *optimisers,
        objective=objective,
        schedule=DiscriminatorSchedule(config.discriminator.warmup_iterations, config.discriminator.skip_below),
        batches=build_batches(config, patches, seed, device),
        iterations=iterations_of(config, len(patches.table)),
        log_every=config.training.log_every,
    )


def _manifest(
    config: Config, layout: Layout, dataset: str, method: str, seed: int, device: torch.device
) -> dict[str, Any]:
    return {
        "step": "train",
        "dataset": dataset,
        "method": method,
        "seed": seed,
        "settings": training_settings(config, dataset, method),
        "frequency_weight": frequency_weight(config, layout, dataset, method),
        "code": code_version(),
        "packages": package_versions(),
        "machine": machine(),
        "device": describe_device(device),
        "deterministic": config.training.deterministic,
        "inputs": {path.name: sha256_of(path) for path in (layout.noisy_patches(dataset), layout.clean_patches(dataset))},
        "finished": now(),
    }


def _json_line(record: dict[str, float]) -> str:
    import json

    return json.dumps({name: value if name == "iteration" else round(value, 8) for name, value in record.items()}) + "\n"
