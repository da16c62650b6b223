"""How many of the lies get through: the battery against this gate and against other tools, as a table.

python benchmarks/lies.py [--python PYTHON …] [--peer NAME=PYTHON …] [--only NAME …]

Each interpreter brings its own pytest; a peer's brings the tool that `lies_peers.py` has an adapter for. Progress goes
to standard error, the table in Markdown to standard output. Exit status 1 when our own gate was wrong anywhere.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


battery = _module("coordguard_battery", HERE.parent / "tests" / "plugin" / "battery.py")
peers = _module("coordguard_lies_peers", HERE / "lies_peers.py")

MODES = {"serial": (), "-n 2": ("-n", "2")}
OK, OPEN, RED, ABSENT = "ok", "**let through**", "**refused**", "n/a"


@dataclass(frozen=True, slots=True)
class Column:
    """One tool, one way to run it."""

    title: str
    cell: Callable[[str, Path], str]


def version_of(python: str, distribution: str) -> str:
    """Return the version of a distribution that an interpreter has."""
    told = f"from importlib.metadata import version; print(version({distribution!r}))"
    return subprocess.run([python, "-c", told], capture_output=True, text=True, check=True).stdout.strip()


def our_column(python: str, mode: str) -> Column:
    """Return the column of this gate."""

    def cell(name: str, folder: Path) -> str:
        situation = battery.EVERY[name]
        result = battery.run(name, folder, *MODES[mode], python=python)
        trouble = result.trouble(situation)
        return f"{OPEN if name in battery.lies.SITUATIONS else RED}: {trouble}" if trouble else OK

    return Column(f"coordguard, pytest {version_of(python, 'pytest')}, {mode}", cell)


def peer_column(kind: type[peers.Peer], python: str, mode: str) -> Column:
    """Return the column of another tool: a lie is let through, and honest work refused, by the exit status."""
    peer = kind(battery.lies.BASE)

    def cell(name: str, folder: Path) -> str:
        if not peer.knows(name):
            return ABSENT
        situation = peer.translated(battery.EVERY[name])
        battery.lies.build(situation, folder)
        command = [*peer.command(python), *situation.arguments, *MODES[mode]]
        try:
            done = subprocess.run(command, cwd=folder, env=battery.QUIET, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return OK if name in battery.lies.SITUATIONS else RED
        if name in battery.lies.SITUATIONS:
            return OPEN if done.returncode == 0 else OK
        return OK if done.returncode == 0 else RED

    return Column(f"{peer.distribution} {version_of(python, peer.distribution)}, {mode}", cell)


def measured(column: Column, name: str) -> str:
    """Build a situation, run one tool in it, and return its cell."""
    with tempfile.TemporaryDirectory(prefix="lie-", ignore_cleanup_errors=True) as folder:
        found = column.cell(name, Path(folder))
    if found not in (OK, ABSENT):
        print(f"{name}: {column.title}: {found}", file=sys.stderr, flush=True)
    return found


def totals(cells: Sequence[str], names: Sequence[str]) -> tuple[str, str]:
    """Return how many lies of those that apply came through, and how many honest repositories were refused."""
    lies = Counter(
        cell.partition(":")[0] for cell, name in zip(cells, names, strict=True) if name not in battery.lies.HONEST
    )
    honest = Counter(
        cell.partition(":")[0] for cell, name in zip(cells, names, strict=True) if name in battery.lies.HONEST
    )
    return (
        f"**{lies[OPEN]} of {lies.total() - lies[ABSENT]}**",
        f"**{honest[RED]} of {honest.total() - honest[ABSENT]}**",
    )


def columns_of(options: argparse.Namespace) -> list[Column]:
    """Return the columns that the command line asks for; ours with this interpreter when it asks for none."""
    asked = [one.partition("=") for one in options.peer]
    ours = options.python or ([] if asked else [sys.executable])
    modes = options.mode or list(MODES)
    return [
        *(our_column(python, mode) for python in ours for mode in modes),
        *(peer_column(peers.PEERS[name], python, mode) for name, _, python in asked for mode in modes),
    ]


def main() -> int:
    """Print the table; return 1 when our gate was wrong anywhere."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], help="run this gate with it")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON", help=", ".join(peers.PEERS))
    parser.add_argument("--mode", action="append", choices=list(MODES))
    parser.add_argument("--only", action="append", default=[], metavar="SITUATION")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    columns = columns_of(options)
    order = {name: place for place, name in enumerate([*battery.lies.SITUATIONS, *battery.lies.HONEST])}
    names = sorted(options.only or order, key=order.__getitem__)
    print("| situation | " + " | ".join(column.title for column in columns) + " |")
    print("|---" * (len(columns) + 1) + "|", flush=True)
    rows: list[list[str]] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        asked = [[pool.submit(measured, column, name) for column in columns] for name in names]
        for name, futures in zip(names, asked, strict=True):
            rows.append([future.result() for future in futures])
            print(f"| {battery.EVERY[name].says} (`{name}`) | " + " | ".join(rows[-1]) + " |", flush=True)
    sums = [totals(cells, names) for cells in zip(*rows, strict=True)]
    print("| **lies let through, of those that apply** | " + " | ".join(lies for lies, _ in sums) + " |")
    print("| **honest repositories refused** | " + " | ".join(honest for _, honest in sums) + " |")
    wrong = sum(
        cell.startswith((OPEN, RED))
        for row in rows
        for cell, c in zip(row, columns, strict=True)
        if c.title.startswith("coordguard")
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
