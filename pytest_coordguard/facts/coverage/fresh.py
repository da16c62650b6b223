"""Whether a coverage report speaks of the code as it is: by its time, and by its content."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from pathlib import Path

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts import git
from pytest_coordguard.facts.age import written_at
from pytest_coordguard.facts.coverage.report import FileLines
from pytest_coordguard.facts.coverage.statements import Starts, code_lines, counted, starts
from pytest_coordguard.facts.repository import Repository

CLOCKS = 300  # seconds that two machines' clocks may differ
FEW = 3  # statements in which two versions of Python may differ: `while True`, annotations
FEW_OF = 10  # percent of a file's statements, for the same reason
SLACK = 1.0  # seconds: a report's own time may be cut to whole ones


def time_of(repo: Repository, path: str, made_at: float | None) -> float:
    """Return when a report was made, in seconds since 1970: the earliest of what is known of it.

    Known are its own word, when its file was last written, and, where git has it unchanged, when it was committed;
    after `git clone` the file's time tells nothing. A report that is planted in memory was made now.
    """
    written = written_at(repo, path)
    return written if made_at is None else min(written, made_at)


def changed_after(repo: Repository, paths: Iterable[str], when: float, written: float | None = None) -> list[str]:
    """Return the files that have changed since a time, sorted.

    A file is as old as the earlier of two times: its mtime, which a checkout makes new, and its last commit, which a
    commit of what was measured before makes new. One that is planted in memory is newer than anything.

    Args:
        repo: the repository.
        paths: the files.
        when: the time, in seconds since 1970.
        written: when the report's file was written; another commit that was checked out here then tells of changes too.

    """
    touched = [path for path in paths if _mtime(repo, path) > when + SLACK]
    same = _unchanged_since(repo, when, written) if touched else frozenset()
    return sorted(path for path in touched if path not in same or path in repo.changes)


def _mtime(repo: Repository, path: str) -> float:
    return math.inf if path in repo.changes else (repo.root / path).stat().st_mtime


def _unchanged_since(repo: Repository, when: float, written: float | None) -> frozenset[str]:
    """Return the tracked files that are as they were at the last commit before a time, and when a report was written.

    None are when that commit is not here, as in a shallow clone.
    """
    before = git.output(repo.root, "rev-list", "-1", "--first-parent", f"--before={int(when + SLACK)}", "HEAD")
    if not before or not before.strip():
        return frozenset()
    bases = [before.decode().strip(), git.head_at(repo.root, written) if written is not None else None]
    same = git.tracked(repo.root)
    for base in filter(None, bases):
        same -= _differing(repo, base)
    return same


def _differing(repo: Repository, base: str) -> frozenset[str]:
    names = ("diff", "--name-only", "-z", "--no-renames", "--relative", "--no-ext-diff")
    found = git.output(repo.root, *names, base, "--")
    if found is None:  # its objects are not all here: nothing is known to be the same
        return git.tracked(repo.root)
    return frozenset(found.decode("utf-8", "surrogateescape").split("\0"))


def from_the_future(when: float) -> bool:
    """Tell whether a report claims a time that has not come."""
    return when > time.time() + CLOCKS


def is_another(repo: Repository, path: str, measured: str) -> bool:
    """Tell whether the file that was measured, by its absolute name on this machine, differs from that in `repo`."""
    place = Path(measured)
    return place.is_absolute() and place.is_file() and place.read_bytes() != repo.read(path)


def strangers(path: str, lines: FileLines, repo: Repository, *, by_coverage_py: bool) -> list[Finding]:
    """Return a finding when a report's lines are not those of the file as it is; one is enough.

    Each line that the report counts must be in the file and hold code; in a report by coverage.py it must also begin
    a statement. A source that this Python cannot parse is only held to its length. A report that tells what it left
    out (JSON) must also know the file's statements, but for the few that one Python counts and another does not.
    """
    text = repo.read_text(path)
    length = text.count("\n") + 1
    known = lines.statements
    if beyond := [line for line in known if not 1 <= line <= length]:
        return [_stale(path, max(beyond), f"the report counts line {max(beyond)}, and the file has {length}")]
    if not path.endswith(".py"):
        return []
    try:
        begins = starts(text)
        places = begins.all if by_coverage_py else code_lines(text)
    except (SyntaxError, ValueError):
        return []
    if odd := sorted(known - places):
        return [_stale(path, odd[0], f"the report counts line {odd[0]}, at which no statement begins")]
    if new := _unknown(text, begins, lines):
        return [_stale(path, new[0], f"{len(new)} statements, from line {new[0]} on, are not in the report")]
    return []


def _unknown(text: str, begins: Starts, lines: FileLines) -> list[int]:
    """Return the statements that a report should know and does not; none when they are few."""
    if lines.excluded is None:
        return []
    known = lines.statements | lines.excluded
    bearable = max(FEW, len(begins.all) * FEW_OF // 100)
    if len(begins.certain - known) <= bearable:  # saves the closer count, which takes much longer
        return []
    try:
        new = sorted(counted(text, "").counted - known)
    except SyntaxError:  # coverage.py's own parser is stricter in a few odd cases
        return []
    return new if len(new) > bearable else []


def _stale(path: str, line: int, what: str) -> Finding:
    return Finding(path, line, f"the report is not of this file as it is: {what}", "coverage.stale")
