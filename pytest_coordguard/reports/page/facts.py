"""What the page shows, as its template wants it: texts redacted and of one line, numbers as a person reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Sized
from typing import Any

from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.plan import PRIORITIES
from pytest_coordguard.domain.standing import Standing
from pytest_coordguard.domain.task_status import STATUSES, TaskState
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.checklist import headline
from pytest_coordguard.reports.merge import AHEAD
from pytest_coordguard.reports.overview_json import all_facts
from pytest_coordguard.reports.page.pictures import ages, graph, heat, hours, progress
from pytest_coordguard.reports.page.strips import Strip, last_runs, strips
from pytest_coordguard.reports.status_json import entry
from pytest_coordguard.reports.text import again, clean_commit, line, number, plain

MOST = 20  # findings, tests, pieces of evidence of one criterion; the status file has all
MOST_STEPS = 10
MOST_CHANGES = 8  # of one task
VERDICTS = (*(verdict.word for verdict in Verdict), "stale")
SIGNS = {
    "met": "✓",
    "waived": "≈",
    "awaiting": "…",
    "not_run": "·",
    "unclaimed": "?",
    "unmet": "✗",
    "broken": "!",
    "stale": "~",
}


def shown(view: Overview) -> dict[str, Any]:
    """Return all that the template asks for."""
    facts = all_facts(view)
    runs = last_runs(view.earlier)
    mine = strips(runs, {each.criterion.id: [each.criterion.id] for each in view.found})
    states = zip(view.states, facts["tasks"], strict=True)
    tasks = [_task(position, state, data, mine) for position, (state, data) in enumerate(states)]
    anchors = {task["id"]: task["anchor"] for task in tasks}
    return {
        "project": facts["project"] or "Coordination",
        "written": moment(facts["written"] or view.record.run.started),
        "commit": clean_commit(view.now.commit),
        "branch": facts["branch"],
        "dirty": view.now.dirty,
        "running": running(view),
        "words": lambda word: word.replace("_", " "),
        "signs": SIGNS,
        "statuses": STATUSES,
        "verdicts": VERDICTS,
        "anchors": anchors,
        "summary": _summary(view, facts),
        "steps": [{**each, "who": each["who"] or "nobody"} for each in facts["steps"] if each["kind"] != "review"],
        "most_steps": MOST_STEPS,
        "ages": ages(view, facts),
        "progress": progress(view),
        "heat": heat(view, runs, mine, anchors),
        "graph": graph(view, anchors),
        "hours": hours(view),
        "tasks": tasks,
        "groups": _groups(view, tasks),
        "runs": len(runs),
        "choices": _choices(tasks),
        "notes": _notes(view, facts),
    }


def moment(text: str) -> str:
    """Return a moment as records write it to the minute, for a person."""
    day, _, clock = text.partition("T")
    return f"{day} {clock[:5]} UTC" if clock else day


def running(view: Overview) -> dict[str, Any] | None:
    """Return how far the run is that goes on, None when none does. What it writes ahead is not judged yet."""
    run = view.record.run
    mine = [each for each in view.record.criteria if each.provenance.run == run.id]
    if run.state != "running" or not mine:
        return None
    judged = sum(not each.message.startswith(AHEAD) for each in mine)
    return {"gate": line(run.gate), "started": moment(line(run.started)), "judged": judged, "total": len(mine)}


def _summary(view: Overview, facts: Mapping[str, Any]) -> dict[str, Any]:
    spent = view.hours()
    words = Counter(each.word for each in view.found)
    return {
        "targets": facts["targets"],
        "tasks": len(view.states),
        "completion": view.completion,
        "counts": [(status, view.counts[status]) for status in STATUSES if view.counts[status]],
        "criteria": len(view.found),
        "met": sum(each.ticked for each in view.found),
        "words": [(word, words[word]) for word in VERDICTS if words[word]],
        "gates": [
            {"name": data["gate"], "open": gate.open, "said": line(headline(gate)), "problems": data["problems"]}
            for gate, data in zip(view.gates, facts["gates"], strict=True)
        ],
        "given": number(round(spent.given, 1)),
        "spent": number(round(spent.spent, 1)),
        "left": number(round(spent.left, 1)),
        "without": spent.without,
    }


def _task(position: int, state: TaskState, data: Mapping[str, Any], mine: Mapping[str, Strip]) -> dict[str, Any]:
    criteria = [_criterion(f"t{position}c{number}", each, mine) for number, each in enumerate(state.standings)]
    return {
        **data,
        "anchor": f"t{position}",
        "given": _hours(data["estimated_hours"]),
        "spent": _hours(data["spent_hours"]),
        "began": moment(data["started"] or ""),
        "ended": moment(data["finished"] or ""),
        "shown_evidence": data["evidence"][-MOST_CHANGES:][::-1],
        "more_evidence": max(len(data["evidence"]) - MOST_CHANGES, 0),
        "worst": max((each["rank"] for each in criteria), default=0),
        "criteria_rows": criteria,
        "words": Counter(each["word"] for each in criteria),
    }


def _hours(value: float | None) -> str:
    return "" if value is None else f"{number(round(value, 1))} h"


def _criterion(anchor: str, standing: Standing, mine: Mapping[str, Strip]) -> dict[str, Any]:
    criterion, known = standing.criterion, standing.known
    found = entry(known)
    evidence, findings = found["evidence"], found["evidence"]["findings"]
    said = {each["message"] for each in findings}
    tests = found["tests"] or [line(test) for test in criterion.tests]
    return {
        "anchor": anchor,
        "id": found["id"],
        "text": line(criterion.text),
        "word": standing.word,
        "rank": VERDICTS.index(standing.word),
        "opens": standing.opens,
        "stale": line(standing.stale),
        "check": line(criterion.check or ""),
        "gates": ", ".join(line(gate) for gate in criterion.gates),
        "message": "" if _repeats(found["message"], said) else found["message"],
        "remedy": "" if standing.opens else found["remedy"],
        "findings": [{**each, "place": _place(each)} for each in findings[:MOST]],
        "more_findings": _more(findings),
        "measures": [_measure(each) for each in evidence["measures"][:MOST]],
        "remarks": evidence["remarks"][:MOST],
        "artefacts": list(evidence["artefacts"])[:MOST],
        "more_evidence": sum(_more(evidence[kind]) for kind in ("measures", "remarks", "artefacts")),
        "tools": ", ".join(f"{tool} {version}" for tool, version in evidence["tools"].items()),
        "tests": tests[:MOST],
        "more_tests": _more(tests),
        "waiver": found["waiver"],
        "proven": known.proven,
        "flaky": known.flaky,
        "checked": moment(found["checked_at"]),
        "commit": clean_commit(known.provenance.commit) if known.provenance.commit else "",
        "again": line(again(criterion.id)),
        "strip": mine[criterion.id],
    }


def _more(things: Sized) -> int:
    return max(len(things) - MOST, 0)


def _repeats(message: str, findings: set[str]) -> bool:
    """Tell whether a message says nothing beyond the findings below it."""
    lines = [each for each in message.splitlines() if each.strip()]
    return bool(lines) and bool(findings) and all(any(each.endswith(one) for one in findings) for each in lines)


def _place(finding: Mapping[str, Any]) -> str:
    return f"{finding['path']}:{finding['line']}" if finding["path"] and finding["line"] else str(finding["path"])


def _measure(measure: Mapping[str, Any]) -> str:
    value = measure["value"]
    unit = f" {measure['unit']}" if measure["unit"] else ""
    bounds = [
        f"at {side} {number(bound)}{unit}" for side in ("least", "most") if (bound := measure[f"at_{side}"]) is not None
    ]
    told = value if isinstance(value, str) else number(value)
    return f"{measure['name']}: {told}{unit}" + (f" ({', '.join(bounds)})" if bounds else "")


def _groups(view: Overview, tasks: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for state, task in zip(view.states, tasks, strict=True):
        found.setdefault(state.task.group, []).append(task)
    return [(line(view.plan.groups.get(group, group)), mine) for group, mine in found.items()]


def _choices(tasks: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the filters: name, label, and the values that occur."""
    there = {key: {task[key] for task in tasks} for key in ("owner", "priority", "status")}
    urgent = [each for each in PRIORITIES if each in there["priority"]]
    others = sorted(there["priority"] - set(urgent))
    words = {word for task in tasks for word in task["words"]}
    return [
        ("owner", "Owner", [(each, each or "nobody") for each in sorted(there["owner"])]),
        ("priority", "Priority", [(each, each) for each in (*urgent, *others)]),
        ("status", "Status", [(each, each.replace("_", " ")) for each in STATUSES if each in there["status"]]),
        ("verdict", "Verdict", [(each, each.replace("_", " ")) for each in VERDICTS if each in words]),
    ]


def _notes(view: Overview, facts: Mapping[str, Any]) -> list[str]:
    notes = list(facts["notes"])
    if view.work.known and not view.work.pulls_known:
        notes.append("which pull requests are open was not asked of a forge")
    return [*notes, *(plain(problem) for problem in view.record.run.problems)]
