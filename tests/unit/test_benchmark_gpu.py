"""The script that does the work for a GPU in slices, with made-up stages."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "on_a_gpu.py"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import on_a_gpu

    return on_a_gpu


def stages(folder: Path, *commands: str, goes_on: bool = False) -> None:
    content = [{"name": command, "command": command, "goes_on": goes_on} for command in commands]
    (folder / "stages.json").write_text(json.dumps(content))


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "run", str(folder), *arguments]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_stages_run_once_in_their_order(tmp_path):
    stages(tmp_path, f"echo one >> {tmp_path}/order", f"echo two >> {tmp_path}/order")
    assert run(tmp_path).returncode == 0
    assert run(tmp_path).returncode == 0
    assert (tmp_path / "order").read_text().split() == ["one", "two"]


def test_a_stage_that_fails_does_not_stop_the_others_and_is_tried_again(tmp_path):
    stages(tmp_path, f"test -e {tmp_path}/repaired", f"echo two >> {tmp_path}/order")
    first = run(tmp_path)
    assert first.returncode == 2
    assert "failed with status 1" in first.stdout
    (tmp_path / "repaired").touch()
    assert run(tmp_path).returncode == 0
    assert (tmp_path / "order").read_text().split() == ["two"]


def test_what_goes_on_is_told_the_time_and_called_again(tmp_path):
    stages(tmp_path, f"sh -c 'echo $* >> {tmp_path}/calls; test -e {tmp_path}/enough || exit 75' sh", goes_on=True)
    first = run(tmp_path, "--minutes", "2", "--jobs", "3")
    assert first.returncode == 75
    assert "the same command goes on" in first.stdout
    (tmp_path / "enough").touch()
    assert run(tmp_path).returncode == 0
    option, minutes, jobs_option, jobs = (tmp_path / "calls").read_text().splitlines()[0].split()
    assert (option, jobs_option, jobs) == ("--minutes", "--jobs", "3")
    assert 1.0 < float(minutes) < 1.3  # of two minutes, without what is kept for the end


def test_what_does_not_go_on_is_cut_off_with_its_children(tmp_path):
    stages(tmp_path, f"sleep 60; touch {tmp_path}/late")
    began = time.monotonic()
    done = run(tmp_path, "--minutes", "0.77")
    assert done.returncode == 75
    assert time.monotonic() - began < 50
    assert not subprocess.run(["pgrep", "-f", f"touch {tmp_path}/late"], capture_output=True, check=False).stdout


def test_no_time_is_no_work(tmp_path):
    stages(tmp_path, f"touch {tmp_path}/made")
    assert run(tmp_path, "--minutes", "0.1").returncode == 75
    assert not (tmp_path / "made").exists()


def test_the_commands_are_there_without_an_installation(tmp_path):
    stages(tmp_path, f"freqbench --version > {tmp_path}/version; python -c 'import freqbench'")
    plain = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ""}
    assert run(tmp_path, **plain).returncode == 0
    from freqbench import __version__

    assert (tmp_path / "version").read_text().strip() == __version__


def test_the_mirror_reaches_the_stages(tmp_path):
    stages(tmp_path, f"echo $FREQBENCH_MIRROR > {tmp_path}/mirror")
    run(tmp_path, "--mirror", str(tmp_path))
    assert (tmp_path / "mirror").read_text().strip() == str(tmp_path)


def test_what_is_carried_is_all_that_lacks(module):
    carried = module.carried(["freqbench"], {"numpy", "pandas"})
    assert {"pydantic", "pydantic-core", "piq", "lpips", "pooch", "scipy"} <= set(carried)
    assert not {"numpy", "pandas", "torch", "torchvision", "triton", "pytest", "snakemake"} & set(carried)
    assert not any(name.startswith(("nvidia", "cuda")) for name in carried)


def test_what_others_need_is_carried_too(module):
    assert "typing-inspection" in module.carried(["pydantic"], set())
    assert "typing-inspection" not in module.carried(["freqbench"], {"pydantic", "typing-inspection", "typer"})
