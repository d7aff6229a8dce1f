"""Train one method on one split of a data set with one seed, from files to files."""

import json
from typing import Any, Protocol

import torch

from freqbench.data.patches import patch_arrays, read_patches
from freqbench.device import choose_device, describe_device
from freqbench.files import read_json, sha256_of, write_json, write_text
from freqbench.provenance import (
    code_version,
    fingerprint,
    machine,
    now,
    package_versions,
)
from freqbench.run import Run
from freqbench.training.assemble import assemble
from freqbench.training.backend_settings import backend_settings
from freqbench.training.code import training_code
from freqbench.training.costs import CostMeter
from freqbench.training.execution import Execution, execution_of
from freqbench.training.loop import Trainer
from freqbench.training.settings import training_settings
from freqbench.training.state import discard_state, load_state, save_state, save_tensors
from freqbench.training.term_weights import uncalibrated_weight


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
        FreqbenchError: if inputs are missing or the training diverges.
        TrainingInterruptedError: after a signal; the state is saved.
    """
    device = choose_device(run.config.training.device)
    execution = execution_of(run.config.training, device)
    with backend_settings(execution):
        _train(run, view, device, execution)


def _train(run: Run, view: TrainingView, device: torch.device, execution: Execution) -> None:
    config = run.config.training
    meter = CostMeter(device)
    trainer = _trainer(run, device, execution)

    identity = training_fingerprint(run)
    state_path = run.layout.training_state(*run.key, identity[:16])
    state, remark = load_state(state_path, device)
    if remark:
        view.say(remark)
    if state is not None:
        trainer.restore(state)
        meter.resume(state["costs"])
        view.say(f"resumed at iteration {trainer.iteration} of {trainer.iterations}")
    resumed_at = trainer.iteration

    view.start(trainer.iteration, trainer.iterations)
    trainer.run(
        checkpoint_every=config.checkpoint_every,
        save=lambda content: save_state(state_path, content | {"costs": meter.saved()}),
        on_record=view.record,
        on_step=view.step,
    )

    output = run.layout.generator(*run.key)
    # in the usual memory format, whatever the training's was
    weights = {name: value.contiguous() for name, value in trainer.generator.state_dict().items()}
    save_tensors({"settings": run.config.generator.model_dump(), "state": weights}, output)
    write_text(run.layout.training_log(*run.key), "".join(_json_line(record) for record in trainer.records))
    manifest = _manifest(run, device) | {
        "execution": execution.described(),
        "fingerprint": identity,
        "iterations": trainer.iterations,
        "resumed_at": resumed_at,
        **_costs(meter, trainer),
        "discriminator_updates": trainer.schedule.updates,
        "outputs": {output.name: sha256_of(output)},
    }
    write_json(run.layout.training_manifest(*run.key), manifest)
    discard_state(state_path)


def training_fingerprint(run: Run) -> str:
    """Return a hash of everything that decides the outcome of a training: a saved state is valid for one only.

    The number of the split is not in it, as it decides nothing: the patches do, and their hashes are. Nor could
    another split's state be taken where the patches are the same: the number is in its path.
    """
    return fingerprint(
        {
            "settings": training_settings(run),
            "seed": run.seed,
            "code": training_code(run.settings),
            "patches": _inputs(run),
            "weight": frequency_weight(run),
        }
    )


def frequency_weight(run: Run) -> float:
    """Return lambda_4: as configured, or as the calibration found it."""
    if not run.settings.is_calibrated:
        return uncalibrated_weight(run.settings, run.data.task)
    return float(read_json(run.layout.calibration(run.dataset, run.method, run.split))["weight"])


def _trainer(run: Run, device: torch.device, execution: Execution) -> Trainer:
    return assemble(
        run.config,
        run.settings,
        read_patches(run.layout, run.dataset, run.split).side("train"),
        task=run.data.task,
        frequency_weight=frequency_weight(run),
        seed=run.seed,
        device=device,
        execution=execution,
    )


def _inputs(run: Run) -> dict[str, str]:
    # the table too: another split of the same patches leaves the arrays as they are
    where = (run.dataset, run.split)
    paths = (run.layout.patch_table(*where), *patch_arrays(run.layout, *where))
    return {path.name: sha256_of(path) for path in paths}


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
        "inputs": _inputs(run),
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
