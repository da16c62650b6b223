"""Commands that people write into comments: one line of text in, a command out, or what was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from unicodedata import category

VERBS = ("run", "explain", "assign", "waive")  # each is a key of the plan's `comments`
LONGEST = 500  # characters of a line with a command
MOST = 5  # commands in one comment
USAGE = {
    "run": "/coordguard run GATE",
    "explain": "/coordguard explain TASK/slug",
    "assign": "/assign [@login …]",
    "waive": "/waive TASK/slug until YYYY-MM-DD because REASON",
    "help": "/coordguard help",
}
_OURS = {"/coordguard": "", "/assign": "assign", "/waive": "waive"}
_LOGIN = re.compile(r"@?([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))")  # GitHub's rule for a login
_CRITERION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[a-z0-9]+(?:-[a-z0-9]+)*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Command:
    """One command, as far as its words alone tell that it is one."""

    verb: str  # run, explain, assign, waive, help
    target: str = ""  # a gate, or a criterion
    people: tuple[str, ...] = ()  # logins; none: who wrote it
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A line that wants to be a command of ours and is none."""

    why: str
    meant: str  # how it is written


class _Refused(Exception):
    pass


def read(line: str) -> Command | Misspelt | None:
    """Return the command of a line, what was probably meant by it, or None for a line that is not for us.

    A command of another bot (`/lgtm`) is not for us.
    """
    words = line.split()
    if not words or not words[0].startswith("/"):
        return None
    verb, rest = _verb(words)
    if verb is None:
        return None
    if len(line) > LONGEST:
        return Misspelt(f"a command has at most {LONGEST} characters", USAGE.get(verb, USAGE["help"]))
    if verb not in _READERS:
        near = difflib.get_close_matches(verb, USAGE, n=1, cutoff=0.5)
        meant = USAGE[near[0]] if near else " | ".join(USAGE.values())
        return Misspelt(f"there is no command {words[0]} {verb}".rstrip(), meant)
    try:
        return _READERS[verb](rest)
    except _Refused as error:
        return Misspelt(str(error), USAGE[verb])


def _verb(words: list[str]) -> tuple[str | None, list[str]]:
    """Return the verb and what follows it; a verb of None is not for us."""
    first = words[0].lower()
    if first == "/coordguard":
        return (words[1].lower(), words[2:]) if len(words) > 1 else ("", [])
    if first in _OURS:
        return _OURS[first], words[1:]
    near = difflib.get_close_matches(first, _OURS, n=1, cutoff=0.75)
    return (first, words[1:]) if near else (None, [])


def _run(rest: list[str]) -> Command:
    if len(rest) != 1:
        raise _Refused("one gate is run at a time")
    return Command("run", rest[0])


def _explain(rest: list[str]) -> Command:
    if len(rest) != 1:
        raise _Refused("one criterion is explained at a time")
    return Command("explain", rest[0])


def _assign(rest: list[str]) -> Command:
    found = [_LOGIN.fullmatch(word) for word in rest]
    if wrong := [word for word, login in zip(rest, found, strict=True) if login is None]:
        raise _Refused(f"{wrong[0]!r} is no login")
    return Command("assign", people=tuple(dict.fromkeys(login[1] for login in found if login)))


def _waive(rest: list[str]) -> Command:
    if not rest or not _CRITERION.fullmatch(rest[0]):
        raise _Refused("a waiver names its criterion first")
    if len(rest) < 3 or rest[1].lower() != "until" or not _DAY.fullmatch(rest[2]):  # noqa: PLR2004
        raise _Refused("a waiver names its last day")
    try:
        until = date.fromisoformat(rest[2])
    except ValueError:
        raise _Refused(f"{rest[2]} is no day of the calendar") from None
    if len(rest) < 5 or rest[3].lower() != "because":  # noqa: PLR2004
        raise _Refused("a waiver gives its reason")
    reason = " ".join(rest[4:])
    if hidden := next((sign for sign in reason if category(sign).startswith("C")), None):
        raise _Refused(f"a reason is plain words, and this one holds U+{ord(hidden):04X}")
    return Command("waive", rest[0], until=until, reason=reason)


def _help(_rest: list[str]) -> Command:
    return Command("help")


_READERS: dict[str, Callable[[list[str]], Command]] = {
    "run": _run,
    "explain": _explain,
    "assign": _assign,
    "waive": _waive,
    "help": _help,
}
