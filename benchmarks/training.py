"""Time and memory of a training step, beside the same step written plainly, and beside what the device could do.

The step has the full loss: L1, VGG conv2_2, relativistic GAN and LFFL. Each variant starts from the same weights and
sees the same batches. `plain float32` is BasicSR's network and the usual eager step in IEEE float32, `plain tf32` the
same with TensorFloat-32 convolutions, as torch has them by itself on a recent GPU. The variants of freqbench are
`float32`, `tf32`, `bfloat16`, each with `+compile` or `+graphs` (compiled, as CUDA graphs) if asked for. One round runs
every variant for some steps, in an order of its own; a ratio is the median over the rounds of the plain time over the
variant's in the same round.
VGG is untrained, which takes the same time. The floor is explained in benchmarks/training.md.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from memory import peak_memory
from metrics import make_patches
from timing import interleaved_times, stopwatch
from training_floor import Work, count_work, peaks_of
from training_peer import PlainRRDBNet, PlainTraining
from training_report import MIB, Measurement, Result, markdown, record

from freqbench.config import Config, parse_config
from freqbench.data.patches import PatchSet
from freqbench.device import choose_device, describe_device
from freqbench.errors import FreqbenchError
from freqbench.files import write_json, write_text
from freqbench.training.assemble import assemble
from freqbench.training.backend_settings import backend_settings
from freqbench.training.build import build_batches, build_discriminator, build_generator, build_objective
from freqbench.training.execution import Execution, execution_of

VARIANTS = ("float32", "tf32", "bfloat16")
COMPILED = {"": False, "compile": True, "graphs": "cuda_graphs"}
CHECKED_STEPS = 3
SEED = 0
LEARNING_RATES = (1e-4, 1e-5)
SKIP_BELOW = 0.1
FREQUENCY_WEIGHT = 2.0


@dataclass
class Candidate:
    """A training that is timed: one step, the losses of the last step, and the switches under which it runs."""

    step: Callable[[], object]
    losses: Callable[[], dict[str, float]]
    execution: Execution
    precision: str

    def run(self, steps: int) -> Callable[[], None]:
        def several() -> None:
            with backend_settings(self.execution):
                for _ in range(steps):
                    self.step()

        return several


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        device = choose_device(options.device)
        result = measure(options, device)
    except FreqbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    page = markdown(result)
    print(page)
    if options.json:
        write_json(options.json, record(result))
    if options.markdown:
        write_text(options.markdown, page)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default, text in (
        ("blocks", 16, "RRDBs of the generator"),
        ("features", 64, "channels between the blocks; half as many are added by each convolution"),
        ("size", 256, "width and height in pixels"),
        ("batch", 4, "patches in a batch"),
        ("rounds", 9, "timed rounds"),
        ("steps", 3, "steps of each variant in a round"),
    ):
        parser.add_argument(f"--{name}", type=_positive, default=default, help=f"{text} (default: %(default)s)")
    parser.add_argument(
        "--precision",
        nargs="+",
        metavar="NAME",
        help="float32, tf32, bfloat16, each also with +compile or +graphs "
        "(default: float32 on the CPU, all three on a GPU)",
    )
    parser.add_argument("--channels-last", choices=("auto", "yes", "no"), default="auto", help="default: auto")
    parser.add_argument("--nondeterministic", action="store_true", help="allow cuDNN's fastest algorithms")
    parser.add_argument("--note", default="", help="a sentence on the machine, kept in the result")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a CUDA device if any")
    parser.add_argument("--threads", type=_positive, help="threads on the CPU (default: torch's choice)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time and the machine to this file")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the result to this file")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number >= 1, not {text!r}")
    return int(text)


def measure(options: argparse.Namespace, device: torch.device) -> Result:
    """Time all variants and the plain step.

    Raises:
        FreqbenchError: for an unknown variant, or one that the device cannot run.
    """
    names = options.precision or (VARIANTS if device.type == "cuda" else VARIANTS[:1])
    candidates = {name: _own(name, options, device) for name in names}
    for precision in ("float32", "tf32") if device.type == "cuda" else ("float32",):
        candidates[f"plain {precision}"] = _plain(precision, options, device)
    difference = _difference(candidates)
    memory = {name: peak_memory(candidate.run(1), device) for name, candidate in candidates.items()}
    steps = {name: candidate.run(options.steps) for name, candidate in candidates.items()}
    times = interleaved_times(steps, stopwatch(device), rounds=options.rounds, warm_up=1)
    work, described = _work(options), describe_device(device)
    peaks = peaks_of(device, described, [candidate.precision for candidate in candidates.values()])
    measurements = {
        name: Measurement(
            times=[passed / options.steps for passed in times[name]],
            memory_mib=memory[name] / MIB,
            precision=candidate.precision,
            execution=candidate.execution.described(),
            floor_ms=work.floor_ms(candidate.precision, peaks),
        )
        for name, candidate in candidates.items()
    }
    return Result(
        device=described,
        network=f"RRDB, {options.blocks} blocks of {options.features} features",
        batch=options.batch,
        size=options.size,
        is_full_size=(options.blocks, options.features, options.batch, options.size) == (16, 64, 4, 256),
        steps=options.steps,
        difference=difference,
        work=work,
        peaks=peaks,
        measurements=measurements,
        note=options.note,
    )


def _config(options: argparse.Namespace, **training: Any) -> Config:
    return parse_config(
        {
            "name": "training",
            "tier": "smoke",
            "feature_networks": "untrained",
            "datasets": {"made_up": {"source": {"kind": "phantom"}, "patches": {"size": options.size}}},
            "methods": [
                {"name": "spatial"},
                {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": FREQUENCY_WEIGHT, "domain": "image"},
            ],
            "generator": {"blocks": options.blocks, "features": options.features, "growth": _growth(options)},
            "discriminator": {"skip_below": SKIP_BELOW},
            "training": {
                "iterations": 1_000_000,
                "batch_size": options.batch,
                "learning_rate_generator": LEARNING_RATES[0],
                "learning_rate_discriminator": LEARNING_RATES[1],
                **training,
            },
        },
        "benchmark",
    )


def _growth(options: argparse.Namespace) -> int:
    return max(1, options.features // 2)


def _own(name: str, options: argparse.Namespace, device: torch.device) -> Candidate:
    precision, _, compiled = name.partition("+")
    if precision not in VARIANTS or compiled not in COMPILED:
        known = ", ".join(VARIANTS)
        raise FreqbenchError(f"--precision: there is no `{name}`; choose of {known}, each with +compile or +graphs")
    config = _config(
        options,
        precision="bfloat16" if precision == "bfloat16" else "float32",
        tf32=precision == "tf32",
        channels_last={"auto": "auto", "yes": True, "no": False}[options.channels_last],
        compile=COMPILED[compiled],
        deterministic=not options.nondeterministic,
    )
    execution = execution_of(config.training, device)
    if precision == "tf32" and not execution.tf32:
        raise FreqbenchError(f"--precision: {describe_device(device)} has no TensorFloat-32; leave out `tf32`")
    trainer = assemble(
        config,
        config.method("lffl_a1"),
        _patches(options),
        task="denoise",
        frequency_weight=FREQUENCY_WEIGHT,
        seed=SEED,
        device=device,
        execution=execution,
    )
    last: dict[str, torch.Tensor] = {}

    def step() -> None:
        trainer._sums, trainer._counts = {}, {}  # so that the sums are the last step's losses
        trainer._step()
        trainer.iteration += 1
        last.update(trainer._sums)

    return Candidate(step, lambda: {key: float(value) for key, value in last.items()}, execution, precision)


def _plain(precision: str, options: argparse.Namespace, device: torch.device) -> Candidate:
    config = _config(options)
    torch.manual_seed(SEED)
    reference, discriminator = build_generator(config), build_discriminator(config).to(device)
    generator = PlainRRDBNet(options.features, _growth(options), options.blocks)
    generator.take_weights(reference)
    objective = build_objective(config, config.method("lffl_a1"), "denoise", FREQUENCY_WEIGHT).to(device)
    batches = build_batches(config, _patches(options), SEED, device)
    training = PlainTraining(generator.to(device), discriminator, objective, batches, LEARNING_RATES, SKIP_BELOW)
    last: dict[str, float] = {}

    def step() -> None:
        last.update(training.step())

    execution = Execution(device.type, "float32", tf32=precision == "tf32", deterministic=False)
    return Candidate(step, lambda: last, execution, precision)


def _patches(options: argparse.Namespace) -> PatchSet:
    noisy, clean = ((255 * images[:, 0]).round().byte().numpy() for images in make_patches(8, options.size))
    return PatchSet(pd.DataFrame({"patch_id": range(len(noisy))}), noisy, clean)


def _difference(candidates: dict[str, Candidate]) -> dict[str, float]:
    """Return the largest relative difference of each variant's losses from the plain ones, over the first steps."""
    largest = dict.fromkeys(candidates, 0.0)
    for _ in range(CHECKED_STEPS):
        for candidate in candidates.values():
            candidate.run(1)()
        plain = candidates["plain float32"].losses()
        for name, candidate in candidates.items():
            losses = candidate.losses()
            assert losses.keys() == plain.keys()
            differences = [abs(losses[key] - value) / abs(value) for key, value in plain.items()]
            largest[name] = max(largest[name], *differences)
    return largest


def _work(options: argparse.Namespace) -> Work:
    config = _config(options)
    features = build_objective(config, config.method("lffl_a1"), "denoise", FREQUENCY_WEIGHT).features
    assert features is not None
    networks = build_generator(config), build_discriminator(config)
    return count_work(*networks, features.features, options.batch, options.size)


if __name__ == "__main__":
    sys.exit(main())
