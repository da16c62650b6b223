"""The files that a change touches, when it touches any."""

from __future__ import annotations

from pytest_coordguard.domain.finding import Vacuous
from pytest_coordguard.facts.change import Change, ChangedFile
from pytest_coordguard.facts.repository import Repository


def touched(change: Change, repo: Repository) -> tuple[ChangedFile, ...]:
    """Return the files of a change.

    Raises:
        Vacuous: it has none.
        CannotJudge: no base is known.

    """
    files = change.files(repo)
    if not files:
        raise Vacuous(f"the change is empty: no file differs from {change.require_base()[:9]} ({change.since})")
    return files


def names(file: ChangedFile) -> tuple[str, ...]:
    """Return the paths that a file has and had."""
    return (file.path,) if file.before in (None, file.path) else (file.path, str(file.before))
