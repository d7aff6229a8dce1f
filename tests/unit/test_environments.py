"""pyproject, lock, conda environment and container recipes name the same packages in the same versions."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
ENVS = ROOT / "envs"
RECIPES = ("Containerfile", "freqbench.def")
LINUX = {
    "python_full_version": "3.12.0",
    "python_version": "3.12",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
}


def lock_entries(name: str = "requirements.lock") -> list[tuple[Requirement, list[str]]]:
    """Return each package of a lock with its hashes."""
    text = (ENVS / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found = []
    for line in filter(None, text.splitlines()):
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        found.append((Requirement(requirement), hashes))
    return found


def versions_on_linux() -> dict[str, str]:
    """Return the version of each package that the lock installs on Linux with the Python of the recipes."""
    return {
        canonicalize_name(entry.name): str(entry.specifier).removeprefix("==")
        for entry, _ in lock_entries()
        if entry.marker is None or entry.marker.evaluate(LINUX)
    }


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked_extras() -> list[str]:
    """Return the extras that `make lock` resolves."""
    return re.findall(r"--extra (\w+)", (ROOT / "Makefile").read_text(encoding="utf-8"))


def test_every_package_of_the_lock_has_one_version_and_hashes():
    for entry, hashes in lock_entries():
        assert re.fullmatch(r"==[^,*]+", str(entry.specifier)), entry
        assert hashes, entry
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), entry


def test_the_lock_satisfies_what_the_project_asks_for():
    assert {"workflow", "dev"} <= set(locked_extras())
    wanted = [*project()["dependencies"], *(one for name in locked_extras() for one in extra(name))]
    found = versions_on_linux()
    for requirement in map(Requirement, wanted):
        assert found[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def extra(name: str) -> list[str]:
    return project()["optional-dependencies"][name]


def test_what_builds_the_package_is_locked():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    for requirement in map(Requirement, build["requires"]):
        assert versions_on_linux()[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_conda_environment_has_names_and_versions_of_the_lock():
    """`make lock` writes it."""
    environment = yaml.safe_load((ENVS / "freqbench.yaml").read_text(encoding="utf-8"))
    python, pip, from_pip = environment["dependencies"]
    assert (python, pip) == (f"python={LINUX['python_version']}", "pip")
    found = {canonicalize_name(one.name): str(one.specifier) for one in map(Requirement, from_pip["pip"])}
    assert found == {name: f"=={version}" for name, version in versions_on_linux().items()}


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_installs_the_lock_with_its_hashes(recipe):
    text = (ENVS / recipe).read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if re.search(r"\b(pip install|pip sync)\b", line)]
    assert len(installs) == 3
    for line, lock in zip(installs, ("bootstrap.lock", "requirements.lock", ""), strict=True):
        assert ("--require-hashes" in line and line.split()[-2 if line.endswith("\\") else -1].endswith(lock)) or (
            not lock and "--no-deps --no-build-isolation" in line
        ), line
    assert f"python:{LINUX['python_version']}-" in text
    assert "http" not in text, "no address of an index"
    assert "index" not in text.replace("envs/", "")


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_a_recipe_copies_is_there(recipe):
    text = (ENVS / recipe).read_text(encoding="utf-8")
    if recipe == "Containerfile":
        sources = [name for line in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE) for name in line.split()]
    else:
        part = text.split("%files\n")[1].split("\n\n")[0]
        sources = [line.split()[0] for line in part.splitlines()]
    assert {"src", "workflow", "Snakefile", "pyproject.toml", "envs/requirements.lock"} <= set(sources)
    for name in sources:
        assert (ROOT / name).exists(), name


def test_both_recipes_are_the_same():
    steps = []
    for recipe in RECIPES:
        text = (ENVS / recipe).read_text(encoding="utf-8")
        lines = re.findall(r"(?:python -m pip|uv pip) [^\n\\]+", text)
        steps.append([line.strip() for line in lines])
    assert steps[0] == steps[1]


def test_the_bootstrap_is_a_part_of_the_lock():
    part = lock_entries("bootstrap.lock")
    assert [entry.name for entry, _ in part] == ["uv"]
    whole = {entry.name: (entry.specifier, hashes) for entry, hashes in lock_entries()}
    assert all(whole[entry.name] == (entry.specifier, hashes) for entry, hashes in part)


def test_the_python_of_the_recipes_is_supported():
    from packaging.specifiers import SpecifierSet

    assert LINUX["python_version"] in SpecifierSet(str(project()["requires-python"]))
