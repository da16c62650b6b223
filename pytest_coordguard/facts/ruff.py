"""What Ruff says of Python files, and which of them it could not look at. Runs Ruff; runs nothing of the repository."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.process import scrubbed

SECONDS = 300  # for one run; all rules on 17,000 files take 20
AT_ONCE = 2000  # files in one command line, which the system bounds (ARG_MAX)
UNREAD = re.compile(r"Failed to (?:lint|read|open) (?P<path>.+?): (?P<why>.+)")
HARMLESS = re.compile(
    r"warning: (The following rules have been removed|No Python files found|Invalid |.*\bdeprecated"
    r"|The top-level linter settings)"
)
NO_TEXT = "stream did not contain valid UTF-8"  # Ruff's words
NO_RULE = ("invalid-syntax", None, "E999")  # what Ruff writes for a file that it cannot parse, by its age


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that Ruff says of a line."""

    path: str  # as it was given to Ruff
    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Look:
    """What Ruff says of some files."""

    remarks: tuple[Remark, ...]
    unparsed: tuple[Remark, ...]  # files with a syntax error: other rules were not looked at there
    unread: Mapping[str, str]  # files that it could not read, and why: no rule was looked at


@dataclass(frozen=True, slots=True)
class Settings:
    """How Ruff is to look."""

    rules: tuple[str, ...]
    isolated: bool = True  # without the repository's own configuration
    ignore_noqa: bool = False
    python: str = ""  # the oldest Python that the files are for, as py39; Ruff's own default when empty

    @property
    def arguments(self) -> list[str]:
        """The part of the command line that is the same for all files."""
        given = [
            "check",
            "--no-cache",
            "--no-fix",
            "--no-force-exclude",
            "--output-format=json",
        ]  # --quiet would hide unread files
        given += ["--select", ",".join(self.rules)]
        given += ["--isolated"] if self.isolated else []
        given += ["--ignore-noqa"] if self.ignore_noqa else []
        return given + ([f"--target-version={self.python}"] if self.python else [])


def look(folder: Path, paths: Sequence[str], settings: Settings) -> Look:
    """Return what Ruff says of some files below a folder.

    Raises:
        CannotJudge: there is no Ruff, it fails, or it says what is not understood here.

    """
    remarks: list[Remark] = []
    unread: dict[str, str] = {}
    for start in range(0, len(paths), AT_ONCE):
        some = [f"./{path}" for path in paths[start : start + AT_ONCE]]
        done = _run(folder, [*settings.arguments, "--", *some])
        remarks += _remarks(done, folder)
        unread |= _unread(done.stderr, folder)
    return _sorted_out(remarks, unread)


def look_at(folder: Path, path: str, content: bytes, settings: Settings) -> Look:
    """Return what Ruff would say of a file below a folder if it held this. Raises as `look`."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Look((), (), {path: NO_TEXT})
    done = _run(folder, [*settings.arguments, f"--stdin-filename=./{path}", "-"], text)
    return _sorted_out(_remarks(done, folder), _unread(done.stderr, folder))


def _remarks(done: subprocess.CompletedProcess[str], folder: Path) -> list[Remark]:
    if done.returncode not in (0, 1):
        raise CannotJudge(f"ruff fails: {_last_words(done.stderr)}")
    return [_remark(each, folder) for each in _listed(done.stdout)]


def _sorted_out(remarks: Sequence[Remark], unread: Mapping[str, str]) -> Look:
    unparsed = tuple(each for each in remarks if each.code in NO_RULE)
    return Look(tuple(each for each in remarks if each.code not in NO_RULE), unparsed, unread)


def version() -> str:
    """Return the version of Ruff, as 0.17.6."""
    return _run(Path.cwd(), ["--version"]).stdout.strip().removeprefix("ruff ")


def unknown(rules: Sequence[str]) -> list[str]:
    """Return what is wrong with the names of rules, one sentence each; nothing when Ruff looks for all of them."""
    known = _rules()
    found = []
    for rule in rules:
        meant = [code for code in known if code.startswith(rule)] if rule != "ALL" else list(known)
        if not rule.strip() or not meant:
            near = difflib.get_close_matches(rule.upper(), known, 3)
            hint = f"; meant: {', '.join(near)}?" if near else ""
            found.append(f"{rule!r} is no rule of Ruff {version()}{hint}")
        elif all(known[code] != "Stable" for code in meant):
            found.append(f"{rule!r} is {known[meant[0]].lower()} in Ruff {version()}, which does not look for it")
    return found


@cache
def _rules() -> dict[str, str]:
    """Return code -> `Stable`, `Preview` or `Removed`."""
    done = _run(Path.cwd(), ["rule", "--all", "--output-format=json"])
    if done.returncode:
        raise CannotJudge(f"ruff does not list its rules: {_last_words(done.stderr)}")
    return {str(each["code"]): _status(each) for each in json.loads(done.stdout)}


def _status(rule: Mapping[str, Any]) -> str:
    """Return what a rule is; older releases tell only whether it is in preview, and refuse what they removed."""
    status = rule.get("status")
    if isinstance(status, dict) and status and "Deprecated" not in status:
        return str(next(iter(status)))
    return "Preview" if rule.get("preview") else "Stable"


def _binary() -> str:
    try:
        from ruff.__main__ import find_ruff_bin
    except ImportError as error:
        raise CannotJudge("ruff is not installed beside this judge; install it there: pip install ruff") from error
    try:
        return os.fsdecode(find_ruff_bin())
    except FileNotFoundError as error:
        raise CannotJudge(f"ruff's program is not where its package says: {error}") from error


def _run(folder: Path, arguments: Sequence[str], text: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in scrubbed().items() if not name.startswith("RUFF_")}
    try:
        return subprocess.run(
            [_binary(), *arguments],
            cwd=folder,
            env={**environment, "NO_COLOR": "1"},
            input=text or "",
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotJudge(f"ruff cannot be run: {error}") from error


def _listed(output: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(output or "[]")
    except ValueError as error:
        raise CannotJudge(f"ruff's answer cannot be read: {output[:200]!r}") from error
    return list(found)


def _remark(each: Mapping[str, Any], folder: Path) -> Remark:
    code = each["code"] if each["code"] is not None else "invalid-syntax"
    return Remark(_relative(str(each["filename"]), folder), int(each["location"]["row"]), code, str(each["message"]))


def _relative(name: str, folder: Path) -> str:
    return os.path.relpath(folder / name, folder).replace(os.sep, "/")


def _unread(stderr: str, folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(str.strip, stderr.splitlines()):
        if match := UNREAD.search(line):
            found[_relative(match["path"], folder)] = match["why"]
        elif line.startswith(("warning:", "error:")) and not HARMLESS.match(line):
            raise CannotJudge(f"ruff says what is not understood here: {line.strip()}")
    return found


def _last_words(stderr: str) -> str:
    return "; ".join(line.strip() for line in stderr.splitlines() if line.strip())[-500:] or "it says nothing"
