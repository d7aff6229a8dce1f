"""How a result was made: configuration, code, versions, machine, time."""

import ast
import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Any

from freqbench import __version__
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of

INFRASTRUCTURE = (
    *("cli", "config", "errors", "files", "gpu_slots", "layout", "mirror", "offline", "provenance", "registry", "run"),
)
"""Parts of the package that cannot change a number: paths, messages, and settings, whose values count themselves."""

PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "scikit-image",
    "torch",
    "torchvision",
    "torchmetrics",
    "piq",
    "lpips",
    "cellpose",
)


def fingerprint(content: Any) -> str:
    """Return the SHA-256 of any JSON-like content, independent of the order of keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return models of the configuration as what they hold, and paths as text."""
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else str(value)


@cache
def source_hash(module: str) -> str:
    """Return a hash of a module's source and of all ``freqbench`` modules that it imports, directly or not.

    A workflow step that carries this hash of its own module is out of date exactly when code that it
    can run has changed. Imports inside functions count. The ``__init__`` of a package counts only where it
    is imported itself: it re-exports the neighbours, most of which a step does not use. ``INFRASTRUCTURE``
    does not count. Nothing is imported.

    Args:
        module: dotted name, of this package or of a user's own (then its own file alone counts).

    Raises:
        FreqbenchError: if there is no such module.
    """
    seen: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        path = module_file(name)
        if path is None:
            raise FreqbenchError(f"{name}: no such Python module; install it or name its folder with PYTHONPATH")
        seen[name] = sha256_of(path)
        if name.split(".")[0] == "freqbench":
            waiting += _imports(path)
    return fingerprint(seen)


def module_file(name: str) -> Path | None:
    """Return the source file of a module without importing its package, None if there is none."""
    top, *inner = name.split(".")
    try:
        spec = util.find_spec(top)
    except ValueError:
        return None
    if spec is None:
        return None
    if not inner:
        return Path(spec.origin) if spec.origin else None
    for location in spec.submodule_search_locations or ():
        base = Path(location, *inner)
        for candidate in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


# a workflow asks for the hashes of dozens of modules, which import the same ones
@cache
def _imports(path: Path) -> list[str]:
    """Return the ``freqbench`` modules that a source file imports."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            # `from package import name`: the name may be a module itself
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
            inner = [name for name in modules if name.startswith("freqbench.") and module_file(name)]
            found += inner if len(inner) == len(modules) else [node.module, *inner]
    own = [name.split(".") for name in found]
    return [".".join(parts) for parts in own if parts[0] == "freqbench" and not _is_infrastructure(parts)]


def _is_infrastructure(parts: list[str]) -> bool:
    return len(parts) == 1 or parts[1] in INFRASTRUCTURE


def code_version() -> dict[str, str | bool | None]:
    """Return the package's version and, in a git checkout, the commit and whether files differ from it."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(["git", "-C", str(here), *arguments], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return done.stdout.strip()

    status = git("status", "--porcelain", "--", str(here))
    return {"version": __version__, "commit": git("rev-parse", "HEAD"), "modified": bool(status) if status else False}


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that results depend on, as far as they are installed."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def machine() -> dict[str, Any]:
    """Return what the machine is; without its name, which says nothing to a reader."""
    return {"system": platform.system(), "architecture": platform.machine(), "processors": _processors()}


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory_mib() -> float:
    """Return the largest resident memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts KiB, macOS bytes
    return round(peak / (1024.0 if sys.platform != "darwin" else 1024.0**2), 1)


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
