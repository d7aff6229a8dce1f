"""All that a GPU is needed for, in slices, on a machine with Python and torch alone.

`prepare` is called where the internet and the full environment are. It fills a folder with the plans of the studies and
with wheels of what freqbench needs and the other machine lacks:

  python benchmarks/on_a_gpu.py prepare gpu --python 3.12 --has torch torchvision numpy scipy pandas

Then the project's folder goes to the GPU, `gpu` in it, with a data mirror for pretrained weights and real images.
There, as often as it takes; each call ends before its time is over, and the next one goes on:

  python benchmarks/on_a_gpu.py run gpu --minutes 9 --mirror folder

It measures the training step, then trains, evaluates and tabulates: the paper's protocol on simulated images of the
zebrafish set's size, first two methods, then all; then real images of the `mini` study with the full network. What is
to be kept is in `reports/benchmarks` and `reports/gpu_phantom`, `reports/mini_full`.
Exit status: 0 all is done, 75 stopped before, 2 something failed.
"""

import argparse
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
UNFINISHED = 75
SPARE_SECONDS = 45.0
"""Kept of a slice for states to be saved and tables to be copied."""
STAGE_FILE = "stages.json"
MANYLINUX = ("1_x86_64", "2014_x86_64", *(f"_2_{minor}_x86_64" for minor in (17, 24, 27, 28, 31, 34, 35)))
NOT_CARRIED = ("torch", "torchvision", "triton")
"""Packages of the machine's own CUDA; with their dependencies they are never carried."""
ENERGY = ["nvidia-ml-py>=12"]
"""What the energy of a training is read with; not needed elsewhere."""
# the classical denoisers take minutes of the processor while the GPU waits: not at first
FIRST = "datasets=" + json.dumps(
    {"phantom_zebrafish": {"methods": ["spatial", "lffl_a1"], "controls": ["input", "gaussian", "clean"]}}
)
FULL_NETWORK = 'generator={"blocks": 16, "features": 64, "growth": 32}'
FULL_NOTE = "note=Real FMD images, one train and one test field of view each, the paper's generator, a short training."
STUDIES = {
    "gpu_phantom_first": ("config/gpu_phantom.yaml", (FIRST,), "gpu_phantom"),
    "gpu_phantom": ("config/gpu_phantom.yaml", (), "gpu_phantom"),
    "mini_full": ("config/mini.yaml", ("name=mini_full", FULL_NETWORK, FULL_NOTE), "mini_full"),
}
"""Configuration, changes to it, and name of each study, most wanted first."""
STEP_TIMES = (
    "python benchmarks/training.py --device cuda --rounds 9 --steps 5"
    " --precision float32 tf32 bfloat16 tf32+compile bfloat16+compile bfloat16+graphs"
    " --json reports/benchmarks/training_gpu.json --markdown reports/benchmarks/training_gpu.md"
)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.chdir(ROOT)
    if options.command == "prepare":
        return prepare(options.folder, options.python, options.has)
    return run(options.folder, options.minutes, options.jobs, options.mirror)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare", help="write plans and wheels, where the internet is")
    first.add_argument("folder", type=Path, help="folder to fill, in the project's folder")
    first.add_argument("--python", default="3.12", help="version there (default: %(default)s)")
    first.add_argument("--has", nargs="*", default=[], metavar="PACKAGE", help="installed there, not to be carried")
    second = commands.add_parser("run", help="go on with the work, on the machine with the GPU")
    second.add_argument("folder", type=Path, help="the folder that `prepare` filled")
    second.add_argument("--minutes", type=float, default=9.0, help="of this slice (default: %(default)s)")
    second.add_argument("--jobs", type=int, default=1, help="trainings at once, if memory allows (default: 1)")
    second.add_argument("--mirror", type=Path, help="folder with weights and images (default: FREQBENCH_MIRROR)")
    return parser


