"""The files that a change touches, when it touches any."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from pytest_coordguard.domain.finding import CannotJudge, Vacuous
from pytest_coordguard.domain.globs import glob_expression
from pytest_coordguard.facts.change import ELSEWHERE, Change, ChangedFile
from pytest_coordguard.facts.repository import Repository, under


def touched(change: Change, repo: Repository, reports: Sequence[str]) -> tuple[ChangedFile, ...]:
    """Return the files of a change, this tool's own reports left out: each run writes them.

    Raises:
        Vacuous: it has none.
        CannotJudge: no base is known.

    """
    files = tuple(file for file in change.files(repo) if not all(under(path, reports) for path in names(file)))
    if not files:
        raise Vacuous(
            f"the change is empty: no file differs from {change.require_base()[:9]} ({change.since}); {ELSEWHERE}"
        )
    return files


def names(file: ChangedFile) -> tuple[str, ...]:
    """Return the paths that a file has and had."""
    return (file.path,) if file.before in (None, file.path) else (file.path, str(file.before))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether one of these names a file that may be gone: the file, a folder above it, or a glob."""
    tidy = [PurePosixPath(pattern).as_posix() for pattern in patterns]
    return any(pattern == "." or glob_expression(pattern).match(path) for pattern in tidy)


def now(repo: Repository, file: ChangedFile) -> bytes:
    """Return what a file holds now, as git would keep it: nothing when it is gone, its aim when it is a link.

    Raises:
        CannotJudge: it cannot be read.

    """
    if file.deleted:
        return b""
    aim = repo.link(file.path)
    if aim is not None:
        return os.fsencode(aim)
    try:
        return repo.read(file.path)
    except FileNotFoundError as error:
        raise CannotJudge(f"{file.path}: git lists it, and it is not on the disk (a sparse checkout?)") from error
