"""What one part of a plan says about another: dependencies, groups, gates, waivers, retired criteria."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.node import shown
from pytest_coordguard.domain.plan import GATES
from pytest_coordguard.domain.record_type import Fields
from pytest_coordguard.domain.value_types import Located


def check_references(plan: Fields, faults: Faults) -> None:
    """Note each reference that leads nowhere, and each circle of tasks that wait for one another."""
    tasks: Mapping[str, Fields] = {
        name: task for name, task in plan.values.get("tasks", {}).items() if isinstance(task, Fields)
    }
    criteria = {f"{task}/{slug}": read for task, fields in tasks.items() for slug, read in _accepted(fields)}
    _check_dependencies(tasks, faults)
    _check_groups(plan, tasks, faults)
    _check_gates(plan, criteria, faults)
    _check_waivers(plan.values.get("waivers", ()), criteria, faults)
    _check_retired(plan.values.get("retired", ()), criteria, faults)


def _accepted(task: Fields) -> Iterator[tuple[str, Fields]]:
    yield from task.values.get("accept", {}).items()


def _check_dependencies(tasks: Mapping[str, Fields], faults: Faults) -> None:
    for name, task in tasks.items():
        for other in task.values.get("depends_on", ()):
            if other.text == name:
                faults.refer(other.line, f"task {shown(name)} depends on itself; meant: another task, or none")
            elif other.text not in tasks:
                _unknown("task", other, list(tasks), "a task of this plan", faults)
    for circle in _circles({name: _waits_for(task, name, tasks) for name, task in tasks.items()}):
        faults.refer(
            tasks[circle[0]].line,
            f"tasks wait for one another: {' -> '.join(circle)}; meant: an order in which to do them",
        )


def _waits_for(task: Fields, name: str, tasks: Mapping[str, Fields]) -> list[str]:
    return [other.text for other in task.values.get("depends_on", ()) if other.text in tasks and other.text != name]


def _circles(waits_for: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Yield circles, each once and closed (A, B, A), until no other is left; by depth first, without recursion."""
    done: set[str] = set()
    for start in waits_for:
        path = [start]
        ahead = [iter(waits_for[start])]
        on_path = {start}
        while ahead and start not in done:
            following = next(ahead[-1], None)
            if following is None:
                ahead.pop()
                done.add(last := path.pop())
                on_path.discard(last)
            elif following in on_path:
                yield [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                on_path.add(following)
                ahead.append(iter(waits_for[following]))


def _check_groups(plan: Fields, tasks: Mapping[str, Fields], faults: Faults) -> None:
    if "groups" not in plan.values:
        return
    groups = list(plan.values["groups"])
    for task in tasks.values():
        group = task.values.get("group")
        if group is not None and group.text not in groups:
            _unknown(
                "group",
                group,
                groups,
                f"one of {', '.join(groups)}" if groups else "a group that 'groups' names",
                faults,
            )


def _check_gates(plan: Fields, criteria: Mapping[str, Fields], faults: Faults) -> None:
    gates = [*GATES, *plan.values.get("gates", ())]
    for criterion in criteria.values():
        for gate in criterion.values.get("gates", ()):
            if gate.text not in gates:
                _unknown("gate", gate, gates, f"{' or '.join(gates)}, or a name under 'gates'", faults)


def _check_waivers(waivers: Sequence[Fields], criteria: Mapping[str, Fields], faults: Faults) -> None:
    for criterion in _named(waivers, "waived", faults):
        if criterion.text not in criteria:
            _unknown("criterion", criterion, list(criteria), "a criterion of this plan", faults)


def _check_retired(retired: Sequence[Fields], criteria: Mapping[str, Fields], faults: Faults) -> None:
    for criterion in _named(retired, "retired", faults):
        if found := criteria.get(criterion.text):
            faults.refer(
                criterion.line,
                f"{shown(criterion.text)} is retired, and is in the plan on line {found.line}; meant: one of the two",
            )


def _named(records: Sequence[Fields], what: str, faults: Faults) -> Iterator[Located]:
    """Yield the criteria that records name, and note those that are named twice."""
    first: dict[str, Located] = {}
    for record in records:
        criterion = record.values.get("criterion")
        if criterion is None:
            continue
        other = first.setdefault(criterion.text, criterion)
        if other is criterion:
            yield criterion
        else:
            faults.refer(criterion.line, f"{shown(criterion.text)} is {what} on line {other.line} too; meant: once")


def _unknown(what: str, named: Located, known: Sequence[str], otherwise: str, faults: Faults) -> None:
    faults.refer(
        named.line, f"unknown {what} {shown(named.text)}; {faults.meant(named.text, known, f'meant: {otherwise}')}"
    )
