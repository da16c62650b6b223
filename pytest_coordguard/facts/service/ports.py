"""Ports of this machine."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"
LOOPBACKS = (LOOPBACK, "::1")  # Node and others take `localhost` for the second alone
PATIENCE = 0.5  # seconds; a connection on this machine takes a thousandth of it


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> str:
    """Return the loopback address on which somebody listens on a port, "" when nobody does."""
    for address in LOOPBACKS:
        try:
            with socket.create_connection((address, port), PATIENCE):
                return address
        except OSError:
            continue
    return ""


def base_of(address: str, port: int) -> str:
    """Return the beginning of the URLs there."""
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
