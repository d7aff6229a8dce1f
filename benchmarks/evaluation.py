"""Time of one call of `evaluate`: all metrics of each image and the distances between the sets, as in a study.

The study is made up: 12 fields of view of 50 captures, one patch each, as the LFFL paper tests; all captures of a field
share their clean image. Without the mirror's weights the networks are untrained, which takes the same time, but for
the trunk that trained LPIPS and FD-VGG16 share. The files are read and written as in a study; the start of Python
and of its libraries is not part of the time.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from metrics import make_patches

from freqbench.cli.progress import progress
from freqbench.config import Config, parse_config
from freqbench.data.patches import PatchSet, write_patches
from freqbench.device import choose_device, describe_device
from freqbench.errors import FreqbenchError
from freqbench.evaluation import evaluate
from freqbench.files import atomic_path, write_json, write_text
from freqbench.metrics import CONTRACTS
from freqbench.provenance import code_version, machine, now, package_versions, peak_memory_mib
from freqbench.run import Run

LIMITS = {"cpu": 300.0, "cuda": 20.0}
"""Most seconds for 600 patches of 256 x 256, on two CPU cores and on a GPU."""


@dataclass(frozen=True)
class Result:
    """One call."""

    device: str
    patches: int
    size: int
    metrics: list[str]
    seconds: float
    peak_memory_mib: float


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        device = choose_device(options.device)
        with tempfile.TemporaryDirectory() as folder:
            run = _study(Path(folder), options)
            result = _measure(run, options, describe_device(device))
    except FreqbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    page = markdown(result, LIMITS[device.type])
    print(page)
    if options.json:
        write_json(options.json, _record(result))
    if options.markdown:
        write_text(options.markdown, page)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovs", type=int, default=12, help="fields of view (default: %(default)s)")
    parser.add_argument("--captures", type=int, default=50, help="captures of each (default: %(default)s)")
    parser.add_argument("--size", type=int, default=256, help="width and height in pixels (default: %(default)s)")
    parser.add_argument("--features", choices=("vgg16", "inception"), default="vgg16", help="of the set distances")
    parser.add_argument("--mirror", type=Path, help="folder with the trained weights; nothing: untrained networks")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a CUDA device if any")
    parser.add_argument("--threads", type=int, help="threads on the CPU (default: torch's choice)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the times and the machine to this file")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the result to this file")
    return parser


def _study(folder: Path, options: argparse.Namespace) -> Run:
    """Write patches and restored patches of a study; return its run."""
    names = [name for name, contract in CONTRACTS.items() if contract.level == "image"]
    config = _config(folder, names, options)
    run = Run(config, "made_up", "input")
    count = options.fovs * options.captures
    noisy, clean = make_patches(count, options.size)
    fovs = np.repeat(np.arange(options.fovs), options.captures)
    # the captures of a field of view show one scene
    shared = clean[torch.from_numpy(fovs * options.captures)]
    noisy = (shared + (noisy - clean)).clamp(0, 1)
    table = pd.DataFrame({"patch_id": [f"patch{number}" for number in range(count)]})
    captures = [f"capture_{number:03d}" for number in np.tile(np.arange(options.captures), options.fovs)]
    table = table.assign(image_id=table["patch_id"], fov=fovs.astype(str), capture=captures, split="test", y=0, x=0)
    table["size"] = options.size
    write_patches(PatchSet(table, _as_bytes(noisy), _as_bytes(shared)), run.layout, "made_up", 1)
    with atomic_path(run.layout.restored(*run.key)) as path, path.open("wb") as file:
        np.save(file, noisy[:, 0].numpy())
    return run


def _config(folder: Path, metrics: list[str], options: argparse.Namespace) -> Config:
    return parse_config(
        {
            "name": "evaluation",
            "tier": "smoke",
            "results": str(folder),
            "mirror": None if options.mirror is None else str(options.mirror),
            "feature_networks": "untrained" if options.mirror is None else "imagenet",
            "datasets": {"made_up": {"source": {"kind": "phantom"}, "patches": {"size": options.size}}},
            "methods": [{"name": "spatial"}],
            "training": {"iterations": 1},
            "evaluation": {"metrics": metrics, "frechet_features": options.features, "device": options.device},
        },
        "benchmark",
    )


def _as_bytes(images: torch.Tensor) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return (255 * images[:, 0]).round().to(torch.uint8).numpy()


def _measure(run: Run, options: argparse.Namespace, device: str) -> Result:
    with progress("evaluate") as advance:
        began = time.perf_counter()
        evaluate(run, advance)
        seconds = time.perf_counter() - began
    settings = run.config.evaluation
    names = [*settings.metrics, settings.frechet_features]
    patches = options.fovs * options.captures
    return Result(device, patches, options.size, names, seconds, peak_memory_mib())


def markdown(result: Result, limit: float) -> str:
    """Return the time, and whether it is within the limit where the study has the paper's size."""
    lines = [
        f"**{result.device}, {result.patches} patches of {result.size} x "
        f"{result.size}: {result.seconds:.0f} s, {result.peak_memory_mib:.0f} MiB**",
        "",
        f"Metrics: {', '.join(result.metrics)}.",
    ]
    if (result.patches, result.size) == (600, 256):
        verdict = "met    " if result.seconds <= limit else "not met"
        lines += ["", f"- {verdict}  {result.seconds:.0f} s, at most {limit:.0f} s"]
    return "\n".join(lines) + "\n"


def _record(result: Result) -> dict[str, Any]:
    return {
        "finished": now(),
        "machine": machine(),
        "packages": package_versions(),
        "code": code_version(),
        "threads": torch.get_num_threads(),
        "result": asdict(result),
    }


if __name__ == "__main__":
    sys.exit(main())
