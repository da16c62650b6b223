"""Tries the merges of open changes, with the default branch and with each other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_coordguard.domain.conflicts import Conflicts
from pytest_coordguard.domain.work import OPEN, Change, Work
from pytest_coordguard.facts.branches.merging import matrix

DAY = 24 * 3600


def chosen(work: Work, *, days: int, every: bool) -> tuple[Change, ...]:
    """Return the open changes of tasks, or of all, that someone has touched in the last days."""
    return tuple(
        each
        for each in work.changes
        if each.state == OPEN and (every or each.tasks) and (not work.now or work.now - each.last <= days * DAY)
    )


def conflicts(root: Path, work: Work, changes: Iterable[Change]) -> Conflicts:
    """Return how open changes merge. The repository's objects are not written."""
    mine = tuple(changes)
    found = matrix(root, work.main_commit, {each.name: each.tip for each in mine})
    return Conflicts(
        main=work.main,
        changes=mine,
        with_main={name: merge.conflicts for name, merge in found.alone.items() if merge.conflicts},
        unreadable=tuple(name for name, merge in found.alone.items() if merge.unreadable),
        noops=tuple(sorted(found.noops)),
        pairs={pair: merge.conflicts for pair, merge in found.pairs.items()},
        compared=found.compared,
        note=found.note,
    )
