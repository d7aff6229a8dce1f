"""A real Slurm of one node, in a folder of its own; it is torn down again, and a Slurm that is there stays as it is."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from slurm_files import write_files

DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun")
PATIENCE = 60.0
"""Seconds that starting or stopping may take."""
LONG_TESTS = "FREQBENCH_TEST_SLURM_LONG"
"""Environment variable that asks for the tests that take minutes each."""


class ClusterError(RuntimeError):
    """The cluster does not start; the message holds the end of the logs."""


def missing_programs() -> list[str]:
    """Return the programs of Slurm and munge that are not installed; daemons lie outside of a user's PATH."""
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
    return [name for name in (*DAEMONS, *COMMANDS) if shutil.which(name, path=path) is None]


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Attributes:
        folder: where all its files are.
    """

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which the commands of Slurm find this cluster."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def command(self, *words: str, timeout: float = PATIENCE) -> str:
        """Run a command of Slurm or a daemon; return what it prints."""
        try:
            done = subprocess.run(
                words,
                env=os.environ | self.environment,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise ClusterError(f"{words[0]}: {error.stderr.strip()}\n{self.logs()}") from error
        return done.stdout

    def running_jobs(self) -> list[str]:
        """Return the numbers of the jobs that run."""
        return self.command("squeue", "--noheader", "--states=R", "--format=%i").split()

    def logs(self) -> str:
        """Return the ends of all logs."""
        ends = [(path.name, path.read_text(errors="replace")[-2000:]) for path in sorted(self.folder.glob("*.log"))]
        return "\n".join(f"--- {name}\n{text}" for name, text in ends)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a cluster; stop it and remove its folder at the end, however the end comes about.

    SIGTERM ends the tests like Ctrl-C, so that it is torn down then, too; after SIGKILL the daemons end by themselves.

    Raises:
        ClusterError: if it does not start.
    """
    before = signal.signal(signal.SIGTERM, _interrupt)
    # munge refuses a socket in a folder that others cannot enter, and a socket's path has to be short
    folder = Path(tempfile.mkdtemp(prefix="freqbench-slurm-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    try:
        write_files(folder)
        _start(cluster)
        yield cluster
    finally:
        _stop(cluster)
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _start(cluster: Cluster) -> None:
    folder = cluster.folder
    files = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log"}
    files["seed-file"] = "munge.seed"
    options = [f"--{option}={folder / name}" for option, name in files.items()]
    _start_daemon(cluster, "munged", "--foreground", *options)
    if not wait_for((folder / "munge.socket").exists, PATIENCE):
        raise ClusterError(f"munged does not start\n{cluster.logs()}")
    for daemon in ("slurmctld", "slurmd"):
        _start_daemon(cluster, daemon, "-D", "-f", str(folder / "slurm.conf"))

    def is_idle() -> bool:
        with suppress(ClusterError):
            return cluster.command("sinfo", "--noheader", "--format=%T").strip() == "idle"
        return False

    if not wait_for(is_idle, PATIENCE):
        raise ClusterError(f"the node is not ready after {PATIENCE:.0f} s\n{cluster.logs()}")


def _start_daemon(cluster: Cluster, *words: str) -> None:
    """Start a daemon that is told to stop when the process of the tests dies, however it dies."""
    with (cluster.folder / f"{words[0]}.out").open("wb") as output:
        subprocess.Popen(
            ["setpriv", "--pdeathsig=TERM", *words],
            env=os.environ | cluster.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _stop(cluster: Cluster) -> None:
    """End all jobs, then the daemons; kill what is left of them."""
    with suppress(ClusterError, subprocess.TimeoutExpired, OSError):
        if (cluster.folder / "slurmctld.pid").exists():
            # SIGKILL: nobody waits for the results of a test that is over
            cluster.command("scancel", "--full", "--signal=KILL", f"--user={os.getuid()}")
            wait_for(lambda: not cluster.running_jobs(), 10.0)
    for daemon in reversed(DAEMONS):
        _end_process(cluster.folder / f"{daemon}.pid")


def _end_process(pid_file: Path) -> None:
    with suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
        process = psutil.Process(int(pid_file.read_text()))
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10.0)
        except psutil.TimeoutExpired:
            process.kill()


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether a condition came true within a time."""
    end = time.monotonic() + seconds
    while not (is_true := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return is_true
