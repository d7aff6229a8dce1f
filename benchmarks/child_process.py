"""What one command takes: seconds, seconds on the processor, memory. Its children count, too."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: from start to end.
        processor_seconds: of user and system, its children's included.
        memory_mib: the largest resident memory of the process itself.
    """

    seconds: float
    processor_seconds: float
    memory_mib: float


MEASURED = """
import resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)
print(time.perf_counter() - began, used.ru_utime + used.ru_stime, peak, file=sys.stderr)
sys.exit(done.returncode)
"""


def run_child(command: Sequence[str]) -> tuple[Cost, str]:
    """Run a command; return what it took and what it said. A failure ends the benchmark.

    A process of its own waits for it: the peak of the children of this one is that of all of them so far.
    """
    with tempfile.TemporaryFile("w+") as said:
        waiting = [sys.executable, "-c", MEASURED, *command]
        done = subprocess.run(waiting, stdout=said, stderr=subprocess.PIPE, text=True, check=False)
        said.seek(0)
        output = said.read()
    *words, measured = done.stderr.rstrip("\n").split("\n")
    if done.returncode:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{output}\n" + "\n".join(words)[-3000:])
    return Cost(*map(float, measured.split())), output + "\n".join(words)
