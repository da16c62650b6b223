"""Tasks as they were found, made one plan: one task an id, dependencies that exist and end somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace

from pytest_coordguard.domain.draft import DraftCriterion, DraftTask, slug
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.facts.task_words import fuller, identifier

Found = Sequence[tuple[DraftTask, int, bool]]  # task, line, whether a table's row


def finished(found: Found, reviewed: Mapping[str, str]) -> tuple[list[DraftTask], list[Finding]]:
    """Return the tasks of a plan, and what had to be left out of them."""
    named, lines, remarks = _by_id(found)
    names = [name for task in named.values() for name in (task.owner, task.reviewer)] + list(reviewed.values())
    tasks = [_reviewed(_same_people(task, names), reviewed, names) for task in named.values()]
    known, lost = _known_dependencies(tasks, lines)
    acyclic, cycles = _without_cycles(known, lines)
    bare = [
        Finding("", lines[task.id], f"task {task.id} has no acceptance criterion", "criteria")
        for task in acyclic
        if not task.criteria
    ]
    unknown = [
        Finding("", 0, f"{one!r} must be reviewed and is no task here", "review")
        for one in reviewed
        if one not in named
    ]
    return acyclic, [*remarks, *lost, *cycles, *bare, *unknown]


def _by_id(found: Found) -> tuple[dict[str, DraftTask], dict[str, int], list[Finding]]:
    """Tables often give the outline of what headings tell in full: the two are one task.

    Two rows with one id and different titles are two tasks: each table counted anew.
    """
    named: dict[str, DraftTask] = {}
    lines: dict[str, int] = {}
    rows: dict[str, bool] = {}
    remarks: list[Finding] = []
    for task, line, from_table in found:
        name = identifier(task.id) or _free("TASK-1", named)
        if name in named and rows[name] == from_table and named[name].title.lower() != task.title.lower():
            other = _free(f"{slug(task.group or name)}-{name}" if task.group else f"{name}-2", named)
            remarks.append(
                Finding(
                    "", line, f"task {name} is a second one of that id (line {lines[name]}); it is {other} here", "id"
                )
            )
            name = other
        named[name] = merged(named[name], task) if name in named else replace(task, id=name)
        lines.setdefault(name, line)
        rows.setdefault(name, from_table)
    return named, lines, remarks


def _free(name: str, taken: Iterable[str]) -> str:
    used = set(taken)
    stem, _, number = name.rpartition("-")
    if name not in used:
        return name
    start = int(number) if number.isdigit() and stem else 1
    return next(other for i in range(start + 1, start + len(used) + 2) if (other := f"{stem or name}-{i}") not in used)


def merged(first: DraftTask, second: DraftTask) -> DraftTask:
    """Return what both say of a task; where they differ the first is right."""
    values = {
        one.name: getattr(first, one.name) or getattr(second, one.name)
        for one in fields(DraftTask)
        if one.name not in ("criteria", "files", "depends_on")
    }
    criteria = list(first.criteria)
    for criterion in second.criteria:
        if criterion.text not in [one.text for one in criteria]:
            criteria.append(_renamed(criterion, criteria))
    return DraftTask(
        **values,
        criteria=tuple(criteria),
        files=tuple(dict.fromkeys(first.files + second.files)),
        depends_on=tuple(dict.fromkeys(first.depends_on + second.depends_on)),
    )


def _renamed(criterion: DraftCriterion, beside: Sequence[DraftCriterion]) -> DraftCriterion:
    return replace(criterion, slug=slug(criterion.text, [one.slug for one in beside]))


def _same_people(task: DraftTask, names: Sequence[str]) -> DraftTask:
    return replace(task, owner=fuller(task.owner, names), reviewer=fuller(task.reviewer, names))


def _reviewed(task: DraftTask, reviewed: Mapping[str, str], names: Sequence[str]) -> DraftTask:
    if task.id not in reviewed:
        return task
    return replace(task, critical_review=True, reviewer=fuller(reviewed[task.id], names) or task.reviewer)


def _known_dependencies(tasks: Sequence[DraftTask], lines: Mapping[str, int]) -> tuple[list[DraftTask], list[Finding]]:
    known = {task.id for task in tasks}
    kept = [
        replace(
            task, depends_on=tuple(one for one in dict.fromkeys(task.depends_on) if one in known and one != task.id)
        )
        for task in tasks
    ]
    lost = [
        Finding("", lines[task.id], f"task {task.id} waits for {one!r}, which is no task here", "dependency")
        for task in tasks
        for one in dict.fromkeys(task.depends_on)
        if one not in known
    ]
    return kept, lost


def _without_cycles(tasks: Sequence[DraftTask], lines: Mapping[str, int]) -> tuple[list[DraftTask], list[Finding]]:
    """Leave out each dependency that would close a circle, the last one named first."""
    kept: dict[str, tuple[str, ...]] = {task.id: () for task in tasks}
    remarks: list[Finding] = []
    for task in tasks:
        for one in task.depends_on:
            if _reaches(kept, one, task.id):
                message = f"task {task.id} waits for {one!r}, which waits for it; the dependency is left out"
                remarks.append(Finding("", lines[task.id], message, "cycle"))
            else:
                kept[task.id] += (one,)
    return [replace(task, depends_on=kept[task.id]) for task in tasks], remarks


def _reaches(edges: Mapping[str, Sequence[str]], start: str, goal: str) -> bool:
    seen, waiting = set[str](), [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            waiting += edges[here]
    return False
