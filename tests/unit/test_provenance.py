"""A hash of code changes with the code that a step can run, and with no other."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import freqbench
from freqbench import provenance
from freqbench.config import load_config
from freqbench.errors import FreqbenchError
from freqbench.provenance import (
    INFRASTRUCTURE,
    code_version,
    fingerprint,
    machine,
    module_file,
    now,
    package_versions,
    peak_memory_mib,
    source_hash,
)

PACKAGE = Path(freqbench.__file__).parent
ROOT = Path(__file__).parents[2]

PRINT_HASHES = """
import json, sys
from freqbench.config import load_config
from freqbench.provenance import source_hash
from freqbench.training.code import calibration_code, training_code
from pathlib import Path
config = load_config(Path(sys.argv[1]))
modules = ("training.run", "restoration", "classical.control", "evaluation")
modules += ("data.phantom", "data.index", "data.leakage.audit", "data.patches")
hashes = {name: source_hash("freqbench." + name) for name in modules}
hashes |= {method.name: training_code(method) for method in config.methods}
hashes["calibrate ffl"] = calibration_code(config.method("ffl"), config.method("lffl_a1"))
print(json.dumps(hashes))
"""
TRAININGS = {"spatial", "ffl", "fsl", "lffl_a0.5", "lffl_a1", "lffl_a2", "training.run"}
OTHER_STEPS = {"calibrate ffl", "restoration", "classical.control", "evaluation"}
OTHER_STEPS |= {"data.index", "data.leakage.audit", "data.patches"}


def hashes_of(folder: Path) -> dict[str, str]:
    """Return the hashes that a copy of the package has, as seen by a fresh interpreter."""
    command = [sys.executable, "-c", PRINT_HASHES, str(ROOT / "config" / "smoke.yaml")]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def copied_package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(PACKAGE, folder / "freqbench", ignore=shutil.ignore_patterns("__pycache__"))
    return folder, hashes_of(folder)


CANNOT_MATTER = ("errors.py", "files.py", "registry.py", "config/training.py", "losses/__init__.py")
NOT_USED = ("losses/pixel.py", "statistics/holm.py")


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        (["losses/log_focal_frequency.py"], {"lffl_a0.5", "lffl_a1", "lffl_a2", "calibrate ffl"}),
        (["losses/fourier_space.py"], {"fsl"}),
        (["losses/focal_frequency.py"], {"ffl", "calibrate ffl"}),
        (["models/rrdb.py"], TRAININGS | {"calibrate ffl", "restoration"}),
        (["training/loop.py"], TRAININGS),
        (["classical/filters.py"], {"classical.control"}),
        (["metrics/ssim.py"], {"evaluation"}),
        (["data/registration/overlap.py"], {"data.leakage.audit"}),
        (["data/phantom/tissue.py"], {"data.phantom"}),
        (["data/image_files.py"], {*TRAININGS, *OTHER_STEPS, "data.phantom"}),
        ([*CANNOT_MATTER, *NOT_USED], set()),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_an_edit_changes_the_hash_of_what_can_run_it_and_of_nothing_else(copied_package, edited, expected):
    folder, before = copied_package
    originals = {folder / "freqbench" / name: (folder / "freqbench" / name).read_bytes() for name in edited}
    try:
        for path, content in originals.items():
            path.write_bytes(content + b"\n# edited\n")
        after = hashes_of(folder)
    finally:
        for path, content in originals.items():
            path.write_bytes(content)
    assert {name for name in before if before[name] != after[name]} == expected


def test_two_copies_have_the_same_hashes(copied_package):
    # a hash of contents: neither places nor times count
    assert hashes_of(PACKAGE.parent) == copied_package[1]


def test_what_an_import_loads_is_in_the_hash():
    names = "*(name for name in sys.modules if name.startswith('freqbench.'))"
    run = f"import sys, freqbench.data.leakage.audit; print({names})"
    loaded = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True).stdout.split()
    counted, waiting = set(), ["freqbench.data.leakage.audit"]
    while waiting:
        name = waiting.pop()
        if name not in counted:
            counted.add(name)
            waiting += provenance._imports(module_file(name))
    packages = {name for name in loaded if module_file(name).name == "__init__.py"}
    free = {name for name in loaded if name.split(".")[1] in INFRASTRUCTURE}
    assert set(loaded) - packages - free <= counted


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import freqbench.data.leakage.audit", {"freqbench.data.leakage.audit"}),
        ("from freqbench.data.leakage.audit import audit_split", {"freqbench.data.leakage.audit"}),
        # the names are modules: the package, which loads its other modules too, does not count
        ("from freqbench.losses import pixel, spectrum", {"freqbench.losses.pixel", "freqbench.losses.spectrum"}),
        ("from freqbench.losses import pixel, PixelL1Loss", {"freqbench.losses.pixel", "freqbench.losses"}),
        ("def f():\n    from freqbench.models.rrdb import RRDBNet", {"freqbench.models.rrdb"}),
        ("from freqbench.files import sha256_of", set()),
        ("from freqbench import __version__", set()),
        ("import numpy, torch.nn", set()),
    ],
)
def test_modules_that_an_import_names(tmp_path, line, expected):
    path = tmp_path / "module.py"
    path.write_text(line + "\n", encoding="utf-8")
    assert set(provenance._imports(path)) == expected


def test_no_import_is_relative_so_none_is_overlooked():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_infrastructure_exists():
    for name in INFRASTRUCTURE:
        assert module_file(f"freqbench.{name}") is not None, name


def test_modules_are_found_without_being_imported():
    assert module_file("freqbench") == PACKAGE / "__init__.py"
    assert module_file("freqbench.data") == PACKAGE / "data" / "__init__.py"
    assert module_file("freqbench.data.leakage.audit") == PACKAGE / "data" / "leakage" / "audit.py"
    assert module_file("freqbench.data.absent") is None
    assert module_file("no_such_package") is None
    assert module_file("no_such_package.inner") is None


def test_a_users_own_module_counts_alone_and_is_not_run(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_losses").mkdir()
    path = tmp_path / "my_losses" / "mine.py"
    path.write_text("import freqbench.losses\nraise SystemExit\n", encoding="utf-8")
    fresh = source_hash.__wrapped__
    before = fresh("my_losses.mine")
    assert fresh("my_losses.mine") == before
    path.write_text("raise SystemExit\n", encoding="utf-8")
    assert fresh("my_losses.mine") != before


@pytest.mark.parametrize("name", ["freqbench.absent", "no_such_package.Loss", ""])
def test_a_module_that_does_not_exist_is_named(name):
    with pytest.raises(FreqbenchError, match=f"{name}: no such Python module"):
        source_hash(name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


def turned(content):
    """Return the same content with the keys of every mapping in the opposite order."""
    if isinstance(content, dict):
        return {key: turned(content[key]) for key in reversed(content)}
    return [turned(entry) for entry in content] if isinstance(content, list) else content


@given(content=JSON)
def test_a_fingerprint_does_not_depend_on_the_order_of_keys(content):
    assert fingerprint(turned(content)) == fingerprint(content)


@given(first=JSON, second=JSON)
def test_fingerprints_are_equal_only_for_equal_content(first, second):
    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (fingerprint(first) == fingerprint(second)) == same


def test_fingerprint_of_a_configuration_is_that_of_its_values():
    config = load_config(ROOT / "config" / "smoke.yaml")
    assert fingerprint(config) == fingerprint(config.model_dump(mode="json"))
    changed = config.model_copy(update={"seeds": (1,)})
    assert fingerprint(changed) != fingerprint(config)
    assert fingerprint({"path": Path("a/b")}) == fingerprint({"path": "a/b"})
    assert re.fullmatch("[0-9a-f]{64}", fingerprint(config))


def test_version_of_the_code(monkeypatch):
    found = code_version()
    assert found["version"] == freqbench.__version__
    assert found["commit"] is None or re.fullmatch("[0-9a-f]{40}", found["commit"])

    def no_git(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(provenance.subprocess, "run", no_git)
    assert code_version() == {"version": freqbench.__version__, "commit": None, "modified": False}


def test_what_is_said_about_the_machine_does_not_name_it():
    assert set(machine()) == {"system", "architecture", "processors"}
    assert machine()["processors"] >= 1
    assert peak_memory_mib() > 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", now())


def test_versions_of_the_packages(monkeypatch):
    versions = package_versions()
    assert {"python", "numpy", "torch"} <= set(versions)
    monkeypatch.setattr(provenance, "PACKAGES", ("numpy", "no-such-package"))
    assert set(package_versions()) == {"python", "numpy"}
