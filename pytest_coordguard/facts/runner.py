"""Runs the repository's own tests in a process of their own and hears the witness."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.domain.testimony import Event, Testimony
from pytest_coordguard.facts.process import ending_with_us, for_the_repository

START = Path(__file__).parent.parent / "witness" / "coordguard_start.py"
ROUNDS = 50  # how often a run whose process dies is taken up again, one test further on
KEEP = 20_000  # characters of output
ENVIRONMENTS = tuple(
    f"{folder}/{python}" for folder in (".venv", "venv", "env") for python in ("bin/python", "Scripts/python.exe")
)


@dataclass(frozen=True, slots=True)
class Request:
    """What the runner is asked to run."""

    root: Path  # where the tests run
    gate: str
    criteria: tuple[str, ...]  # all ids of the plan
    select: tuple[str, ...]  # those whose claims are to be run
    claims: Mapping[str, Sequence[str]]  # criterion -> the paths and node ids that the plan names
    folders: tuple[str, ...]  # where claims by the marker are looked for
    paths: tuple[str, ...] = ()  # of the command line: tests there with the gate's own mark run too
    args: tuple[str, ...] = ()  # added to the pytest command line
    mark: str | None = ""  # a mark expression that narrows the tests; None: the repository's settings say
    home: Path | None = None  # where the plan's interpreter lies, when that is not where the tests run
    guardrails: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    # the repository's own: check -> criterion -> parameters


def interpreter(runner: Runner, root: Path) -> str:
    """Return the interpreter that runs the repository's tests.

    Raises:
        FileNotFoundError: the plan names one that is not there.

    """
    if not runner.python:
        return sys.executable
    inside = root / runner.python
    found = str(inside) if inside.is_file() else "/" not in runner.python and shutil.which(runner.python)
    if not found:
        raise FileNotFoundError(f"runner: python: {runner.python!r} is neither a file of the repository nor a command")
    return found


@dataclass(frozen=True, slots=True)
class _Order:
    """What stays the same from round to round."""

    request: Request
    runner: Runner
    python: str  # the interpreter
    targets: Sequence[str]  # what pytest collects
    deadline: float  # on the monotonic clock


def search_path(runner: Runner, root: Path, environ: Mapping[str, str]) -> str:
    """Return a PATH on which `python`, and the tools beside it, are those that run the repository's tests.

    Which they are anyway when a virtual environment is activated: one that was only started by its path,
    as `.venv/bin/pytest`, would leave `python -m coverage` to another Python, which has none of it.
    """
    path = environ.get("PATH", os.defpath)
    active = environ.get("VIRTUAL_ENV") or environ.get("CONDA_PREFIX")
    if not runner.python and (active or sys.prefix == sys.base_prefix):
        return path
    try:
        folder = os.path.dirname(os.path.abspath(interpreter(runner, root)))  # noqa: PTH120, PTH100  no links followed
    except FileNotFoundError:
        return path
    return f"{folder}{os.pathsep}{path}"


def testify(request: Request, runner: Runner) -> Testimony:
    """Run the tests that claim the selected criteria and return all that the witness said.

    A process that dies under a test costs that test its verdict and no other: the run is taken up again behind it.
    """
    testimony = Testimony()
    started = time.monotonic()
    targets = _targets(request)
    if not targets:
        return testimony
    try:
        python = interpreter(runner, request.home or request.root)
    except FileNotFoundError as error:
        testimony.trouble = str(error)
        return testimony
    order = _Order(request, runner, python, targets, deadline=started + runner.timeout_seconds)
    with tempfile.TemporaryDirectory(prefix="coordguard-runner-") as name:
        for number in range(ROUNDS):
            folder = Path(name) / str(number)
            folder.mkdir()
            before = testimony.settled
            ended = _round(order, folder, testimony)
            if ended or testimony.settled == before or time.monotonic() > order.deadline:
                break
            testimony.trouble = ""
        else:
            testimony.trouble = f"not run: the process ended under {ROUNDS} tests, and was not started again"
    testimony.seconds = time.monotonic() - started
    return testimony


def _targets(request: Request) -> list[str]:
    """Return the files and folders that pytest is to collect: those that may hold a claim that is asked for.

    Files rather than node ids: pytest 8.0 loses a file's other tests when a folder and a node id in it are given.
    A file that a folder holds stays in the list: its name may be one that `python_files` passes over.
    """
    named = [name for criterion in request.select for name in request.claims.get(criterion, ())]
    paths = [name.partition("::")[0] for name in (*request.folders, *request.paths, *named)]
    return [path for path in dict.fromkeys(paths) if (request.root / path).exists()]


def _round(order: _Order, folder: Path, testimony: Testimony) -> bool:
    """Run pytest once and hear its witness; return whether there is nothing left to take up again."""
    key = secrets.token_bytes(32)
    spec = _spec(order.request, testimony, key)
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    argv = _command(order, testimony)
    returncode, output, timed_out = _spawn(argv, order, folder)
    before = testimony.cut
    events = list(_events(folder, key))
    for event in events:
        testimony.hear(event)
    testimony.output = output[-KEEP:]
    ended = any(event["e"] == "end" and not event["shouldstop"] for event in events)
    how = f"the time limit of {order.runner.timeout_seconds:g} s was over" if timed_out else _how(returncode)
    if not ended and (culprit := _fatal_import(events)):
        testimony.fatal[culprit] = f"the process ended while this file was imported ({how})"
    for node in testimony.cut - before:
        testimony.crashes[node] = f"the process ended while it ran ({how})"
    if not testimony.started:
        testimony.trouble = _why(argv, output, how) + _elsewhere(order, output)
        return True
    if timed_out:
        testimony.trouble = f"not run: {how}"
    elif not testimony.stories and not testimony.fatal and (returncode not in (0, 1, 5) or not ended):
        testimony.trouble = _why(argv, output, how) + _elsewhere(order, output)
    return timed_out or (ended and not (testimony.cut - before))


def _spec(request: Request, testimony: Testimony, key: bytes) -> dict[str, Any]:
    """Return what the witness is told: see `coordguard_witness`."""
    return {
        "key": key.hex(),
        "root": str(request.root.resolve()),
        "gate": request.gate,
        "criteria": request.criteria,
        "select": request.select,
        "claims": {criterion: list(names) for criterion, names in request.claims.items()},
        "paths": request.paths,
        "done": sorted(testimony.finished | testimony.cut),
        "guardrails": request.guardrails,
    }


def _command(order: _Order, testimony: Testimony) -> list[str]:
    """Return the command line of the repository's pytest, without the files that ended a process before."""
    request = order.request
    narrowed = [] if request.mark is None else ["-m", request.mark, "-k", ""]
    return [
        *(order.python, str(START), "-p", "coordguard_witness"),
        *(*request.args, *order.runner.args, *narrowed),
        *("--maxfail=0", "--color=no", "--continue-on-collection-errors"),
        *(f"--ignore={path}" for path in testimony.fatal),
        *(path for path in order.targets if path not in testimony.fatal),
    ]


