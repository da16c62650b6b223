"""The pictures of the page: progress, the last runs, what waits for what, hours, and how long something waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from pytest_coordguard.domain.history import GREEN, Run, trend
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.task_status import COMPLETED, STATUSES
from pytest_coordguard.reports.page.areas import areas
from pytest_coordguard.reports.page.layers import BOX, TALL, layers
from pytest_coordguard.reports.page.strips import WORDS, Strip, strips
from pytest_coordguard.reports.text import age, clipped, day_of, line, name, number

YEAR = 366  # days that are shown
FEW = 120  # criteria: with more, a row of the heat map is a task
LABEL = 23  # signs that a box has room for
BAR = 100  # the longest bar, in units of its picture
FAILS = ("unmet", "broken")
SHORT = ("holds", "unknown", "fails")


def progress(view: Overview) -> dict[str, Any]:
    """Return how criteria and tasks stood on each day, as areas and as rows."""
    days = trend(view.earlier, YEAR)
    criteria = [(each.day, _short(each.words)) for each in days]
    tasks = [(each.day, each.tasks) for each in days]
    rows = [
        {
            "day": each.day,
            "runs": each.runs,
            "holds": f"{each.green} of {each.total}",
            "fails": counts["fails"],
            "completed": f"{each.tasks.get(COMPLETED, 0)} of {sum(each.tasks.values())}",
        }
        for each, (_, counts) in zip(days, criteria, strict=True)
    ]
    return {
        "criteria": areas(criteria, SHORT),
        "tasks": areas(tasks, STATUSES),
        "task_kinds": [status for status in STATUSES if any(each.tasks.get(status) for each in days)],
        "rows": rows[::-1],
        "said": _said(rows),
    }


def _short(words: Mapping[str, int]) -> dict[str, int]:
    holds = sum(words.get(word, 0) for word in GREEN)
    fails = sum(words.get(word, 0) for word in FAILS)
    return {"holds": holds, "unknown": sum(words.values()) - holds - fails, "fails": fails}


def _said(rows: Sequence[Mapping[str, Any]]) -> str:
    """Tell the pictures in words."""
    if not rows:
        return ""
    first, last = rows[0], rows[-1]
    now = f"on {last['day']} {last['holds']} criteria held and {last['completed']} tasks were completed"
    if len(rows) == 1:
        return now
    return f"from {first['holds']} criteria and {first['completed']} tasks on {first['day']}; {now}"


def heat(view: Overview, runs: Sequence[Run], mine: Mapping[str, Strip], anchors: Mapping[str, str]) -> dict[str, Any]:
    """Return one row a criterion, or one a task where there are many: those that held throughout come apart."""
    by_task = len(view.found) > FEW
    rows = _heat_of_tasks(view, runs, anchors) if by_task else _heat_of_criteria(view, mine, anchors)
    return {
        "what": "task" if by_task else "criterion",
        "first": day_of(runs[0].at) if runs else "",
        "last": day_of(runs[-1].at) if runs else "",
        "words": [word for word in WORDS if any(word in dict(row["strip"].paths) for row in rows)],
        "rows": [row for row in rows if not row["strip"].steady],
        "steady": [row for row in rows if row["strip"].steady],
    }


def _heat_of_tasks(view: Overview, runs: Sequence[Run], anchors: Mapping[str, str]) -> list[dict[str, Any]]:
    things = {each.task.id: [one.criterion.id for one in each.standings] for each in view.states if each.standings}
    found = strips(runs, things)
    titles = {each.task.id: line(each.task.title) for each in view.states}
    return [
        {"name": name(task), "title": titles[task], "anchor": anchors[name(task)], "strip": found[task]}
        for task in things
    ]


def _heat_of_criteria(view: Overview, mine: Mapping[str, Strip], anchors: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name(one.criterion.id),
            "title": line(one.criterion.text),
            "anchor": f"{anchors[name(each.task.id)]}c{number}",
            "strip": mine[one.criterion.id],
        }
        for each in view.states
        for number, one in enumerate(each.standings)
    ]


def graph(view: Overview, anchors: Mapping[str, str]) -> dict[str, Any]:
    """Return the boxes and arrows of what waits for what, and the same as rows."""
    found = layers({each.task.id: each.task.depends_on for each in view.states})
    boxes = [
        {
            "x": found.boxes[each.task.id][0],
            "y": found.boxes[each.task.id][1],
            "status": each.status,
            "anchor": anchors[name(each.task.id)],
            "label": clipped(f"{name(each.task.id)} {line(each.task.title)}", LABEL),
            "title": f"{name(each.task.id)} {line(each.task.title)}: {each.status.replace('_', ' ')}",
        }
        for each in view.states
        if each.task.id in found.boxes
    ]
    rows = [
        {
            "id": name(each.task.id),
            "title": line(each.task.title),
            "status": each.status,
            "needs": [name(other) for other in each.task.depends_on],
            "waits": [name(other) for other in each.waiting_for],
        }
        for each in view.states
        if each.task.depends_on
    ]
    return {
        "boxes": boxes,
        "arrows": [path for _, _, path in found.arrows],
        "width": found.width,
        "height": found.height,
        "box": (BOX, TALL),
        "rows": rows,
        "apart": len(view.states) - len(boxes),
    }


def hours(view: Overview) -> list[dict[str, Any]]:
    """Return hours by owner, with bars."""
    owners = [(owner, states, view.hours(states)) for owner, states in view.by_owner().items()]
    most = max((max(found.given, found.spent) for _, _, found in owners), default=0.0)
    return [
        {
            "owner": line(owner) or "nobody",
            "done": f"{found.completed} of {found.tasks}",
            "given": number(round(found.given, 1)),
            "without": found.without,
            "spent": number(round(found.spent, 1)),
            "left": number(round(found.left, 1)),
            "bars": [_bar(found.given, most), _bar(found.spent, most), _bar(found.left, most)],
        }
        for owner, states, found in owners
    ]


def _bar(value: float, most: float) -> float:
    return round(BAR * value / most, 1) if most and isfinite(value / most) else 0.0


def ages(view: Overview, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what waits for a review or for someone to unblock it, and how long, the oldest first."""
    reviews = [each for each in facts["steps"] if each["kind"] == "review"]
    since = [step.since for step in view.steps() if step.kind == "review"]
    blocked = [one.since for _, one in view.blockers()]
    hours_waited = [each["waited_hours"] or 0 for each in reviews] + [each["hours"] or 0 for each in facts["blockers"]]
    most = max(hours_waited, default=0.0)
    rows = [
        {
            **each,
            "age": age(view.at, moment),
            "bar": _bar(each["waited_hours"] or 0, most),
            "late": bool(each["within_hours"] and each["waited_hours"] and each["waited_hours"] > each["within_hours"]),
        }
        for each, moment in zip(reviews, since, strict=True)
    ]
    blockers = [
        {**each, "age": age(view.at, moment), "bar": _bar(each["hours"] or 0, most)}
        for each, moment in zip(facts["blockers"], blocked, strict=True)
    ]
    return {
        "reviews": sorted(rows, key=lambda row: -(row["waited_hours"] or 0)),
        "blockers": sorted(blockers, key=lambda row: -(row["hours"] or 0)),
    }
