"""Time and memory of the graph of a full study: `python benchmarks/dag.py --to reports/benchmarks/dag`.

Builds the graph of 1,800 trainings by `snakemake --dry-run`, as every call of Snakemake does before it runs anything.
The study stands for 6 methods with 3 generators, on 4 data sets with 5 splits and 5 seeds, nuclei included.
"""

import argparse
import os
import re
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import yaml
from child_process import Cost, run_child
from large_study import large_study

from freqbench.files import write_json, write_text
from freqbench.provenance import code_version, machine, now

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS, LIMIT_MIB = 30.0, 2048.0
FULL = {"methods": 18, "seeds": 5, "splits": 5, "datasets": 4}


@dataclass(frozen=True)
class Result:
    """What the runs took, and how many jobs the graph has."""

    trainings: int
    jobs: int
    runs: list[Cost]
    load: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="how often the graph is built")
    parser.add_argument("--to", type=Path, help="path of the report, without suffix")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="freqbench-dag-") as folder:
        result = measure(options.runs, Path(folder))
    text = page(result)
    print(text)
    if options.to:
        write_text(options.to.with_suffix(".md"), text)
        record = {"finished": now(), "code": code_version(), "machine": machine(), "result": asdict(result)}
        write_json(options.to.with_suffix(".json"), record)
    return 0


def measure(runs: int, folder: Path) -> Result:
    """Build the graph several times, in a folder without results."""
    config = folder / "large.yaml"
    config.write_text(yaml.safe_dump(large_study(**FULL)), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "snakemake"), "--snakefile", str(ROOT / "Snakefile"), "--dry-run"]
    command += ["--directory", str(folder), "--configfile", str(config), "--quiet", "rules"]
    costs, output = zip(*(run_child(command) for _ in range(runs)), strict=True)
    table = re.search(r"^total +(\d+)", output[0], re.MULTILINE)
    assert table is not None, output[0]
    trained = re.search(r"^train +(\d+)", output[0], re.MULTILINE)
    assert trained is not None
    return Result(int(trained[1]), int(table[1]), list(costs), os.getloadavg()[0])


def page(result: Result) -> str:
    """Return the table of the runs, and whether they are within the limits."""
    wall, processor = (median(getattr(cost, name) for cost in result.runs) for name in ("seconds", "processor_seconds"))
    memory = max(cost.memory_mib for cost in result.runs)
    rows = [f"| {c.seconds:.1f} | {c.processor_seconds:.1f} | {c.memory_mib:.0f} |" for c in result.runs]
    busy = "" if result.load < os.cpu_count() / 2 else f" Other programs used the machine (load {result.load:.1f})."
    verdicts = [
        f"- {'met    ' if value <= limit else 'not met'}  {words}"
        for value, limit, words in (
            (wall, LIMIT_SECONDS, f"median {wall:.1f} s, at most {LIMIT_SECONDS:.0f} s"),
            (processor, LIMIT_SECONDS, f"median {processor:.1f} s of one processor, at most {LIMIT_SECONDS:.0f} s"),
            (memory, LIMIT_MIB, f"{memory:.0f} MiB, at most {LIMIT_MIB:.0f} MiB"),
        )
    ]
    head = f"**Graph of {result.trainings:,} trainings, {result.jobs:,} jobs: {wall:.1f} s, {memory:.0f} MiB**"
    table = ["| seconds | of them on the processor | peak memory, MiB |", "|---:|---:|---:|", *rows]
    return "\n".join([head, "", f"`snakemake --dry-run`, nothing made yet.{busy}", "", *table, "", *verdicts]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
