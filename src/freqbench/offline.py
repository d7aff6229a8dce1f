"""No network: with FREQBENCH_OFFLINE set, what would be downloaded is one clear error instead."""

import os
import socket
import sys
from typing import Any

from freqbench.errors import FreqbenchError

OFFLINE_VARIABLE = "FREQBENCH_OFFLINE"
OFF = ("", "0", "false", "no")
"""Values of the variable that allow the network."""
OTHER_LIBRARIES = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
"""Variables by which libraries that freqbench may load are told the same."""
EVENTS = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")
"""What Python announces before it reaches for another machine (audit events, PEP 578)."""
HERE = ("localhost", "127.0.0.1", "::1", "", None)


def is_offline() -> bool:
    """Return whether the network is forbidden.

    Raises:
        FreqbenchError: if the variable has another value than on or off.
    """
    value = os.environ.get(OFFLINE_VARIABLE, "").strip().lower()
    if value in OFF:
        return False
    if value in ("1", "true", "yes"):
        return True
    raise FreqbenchError(f"{OFFLINE_VARIABLE}: is {value!r}; 1 forbids the network, 0 allows it")


def refuse_download(file_name: str, address: str, places: str) -> None:
    """Raise where a file would be downloaded and the network is forbidden; else do nothing.

    Args:
        file_name: what is missing.
        address: where it would come from.
        places: the folders in which it would be found.

    Raises:
        FreqbenchError: naming the file, and the command that brings it.
    """
    if is_offline():
        raise FreqbenchError(
            f"{file_name}: is not here, and {OFFLINE_VARIABLE} forbids to download it from {address}; on a machine "
            f"with network run `freqbench fetch --all -c CONFIG`, or put the file into {places}"
        )


def enforce() -> None:
    """Forbid the network to everything in this process, libraries included, if the variable asks for it.

    Every connection to another machine then raises before a packet is sent. What runs on this machine can be reached.
    There is no way back: the process stays offline.

    Raises:
        FreqbenchError: as `is_offline`.
    """
    if not is_offline():
        return
    os.environ.update(OTHER_LIBRARIES)
    sys.addaudithook(_refuse_connections)


def _refuse_connections(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in EVENTS:
        return
    target = _target(event, arguments)
    if target in HERE:
        return
    raise FreqbenchError(
        f"{target}: a connection was tried, but {OFFLINE_VARIABLE} forbids the network; on a machine with network run "
        "`freqbench fetch --all -c CONFIG`, which brings what a study needs"
    )


def _target(event: str, arguments: tuple[Any, ...]) -> str | None:
    """Return the host that an event is about, None for sockets that stay on this machine."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
        return host.decode() if isinstance(host, bytes) else host
    connection, address = arguments[:2]
    if connection.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return None
    return str(address[0])
