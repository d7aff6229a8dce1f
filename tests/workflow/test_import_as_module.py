"""Another workflow imports this one with `module`, gives it its own configuration, and goes on from its results."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "module"


def snakemake(folder: Path, *arguments: str) -> str:
    """Run the example in a folder; return what it says."""
    binaries = Path(sys.executable).parent
    command = [str(binaries / "snakemake"), "--snakefile", str(EXAMPLE / "Snakefile"), "--directory", str(folder)]
    command += ["--configfile", str(EXAMPLE / "config.yaml"), "--cores", "2", *arguments]
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def jobs(output: str) -> dict[str, int]:
    table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", output, re.MULTILINE | re.DOTALL)
    assert table is not None, output
    return {rule: int(count) for rule, count in (line.split() for line in table[1].splitlines())}


def test_the_plan_of_the_example_has_the_imported_rules_and_its_own(tmp_path):
    planned = jobs(snakemake(tmp_path, "--dry-run"))
    assert planned.pop("best") == 1
    assert planned.pop("freqbench_table") == 1
    assert planned.pop("freqbench_train") == 2
    assert all(name.startswith("freqbench_") for name in planned)
    written = [path.name for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert written == ["config.json"], "a dry run writes what the steps would read, and no result"


def test_a_key_of_the_imported_study_is_overridden_on_the_command_line(tmp_path):
    planned = jobs(snakemake(tmp_path, "--dry-run", "--config", "freqbench={seeds: [0, 1, 2]}"))
    assert planned["freqbench_train"] == 6


@pytest.mark.slow
def test_the_example_runs_with_its_own_configuration(tmp_path):
    snakemake(tmp_path)
    study = tmp_path / "results" / "imported"
    written = json.loads((study / "config.json").read_text(encoding="utf-8"))
    assert written["training"]["iterations"] == 2
    assert [method["name"] for method in written["methods"]] == ["spatial", "lffl_a1"]
    table = pd.read_csv(study / "tables" / "table1.csv").query("metric == 'psnr'").set_index("method")["mean"]
    assert set(table.index) == {"input", "spatial", "lffl_a1"}
    method, value = (tmp_path / "results" / "best.txt").read_text(encoding="utf-8").split()
    assert (method, float(value)) == (table.idxmax(), table.max())
    # a second call finds everything there
    assert "Nothing to be done" in snakemake(tmp_path, "--dry-run")


def test_the_catalog_file_says_what_there_is():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    assert usage["report"] is True
    assert (ROOT / "workflow" / "report" / "workflow.rst").is_file()
    assert usage["software-stack-deployment"]["conda"] is True
    assert (ROOT / "envs" / "freqbench.yaml").is_file()
    for path in ("config/README.md", "workflow/schemas/config.schema.json", "LICENSE", "Snakefile"):
        assert (ROOT / path).is_file(), path
