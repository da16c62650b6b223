"""Files that must be there: by name or pattern, with content, and known to git."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.facts import git
from pytest_coordguard.facts.on_disk import named
from pytest_coordguard.facts.repository import Repository

NAMED = 3  # files that a message names


@guardrail("files.exist", remedy="Write the file and add it to git, or correct its name in the plan.")
def test_files_exist(
    repo: Repository,
    evidence: Evidence,
    files: list[RepoPath],
    at_least: int = 1,
    not_empty: bool = True,
    tracked: bool = True,
) -> None:
    """Each name or pattern has so many files, with content, that git tracks.

    Args:
        files: files, folders (all files below) or globs.
        at_least: how many files each of them must have.
        not_empty: a file of white space alone does not count.
        tracked: a file that git does not track does not count; it would not be there after a clone.

    """
    if not files:
        raise Vacuous("files: no file is named")
    known = _tracked(repo) if tracked else None
    findings: list[Finding] = []
    for pattern in files:
        reasons = {path: _reason(repo, path, known, not_empty=not_empty) for path in named(repo, [pattern])}
        good = [path for path, reason in reasons.items() if not reason]
        evidence.measured(f"files of {pattern}", len(good), at_least=at_least)
        if len(good) < at_least:
            findings.append(_missing(repo, pattern, at_least, len(good), {k: v for k, v in reasons.items() if v}))
    require_none(findings)


def _tracked(repo: Repository) -> frozenset[str]:
    known = git.tracked(repo.root)
    if not known and git.output(repo.root, "rev-parse", "--git-dir") is None:
        raise CannotJudge("tracked: there is no git here to tell; give tracked: false")
    return known


def _reason(repo: Repository, path: str, known: frozenset[str] | None, *, not_empty: bool) -> str:
    """Return why a file does not count; "" when it does."""
    if not repo.is_file(path):
        return "is a link to nothing"
    if not_empty and not repo.read(path).strip():
        return "is empty"
    if known is not None and path not in known:
        return "is not tracked by git"
    return ""


def _missing(repo: Repository, pattern: str, wanted: int, found: int, reasons: dict[str, str]) -> Finding:
    if reasons:
        why = [f"{path} {reason}" if path != pattern else reason for path, reason in reasons.items()]
        more = f" and {len(why) - NAMED} more" if len(why) > NAMED else ""
        message = "; ".join(why[:NAMED]) + more
    else:
        message = _absent(repo, pattern)
    if wanted > 1 or (found and reasons):
        message = f"{found} of at least {wanted} files: {message}" if reasons else f"{found} of at least {wanted} files"
    return Finding(str(pattern), 0, message, "files.missing" if not reasons else "files.do_not_count")


def _absent(repo: Repository, pattern: str) -> str:
    """Return that nothing has this name, and what has one like it."""
    if any(sign in pattern for sign in "*?["):
        return "no file matches"
    name = pattern.rpartition("/")[2].lower()
    alike = [path for path in repo.files if path.lower() == pattern.lower()]
    same = [path for path in repo.files if path.rpartition("/")[2].lower() == name]
    close = alike or same or difflib.get_close_matches(pattern, repo.files, 1, 0.85)
    return f"no such file; meant: {', '.join(close[:NAMED])}?" if close else "no such file"


@violation(test_files_exist)
def _file_taken_away(repo: Repository, files: list[str]) -> Changes:
    """The files of the first pattern that has any are gone."""
    return dict.fromkeys(_first(repo, files), None)


@violation(test_files_exist)
def _file_emptied(repo: Repository, files: list[str], not_empty: bool = True) -> Changes:
    """The files of the first pattern that has any hold a line feed and nothing else."""
    if not not_empty:
        raise CannotPlant("the plan lets files be empty")
    return dict.fromkeys(_first(repo, files), b"\n")


def _first(repo: Repository, files: Sequence[str]) -> Sequence[str]:
    found = next((some for pattern in files if (some := named(repo, [pattern]))), ())
    if not found:
        raise CannotPlant("none of the files is there")
    return found
