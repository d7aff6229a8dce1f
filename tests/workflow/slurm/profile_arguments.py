"""How the tests call snakemake with the profile for Slurm."""

from pathlib import Path

PROFILE = Path(__file__).parents[3] / "workflow" / "profiles" / "slurm"


def on_slurm() -> list[str]:
    """Return the arguments; one node shares its disk with itself, so the waits of the profile are not needed."""
    quick = ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"]
    return ["--profile", str(PROFILE), *quick]