def _fatal_import(events: Sequence[Event]) -> str:
    """Return the file that was being imported when the process ended, "" when collection came to its end."""
    if any(event["e"] == "collected" for event in events):
        return ""
    return next((str(event["path"]) for event in reversed(events) if event["e"] == "collecting"), "")


def _why(argv: Sequence[str], output: str, how: str) -> str:
    last = [line.strip() for line in output.splitlines() if line.strip()]
    said = next((line for line in reversed(last) if "rror" in line), last[-1] if last else "it printed nothing")
    return f"the repository's own pytest started no test ({how}): {said[:300]}; the command: {shlex.join(argv[:3])} …"


def _elsewhere(order: _Order, output: str) -> str:
    """Say which interpreter of the repository may have what the one that was taken lacks."""
    if order.runner.python or "ModuleNotFoundError" not in output:
        return ""
    root = order.request.home or order.request.root
    there = next((name for name in ENVIRONMENTS if (root / name).exists()), ".venv/bin/python")
    return f"; to run them in the repository's own environment, say `runner: {{python: {there}}}` in the plan"


def _how(returncode: int) -> str:
    if returncode < 0:
        try:
            return f"signal {signal.Signals(-returncode).name}"
        except ValueError:
            return f"signal {-returncode}"
    return f"exit status {returncode}"


def _spawn(argv: Sequence[str], order: _Order, folder: Path) -> tuple[int, str, bool]:
    """Run a command whose process group ends with us; return its exit status, its output, and whether time was up."""
    env = {**for_the_repository(order.runner.env), "COORDGUARD_WITNESS": str(folder)}
    env.pop("PYTHONOPTIMIZE", None)  # an interpreter that drops assertions can find nothing
    log = folder / "output"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            list(argv),
            cwd=order.request.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        timed_out = False
        try:
            with ending_with_us(process.pid, folder.parent):
                process.wait(timeout=max(0.1, order.deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            process.wait()
    return process.returncode, log.read_bytes()[-200_000:].decode("utf-8", "replace"), timed_out


def _events(folder: Path, key: bytes) -> Iterator[Event]:
    """Yield the events of all processes of a round, each process's in order.

    A line that does not bear the witness's seal is none of its: torn by the end of a process, or written by others.
    """
    for path in sorted(folder.glob("events-*.jsonl")):
        for line in path.read_bytes().splitlines():
            seal, _, event = line.partition(b" ")
            made = hashlib.blake2s(event, key=key, digest_size=16).hexdigest().encode("ascii")
            if hmac.compare_digest(seal, made):
                yield from json.loads(event)
