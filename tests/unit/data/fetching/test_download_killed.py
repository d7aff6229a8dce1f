"""A download whose process is killed goes on where it was."""

import subprocess
import sys
import time

import numpy as np

from freqbench.data.fetching.content import Content
from freqbench.data.fetching.download import download

BYTES = np.random.default_rng(0).bytes(400_000)
PROGRAM = """
import sys
from pathlib import Path
from freqbench.data.fetching.download import download
download(sys.argv[1], Path(sys.argv[2]))
"""


def test_a_killed_process(server, answer, waits, tmp_path):
    path = tmp_path / "images.tar"
    part = tmp_path / "images.tar.part"
    stalls = answer.whole(BYTES, upto=200_000, then=lambda _: server.over.wait(60))
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, server.answers(stalls), str(path)])
    try:
        end = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size >= 100_000):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    assert not path.exists()
    begin = part.stat().st_size
    download(server.answers(answer.whole(BYTES)), path, Content())
    assert path.read_bytes() == BYTES
    assert server.ranges == [f"bytes={begin}-"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".images.tar.busy", "images.tar"]


def test_two_processes_at_once_make_one_download(server, answer, tmp_path):
    path = tmp_path / "images.tar"
    server.answers(answer.whole(BYTES, upto=None, then=lambda _: server.over.wait(0.2)))
    processes = [subprocess.Popen([sys.executable, "-c", PROGRAM, server.address, str(path)]) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert path.read_bytes() == BYTES
    assert len(server.seen) == 1
