"""Time and memory of the statistics and tables of a full study: `python benchmarks/aggregation.py`.

Writes made-up metrics of 1,800 trainings and of the controls, 600 patches by 8 metrics each, and runs the commands of
the workflow on them, two at a time, as it would on two cores: what the runs left is gathered, compared, tabulated.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from child_process import Cost, run_child
from large_results import write_large_results
from large_study import large_study
from machine_state import loop_seconds, state_words

from freqbench.config import Config, parse_config
from freqbench.files import write_json, write_text
from freqbench.layout import Layout
from freqbench.provenance import code_version, machine, now

LIMIT_SECONDS, LIMIT_MIB, CORES = 120.0, 4096.0, 2
TABLES = ("table", "differences-table", "variance-table", "fov-table")


@dataclass(frozen=True)
class Stage:
    """Commands of one kind: how many, how long together, on the processor, and the most memory of one."""

    name: str
    commands: int
    seconds: float
    processor_seconds: float
    memory_mib: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, count in {"methods": 18, "seeds": 5, "splits": 5, "datasets": 4}.items():
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--to", type=Path, help="path of the report, without suffix")
    options = parser.parse_args()
    size = {name: getattr(options, name) for name in ("methods", "seeds", "splits", "datasets")}
    with tempfile.TemporaryDirectory(prefix="freqbench-aggregation-") as folder:
        content = large_study(**size, nuclei=False) | {"results": folder}
        config = parse_config(content, "made-up study")
        rows = write_large_results(config)
        # before the commands, which are a load themselves
        load, loop = os.getloadavg()[0], loop_seconds()
        stages = measure(config)
    text = page(size, rows, stages, state_words(load, loop))
    print(text)
    if options.to:
        write_text(options.to.with_suffix(".md"), text)
        record = {"finished": now(), "code": code_version(), "machine": machine(), "size": size, "rows": rows}
        write_json(
            options.to.with_suffix(".json"),
            record | {"load": load, "loop_seconds": loop, "stages": [asdict(one) for one in stages]},
        )
    return 0


def measure(config: Config) -> list[Stage]:
    """Run the commands, stage by stage."""
    file = ["--config", str(Layout.of(config).config)]
    sets = [["--dataset", name, *file] for name in config.datasets]
    stages = [stage(name, [[name, *one] for one in sets]) for name in ("gather", "compare", "variance")]
    return [*stages, stage("tables", [[name, *file] for name in TABLES])]


def stage(name: str, commands: list[list[str]]) -> Stage:
    """Run the commands with their arguments, as many at a time as there are cores."""
    program = str(Path(sys.executable).parent / "freqbench")

    def run(command: list[str]) -> Cost:
        return run_child([program, *command])[0]

    began = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        costs = list(pool.map(run, commands))
    seconds = time.perf_counter() - began
    processor = sum(cost.processor_seconds for cost in costs)
    return Stage(name, len(costs), seconds, processor, max(cost.memory_mib for cost in costs))


def page(size: dict[str, int], rows: int, stages: list[Stage], state: str) -> str:
    """Return the table of the stages, and whether they are within the limits."""
    seconds, processor = (sum(getattr(one, name) for one in stages) for name in ("seconds", "processor_seconds"))
    # two of one stage run at a time
    memory = max(min(one.commands, CORES) * one.memory_mib for one in stages)
    table = [
        "| command | how often | seconds | of them on processors | peak memory of one, MiB |",
        "|---|---:|---:|---:|---:|",
    ]
    table += [
        f"| `{s.name}` | {s.commands} | {s.seconds:.1f} | {s.processor_seconds:.1f} | {s.memory_mib:.0f} |"
        for s in stages
    ]
    shared = processor / CORES
    verdicts = [
        f"- {'met    ' if value <= limit else 'not met'}  {words}"
        for value, limit, words in (
            (seconds, LIMIT_SECONDS, f"{seconds:.0f} s, at most {LIMIT_SECONDS:.0f} s"),
            (shared, LIMIT_SECONDS, f"{shared:.0f} s if both cores were free: time on processors over {CORES}"),
            (memory, LIMIT_MIB, f"{memory:.0f} MiB for {CORES} at a time, at most {LIMIT_MIB:.0f} MiB"),
        )
    ]
    counts = " x ".join(f"{count} {name}" for name, count in size.items())
    head = f"**{rows / 1e6:.1f} million rows ({counts}) on {CORES} cores: {seconds:.0f} s, {memory:.0f} MiB**"
    return "\n".join([head, "", f"Made-up metrics. {state}", "", *table, "", *verdicts]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
