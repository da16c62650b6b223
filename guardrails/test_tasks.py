"""Tasks are tracked, done by their owners, and done in the time that was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.parameters import Seconds
from pytest_coordguard.domain.task_link import By, Confidence, TaskLink
from pytest_coordguard.domain.task_status import TaskState, task_states
from pytest_coordguard.domain.work import MERGED, OPEN, Change

OWNED = "task.owned"
ON_TIME = "task.on_time"
TRACKED = "tasks.tracked"
HOUR = 3600
HALF_HOUR = Seconds(1800)


@guardrail(OWNED, remedy="Give the task an owner, or let its owner do it; `people` says by which names they commit.")
def test_tasks_are_done_by_their_owners(
    evidence: Evidence,
    view: Overview,
    owners: list[str] | None = None,
    people: dict[str, list[str]] | None = None,
    tasks: list[str] | None = None,
) -> None:
    """Each task has an owner, and what was done for it is by its owner.

    A commit's author and its co-authors count. A name or address counts as its owner's when it holds the owner's name.

    Args:
        owners: who may own a task; anyone without it.
        people: owner -> names or addresses under which they commit, each in full or in part.
        tasks: look at these tasks only.

    """
    states = _some(view, tasks)
    allowed = {owner.casefold() for owner in owners} if owners else None
    judged = [(state, change) for state in states for change, _ in state.changes]
    evidence.measured("tasks", len(states), at_least=1)
    evidence.measured("changes", len(judged))
    found = [finding for state in states for finding in _owner(view, state, allowed)]
    by_others = [
        _at(view, state, f"{change.name} is by {_names(change)}, and {state.task.owner} owns the task", f"{OWNED}.by")
        for state, change in judged
        if state.task.owner and not _is_by(change, state.task.owner, people or {})
    ]
    require_none(found + by_others)


def _some(view: Overview, tasks: Sequence[str] | None) -> list[TaskState]:
    unknown = sorted(set(tasks or ()) - set(view.by_id))
    if unknown:
        raise CannotJudge(f"the plan has no task {', '.join(unknown)}")
    states = [each for each in view.states if not tasks or each.task.id in tasks]
    if not states:
        raise Vacuous("the plan has no task")
    return states


def _at(view: Overview, state: TaskState, message: str, rule: str) -> Finding:
    return Finding(view.plan.path, state.task.line, f"{state.task.id}: {message}", rule)


def _owner(view: Overview, state: TaskState, allowed: set[str] | None) -> Iterator[Finding]:
    owner = state.task.owner
    if not owner:
        yield _at(view, state, "has no owner", f"{OWNED}.none")
    elif allowed is not None and owner.casefold() not in allowed:
        yield _at(view, state, f"{owner} is none of the owners: {', '.join(sorted(allowed))}", f"{OWNED}.unknown")


def _names(change: Change) -> str:
    return ", ".join(name.partition(" <")[0] for name in change.authors) or "nobody"


def _is_by(change: Change, owner: str, people: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether one of a change's authors is the owner, or one of the owners when several are named."""
    folded = {name.casefold(): names for name, names in people.items()}
    parts = [part.strip().casefold() for part in owner.replace("+", ",").replace("&", ",").split(",")]
    wanted = [name.casefold() for part in parts if part for name in (part, *folded.get(part, ()))]
    return any(name in author.casefold() for author in change.authors for name in wanted)


@guardrail(ON_TIME, remedy="Split what is too large, or give the estimate that experience now suggests.")
def test_tasks_are_done_in_time(
    evidence: Evidence,
    view: Overview,
    over: Seconds = HALF_HOUR,
    going: bool = False,
    tasks: list[str] | None = None,
) -> None:
    """A task took no longer than was estimated, with some time to spare.

    What it took is what `Spent:` trailers of its commits say, as `Spent: 1h 30m`; without one, the time from the first
    commit of each of its changes to the merge.

    Args:
        over: how much longer it may take than was estimated.
        going: whether tasks that are still worked on are judged too, by the time since their first commit.
        tasks: look at these tasks only.

    """
    timed = [(state, hours) for state in _some(view, tasks) if (hours := _took(view, state, going=going)) is not None]
    judged = [(state, hours, state.task.estimate_hours) for state, hours in timed if state.task.estimate_hours]
    evidence.measured("tasks with an estimate and a time", len(judged))
    if not judged:
        raise Vacuous("no task with an estimate has been merged yet")
    require_none(
        _at(view, state, f"took {hours:.1f} h, estimated were {given:g} h", ON_TIME)
        for state, hours, given in judged
        if given is not None and hours * HOUR > given * HOUR + over
    )


