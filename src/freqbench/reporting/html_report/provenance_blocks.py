"""How the study was made, from its manifest: code, packages, machine, and where the images come from."""

from typing import Any

from freqbench.reporting.blocks import Block, Cell, Row
from freqbench.reporting.html_report.sources import Sources


def software_block(sources: Sources) -> Block:
    """Return the versions of code and packages, the machine, and the hash of the configuration."""
    manifest = sources.manifest
    machine, trainings = manifest["machine"], manifest["trainings"]
    rows: list[tuple[str, str]] = [
        ("freqbench", _code(manifest["code"])),
        *((name, str(version)) for name, version in manifest["packages"].items()),
        ("machine", f"{machine['system']}, {machine['architecture']}, {machine['processors']} processors"),
        ("trained on", "; ".join(dict.fromkeys(training["device"] for training in trainings))),
        ("code of the trainings", "; ".join(dict.fromkeys(_code(training["code"]) for training in trainings))),
        ("configuration, SHA-256", manifest["configuration_sha256"]),
        ("manifest written", manifest["written"]),
    ]
    return _text_block("Software and machine", "What", ["value"], [(name, [value]) for name, value in rows])


def images_block(sources: Sources) -> Block:
    """Return source, licence and citation of the images of each data set."""
    data: dict[str, dict[str, Any]] = sources.manifest["data"]
    rows = [(name, [str(entry[key]) for key in ("description", "licence", "citation")]) for name, entry in data.items()]
    return _text_block("Images", "Data set", ["what", "licence", "citation"], rows)


def _code(code: dict[str, Any]) -> str:
    commit = f", commit {code['commit'][:12]}" if code.get("commit") else ""
    return f"{code['version']}{commit}" + (", with changes that are not committed" if code.get("modified") else "")


def _text_block(caption: str, first: str, headers: list[str], texts: list[tuple[str, list[str]]]) -> Block:
    rows: list[Row] = [(name, [Cell(text) for text in cells]) for name, cells in texts]
    return Block(caption, headers, rows, first=first, is_text=True)
