"""A command of the plan, as a person writes it in one line: read, run to its end, and looked through for excuses."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.process import Outcome, run

SHELL_WORDS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>", "2>&1", "&>"})
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
NO_SUCH_COMMAND = 127  # a shell's exit status for it: POSIX, Shell Command Language, 2.8.2
SWALLOWS = re.compile(r"\|\|\s*(true|:|exit\s+0|echo\b)|;\s*(true|exit\s+0)\s*$", re.MULTILINE)
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # in the order of make(1)


class CannotRun(CannotJudge):
    """There is no such command here, or it may not be run."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, and the variables that are set for it."""

    argv: tuple[str, ...]
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Excuse:
    """A place at which a failure is swallowed, so that what runs there cannot fail."""

    path: str  # "" for the command line itself
    line: int
    text: str


def read(line: str, *, shell: bool = False) -> Command:
    """Return the command of a line: words as a shell splits them, with `NAME=value` before them.

    Raises:
        CannotJudge: it is empty, a quote in it is not closed, or it holds what only a shell reads.

    """
    if shell:
        return Command(("/bin/sh", "-c", line), {})
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise CannotJudge(f"`{line}`: {error}") from error
    if only := next((word for word in words if word in SHELL_WORDS), None):
        raise CannotJudge(f"`{line}`: only a shell reads {only}; write shell: true beside it")
    first = next((at for at, word in enumerate(words) if not ASSIGNMENT.match(word)), len(words))
    if not words[first:]:
        raise CannotJudge(f"`{line}`: no command to run")
    return Command(tuple(words[first:]), dict(word.split("=", 1) for word in words[:first]))


def completed(
    line: str, *, cwd: Path, seconds: float, shell: bool = False, env: Mapping[str, str] | None = None
) -> Outcome:
    """Run a command to its end and return how it ended.

    Raises:
        CannotRun: there is no such command, or it may not be run.
        CannotJudge: there is no such folder, or it was still running after `seconds`.

    """
    command = read(line, shell=shell)
    if not cwd.is_dir():
        raise CannotJudge(f"`{line}`: no folder {cwd.name} to run it in")
    try:
        outcome = run(command.argv, cwd=cwd, seconds=seconds, env={**command.env, **(env or {})})
    except FileNotFoundError as error:
        raise CannotRun(f"`{line}`: no command {command.argv[0]} here; install it or correct the name") from error
    except OSError as error:
        raise CannotRun(f"`{line}`: {command.argv[0]} cannot be run ({error.strerror})") from error
    if outcome.timed_out:
        raise CannotJudge(f"`{line}`: still running after {seconds:g} s\n{tail(outcome.output)}".rstrip())
    if shell and outcome.returncode == NO_SUCH_COMMAND:
        raise CannotRun(f"`{line}`: the shell finds no such command\n{tail(outcome.output)}".rstrip())
    return outcome


def ending(outcome: Outcome) -> str:
    """Return in words how a command ended."""
    code = outcome.returncode
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"


def tail(output: str, lines: int = 15) -> str:
    """Return the last lines of an output, blank ones left out, each cut to 300 characters."""
    kept = [line.rstrip()[:300] for line in output.splitlines() if line.strip()]
    return "\n".join(kept[-lines:])


Stamps = dict[str, tuple[int, int, str]]  # path -> mtime (ns), size, SHA-256


def stamps(folder: Path, patterns: Iterable[str]) -> Stamps:
    """Return what tells one making of a file from the next: path in `folder` -> mtime (ns), size, SHA-256.

    A pattern is a file, a folder (all files below it) or a glob; what git ignores counts, for most products are.
    """
    found = (path for pattern in patterns for place in _places(folder, pattern) for path in _files(place))
    return {path.relative_to(folder).as_posix(): _stamp(path) for path in sorted(found)}


def _places(folder: Path, pattern: str) -> Iterable[Path]:
    return folder.glob(pattern) if any(sign in pattern for sign in "*?[") else [folder / pattern]


def _files(place: Path) -> Iterable[Path]:
    return [place] if place.is_file() else (one for one in place.rglob("*") if one.is_file())


def _stamp(path: Path) -> tuple[int, int, str]:
    content = path.read_bytes()
    return path.stat().st_mtime_ns, len(content), hashlib.sha256(content).hexdigest()


def excuses(line: str, makefile: str = "", name: str = "Makefile") -> list[Excuse]:
    """Return where a command line, or the recipe of the `make` target that it calls, swallows a failure.

    Args:
        line: the command, as `make lint`.
        makefile: text of the makefile, if there is one.
        name: what the makefile is called.

    """
    found = [Excuse("", 0, line)] if SWALLOWS.search(line) else []
    try:
        words = shlex.split(line)
    except ValueError:
        return found
    if "make" not in words:
        return found
    targets = {word for word in words[words.index("make") + 1 :] if not word.startswith("-") and "=" not in word}
    recipes = _recipes(makefile, targets)
    return found + [Excuse(name, number, text.strip()) for number, text in recipes if _cannot_fail(text)]


def _cannot_fail(recipe: str) -> bool:
    """Tell whether make goes on whatever this line of a recipe does: GNU make manual, 5.5 Errors in Recipes."""
    return "-" in re.match(r"\s*([-@+]*)", recipe)[1] or SWALLOWS.search(recipe) is not None  # type: ignore[index]


def _recipes(makefile: str, targets: set[str]) -> list[tuple[int, str]]:
    """Return the lines of these targets' recipes, each with those that continue it, by the number of the first."""
    found, wanted = [], False
    for number, text in _logical_lines(makefile):
        if text.startswith("\t"):
            found += [(number, text)] if wanted else []
        elif rule := re.match(r"([^\s#:=][^#:=]*):(?!=)", text):
            wanted = bool(targets & set(rule[1].split()))
        elif text.strip() and not text.startswith((" ", "#")):
            wanted = False
    return found


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    start, held = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        start, held = (start, f"{held} {line.strip()}") if held else (number, line)
        if held.endswith("\\"):
            held = held.removesuffix("\\").rstrip() or " "
        else:
            yield start, held
            held = ""
    if held:
        yield start, held
