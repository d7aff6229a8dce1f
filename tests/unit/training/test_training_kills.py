"""A training that is killed (SIGKILL) again and again at any point of its code, and ends as if it never was.

A process imports torch once and forks a child for each part of the training; a child kills itself. It runs no torch
operation itself, so that no thread of torch's is lost in a fork.
"""

import json
import os
import subprocess
import sys

import pytest

from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.training.snapshots import find_snapshots

KILLS = 30

SETTINGS = {
    "training": {"iterations": 60, "log_every": 7, "checkpoint_every": 1, "snapshots": "powers_of_two"},
    "discriminator": {"warmup_iterations": 5, "skip_below": 0.66},
}

SERVER = '''
"""Train to the end in forked children, of which all but the last kill themselves."""
import importlib, json, os, random, signal, sys, traceback
from pathlib import Path

import freqbench.restoration
from freqbench.config import parse_config
from freqbench.run import Run
from freqbench.training.identity import training_fingerprint
from freqbench.training.run import train

whole, killed, kills = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
rng = random.Random(5)
WATCHED = ("freqbench/training/", "freqbench/files.py")


class View:
    def start(self, done, total): pass
    def step(self): pass
    def record(self, record): pass
    def say(self, text): pass


def run_of(config_file):
    return Run(parse_config(json.loads(config_file.read_text()), "test"), "tiny", "lffl_a1")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at_event(number):
    """Die at a call or return in the training's own code, calls of C functions (renames among them) included."""
    left = number

    def count(frame, event, argument):
        nonlocal left
        if any(name in frame.f_code.co_filename for name in WATCHED):
            left -= 1
            if left == 0:
                die()

    sys.setprofile(count)


def kill_in_write(number, share):
    """Die when a state is partly on the disk."""
    open_path, left = Path.open, number

    def opened(self, mode="r", *arguments, **options):
        nonlocal left
        handle = open_path(self, mode, *arguments, **options)
        if mode == "wb" and self.name.startswith(".split"):
            left -= 1
            if left == 0:
                write = handle.write

                class Torn:
                    def __enter__(self): return self
                    def __exit__(self, *_): handle.close()
                    def write(self, content):
                        write(content[: int(share * len(content))])
                        handle.flush()
                        os.fsync(handle.fileno())
                        die()

                return Torn()
        return handle

    Path.open = opened


def part(config_file, how=None, modules=None):
    pid = os.fork()
    if pid == 0:
        try:
            if how is not None:
                how[0](*how[1:])
            train(run_of(config_file), View())
            if modules is not None:
                modules.write_text(json.dumps(list(sys.modules)))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]


# what a training imports on its way is imported here once, and not in each child
modules = whole.with_suffix(".modules")
ends = [part(whole, modules=modules)]
for name in json.loads(modules.read_text()):
    try:
        importlib.import_module(name)
    except Exception:
        pass  # names that stand for no module of their own

# and the package's source is hashed once
training_fingerprint(run_of(killed))

done, torn = 0, 0
while done < kills:
    torn_now = done % 4 == 3
    how = (kill_in_write, rng.randint(1, 3), rng.random()) if torn_now else (kill_at_event, rng.randint(200, 4000))
    status = part(killed, how)
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        sys.exit(f"kill {done}: the part ended by itself with {status}")
    done, torn = done + 1, torn + torn_now
ends.append(part(killed))
print(json.dumps({"kills": done, "torn": torn, "ends": ends}))
'''


@pytest.mark.slow
def test_thirty_kills_in_one_training_change_no_byte(make_study, tmp_path):
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    studies = [make_study(name=name, **SETTINGS) for name in ("whole", "killed")]
    for config in studies:
        write_json(tmp_path / f"{config.name}.json", config.model_dump(mode="json"))
    done = subprocess.run(
        [sys.executable, script, tmp_path / "whole.json", tmp_path / "killed.json", str(KILLS)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert (said["kills"], said["ends"]) == (KILLS, [0, 0])
    assert said["torn"] >= KILLS // 5
    layouts = [Layout.of(config) for config in studies]
    for find in (Layout.generator, Layout.training_log):
        whole, killed = (find(layout, "tiny", "lffl_a1", 1, 0).read_bytes() for layout in layouts)
        assert killed == whole
    whole, killed = (find_snapshots(layout.snapshots("tiny", "lffl_a1", 1, 0)) for layout in layouts)
    assert list(whole) == list(killed) == [1, 2, 4, 8, 16, 32, 60]
    assert all(path.read_bytes() == killed[iteration].read_bytes() for iteration, path in whole.items())
    manifest = json.loads(layouts[1].training_manifest("tiny", "lffl_a1", 1, 0).read_text())
    assert manifest["parts"] > KILLS // 2, "most kills fell after a state that the next part went on from"
    assert not [path for path in (layouts[1].root / "state").rglob("*") if path.is_file()], "nor a torn file"
    assert not [path for path in layouts[1].root.rglob(".*") if path.is_file()]
