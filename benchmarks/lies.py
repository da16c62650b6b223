"""How many of the lies get through: the battery against this gate and against other tools, as a table.

python benchmarks/lies.py [--python PYTHON …] [--peer NAME=PYTHON …] [--only NAME …]

Each interpreter brings its own pytest; a peer's brings the tool that `lies_peers.py` has an adapter for. Progress goes
to standard error, the table in Markdown to standard output; where a tool answers otherwise with workers, its cell
reads "serial / -n 2". Exit status 1 when our own gate was wrong anywhere.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    """One tool, with one pytest."""

    title: str
    cell: Callable[[str, Path, Sequence[str]], str]  # situation, empty folder, arguments of the mode


def version_of(python: str, distribution: str) -> str:
    """Return the version of a distribution that an interpreter has."""
    told = f"from importlib.metadata import version; print(version({distribution!r}))"
    return subprocess.run([python, "-c", told], capture_output=True, text=True, check=True).stdout.strip()


def our_column(python: str) -> Column:
    """Return the column of this gate."""

    def cell(name: str, folder: Path, mode: Sequence[str]) -> str:
        trouble = battery.run(name, folder, *mode, python=python).trouble(battery.EVERY[name])
        if trouble:
            print(f"{name}: {trouble}", file=sys.stderr, flush=True)
        return wrong(name) if trouble else OK

    return Column(f"coordguard, pytest {version_of(python, 'pytest')}", cell)


def peer_column(kind: type[peers.Peer], python: str) -> Column:
    """Return the column of another tool: a lie is let through, and honest work refused, by the exit status."""
    peer = kind(battery.lies.BASE)

    def cell(name: str, folder: Path, mode: Sequence[str]) -> str:
        if not peer.knows(name):
            return ABSENT
        situation = peer.translated(battery.EVERY[name])
        battery.lies.build(situation, folder)
        command = [*peer.command(python), *situation.arguments, *mode]
        done = subprocess.run(command, cwd=folder, env=battery.QUIET, capture_output=True, timeout=300, check=False)
        return OK if (done.returncode == 0) == (name in battery.lies.HONEST) else wrong(name)

    brought = "" if peer.distribution == "pytest" else f", pytest {version_of(python, 'pytest')}"
    return Column(f"{peer.distribution} {version_of(python, peer.distribution)}{brought}", cell)


def wrong(name: str) -> str:
    """Return what a wrong answer to a situation is called."""
    return RED if name in battery.lies.HONEST else OPEN


def measured(column: Column, name: str, mode: str) -> str:
    """Build a situation, run one tool in it, and return what it did."""
    with tempfile.TemporaryDirectory(prefix="lie-", ignore_cleanup_errors=True) as folder:
        found = column.cell(name, Path(folder), MODES[mode])
    print(f"{name}: {column.title}, {mode}: {found}", file=sys.stderr, flush=True)
    return found


def line(head: str, cells: Iterable[Sequence[str]]) -> str:
    """Return a line of the table; a cell in which the modes agree says it once."""
    return f"| {head} | " + " | ".join(" / ".join(dict.fromkeys(cell)) for cell in cells) + " |"


def total(found: Mapping[str, str], what: str) -> str:
    """Return how many answers were wrong in that way, of those situations that apply."""
    mine = [answer for name, answer in found.items() if wrong(name) == what and answer != ABSENT]
    return f"**{mine.count(what)} of {len(mine)}**"


def table(columns: Sequence[Column], modes: Sequence[str], names: Sequence[str], jobs: int) -> bool:
    """Print the table as it grows; return whether this gate was right everywhere."""
    print(line("situation", [[column.title] for column in columns]))
    print("|---" * (len(columns) + 1) + "|", flush=True)
    answers: dict[tuple[Column, str], dict[str, str]] = {(column, mode): {} for column in columns for mode in modes}
    with ThreadPoolExecutor(jobs) as pool:
        asked = {name: {way: pool.submit(measured, way[0], name, way[1]) for way in answers} for name in names}
        for name, futures in asked.items():
            for way, future in futures.items():
                answers[way][name] = future.result()
            cells = [[answers[column, mode][name] for mode in modes] for column in columns]
            print(line(f"`{name}`", cells), flush=True)
    for head, what in (("**lies let through**", OPEN), ("**honest work refused**", RED)):
        sums = [[total(answers[column, mode], what) for mode in modes] for column in columns]
        print(line(head, sums))
    ours = [found for (column, _), found in answers.items() if column.title.startswith("coordguard")]
    return all(answer == OK for found in ours for answer in found.values())


def main() -> int:
    """Print the table; return 1 when our gate was wrong anywhere."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], help="run this gate with it")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON", help=", ".join(peers.PEERS))
    parser.add_argument("--mode", action="append", choices=list(MODES))
    parser.add_argument("--only", action="append", default=[], metavar="SITUATION")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    asked = [one.partition("=") for one in options.peer]
    ours = options.python or ([] if asked else [sys.executable])
    columns = [our_column(python) for python in ours]
    columns += [peer_column(peers.PEERS[name], python) for name, _, python in asked]
    every = [*battery.lies.SITUATIONS, *battery.lies.HONEST]
    names = [name for name in every if name in options.only] if options.only else every
    return 0 if table(columns, options.mode or list(MODES), names, options.jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
