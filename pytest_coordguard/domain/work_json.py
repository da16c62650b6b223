"""Work as JSON and back, for a copy that is kept between runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pytest_coordguard.domain.task_link import By, Confidence, TaskLink
from pytest_coordguard.domain.work import Change, PullState, Work, Worktree


def work_data(work: Work) -> dict[str, Any]:
    """Return work as JSON holds it, without changes that say nothing of any task, and without their paths."""
    kept = tuple(replace(each, paths=()) for each in work.changes if each.links or each.unknown)
    return asdict(replace(work, changes=kept))


def read_work(data: Mapping[str, Any]) -> Work:
    """Return the work that `work_data` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is of another version.

    """
    given = dict(data)
    given["changes"] = tuple(_change(each) for each in given["changes"])
    given["worktrees"] = tuple(Worktree(**each) for each in given["worktrees"])
    given["notes"] = tuple(given["notes"])
    return Work(**given)


def _change(data: Mapping[str, Any]) -> Change:
    given = dict(data)
    links = (each | {"by": By(each["by"]), "confidence": Confidence(each["confidence"])} for each in given["links"])
    given["links"] = tuple(TaskLink(**each) for each in links)
    given["pull"] = _pull(given["pull"]) if given["pull"] else None
    given["conflicts"] = None if given["conflicts"] is None else tuple(given["conflicts"])
    return Change(**_tuples(given))


def _pull(data: Mapping[str, Any]) -> PullState:
    return PullState(**_tuples(data))


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
