"""Train one method on one split of a data set with one seed, from files to files."""

import json
from typing import Any, Protocol

import torch

from freqbench.data.patches import PatchSet, read_patches
from freqbench.device import choose_device, claim_device, describe_device
from freqbench.files import remove_leftovers, sha256_of, write_json, write_text
from freqbench.provenance import code_version, machine, now, package_versions
from freqbench.run import Run
from freqbench.training.assemble import assemble
from freqbench.training.backend_settings import backend_settings
from freqbench.training.build import location_weights
from freqbench.training.costs import CostMeter
from freqbench.training.divergence import DivergedError
from freqbench.training.execution import Execution, execution_of
from freqbench.training.held_out import leave_out
from freqbench.training.identity import frequency_weight, input_hashes
from freqbench.training.loop import Trainer
from freqbench.training.memory import training_memory_mib
from freqbench.training.samples import Samples
from freqbench.training.saved import SavedTraining
from freqbench.training.settings import training_settings
from freqbench.training.state import save_tensors
from freqbench.training.tensorboard import tensorboard_log


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


def train(run: Run, view: TrainingView) -> None:
    """Train, or go on from the saved state of the same training, and write weights, log and manifest.

    Args:
        run: a trained method on a data set. Its seed decides the initial weights, the batches and the crops
            alike for all methods, so that methods of one seed differ in their loss alone.
        view: shows the progress.

    Raises:
        FreqbenchError: if inputs are missing, the training diverges or diverged before, or nothing can be written.
        TrainingInterruptedError: after a signal; the state is saved.
    """
    device = _claim(run)
    execution = execution_of(run.config.training, device)
    with backend_settings(execution):
        _train(run, view, device, execution)


def _claim(run: Run) -> torch.device:
    """Return the device, with the memory reserved that the training is likely to take."""
    wanted = run.config.training.device
    if choose_device(wanted).type == "cpu":
        return torch.device("cpu")
    side = run.config.training.crop or int(read_patches(run.layout, run.dataset, run.split).noisy.shape[-1])
    device: torch.device = claim_device(wanted, training_memory_mib(run.config, side))
    return device


def _train(run: Run, view: TrainingView, device: torch.device, execution: Execution) -> None:
    config = run.config.training
    meter = CostMeter(device)
    all_patches = read_patches(run.layout, run.dataset, run.split).side("train")
    patches, held_out = leave_out(all_patches, config.held_out, (run.data.split.seed, run.split))
    saved = SavedTraining.of(run)
    for remark in saved.others():
        view.say(remark)
    samples = _samples(run, patches, held_out, device)
    trainer = _trainer(run, patches, samples, device, execution)
    _resume(trainer, saved, meter, view, device)
    resumed_at = trainer.iteration
    if not resumed_at:
        samples.discard()

    view.start(resumed_at, trainer.iterations)
    folder = run.layout.training_events(*run.key)
    try:
        with tensorboard_log(folder if config.tensorboard else None, resumed_at, view.record) as show:
            trainer.run(
                checkpoint_every=config.checkpoint_every,
                save=lambda content: saved.save(content | {"costs": meter.saved()}),
                on_record=show,
                on_step=view.step,
            )
    except DivergedError as error:
        names = patches.table["patch_id"]
        raise saved.report(
            error, trainer.state(), lambda number: list(names.iloc[trainer.batches.rows(number - 1)])
        ) from error

    output = run.layout.generator(*run.key)
    remove_leftovers(output)
    # in the usual memory format, whatever the training's was
    weights = {name: value.contiguous() for name, value in location_weights(trainer.generator).items()}
    save_tensors({"settings": run.config.network.model_dump(), "state": weights}, output)
    write_text(run.layout.training_log(*run.key), "".join(_json_line(record) for record in trainer.records))
    manifest = _manifest(run, device) | {
        "execution": execution.described(),
        "fingerprint": saved.fingerprint,
        "iterations": trainer.iterations,
        "resumed_at": resumed_at,
        **_costs(meter, trainer),
        "discriminator_updates": trainer.schedule.updates,
        "held_out": sorted(held_out.table["fov"].unique()),
        "outputs": {output.name: sha256_of(output)},
    }
    write_json(run.layout.training_manifest(*run.key), manifest)
    saved.discard()


def _resume(trainer: Trainer, saved: SavedTraining, meter: CostMeter, view: TrainingView, device: torch.device) -> None:
    """Go on from the saved state, where there is one, and say so."""
    state, remark = saved.load(device)
    if remark:
        view.say(remark)
    if state is not None:
        trainer.restore(state)
        meter.resume(state["costs"])
        view.say(f"resumed at iteration {trainer.iteration} of {trainer.iterations}")


def _samples(run: Run, patches: PatchSet, held_out: PatchSet, device: torch.device) -> Samples:
    config = run.config.training
    sides = {"train": patches} | ({"held_out": held_out} if config.held_out else {})
    folder = run.layout.training_samples(*run.key)
    return Samples(sides, every=config.sample_every, crop=config.crop, folder=folder, device=device)


def _trainer(run: Run, patches: PatchSet, samples: Samples, device: torch.device, execution: Execution) -> Trainer:
    return assemble(
        run.config,
        run.settings,
        patches,
        task=run.data.task,
        frequency_weight=frequency_weight(run),
        seed=run.seed,
        device=device,
        execution=execution,
        samples=samples,
    )


def _manifest(run: Run, device: torch.device) -> dict[str, Any]:
    return {
        "step": "train",
        **run.identity,
        "settings": training_settings(run),
        "frequency_weight": frequency_weight(run),
        "code": code_version(),
        "packages": package_versions(),
        "machine": machine(),
        "device": describe_device(device),
        "inputs": input_hashes(run),
        "finished": now(),
    }


def _costs(meter: CostMeter, trainer: Trainer) -> dict[str, Any]:
    total = meter.total()
    networks = {"generator": trainer.generator, "discriminator": trainer.discriminator}
    return {
        "parts": total.parts,
        "wall_seconds": round(total.seconds, 1),
        "seconds_per_iteration": round(total.seconds / trainer.iterations, 4),
        "energy_joules": _rounded(total.energy_joules),
        "peak_memory_mib": total.peak_memory_mib,
        "peak_gpu_allocated_mib": _rounded(total.peak_gpu_allocated_mib),
        "peak_gpu_reserved_mib": _rounded(total.peak_gpu_reserved_mib),
        "parameters": {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()},
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _json_line(record: dict[str, float]) -> str:
    # significant digits, not decimals: a focal frequency loss of 1e-6 is a number like any other
    rounded = {name: value if name == "iteration" else float(f"{value:.8g}") for name, value in record.items()}
    return json.dumps(rounded) + "\n"
