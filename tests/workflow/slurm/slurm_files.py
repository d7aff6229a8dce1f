"""The files of a Slurm of one node that lies in one folder and talks over the loopback interface alone."""

import getpass
import secrets
import shutil
import socket
from pathlib import Path

GPUS = 2
"""Generic resources named ``gpu`` of the node."""
CPUS = 2
"""Processors that the node says it has."""
GRACE = 15
"""Seconds between the SIGTERM that tells a job of the partition ``batch`` to give way and its SIGKILL."""

SLURM_CONF = """\
ClusterName=freqbench
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# no control groups and no accounting: neither is to be had everywhere
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,bf_interval=1
# the node may have fewer cores and less memory than it says
SlurmdParameters=config_overrides
ReturnToService=2
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=65536 Gres=gpu:{gpus} State=UNKNOWN
# jobs of the one give way to those of the other, and come back
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=batch Nodes={host} Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime={grace}
PartitionName=urgent Nodes={host} MaxTime=INFINITE State=UP PriorityTier=2 PreemptMode=OFF
"""

GRES_CONF = """\
AutoDetect=off
NodeName={host} Name=gpu File={folder}/gpu[0-{last}]
"""


def write_files(folder: Path) -> None:
    """Write configuration, key, devices and commands of a cluster into a folder."""
    host = socket.gethostname().split(".")[0]
    controller_port, node_port = free_ports(2)
    values = {
        "folder": folder,
        "host": host,
        "user": getpass.getuser(),
        "controller_port": controller_port,
        "node_port": node_port,
        "gpus": GPUS,
        "cpus": CPUS,
        "grace": GRACE,
        "last": GPUS - 1,
    }
    (folder / "slurm.conf").write_text(SLURM_CONF.format(**values), encoding="utf-8")
    (folder / "gres.conf").write_text(GRES_CONF.format(**values), encoding="utf-8")
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir(mode=0o755)
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    # slurmd accepts device files alone, and follows links: so no privilege is needed to make them
    for number in range(GPUS):
        (folder / f"gpu{number}").symlink_to("/dev/null")
    _write_srun(folder)


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _write_srun(folder: Path) -> None:
    """Write an `srun` that finds this cluster: the plugin takes all variables that begin with SLURM_ away from it."""
    command = folder / "bin" / "srun"
    command.write_text(
        f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)
