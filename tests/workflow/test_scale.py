"""The graph of a larger study: as many jobs as it must have, and no hash taken twice. Times: `benchmarks/dag.py`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

PROFILED = """
import cProfile, json, pstats, sys
from snakemake.cli import main

profile = cProfile.Profile()
profile.enable()
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
finally:
    profile.disable()
calls = {}
for (file, _, name), (_, count, *_rest) in pstats.Stats(profile).stats.items():
    if "freqbench" in file or file.endswith("snakemake/dag.py"):
        calls[f"{file.rpartition('/')[2]}:{name}"] = calls.get(f"{file.rpartition('/')[2]}:{name}", 0) + count
print("CALLS", json.dumps(calls))
"""


def large_study(**size: int) -> dict[str, object]:
    """Return the configuration that the benchmarks plan."""
    code = "import json, sys; from large_study import large_study as made; "
    code += "print(json.dumps(made(**json.loads(sys.argv[1]))))"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "benchmarks")}
    command = [sys.executable, "-c", code, json.dumps(size)]
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def plan(folder: Path, content: dict[str, object]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the jobs by rule, and how often each function of the package and of Snakemake's graph was called."""
    config = folder / "study.yaml"
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    command = [sys.executable, "-c", PROFILED, "--dry-run", "--quiet", "rules", "--configfile", str(config)]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", said, re.MULTILINE | re.DOTALL)
    assert table is not None, said
    jobs = {rule: int(count) for rule, count in (line.split() for line in table[1].splitlines())}
    return jobs, json.loads(said.split("CALLS ")[1].splitlines()[0])


@pytest.mark.slow
def test_the_graph_grows_with_the_trainings_and_the_hashes_do_not(tmp_path):
    methods, seeds, splits, datasets = 7, 2, 2, 2
    size = {"methods": methods, "seeds": seeds, "splits": splits, "datasets": datasets}
    jobs, calls = plan(tmp_path, large_study(**size))
    trainings, controls = methods * seeds * splits * datasets, 3 * splits * datasets
    assert jobs["train"] == jobs["restore_patches"] == trainings
    assert jobs["control"] == controls
    for rule in ("evaluate", "evaluate_nuclei", "spectra"):
        assert jobs[rule] == trainings + controls
    assert jobs["calibrate"] == 4 * splits * datasets, "of six losses four are calibrated"
    for rule in ("compare", "compare_nuclei", "variance_components", "similarity", "figure", "gather", "gather_nuclei"):
        assert jobs[rule] == datasets
    for rule in ("table", "nuclei_table", "fov_table", "report_page", "manifest", "all"):
        assert jobs[rule] == 1

    # what is the same for all seeds and splits is computed once
    assert calls["settings.py:training_settings"] == methods * datasets
    assert calls["code.py:training_code"] <= 3 * methods
    files = len(list((ROOT / "src" / "freqbench").rglob("*.py")))
    assert calls["provenance.py:_imports"] <= files, "each source file is read once"
    # one run adds its own jobs and what they read, nothing to the tables
    edges = calls["dag.py:collect_potential_dependencies"]
    assert edges <= 60 * trainings + 1500, edges