def _took(view: Overview, state: TaskState, *, going: bool) -> float | None:
    if state.finished is not None:
        return state.spent_hours
    if going and state.started is not None and state.of_state(OPEN):
        said = [change.spent_hours for change, _ in state.changes if change.spent_hours is not None]
        return sum(said) if said else (view.at - state.started) / HOUR
    return None


@guardrail(
    TRACKED,
    remedy="Add the task to the plan, give it a criterion that shows when it is done, or name it in a commit: Task: B.",
)
def test_all_tasks_are_tracked(
    evidence: Evidence,
    view: Overview,
    strays: bool = False,
    days: int = 14,
) -> None:
    """Each task can be shown to be done, and no work names a task that the plan does not have.

    Args:
        strays: whether an open change that belongs to no task at all is a finding too.
        days: how long ago it may have been touched, to be one.

    """
    evidence.measured("tasks", len(view.states), at_least=1)
    evidence.measured("changes", len(view.work.changes))
    if not view.states:
        raise Vacuous("the plan has no task")
    silent = [
        _at(view, state, "has no criterion: nothing can show that it is done", f"{TRACKED}.criteria")
        for state in view.states
        if not state.standings
    ]
    unknown = [
        Finding("", 0, f"{change.name} says that it is of task {name}, which the plan does not have", f"{TRACKED}.task")
        for change in view.work.changes
        for name in change.unknown
    ]
    recent = view.at - days * 24 * HOUR
    stray = [
        Finding("", 0, f"{change.name} ({change.title}) is open and belongs to no task", f"{TRACKED}.stray")
        for change in view.work.changes
        if strays and change.state == OPEN and not change.tasks and change.last >= recent
    ]
    require_none(silent + unknown + stray)


# -- planted faults ------------------------------------------------------------------------------------------


def _with(view: Overview, change: Change) -> Overview:
    work = replace(view.work, changes=(*view.work.changes, change))
    return replace(view, work=work, states=task_states(view.plan, view.found, work))


def _planted(view: Overview, task: str, state: str = MERGED, **more: object) -> Change:
    link = TaskLink(task, By.TRAILER, Confidence.CERTAIN, "planted")
    at = view.at or 1_700_000_000
    given = {"first": at - HOUR, "last": at - HOUR, "merged_at": at, "authors": ("Planted <planted@example.org>",)}
    return Change("planted", state, "planted", "0" * 40, links=(link,), **{**given, **more})  # type: ignore[arg-type]


def _first(view: Overview, tasks: Sequence[str] | None, *, timed: bool = False) -> TaskState:
    for state in view.states:
        wanted = state.task.estimate_hours if timed else state.task.owner
        if wanted and (not tasks or state.task.id in tasks):
            return state
    raise CannotPlant("no task has an " + ("estimate" if timed else "owner"))


@violation(test_tasks_are_done_by_their_owners)
def _a_task_without_owner(view: Overview, tasks: list[str] | None = None) -> Overview:
    first = _first(view, tasks)
    bare = replace(first, task=replace(first.task, owner=""))
    return replace(view, states=tuple(bare if each is first else each for each in view.states))


@violation(test_tasks_are_done_by_their_owners)
def _work_of_someone_else(view: Overview, tasks: list[str] | None = None) -> Overview:
    return _with(view, _planted(view, _first(view, tasks).task.id))


@violation(test_tasks_are_done_in_time)
def _a_task_that_took_too_long(view: Overview, over: Seconds = HALF_HOUR, tasks: list[str] | None = None) -> Overview:
    task = _first(view, tasks, timed=True).task
    hours = (task.estimate_hours or 0) + over / HOUR + 1
    merged = [change for change in view.work.changes if not (change.of_task(task.id) and change.state == OPEN)]
    clean = replace(view, work=replace(view.work, changes=tuple(merged)))
    return _with(clean, _planted(view, task.id, spent_hours=hours))


@violation(test_all_tasks_are_tracked)
def _a_task_without_criteria(view: Overview) -> Overview:
    first = next((each for each in view.states if each.standings), None)
    if first is None:
        raise CannotPlant("no task has a criterion")
    bare = replace(first, standings=())
    return replace(view, states=tuple(bare if each is first else each for each in view.states))


@violation(test_all_tasks_are_tracked)
def _work_on_a_task_that_is_not_there(view: Overview) -> Overview:
    return _with(view, replace(_planted(view, ""), links=(), unknown=("planted",)))


@violation(test_all_tasks_are_tracked)
def _open_work_of_no_task(view: Overview, strays: bool = False) -> Overview:
    if not strays:
        raise CannotPlant("the plan lets work belong to no task")
    return _with(view, replace(_planted(view, "", OPEN, last=view.at), links=(), merged_at=None))
