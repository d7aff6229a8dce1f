"""Write `freqbench.yaml`, the conda environment, from `requirements.lock`: `python envs/conda_file.py`.

conda provides Python; every package comes from the index of pip in the version of the lock. The markers of the lock
are those of 64-bit Linux on x86.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

FOLDER = Path(__file__).parent
PYTHON = "3.12"
LINUX = {
    "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.0",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "os_name": "posix",
}
HEAD = """\
# For `snakemake --sdm conda`. Written by `make lock` from requirements.lock, which has the hashes, too.
# freqbench itself is installed by freqbench.post-deploy.sh. Not built yet: see docs/environments.md.
"""


def locked(lock: Path) -> Iterator[Requirement]:
    """Yield the packages of a lock, with their versions and markers."""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            yield Requirement(line.rstrip("\\").strip())


def conda_file(lock: Path) -> str:
    """Return the content of the environment file."""
    chosen = [one for one in locked(lock) if one.marker is None or one.marker.evaluate(LINUX)]
    lines = ["channels:", "  - conda-forge", "  - nodefaults", "dependencies:", f"  - python={PYTHON}", "  - pip"]
    lines += ["  - pip:", *(f"      - {one.name}{one.specifier}" for one in chosen)]
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Write the file."""
    (FOLDER / "freqbench.yaml").write_text(conda_file(FOLDER / "requirements.lock"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
