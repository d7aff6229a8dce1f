"""Whether parts belong together: one configuration, one version of the code, the same data."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.merging.parts import Part

PLACES = (
    *("results", "mirror"),
    *("training.device", "training.checkpoint_every", "training.recompute", "training.tensorboard"),
    "evaluation.device",
)
"""Keys that say where files are and how a machine computes; they decide no number, and may differ."""
PATCHES = ("patches.csv", "noisy.npy", "clean.npy")


def check_configurations(parts: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Make sure that all configurations are one, but for `PLACES` and the folders of images.

    Args:
        parts: what each is called, and its content.

    Raises:
        FreqbenchError: naming the first key that differs, and both values.
    """
    (first, ours), *others = [(name, dict(_flat(content))) for name, content in parts]
    for other, theirs in others:
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            if _may_differ(key):
                continue
            one, two = (values.get(key, "nothing") for values in (ours, theirs))
            if one != two:
                raise FreqbenchError(
                    f"configurations differ: {key} is {one} in {first} and {two} in {other}; only parts of one study "
                    "can be merged"
                )


def check_code(parts: Sequence[Part]) -> list[str]:
    """Make sure that everything was made by one version of the code.

    Returns:
        What a reader must know: where the code had been changed after its commit, or packages differ.

    Raises:
        FreqbenchError: naming two files and their versions.
    """
    remarks: list[str] = []
    made: tuple[str, dict[str, Any]] | None = None
    packages: dict[str, tuple[str, str]] = {}
    for part in parts:
        for name, content in part.json_files().items():
            code = content.get("code")
            if not isinstance(code, dict) or "version" not in code:
                continue
            where = str(part.folder / name)
            if made is None:
                made = where, code
            if _version(code) != _version(made[1]):
                raise FreqbenchError(
                    f"code versions differ: {made[0]} was made by {_version(made[1])}, {where} by {_version(code)}; "
                    "compute the parts again with one version"
                )
            if code.get("modified"):
                remarks.append(
                    f"{part.folder}: its code was changed after the commit; that it is one code is not known"
                )
            for package, version in (content.get("packages") or {}).items():
                known, first = packages.setdefault(package, (version, where))
                if known != version:
                    remarks.append(f"{package} is {known} in {first} and {version} in {where}")
    return list(dict.fromkeys(remarks))


def check_patches(parts: Sequence[Part]) -> None:
    """Make sure that each training was made of the patches that its part has.

    Raises:
        FreqbenchError: naming the training, the file and both hashes.
    """
    hashes: dict[Path, str] = {}
    for part in parts:
        for name, content in part.json_files().items():
            if not (name.startswith("training/") and name.endswith("/run.json")):
                continue
            folder = f"data/{content.get('dataset')}/split{content.get('split')}/patches"
            for file_name in PATCHES:
                path, trained = part.files.get(f"{folder}/{file_name}"), (content.get("inputs") or {}).get(file_name)
                if path is None or trained is None:
                    continue
                if path not in hashes:
                    hashes[path] = sha256_of(path)
                if hashes[path] != trained:
                    raise FreqbenchError(
                        f"data differ: {part.folder / name} was trained on a {file_name} of SHA-256 {trained[:12]}..., "
                        f"but {path} is {hashes[path][:12]}...; compute that training again"
                    )


def _version(code: dict[str, Any]) -> str:
    return f"{code['version']} at commit {code.get('commit') or 'unknown'}"


def _may_differ(key: str) -> bool:
    return key in PLACES or (key.startswith("datasets.") and key.endswith(".source.folder"))


def _flat(content: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its dotted key; entries of lists by their name, or their place from 0."""
    if isinstance(content, dict) and content:
        for name, value in content.items():
            yield from _flat(value, f"{key}.{name}" if key else str(name))
    elif isinstance(content, list) and content:
        for place, value in enumerate(content):
            name = value.get("name", place) if isinstance(value, dict) else place
            yield from _flat(value, f"{key}.{name}")
    else:
        yield key, content
