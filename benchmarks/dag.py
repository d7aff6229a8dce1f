"""Time and memory of the graph of a full study: `python benchmarks/dag.py --to reports/benchmarks/dag`.

Builds the graph of 1,800 trainings by `snakemake --dry-run`, as every call of Snakemake does before it runs anything.
The study stands for 6 methods with 3 generators, on 4 data sets with 5 splits and 5 seeds, nuclei included.
"""

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import yaml
from large_study import large_study
from machine_state import loop_seconds, state_words

from freqbench.files import write_json, write_text
from freqbench.provenance import code_version, machine, now

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS, LIMIT_MIB = 30.0, 2048.0
FULL = {"methods": 18, "seeds": 5, "splits": 5, "datasets": 4}


@dataclass(frozen=True)
class Build:
    """One dry run.

    Attributes:
        ready: seconds until the graph is there and its jobs are counted.
        seconds: until all of its jobs are printed.
        processor_seconds: of user and system.
        memory_mib: the largest resident memory.
    """

    ready: float
    seconds: float
    processor_seconds: float
    memory_mib: float


@dataclass(frozen=True)
class Result:
    """What the runs took, how many jobs the graph has, and how fast the machine was."""

    trainings: int
    jobs: int
    builds: list[Build]
    load: float
    loop_seconds: float


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
    # before the runs, which are a load themselves
    load, loop = os.getloadavg()[0], loop_seconds()
    made, output = zip(*(build(command) for _ in range(runs)), strict=True)
    table = re.search(r"^total +(\d+)", output[0], re.MULTILINE)
    assert table is not None, output[0]
    trained = re.search(r"^train +(\d+)", output[0], re.MULTILINE)
    assert trained is not None
    return Result(int(trained[1]), int(table[1]), list(made), load, loop)


def build(command: list[str]) -> tuple[Build, str]:
    """Run a dry run; return what it took and what it said. A failure ends the benchmark."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said, ready = [], math.nan
    for line in process.stdout:
        if line.startswith("Job stats"):
            ready = time.perf_counter() - began
        said.append(line)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status or math.isnan(ready):
        sys.exit(f"{' '.join(command)}: status {status}\n{''.join(said)[-3000:]}")
    memory = used.ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)
    return Build(ready, seconds, used.ru_utime + used.ru_stime, memory), "".join(said)


def page(result: Result) -> str:
    """Return the table of the runs, and whether they are within the limits."""
    ready = median(one.ready for one in result.builds)
    memory = max(one.memory_mib for one in result.builds)
    rows = [
        f"| {b.ready:.1f} | {b.seconds:.1f} | {b.processor_seconds:.1f} | {b.memory_mib:.0f} |" for b in result.builds
    ]
    verdicts = [
        f"- {'met    ' if value <= limit else 'not met'}  {words}"
        for value, limit, words in (
            (ready, LIMIT_SECONDS, f"median {ready:.1f} s until the graph is there, at most {LIMIT_SECONDS:.0f} s"),
            (memory, LIMIT_MIB, f"{memory:.0f} MiB, at most {LIMIT_MIB:.0f} MiB"),
        )
    ]
    head = f"**Graph of {result.trainings:,} trainings, {result.jobs:,} jobs: {ready:.1f} s, {memory:.0f} MiB**"
    note = f"`snakemake --dry-run`, nothing made yet. {state_words(result.load, result.loop_seconds)}"
    names = "| until the graph is there, s | until its jobs are printed, s | on the processor, s | peak memory, MiB |"
    return "\n".join([head, "", note, "", names, "|---:|---:|---:|---:|", *rows, "", *verdicts]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
