"""Ports of this machine."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"
PATIENCE = 0.5  # seconds; a connection on this machine takes a thousandth of it


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    try:
        with socket.create_connection((LOOPBACK, port), PATIENCE):
            return True
    except OSError:
        return False
