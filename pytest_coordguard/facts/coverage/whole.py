"""What a report leaves out: sources that were never imported, and lines that a change has just added."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Mapping, Sequence

from pytest_coordguard.facts import git
from pytest_coordguard.facts.coverage.report import FileLines
from pytest_coordguard.facts.coverage.statements import counted
from pytest_coordguard.facts.repository import Repository


def unmeasured(repo: Repository, folders: Sequence[str], measured: Iterable[str]) -> tuple[str, ...]:
    """Return the Python files below some folders that no report mentions, sorted."""
    known = set(measured)
    return tuple(path for path in repo.select(folders) if path.endswith(".py") and path not in known)


def never_run(repo: Repository, path: str, exclude: str) -> FileLines:
    """Return a file's statements as lines that did not run; every line with text, when Python cannot parse it."""
    text = repo.read_text(path)
    try:
        found = counted(text, exclude)
    except (SyntaxError, ValueError):
        return FileLines(missed=frozenset(at for at, line in enumerate(text.splitlines(), 1) if line.strip()))
    return FileLines(missed=found.counted, excluded=found.excluded)


def neighbours(repo: Repository, files: Mapping[str, FileLines], omit: Sequence[str]) -> tuple[str, ...]:
    """Return the Python files that lie where measured ones lie, that no report mentions and no setting omits."""
    homes = _outermost({path.rpartition("/")[0] for path in files} - {""})
    return tuple(path for path in unmeasured(repo, homes, files) if not omitted(path, omit)) if homes else ()


def _outermost(folders: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for folder in sorted(folders, key=lambda one: one.split("/")):
        if not kept or not folder.startswith(kept[-1] + "/"):
            kept.append(folder)
    return kept


def omitted(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether coverage.py's `omit` covers a path: "/" is nothing special to its "*" (before version 7)."""
    return any(fnmatch.fnmatchcase(path, one) or fnmatch.fnmatchcase("/" + path, one) for one in patterns)


def changed(repo: Repository, base: str) -> dict[str, set[int]]:
    """Return the lines of Python files that were added or altered since the commit `base`."""
    found = git.changed_lines(repo.root, base, ["*.py"]) or {}
    for path, content in repo.changes.items():
        found.pop(path, None)
        if content is not None and path.endswith(".py"):
            found[path] = _altered(git.show(repo.root, base, path) or b"", content)
    return {path: lines for path, lines in sorted(found.items()) if lines}


def _altered(before: bytes, now: bytes) -> set[int]:
    matcher = difflib.SequenceMatcher(None, before.splitlines(), now.splitlines(), autojunk=False)
    return {
        line + 1
        for kind, _, _, start, end in matcher.get_opcodes()
        if kind in {"replace", "insert"}
        for line in range(start, end)
    }
