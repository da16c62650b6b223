"""The ports on which a process and those below it listen: proc(5), on Linux alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

LISTEN = "0A"  # of the fourth column of /proc/net/tcp: include/net/tcp_states.h
TABLES = ("tcp", "tcp6")


def listening_ports(pid: int) -> list[int]:
    """Return them sorted; none where nothing can be seen."""
    ports: set[int] = set()
    for below in _family(pid):
        sockets = _sockets(below)
        ports |= {port for port, inode in _listening(below) if inode in sockets}
    return sorted(ports)


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _sockets(pid: int) -> set[str]:
    found = set()
    try:
        for open_file in Path(f"/proc/{pid}/fd").iterdir():
            found.add(_target(open_file))
    except OSError:
        return set()
    return {target.removeprefix("socket:[").removesuffix("]") for target in found if target.startswith("socket:[")}


def _target(link: Path) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115  # "socket:[123]" is no path
    except OSError:
        return ""  # closed meanwhile


def _listening(pid: int) -> Iterator[tuple[int, str]]:
    for table in TABLES:
        try:
            lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, _, state, *rest = line.split()
            if state == LISTEN:
                yield int(local.rpartition(":")[2], 16), rest[5]
