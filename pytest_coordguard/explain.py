"""What a criterion asks for, where it stands, and what to do next: data for agents, lines for people."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_coordguard.domain.history import Since
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.signature import CheckSignature
from pytest_coordguard.domain.standing import GateStanding, Standing, waves
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.checklist import headline
from pytest_coordguard.reports.overview_json import since_data
from pytest_coordguard.reports.redact import redact
from pytest_coordguard.reports.text import again
from pytest_coordguard.suite import SuiteEntry

LINES = 3  # of a message in a list; `explain` has all of it


def explained(
    plan: Plan,
    suite: Mapping[str, SuiteEntry],
    own: Mapping[str, CheckSignature],
    standing: Standing,
    red: Since | None = None,
) -> dict[str, Any]:
    """Return all that is known of one criterion.

    Args:
        plan: the plan that asks for it.
        suite: the guardrails that are installed.
        own: those of the repository itself.
        standing: where it stands.
        red: from when on it has not held, None while it holds or nothing is on record.

    """
    criterion, known = standing.criterion, standing.known
    signature = own.get(criterion.check or "")
    task = next(task for task in plan.tasks if task.id == criterion.task)
    entry = suite.get(criterion.check or "")
    return {
        "id": criterion.id,
        "text": criterion.text,
        "task": {"id": task.id, "title": task.title, "owner": task.owner, "priority": task.priority},
        "gates": list(criterion.gates),
        "place": f"{plan.path}:{criterion.line}",
        "check": criterion.check,
        "checks_that": inspect.getdoc(entry.guardrail.function) if entry else signature.doc if signature else None,
        "parameters": {name: _plain(value) for name, value in criterion.parameters.items()},
        "tests": list(criterion.tests),
        "violations": _violations(entry, signature),
        "verdict": standing.word,
        "message": redact(known.message),
        "stale": standing.stale,
        "commit": known.provenance.commit,
        "checked_at": known.provenance.checked_at or None,
        "red_since": since_data(red),
        "findings": [redact(str(finding)) for finding in known.findings[:20]],
        "waiver": known.waiver,
        "proven": known.proven,
        "todo": todo(standing, suite, own),
        "command": again(criterion.id),
    }


def _violations(entry: SuiteEntry | None, signature: CheckSignature | None) -> list[str]:
    if entry:
        return [violation.name for violation in entry.guardrail.violations]
    return list(signature.violations) if signature else []


def _plain(value: object) -> object:
    return value if isinstance(value, (str, int, float, bool, list, dict)) or value is None else str(value)


def todo(standing: Standing, suite: Mapping[str, SuiteEntry], own: Mapping[str, CheckSignature]) -> str:
    """Return what a person or an agent has to do about a criterion, "" when nothing."""
    criterion, known = standing.criterion, standing.known
    if standing.opens:
        return ""
    if known.verdict.opens:
        return "Run it again: its verdict does not count here."
    if known.verdict is Verdict.UNCLAIMED:
        return (
            f'Give it a check in {criterion.task}, or write a test with @pytest.mark.criterion("{criterion.id}") '
            "in a folder that `tests:` of the plan names."
        )
    if known.verdict is Verdict.NOT_RUN:
        return "Run it."
    check = criterion.check or ""
    signature = suite[check].signature if check in suite else own.get(check)
    return known.remedy or (signature.remedy if signature else "") or "Make its tests pass."


def explained_lines(found: Mapping[str, Any]) -> list[str]:
    """Return the same as lines for a person."""
    task = found["task"]
    lines = [
        f"{found['id']}: {found['text']}",
        f"  task      {task['id']} {task['title']} ({task['owner'] or 'no owner'})",
    ]
    if found["check"]:
        lines.append(f"  check     {found['check']}: {(found['checks_that'] or '').partition(chr(10))[0]}".rstrip(": "))
        lines += [f"            {name} = {value}" for name, value in found["parameters"].items()]
        lines.append(f"  can fail  {', '.join(found['violations']) or 'no violation is known'}")
    lines += [f"  tests     {name}" for name in found["tests"]]
    when = f" on {found['commit'][:9]} at {found['checked_at']}" if found["commit"] else ""
    lines.append(f"  verdict   {found['verdict']}{when}" + (f" ({found['stale']})" if found["stale"] else ""))
    told = found["findings"] or [found["message"]]
    lines += [textwrap.indent(text, " " * 12) for text in told if text]
    if red := found["red_since"]:
        longer = "" if red["known"] else ", or longer: there the record begins"
        lines.append(f"  since     {red['at']}, {red['commit'][:9] or 'no commit'}{longer}")
    if found["waiver"]:
        lines.append(f"  waiver    {found['waiver']}")
    if found["todo"]:
        lines.append(f"  to do     {found['todo']}")
    return [*lines, f"  again     {found['command']}", f"  plan      {found['place']}"]


def next_steps(
    plan: Plan, suite: Mapping[str, SuiteEntry], own: Mapping[str, CheckSignature], found: Sequence[Standing]
) -> list[dict[str, Any]]:
    """Return what still closes a gate, most useful first.

    First what other tasks wait for, then by priority; within that, what can be mended before what must only be run.
    """
    wave = {task.id: number for number, tasks in enumerate(waves(plan)) for task in tasks}
    tasks = {task.id: task for task in plan.tasks}
    closing = [each for each in found if not each.opens]
    order = {Verdict.UNMET: 0, Verdict.BROKEN: 0, Verdict.AWAITING: 1, Verdict.UNCLAIMED: 2}

    def usefulness(each: Standing) -> tuple[int, int, int]:
        task = tasks[each.criterion.task]
        return wave[task.id], task.rank, order.get(each.known.verdict, 3)

    return [
        {
            "id": each.criterion.id,
            "text": each.criterion.text,
            "owner": tasks[each.criterion.task].owner,
            "priority": tasks[each.criterion.task].priority,
            "verdict": each.word,
            "message": redact(each.known.message or each.stale),
            "todo": todo(each, suite, own),
            "command": again(each.criterion.id),
        }
        for each in sorted(closing, key=usefulness)
    ]


def next_lines(steps: Sequence[Mapping[str, Any]], stand: GateStanding) -> list[str]:
    """Return the same as lines for a person, with what closes the gate beside its criteria."""
    if stand.open:
        return [f"nothing closes {stand.gate}"]
    whole = f"     $ pytest -m {stand.gate}"
    if not steps:
        return [headline(stand), *(f"  - {problem}" for problem in stand.problems), whole]
    count = f"{len(steps)} criteria close" if len(steps) > 1 else "1 criterion closes"
    lines = [*(f"  - {problem}" for problem in stand.problems), f"{count} {stand.gate}; most useful first:"]
    for number, step in enumerate(steps, 1):
        lines.append(f"{number:3}. {step['id']} ({step['verdict']}, {step['priority']}): {step['text']}")
        lines += [textwrap.indent(part, " " * 5) for part in (_head(step["message"]), step["todo"]) if part]
        lines.append(f"     $ {step['command']}")
    return lines


def _head(message: str) -> str:
    lines = message.splitlines()
    return "\n".join([*lines[:LINES], *(["…"] if len(lines) > LINES else [])])
