"""Open branches merge: with the default branch, and with each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pytest_coordguard.domain.conflicts import Conflicts
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import guardrail, violation
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.task_link import By, Confidence, TaskLink
from pytest_coordguard.domain.work import OPEN, Change

CHECK = "branches.conflict_free"
SHOWN = 3  # paths
DAY = 24 * 3600


@guardrail(CHECK, remedy="Rebase the branch, in the order that `coordguard conflicts` gives; merge the smaller first.")
def test_branches_are_free_of_conflicts(
    evidence: Evidence, view: Overview, clashes: Conflicts, days: int = 14, every: bool = False
) -> None:
    """No open change of a task conflicts with the default branch, nor with another open change.

    Two changes are compared by what each makes of the default branch today, so that what happened there since they
    were begun is blamed on neither. Nothing is written into the repository.

    Args:
        days: changes that someone has touched in so many days, 90 at most.
        every: whether changes that belong to no task are judged too.

    """
    if clashes.note:
        raise CannotJudge(clashes.note)
    if not view.work.known:
        raise CannotJudge("; ".join(view.work.notes) or "git shows no history")
    recent = view.at - days * DAY
    judged = {each.name for each in clashes.changes if each.last >= recent and (every or each.tasks)}
    evidence.measured("open changes", len(judged))
    evidence.measured("pairs that touch a path in common", clashes.compared)
    if not judged:
        raise Vacuous(f"no change{'' if every else ' of a task'} is open that was touched in the last {days} days")
    unreadable = sorted(judged & set(clashes.unreadable))
    if unreadable:
        names = ", ".join(unreadable[:SHOWN])
        raise CannotJudge(f"git cannot try to merge {names}: it lacks objects, or they share no history")
    require_none(_found(clashes, judged))


def _found(clashes: Conflicts, judged: set[str]) -> Iterator[Finding]:
    for name, paths in (clashes.with_main or {}).items():
        if name in judged:
            yield Finding(paths[0], 0, f"{name} conflicts with {clashes.main}{_in(paths)}", f"{CHECK}.main")
    for (one, other), paths in (clashes.pairs or {}).items():
        if {one, other} <= judged:
            yield Finding(paths[0], 0, f"{one} conflicts with {other}{_in(paths)}", f"{CHECK}.pair")


def _in(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return f" in {', '.join(paths[:SHOWN])}{more}"


def _planted(name: str, view: Overview) -> Change:
    link = TaskLink("planted", By.TRAILER, Confidence.CERTAIN, "planted")
    return Change(name, OPEN, "planted", "0" * 40, last=view.at, links=(link,))


@violation(test_branches_are_free_of_conflicts)
def _a_branch_that_conflicts_with_the_default_branch(clashes: Conflicts, view: Overview) -> Conflicts:
    return replace(
        clashes,
        changes=(*clashes.changes, _planted("planted", view)),
        with_main={**(clashes.with_main or {}), "planted": ("planted.txt",)},
    )


@violation(test_branches_are_free_of_conflicts)
def _two_branches_that_conflict(clashes: Conflicts, view: Overview) -> Conflicts:
    return replace(
        clashes,
        changes=(*clashes.changes, _planted("planted-a", view), _planted("planted-b", view)),
        pairs={**(clashes.pairs or {}), ("planted-a", "planted-b"): ("planted.txt",)},
    )
