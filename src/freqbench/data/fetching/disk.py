"""Free disk space, checked before anything is written."""

import shutil
from pathlib import Path

from freqbench.errors import FreqbenchError


def require_space(needs: dict[Path, int]) -> None:
    """Check that the disks have room for what is to be written.

    Folders on one disk are counted together.

    Args:
        needs: bytes by folder; a folder need not exist yet.

    Raises:
        FreqbenchError: if a disk has less room than is needed.
    """
    disks: dict[int, tuple[Path, int]] = {}
    for folder, size in needs.items():
        existing = folder.absolute()
        while not existing.exists():
            existing = existing.parent
        device = existing.stat().st_dev
        first, sum_of_sizes = disks.get(device, (existing, 0))
        disks[device] = first, sum_of_sizes + size
    for folder, size in disks.values():
        free = shutil.disk_usage(folder).free
        if size > free:
            raise FreqbenchError(
                f"{folder}: {in_units(size)} are needed (archive and unpacked images), {in_units(free)} are free; "
                "free some space or choose another disk"
            )


def in_units(size: int) -> str:
    """Return a number of bytes in MB, or in GB from 1000 MB on."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