def prepare(folder: Path, python: str, present: list[str]) -> int:
    """Write the plans, the list of stages and the wheels."""
    stages = [{"name": "time of a training step", "command": STEP_TIMES, "goes_on": False}]
    for name, (config, changes, study) in STUDIES.items():
        plan = folder / f"{name}.json"
        options = " ".join(f"--set {shlex.quote(change)}" for change in changes)
        subprocess.run(f"freqbench plan -c {config} {options} -o {plan}", shell=True, check=True)
        kept = f"freqbench publish reports/{study} -c results/{study}/config.json"
        stages.append({"name": name, "command": f"freqbench run-plan {plan}", "goes_on": True})
        stages.append({"name": f"keep {name}", "command": kept, "goes_on": False})
    wheels = folder / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    names = [f"{name}=={metadata.version(name)}" for name in carried(["freqbench"], {_plain(one) for one in present})]
    names += ENERGY
    platforms = [word for one in MANYLINUX for word in ("--platform", f"manylinux{one}")]
    target = ["--only-binary=:all:", "--implementation", "cp", "--python-version", python, *platforms]
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels)]
    subprocess.run([*download, *target, *names], check=True)
    (folder / STAGE_FILE).write_text(json.dumps(stages, indent=2) + "\n")
    size = sum(path.stat().st_size for path in wheels.iterdir()) / 2**20
    print(f"{folder}: {len(stages)} stages, {len(names)} wheels of {size:.0f} MiB")
    return 0


def carried(packages: Sequence[str], present: set[str]) -> list[str]:
    """Return what packages need, directly or not, and the other machine lacks, in alphabetical order."""
    found: set[str] = set()
    waiting = list(packages)
    while waiting:
        for text in metadata.requires(waiting.pop()) or []:
            requirement = Requirement(text)
            name = _plain(requirement.name)
            environment = {"extra": ""}
            wanted = requirement.marker is None or requirement.marker.evaluate(environment)
            if wanted and name not in found | present | set(NOT_CARRIED):
                found.add(name)
                waiting.append(name)
    return sorted(found)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def run(folder: Path, minutes: float, jobs: int, mirror: Path | None) -> int:
    """Go through the stages until the time is over."""
    end = time.monotonic() + 60 * minutes - SPARE_SECONDS
    stages = json.loads((folder / STAGE_FILE).read_text())
    environment = _environment(folder, mirror)
    failed = False
    for stage in stages:
        marker = folder / "done" / hashlib.sha256(json.dumps(stage).encode()).hexdigest()[:16]
        left = end - time.monotonic()
        if left <= 0:
            return _stopped(stage)
        if marker.exists():
            continue
        print(f"== {stage['name']}", flush=True)
        command = stage["command"] + (f" --minutes {left / 60:.2f} --jobs {jobs}" if stage["goes_on"] else "")
        # what goes on at the next call ends by itself; what does not is cut off, and begins anew
        limit = None if stage["goes_on"] else left + SPARE_SECONDS / 2
        status = _call(command, environment, limit)
        if status in (None, UNFINISHED):
            return _stopped(stage)
        if status:
            print(f"failed with status {status}: {stage['name']}", flush=True)
            failed = True
            continue
        marker.parent.mkdir(exist_ok=True)
        marker.touch()
    return 2 if failed else 0


def _call(command: str, environment: dict[str, str], limit: float | None) -> int | None:
    """Run a command; return its status, None if it took too long and was killed with all it had started."""
    with subprocess.Popen(command, shell=True, env=environment, start_new_session=True) as process:
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None


def _stopped(stage: dict[str, str]) -> int:
    print(f"stopped at: {stage['name']}; the same command goes on", flush=True)
    return UNFINISHED


def _environment(folder: Path, mirror: Path | None) -> dict[str, str]:
    """Return the environment of the stages: the carried packages, the sources, and `freqbench` as a command."""
    site, binaries = folder / "site", folder / "bin"
    wheels = sorted((folder / "wheels").glob("*.whl"))
    if wheels and not site.exists():
        incomplete = folder / "site.incomplete"
        shutil.rmtree(incomplete, ignore_errors=True)
        options = ["--quiet", "--no-index", "--no-deps", "--no-compile", "--target", str(incomplete)]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *map(str, wheels)], check=True)
        incomplete.rename(site)
    binaries.mkdir(exist_ok=True)
    for name, module in (("freqbench", "-m freqbench "), ("python", "")):
        shim = binaries / name
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module}"$@"\n')
        shim.chmod(0o755)
    paths = [str(path.resolve()) for path in (ROOT / "src", site)]
    environment = os.environ | {
        "PATH": os.pathsep.join((str(binaries.resolve()), os.environ["PATH"])),
        "PYTHONPATH": os.pathsep.join((*paths, os.environ.get("PYTHONPATH", ""))).rstrip(os.pathsep),
    }
    return environment if mirror is None else environment | {"FREQBENCH_MIRROR": str(mirror.resolve())}


if __name__ == "__main__":
    sys.exit(main())
