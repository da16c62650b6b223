"""`COORDINATION_DASHBOARD.md`: where each task stands, who has it, what waits for what, and what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.domain.standing import (
    TaskStanding,
    gate_standing,
    percentage,
    standings,
    task_standings,
    waves,
)
from pytest_coordguard.reports.checklist import headline
from pytest_coordguard.reports.text import cell, clean_commit, code, line, markdown, number

STATUSES = ("completed", "in_progress", "blocked", "not_started")
MOST_STEPS = 10


def dashboard(plan: Plan, record: Record, now: Provenance) -> str:
    """Return the dashboard. All of it follows from the plan and the verdicts; the same input gives the same text."""
    tasks = task_standings(plan, standings(plan, record, now))
    by_id = {each.task.id: each for each in tasks}
    lines = [
        f"# {markdown(plan.project) or 'Coordination'}: dashboard",
        "",
        _written(record, now),
        "",
        *_summary(plan, record, now, tasks),
        *_groups(plan, tasks),
        *_owners(tasks),
        *_blockers(tasks, by_id),
        *_waves(plan, by_id),
        *_next(tasks),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _written(record: Record, now: Provenance) -> str:
    state = ", with uncommitted changes" if now.dirty else ""
    when = line(now.checked_at or record.run.started) or "by no run yet"
    return f"Commit {code(clean_commit(now.commit))}{state}; written {when}."


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(columns)} |",
        f"|{' --- |' * len(columns)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _summary(plan: Plan, record: Record, now: Provenance, tasks: Sequence[TaskStanding]) -> list[str]:
    count = Counter(each.status for each in tasks)
    left = [each for each in tasks if each.status != "completed"]
    done = percentage(count["completed"], len(tasks))
    rows = [
        ("tasks", str(len(tasks))),
        *((status.replace("_", " "), str(count[status])) for status in STATUSES),
        ("completion", f"{done} %"),
        ("criteria met", f"{sum(each.done for each in tasks)} of {sum(len(each.standings) for each in tasks)}"),
        ("estimated", _hours(tasks)),
        ("left", _hours(left)),
    ]
    gates = [f"- {markdown(headline(gate_standing(plan, record, now, gate)))}" for gate in plan.gates]
    return ["## Summary", "", *_table(("what", "value"), rows), *gates, ""]


def _hours(tasks: Iterable[TaskStanding]) -> str:
    given = [each.task.estimate_hours for each in tasks]
    known = [hours for hours in given if hours is not None]
    unknown = len(given) - len(known)
    return f"{number(round(sum(known), 2))} h" + (f" and {unknown} without an estimate" if unknown else "")


def _estimate(standing: TaskStanding) -> str:
    hours = standing.task.estimate_hours
    return "" if hours is None else f"{number(round(hours, 2))} h"


def _groups(plan: Plan, tasks: Sequence[TaskStanding]) -> list[str]:
    lines = []
    for group in dict.fromkeys(each.task.group for each in tasks):
        rows = [_row(each) for each in tasks if each.task.group == group]
        columns = ("task", "title", "owner", "priority", "status", "criteria met", "estimate")
        lines += [f"## {markdown(plan.groups.get(group, group))}", "", *_table(columns, rows)]
    return lines


def _row(standing: TaskStanding) -> tuple[str, ...]:
    task = standing.task
    return (
        cell(task.id),
        cell(task.title) + (" (critical review)" if task.critical_review else ""),
        cell(task.owner),
        cell(task.priority),
        standing.status.replace("_", " "),
        f"{standing.done} of {len(standing.standings)} ({standing.percentage} %)",
        _estimate(standing),
    )


def _owners(tasks: Sequence[TaskStanding]) -> list[str]:
    rows = []
    for owner in sorted({each.task.owner for each in tasks}):
        mine = [each for each in tasks if each.task.owner == owner]
        count = Counter(each.status for each in mine)
        left = [each for each in mine if each.status != "completed"]
        rows.append((cell(owner) or "nobody", *(str(count[status]) for status in STATUSES), _hours(mine), _hours(left)))
    columns = ("owner", *(status.replace("_", " ") for status in STATUSES), "estimated", "left")
    return ["## By owner", "", *_table(columns, rows)] if rows else []


def _blockers(tasks: Sequence[TaskStanding], by_id: dict[str, TaskStanding]) -> list[str]:
    blocked = [each for each in tasks if each.status == "blocked"]
    lines = [
        f"- {code(each.task.id)} {markdown(each.task.title)} waits for "
        + ", ".join(f"{code(other)} ({_status(by_id.get(other))})" for other in each.waiting_for)
        for each in blocked
    ]
    return ["## Blockers", "", *(lines or ["None."]), ""]


def _status(standing: TaskStanding | None) -> str:
    return standing.status.replace("_", " ") if standing else "not in the plan"


def _waves(plan: Plan, by_id: dict[str, TaskStanding]) -> list[str]:
    lines = []
    for position, wave in enumerate(waves(plan), 1):
        mine = sorted((by_id[task.id] for task in wave), key=_urgency)
        lines.append(f"{position}. " + ", ".join(f"{code(each.task.id)} ({_status(each)})" for each in mine))
    return ["## Waves", "", "Tasks of one wave wait only for those of earlier ones.", "", *lines, ""] if lines else []


def _urgency(standing: TaskStanding) -> tuple[int, float]:
    """Order by priority, then by estimate: the shorter first, one without an estimate last."""
    task = standing.task
    return task.rank, float("inf") if task.estimate_hours is None else task.estimate_hours


def _next(tasks: Sequence[TaskStanding]) -> list[str]:
    waited_for = Counter(other for each in tasks for other in each.waiting_for)
    ready = sorted((each for each in tasks if each.status in ("in_progress", "not_started")), key=_urgency)
    lines = [_step(each, waited_for[each.task.id]) for each in ready[:MOST_STEPS]]
    if len(ready) > MOST_STEPS:
        lines.append(f"- and {len(ready) - MOST_STEPS} more that wait for nothing")
    return ["## Next steps", "", *(lines or ["Nothing is ready to be worked on."]), ""]


def _step(standing: TaskStanding, freed: int) -> str:
    task = standing.task
    first = next((each for each in standing.standings if not each.ticked), None)
    goal = f"; first open criterion {code(first.criterion.id)}" if first else "; it has no criterion yet"
    unblocks = f"; {freed} task{'s'[: freed != 1]} wait{'s'[: freed == 1]} for it" if freed else ""
    owner = markdown(task.owner) or "nobody"
    return f"- {code(task.id)} {markdown(task.title)} ({owner}, {markdown(task.priority)}){unblocks}{goal}"
