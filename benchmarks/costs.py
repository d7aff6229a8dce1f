"""What studies of several sizes cost: hours and storage, `python benchmarks/costs.py --to reports/benchmarks/costs`.

Hours on a GPU are the least that its published peaks allow (`training_floor`), for no GPU has measured the step. Hours
on a CPU are measured (`reports/benchmarks/training.json`, `evaluation.json`) and scaled by the arithmetic of a step
and by the number of patches. Storage is counted from what the steps write.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from training_floor import PUBLISHED, Work, count_work

from freqbench.config import load_config
from freqbench.files import write_json, write_text
from freqbench.provenance import code_version, now
from freqbench.training.build import build_discriminator, build_generator, build_objective

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "reports" / "benchmarks"
STEPS, PATCH, PATCHES, METRICS = 20_000, 256, 600, 8
"""Iterations of a training of the paper, side of a patch, test patches of a split, and metrics of each."""
STUDIES = {
    "one data set, one split, one seed": (6, 1, 1, 1, 1),
    "with 5 seeds": (6, 5, 1, 1, 1),
    "with 5 seeds and 5 splits": (6, 5, 5, 1, 1),
    "the same on 4 data sets": (6, 5, 5, 4, 1),
    "the same with 3 generators": (6, 5, 5, 4, 3),
}
"""Methods, seeds, splits, data sets and generators."""
GPU, PRECISIONS = "H200", ("float32", "tf32", "bfloat16")
VALUE, ROW = 4, 80
"""Bytes of a value of weights and of restored patches, and of a row of tidy metrics, about."""
GB = 1e9


@dataclass(frozen=True)
class Unit:
    """What one training, its restoring and its evaluation cost.

    Attributes:
        gpu_hours: least hours on the GPU by precision.
        cpu_hours: hours on one core, scaled from a smaller step.
        evaluation_hours: hours on two cores for the test patches of a split.
        weights_gb: the generator that is kept.
        state_gb: the state of an unfinished training.
        restored_gb: restored test patches.
        metrics_gb: tidy metrics.
    """

    gpu_hours: dict[str, float]
    cpu_hours: float
    evaluation_hours: float
    weights_gb: float
    state_gb: float
    restored_gb: float
    metrics_gb: float

    @property
    def kept_gb(self) -> float:
        """What stays of a training."""
        return self.weights_gb + self.restored_gb + self.metrics_gb


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=REPORTS / "costs", help="path of the report, without suffix")
    to = parser.parse_args().to
    unit = measure_unit()
    text = page(unit)
    write_text(to.with_suffix(".md"), text)
    write_json(to.with_suffix(".json"), {"finished": now(), "code": code_version(), "unit": asdict(unit)})
    print(text)
    return 0


def measure_unit() -> Unit:
    """Return the costs of one training of the paper's size, from its arithmetic and from the reports."""
    config = load_config(ROOT / "config" / "paper.yaml").model_copy(update={"feature_networks": "untrained"})
    generator, discriminator = build_generator(config), build_discriminator(config)
    features = build_objective(config, config.method("lffl_a1"), "denoise", 1.0).features
    assert features is not None
    work = count_work(generator, discriminator, features.features, config.training.batch_size, PATCH)
    floors = {name: max(work.floor_ms(name, PUBLISHED[GPU])) * STEPS / 3.6e6 for name in PRECISIONS}
    evaluation = json.loads((REPORTS / "evaluation.json").read_text(encoding="utf-8"))["result"]
    weights = sum(parameter.numel() for parameter in generator.parameters())
    return Unit(
        gpu_hours=floors,
        cpu_hours=cpu_hours(work),
        evaluation_hours=evaluation["seconds"] * PATCHES / evaluation["patches"] / 3600,
        weights_gb=VALUE * weights / GB,
        # AdamW keeps two moments of each weight
        state_gb=3 * VALUE * work.parameters / GB,
        restored_gb=VALUE * PATCHES * PATCH**2 / GB,
        metrics_gb=ROW * PATCHES * METRICS / GB,
    )


def cpu_hours(work: Work) -> float:
    """Return the hours of a training on one core: the measured step, scaled by its arithmetic."""
    result = json.loads((REPORTS / "training.json").read_text(encoding="utf-8"))["result"]
    seconds = median(result["measurements"]["float32"]["times"]) / 1e3
    measured = result["work"]["network_operations"] + result["work"]["loss_operations"]
    return seconds * (work.network_operations + work.loss_operations) / measured * STEPS / 3600


def page(unit: Unit) -> str:
    """Return the tables of the costs of one training and of the studies."""
    hours = " | ".join(f"{unit.gpu_hours[name]:.2f}" for name in PRECISIONS)
    lines = [
        f"**One training of {STEPS:,} steps, RRDB with 16 blocks, batches of 4 patches of {PATCH} x {PATCH}**",
        "",
        f"| | {GPU}, float32, at least | {GPU}, TF32, at least | {GPU}, bfloat16, at least | one CPU core |",
        "|---|---:|---:|---:|---:|",
        f"| hours | {hours} | {unit.cpu_hours:,.0f} |",
        "| | not measured | not measured | not measured | measured on a small step, scaled |",
        "",
        f"Evaluation of {PATCHES} patches: {3600 * unit.evaluation_hours:.0f} s on two CPU cores (measured). "
        f"Storage: generator {1e3 * unit.weights_gb:.0f} MB, restored patches {1e3 * unit.restored_gb:.0f} MB, metrics "
        f"{1e3 * unit.metrics_gb:.1f} MB; {1e3 * unit.state_gb:.0f} MB more while it runs.",
        "",
        "**Studies: methods x seeds x splits x data sets x generators**",
        "",
        "| study | trainings | GPU hours, TF32, at least | at a third of the peak | evaluation, hours on 2 cores "
        "| rows of metrics, million | storage, GB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, factors in STUDIES.items():
        trainings = 1
        for factor in factors:
            trainings *= factor
        gpu = trainings * unit.gpu_hours["tf32"]
        lines.append(
            f"| {name} ({' x '.join(map(str, factors))}) | {trainings:,} | {gpu:,.0f} | {3 * gpu:,.0f} "
            f"| {trainings * unit.evaluation_hours:,.1f} | {trainings * PATCHES * METRICS / 1e6:.2g} "
            f"| {trainings * unit.kept_gb:,.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
