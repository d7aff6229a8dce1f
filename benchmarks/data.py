"""Time and memory of the data steps at full size: `python benchmarks/data.py [--phantom] [--noise]`.

The images are those of the FMD zebrafish set in number, size and noise: 20 fields of view of 50 captures of
512 x 512 pixels. By default they are drawn quickly, as smooth random scenes behind the phantom's line of
variance against mean (gamma noise, so that a thousand images take a minute); with --phantom they are simulated
photon by photon, which takes minutes. What the steps do does not depend on what is seen.

Each step is the command that the workflow runs, in a process of its own, on the cores that are given. Memory
is the largest resident memory of that process.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import ndimage

from freqbench.config import load_config
from freqbench.data.image_files import write_png
from freqbench.data.phantom import ZEBRAFISH_CAMERA
from freqbench.data.source import SourceRecord, hash_images
from freqbench.layout import Layout

STUDY = """
name: benchmark
tier: smoke
datasets:
  zebrafish:
    source: {{kind: phantom, specimen: tissue, specimens: {fovs}, fovs: {fovs}, captures: {captures}, size: {size}}}
    patches: {{rule: brightest, size: {patch}}}
methods: [{{name: spatial}}]
training: {{iterations: 1}}
"""
GOAL_SECONDS, GOAL_GB = 120, 1.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovs", type=int, default=20, help="fields of view")
    parser.add_argument("--captures", type=int, default=50, help="captures of each, at most 50")
    parser.add_argument("--size", type=int, default=512, help="width and height in pixels")
    parser.add_argument("--phantom", action="store_true", help="simulate the images photon by photon")
    parser.add_argument("--noise", action="store_true", help="measure the noise too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="freqbench-benchmark-") as folder:
        os.chdir(folder)
        values = {name: getattr(arguments, name) for name in ("fovs", "captures", "size")}
        Path("study.yaml").write_text(STUDY.format(**values, patch=arguments.size // 2), encoding="utf-8")
        if arguments.phantom:
            report("simulate", run_step("simulate"))
        else:
            began = time.perf_counter()
            write_images(**values)
            print(f"images written in {time.perf_counter() - began:.1f} s", flush=True)
        # the audit makes the mask that `patches` reads; it is timed by itself
        goal_seconds, goal_peak = 0.0, 0.0
        for step in ("index", "similarity", "split", "audit", "patches", *(["noise"] if arguments.noise else [])):
            seconds, peak = run_step(step)
            report(step, (seconds, peak))
            if step in {"index", "patches"}:
                goal_seconds, goal_peak = goal_seconds + seconds, max(goal_peak, peak)
        print(f"index and patches: {goal_seconds:.1f} s (goal {GOAL_SECONDS}), {goal_peak:.2f} GB (goal {GOAL_GB})")
    return int(goal_seconds > GOAL_SECONDS or goal_peak > GOAL_GB)


def write_images(fovs: int, captures: int, size: int) -> None:
    """Write images with the camera's line of variance against mean, and their source record."""
    layout = Layout.of(load_config(Path("study.yaml")))
    root = layout.images("zebrafish")
    rng = np.random.default_rng(0)
    for fov in range(1, fovs + 1):
        smooth = ndimage.gaussian_filter(rng.standard_normal((size, size)), 8)
        photons = 12 * np.exp(smooth / smooth.std()) / ZEBRAFISH_CAMERA.gain
        total = np.zeros((size, size))
        for capture in range(50):
            reading = ZEBRAFISH_CAMERA.pedestal + ZEBRAFISH_CAMERA.gain * rng.gamma(photons)
            noisy = np.minimum(np.rint(reading), 255).astype(np.uint8)
            total += noisy
            if capture < captures:
                write_png(root / "raw" / str(fov) / f"capture_{capture:03d}.png", noisy)
        write_png(root / "gt" / str(fov) / "avg50.png", np.rint(total / 50).astype(np.uint8))
    files = hash_images(root, ("raw", "gt"))
    record = SourceRecord(root.resolve(), "phantom", "drawn for a benchmark", "MIT (made by freqbench)", "none", files)
    record.write(layout.source("zebrafish"))


def run_step(step: str) -> tuple[float, float]:
    """Return the wall time in seconds and the peak memory in GB of one command."""
    freqbench = [sys.executable, "-c", "from freqbench.cli import main; main()", step]
    began = time.perf_counter()
    process = subprocess.Popen([*freqbench, "-c", "study.yaml", "-d", "zebrafish"], stdout=subprocess.DEVNULL)
    # wait4 gives the memory of this child alone, not the largest of all children so far
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{step} failed with status {process.returncode}")
    return time.perf_counter() - began, peak_memory(usage)


def peak_memory(usage: resource.struct_rusage) -> float:
    """Return the peak resident memory in GB; Linux counts in KiB, macOS in bytes."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def report(step: str, measured: tuple[float, float]) -> None:
    print(f"{step:8} {measured[0]:7.1f} s  peak {measured[1]:.2f} GB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
