"""What depends on the machine stands in profiles, for rules that exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROFILES = ROOT / "workflow" / "profiles"
RULES = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")])
NAMES = set(re.findall(r"^rule (\w+):", RULES, re.MULTILINE))


def profile(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((PROFILES / name / "config.yaml").read_text(encoding="utf-8"))
    return content


def on_a_gpu(name: str) -> set[str]:
    """Return the rules that have a GPU in a profile."""
    return {rule for rule, resources in profile(name)["set-resources"].items() if resources.get("gpu") == 1}


def test_no_rule_has_resources_of_its_own() -> None:
    assert not re.findall(r"^ +(?:resources|group):", RULES, re.MULTILINE)


@pytest.mark.parametrize("name", ["gpu", "slurm"])
@pytest.mark.parametrize("key", ["set-resources", "groups"])
def test_the_rules_of_a_profile_exist(name: str, key: str) -> None:
    assert set(profile(name).get(key, {})) <= NAMES


def test_the_steps_that_reserve_a_gpu_have_one() -> None:
    """On Slurm the spectra are measured in the job of the restored images, which has one."""
    measured = {"restore_patches", "evaluate", "spectra"}
    assert on_a_gpu("gpu") == on_a_gpu("slurm") | {"spectra"}
    assert {profile("slurm")["groups"][rule] for rule in measured} == {"measure"}


def test_the_rules_whose_code_reserves_a_gpu_have_one() -> None:
    source = ROOT / "src"
    found = set()
    for text in re.split(r"^rule ", RULES, flags=re.MULTILINE)[1:]:
        modules = re.findall(r'source_hash\("([\w.]+)"', text)
        files = [source.joinpath(*module.split(".")).with_suffix(".py") for module in modules]
        if any("claim_device(" in path.read_text(encoding="utf-8") for path in files if path.is_file()):
            found.add(text.split(":")[0])
    # the hashes of these come from functions of the workflow
    assert found == on_a_gpu("gpu") - {"train", "calibrate", "sensitivity"}


def test_the_default_profile_lies_where_snakemake_looks_for_it() -> None:
    assert (ROOT / "profiles" / "default" / "config.yaml").samefile(PROFILES / "default" / "config.yaml")
