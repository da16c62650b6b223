"""Runs schemathesis as a command in a process of its own and reads what it did; its pytest plugin is never loaded."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.command import tail
from pytest_coordguard.facts.process import run
from pytest_coordguard.facts.service.caller import headers_of
from pytest_coordguard.facts.service.service import Service

HOOKS = Path(__file__).with_name("contract_hooks.py")
NAMES = ("schemathesis", "st")
INSTALL = "install it into an environment of its own, as: python -m venv .tools/schemathesis && "
INSTALL += ".tools/schemathesis/bin/pip install schemathesis; then put it on PATH, or name it with 'command'"
CALLERS = 300  # that take turns
START = 60.0  # seconds beyond its own limit: to start, to read the description, to write the report
ENDINGS = (0, 1)  # it holds, it found something; 2: it could not begin


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be tried."""

    location: str  # the description: a URL, or a file
    seconds: int
    phases: Sequence[str]
    checks: Sequence[str]
    seed: int
    wanted: Sequence[str] = ()  # headers of each answer
    exempt: Sequence[str] = ()  # operations that need none of them
    config: str = ""  # a file of schemathesis' own settings
    cases: int = 0  # of an operation in each phase, in place of the time; 0: as many as the time allows


@dataclass(slots=True)
class Tried:
    """What was tried, by schemathesis' report and by our own count of calls."""

    report: dict[str, Any]
    output: str
    calls: dict[str, Counter[int]] = field(default_factory=dict)  # operation -> status -> how often; 0: no answer
    lacking: dict[str, set[str]] = field(default_factory=dict)  # operation -> what an answer lacks, in words


def command_of(named: str, root: Path) -> list[str]:
    """Return the command: the plan's, or the one beside this interpreter or on PATH.

    Raises:
        CannotJudge: there is none.

    """
    if named:
        words = shlex.split(named)
        inside = root / words[0] if words else root
        if words and (inside.is_file() or shutil.which(words[0])):
            return [str(inside) if inside.is_file() else words[0], *words[1:]]
        raise CannotJudge(f"command: {named!r} is neither a file of the repository nor a command; {INSTALL}")
    beside = [Path(sys.executable).parent / name for name in NAMES]
    if found := next((str(path) for path in beside if path.is_file()), None) or shutil.which(NAMES[0]):
        return [found]
    raise CannotJudge(f"no command schemathesis here; {INSTALL}")


def tried(service: Service, command: Sequence[str], order: Order) -> Tried:
    """Let schemathesis try the service.

    Raises:
        CannotJudge: it did not begin, did not end, or left no report.

    """
    base = service.url
    with tempfile.TemporaryDirectory(prefix="coordguard-contract-") as name:
        folder = Path(name)
        wanted = {
            "callers": [headers_of(service.settings) for _ in range(CALLERS)],
            "wanted": list(order.wanted),
            "exempt": list(order.exempt),
            "calls": str(folder / "calls"),
        }
        (folder / "order.json").write_text(json.dumps(wanted), encoding="utf-8")
        outcome = run(
            [*command, *_arguments(order, base, folder)],
            cwd=folder,
            seconds=order.seconds + START,
            env={"SCHEMATHESIS_HOOKS": str(HOOKS), "COORDGUARD_CONTRACT": str(folder / "order.json")},
        )
        said = tail(outcome.output)
        if outcome.timed_out:
            raise CannotJudge(f"schemathesis was still running after {order.seconds + START:g} s\n{said}".rstrip())
        if outcome.returncode not in ENDINGS:
            raise CannotJudge(f"schemathesis ended with exit status {outcome.returncode}\n{said}".rstrip())
        return _read(folder, outcome.output, said)


def _arguments(order: Order, base: str, folder: Path) -> list[str]:
    return [
        *(["--config-file", order.config] if order.config else []),
        "run", order.location, "--origin", base,
        *(["--max-examples", str(order.cases)] if order.cases else ["--max-time", str(order.seconds)]),
        "--phases", ",".join(order.phases), "--checks", ",".join(order.checks),
        "--seed", str(order.seed), "--generation-database", "none", "--continue-on-failure",
        "--request-timeout", "5", "--report", "json", "--report-json-path", str(folder / "report.json"), "--no-color",
    ]  # fmt: skip


def _read(folder: Path, output: str, said: str) -> Tried:
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CannotJudge(f"schemathesis left no report ({error})\n{said}".rstrip()) from error
    found = Tried(report, output)
    calls = folder / "calls"
    for line in calls.read_text(encoding="utf-8").splitlines() if calls.exists() else ():
        label, status, missing = json.loads(line)
        found.calls.setdefault(label, Counter())[status] += 1
        if missing:
            found.lacking.setdefault(label, set()).add(f"{status} lacks {', '.join(missing)}")
    return found
