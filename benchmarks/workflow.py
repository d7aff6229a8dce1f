"""Time and memory of a whole study, from nothing: `python benchmarks/workflow.py [--runs 3] [--cores 2]`.

Each run has a folder of its own, so nothing is reused. Memory is the sum of the resident memory of
snakemake and all its descendants, sampled four times a second; pages that processes share count for each.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=ROOT / "config" / "smoke.yaml", help="study to run")
    parser.add_argument("--runs", type=int, default=3, help="number of runs")
    parser.add_argument("--cores", type=int, default=2, help="processor cores given to the workflow")
    arguments = parser.parse_args()
    seconds, peaks = [], []
    for number in range(1, arguments.runs + 1):
        with tempfile.TemporaryDirectory(prefix="freqbench-benchmark-") as folder:
            wall, peak = run_once(arguments.config.resolve(), arguments.cores, Path(folder))
        seconds.append(wall)
        peaks.append(peak)
        print(f"run {number}: {wall:.1f} s, peak {peak:.2f} GiB", flush=True)
    spread = f"{min(seconds):.1f} to {max(seconds):.1f}"
    print(f"{arguments.config.name} on {arguments.cores} cores: median {statistics.median(seconds):.1f} s ({spread} s)")
    print(f"peak memory: {max(peaks):.2f} GiB")
    return 0


def run_once(config: Path, cores: int, folder: Path) -> tuple[float, float]:
    """Return the wall time in seconds and the peak memory in GiB of one study."""
    snakemake = Path(sys.executable).parent / "snakemake"
    command = [str(snakemake), "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    began = time.perf_counter()
    with (folder / "log").open("w") as log:
        process = psutil.Popen(
            [*command, "--configfile", str(config), "--cores", str(cores)], stdout=log, stderr=subprocess.STDOUT
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, tree_memory(process))
            time.sleep(0.25)
    wall = time.perf_counter() - began
    if process.returncode != 0:
        sys.exit((folder / "log").read_text()[-3000:])
    return wall, peak / 2**30


def tree_memory(process: psutil.Process) -> int:
    """Return the resident memory of a process and its descendants, in bytes."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    sys.exit(main())
