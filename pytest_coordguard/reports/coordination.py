"""What the commands of the day say to a person: blockers, what is ready, the day in one page, what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_coordguard.domain.history import Run
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.task_status import STATUSES
from pytest_coordguard.reports.dashboard import VERBS, table, words
from pytest_coordguard.reports.text import age, cell, clean_commit, code, day_of, line, markdown, number, terminal

Facts = Mapping[str, Any]


def triage_lines(view: Overview) -> list[str]:
    """Return each blocker with its cause, since when, who can undo it, and the next step."""
    found = view.blockers()
    if not found:
        return ["nothing is blocked", *_of_the_forge(view)]
    lines = [f"{len(found)} blocker{'s'[: len(found) != 1]}; the most urgent tasks first:"]
    for position, (state, one) in enumerate(found, 1):
        since = age(view.at, one.since)
        who = terminal(one.who) or "nobody is named"
        lines.append(f"{position:3}. {terminal(state.task.id)} ({terminal(state.task.priority)}): {terminal(one.text)}")
        lines.append(f"     since {since or 'an unknown time'}; can undo it: {who}; next: {terminal(one.step)}")
    return [*lines, *_of_the_forge(view)]


def ready_lines(view: Overview) -> list[str]:
    """Return what can be done now, the most useful first."""
    steps = view.steps()
    if not steps:
        return ["nothing is ready: see coordguard triage", *_of_the_forge(view)]
    lines = []
    for position, step in enumerate(steps, 1):
        task = step.task
        who = terminal(task.reviewer if step.kind == "review" else task.owner) or "nobody"
        hours = "" if task.estimate_hours is None else f", {number(round(task.estimate_hours, 2))} h"
        frees = f", {step.frees} wait{'s'[: step.frees == 1]} for it" if step.frees else ""
        what = f"{VERBS[step.kind]} {terminal(task.id)} {terminal(task.title)}"
        lines.append(f"{position:3}. {what} ({who}, {terminal(task.priority)}{hours}{frees})")
        lines.append(f"     {terminal(step.why)}")
    return [*lines, *_of_the_forge(view)]


def _of_the_forge(view: Overview) -> list[str]:
    """Return who told which pull requests are open, or why that is not known."""
    return [terminal(view.work.pulls_source)] if view.work.pulls_source else []


def day_report(view: Overview, changed: Sequence[str] = ()) -> str:
    """Return the day in one page of Markdown. `changed` is what is new since an earlier look."""
    day = day_of(view.now.checked_at)
    hours = view.hours()
    counts = ", ".join(f"{view.counts[status]} {words(status)}" for status in STATUSES if view.counts[status])
    today = [each for each in view.work.changes if each.merged_at and _day(view, each.merged_at) < 1]
    merged = [
        f"- {code(each.name)} {markdown(each.title)}"
        + (f" ({', '.join(code(link.task) for link in each.tasks)})" if each.tasks else "")
        for each in today
    ]
    blocked = [
        f"- {code(state.task.id)} {markdown(one.text)}, since {age(view.at, one.since) or 'an unknown time'}; "
        f"{markdown(one.who) or 'nobody'}: {markdown(one.step)}"
        for state, one in view.blockers()
    ]
    ready = [
        f"{position}. {VERBS[step.kind]} {code(step.task.id)} {markdown(step.task.title)}: {markdown(step.why)}"
        for position, step in enumerate(view.steps(), 1)
    ]
    gates = [
        f"- gate {code(gate.gate)}: {'open' if gate.open else 'closed'}, {gate.met} of {len(gate.standings)} met"
        for gate in view.gates
    ]
    lines = [
        f"# {markdown(view.plan.project) or 'Coordination'}: {day}",
        "",
        (
            f"Commit {code(clean_commit(view.now.commit))} on {code(view.work.branch) or 'no branch'}. "
            f"{len(view.states)} tasks, {view.completion} % completed: {counts or 'none'}. "
            f"Left: {number(round(hours.left, 2))} h of {number(round(hours.given, 2))} h."
        ),
        "",
        *gates,
        "",
        *_part("What changed", [f"- {markdown(each)}" for each in changed]),
        *_part("Merged in the last 24 hours", merged),
        *_part("Blockers", blocked),
        *_part("Ready, in order", ready),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _day(view: Overview, when: int) -> float:
    return (view.at - when) / 86400


def _part(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *(lines or ["Nothing."]), ""]


def run_report(run: Run, day: str, project: str) -> str:
    """Return how everything stood at the end of an earlier day, from the record of runs."""
    tasks = [(cell(task), words(status)) for task, status in sorted(run.tasks.items())]
    dirty = ", with uncommitted changes" if run.dirty else ""
    verdicts = [(cell(criterion), words(word)) for criterion, word in sorted(run.verdicts.items())]
    lines = [
        f"# {markdown(project) or 'Coordination'}: {day}",
        "",
        (
            f"As the run of {line(run.at)} found it, gate {code(run.gate)}, "
            f"commit {code(clean_commit(run.commit or None))} on {code(run.branch) or 'no branch'}{dirty}: "
            f"{run.green} of {len(run.verdicts)} criteria hold."
        ),
        "",
        "## Tasks",
        "",
        *table(("task", "status"), tasks),
        "## Criteria",
        "",
        *table(("criterion", "verdict"), verdicts),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def differences(before: Facts, after: Facts) -> list[str]:
    """Return what is otherwise in two snapshots, in sentences. A snapshot of another version has fewer facts."""
    return [
        *_moved("task", _by(before, "tasks", "id", "status"), _by(after, "tasks", "id", "status")),
        *_moved("criterion", _by(before, "criteria", "id", "word"), _by(after, "criteria", "id", "word")),
        *_moved("change", _by(before, "changes", "name", "state"), _by(after, "changes", "name", "state")),
        *_come_and_gone(before, after),
    ]


def _by(facts: Facts, part: str, key: str, value: str) -> dict[str, str]:
    listed = facts.get(part)
    found = listed if isinstance(listed, list) else []
    return {str(each.get(key)): str(each.get(value)) for each in found if isinstance(each, dict)}


def _moved(kind: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    sentences = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was is None:
            sentences.append(f"{kind} {name} is new: {words(now or '')}")
        elif now is None:
            sentences.append(f"{kind} {name} is gone (was {words(was)})")
        elif was != now:
            sentences.append(f"{kind} {name}: {words(was)}, now {words(now)}")
    return sentences


def _come_and_gone(before: Facts, after: Facts) -> list[str]:
    was = {(each.get("task"), each.get("cause")) for each in before.get("blockers") or () if isinstance(each, dict)}
    now = {(each.get("task"), each.get("cause")) for each in after.get("blockers") or () if isinstance(each, dict)}
    come = [f"{task} is held up: {cause}" for task, cause in sorted(now - was, key=str)]
    gone = [f"{task} is held up no longer: {cause}" for task, cause in sorted(was - now, key=str)]
    return [*come, *gone]
