"""All facts of the dashboard as plain data: what every page, command with `--json` and program shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pytest_coordguard.domain.history import DayOfTrend, Run, Since
from pytest_coordguard.domain.overview import Hours, Overview, Step
from pytest_coordguard.domain.record import utc
from pytest_coordguard.domain.task_status import Blocker, TaskState
from pytest_coordguard.domain.work import Change
from pytest_coordguard.reports.text import line, name, plain


def all_facts(view: Overview, runs: Sequence[Run] = ()) -> dict[str, Any]:
    """Return all that is known as JSON holds it: redacted, sorted, and the same for the same facts.

    `runs` are earlier ones that are to be in it, verdict by verdict; they can be many.
    """
    now, work = view.now, view.work
    return {
        "project": line(view.plan.project),
        "written": line(now.checked_at),
        "commit": now.commit,
        "dirty": now.dirty,
        "branch": line(work.branch),
        "main": line(work.main),
        "completion_percentage": view.completion,
        "counts": dict(sorted(view.counts.items())),
        "targets": [asdict(each) for each in view.targets()],
        "hours": hours_data(view.hours()),
        "groups": {name(key): line(title) for key, title in view.plan.groups.items()},
        "tasks": [task_data(each, view) for each in view.states],
        "owners": {line(owner): hours_data(view.hours(states)) for owner, states in view.by_owner().items()},
        "waves": [[name(each.task.id) for each in wave] for wave in view.waves()],
        "blockers": [blocker_data(state, one, view) for state, one in view.blockers()],
        "steps": [step_data(each, view) for each in view.steps()],
        "gates": [
            {
                "gate": name(each.gate),
                "open": each.open,
                "met": each.met,
                "total": len(each.standings),
                "words": dict(each.words),
                "problems": [plain(problem) for problem in each.problems],
            }
            for each in view.gates
        ],
        "criteria": [
            {
                "id": name(each.criterion.id),
                "task": name(each.criterion.task),
                "text": line(each.criterion.text),
                "check": each.criterion.check,
                "gates": [name(gate) for gate in each.criterion.gates],
                "verdict": each.known.verdict.word,
                "word": each.word,
                "ticked": each.ticked,
                "stale": line(each.stale),
                "message": plain(each.known.message),
                "remedy": plain(each.known.remedy),
                "checked_at": line(each.known.provenance.checked_at),
                "red_since": since_data((view.red or {}).get(each.criterion.id)),
            }
            for each in view.found
        ],
        "changes": [change_data(each) for each in work.changes if each.tasks],
        "worktrees": [
            {**asdict(each), "path": line(each.path), "branch": line(each.branch)} for each in work.worktrees
        ],
        "merges": dict(sorted(work.merges.items())),
        "trend": [day_data(each) for each in view.trend],
        "runs_on_record": view.runs,
        "runs": [run_data(each) for each in runs],
        "notes": [line(note) for note in work.notes],
        "pulls_known": work.pulls_known,
        "pulls_source": line(work.pulls_source),
    }


def moment(seconds: int | None) -> str | None:
    """Return a moment as records write it."""
    return None if seconds is None else utc(datetime.fromtimestamp(seconds, UTC))


def hours_data(hours: Hours) -> dict[str, Any]:
    """Return estimates, rounded."""
    return {key: round(value, 2) if isinstance(value, float) else value for key, value in asdict(hours).items()}


def task_data(state: TaskState, view: Overview) -> dict[str, Any]:
    """Return one task."""
    task = state.task
    return {
        "id": name(task.id),
        "title": line(task.title),
        "group": name(task.group),
        "owner": line(task.owner),
        "reviewer": line(task.reviewer),
        "priority": line(task.priority),
        "risk": line(task.risk),
        "critical_review": task.critical_review,
        "depends_on": [name(each) for each in task.depends_on],
        "status": state.status,
        "reason": line(state.why),
        "confidence": state.confidence.word,
        "criteria": {"met": state.done, "total": len(state.standings), "percentage": state.percentage},
        "branch": line(state.branch) or None,
        "pull_request": state.pull_request,
        "evidence": [
            {
                "change": line(change.name),
                "state": change.state,
                "by": link.by.word,
                "confidence": link.confidence.word,
                "evidence": line(link.evidence),
            }
            for change, link in state.changes
        ],
        "alike": [line(change.name) for change in state.alike],
        "waiting_for": [name(each) for each in state.waiting_for],
        "blockers": [blocker_data(state, each, view) for each in state.blockers],
        "estimated_hours": task.estimate_hours,
        "spent_hours": None if state.spent_hours is None else round(state.spent_hours, 2),
        "started": moment(state.started),
        "finished": moment(state.finished),
    }


def blocker_data(state: TaskState, blocker: Blocker, view: Overview) -> dict[str, Any]:
    """Return what keeps a task from going on."""
    return {
        "task": name(state.task.id),
        "title": line(state.task.title),
        "priority": line(state.task.priority),
        "kind": blocker.kind,
        "cause": line(blocker.text),
        "since": moment(blocker.since),
        "hours": None if blocker.since is None or not view.at else round((view.at - blocker.since) / 3600, 1),
        "who": line(blocker.who),
        "next_step": line(blocker.step),
    }


def step_data(step: Step, view: Overview) -> dict[str, Any]:
    """Return what can be done now."""
    task, change = step.task, step.change
    return {
        "kind": step.kind,
        "task": name(task.id),
        "title": line(task.title),
        "who": line(task.reviewer if step.kind == "review" else task.owner),
        "priority": line(task.priority),
        "estimated_hours": task.estimate_hours,
        "reason": line(step.why),
        "frees": step.frees,
        "change": change_data(change) if change else None,
        "since": moment(step.since),
        "waited_hours": None if step.since is None or not view.at else round((view.at - step.since) / 3600, 1),
        "critical_review": task.critical_review,
        "within_hours": view.plan.critical.within_seconds / 3600 if task.critical_review else None,
    }


def change_data(change: Change) -> dict[str, Any]:
    """Return one change, without the paths that it touches."""
    return {
        "name": line(change.name),
        "title": line(change.title),
        "state": change.state,
        "how": line(change.how),
        "commit": change.tip,
        "branch": line(change.branch),
        "number": change.number,
        "first": moment(change.first),
        "last": moment(change.last),
        "merged": moment(change.merged_at),
        "authors": [line(each) for each in change.authors],
        "ahead": change.ahead,
        "files": len(change.paths),
        "conflicts": None if change.conflicts is None else [line(path) for path in change.conflicts],
        "tasks": [name(link.task) for link in change.tasks],
    }


def day_data(day: DayOfTrend) -> dict[str, Any]:
    """Return one day of the trend."""
    return {**asdict(day), "words": dict(sorted(day.words.items())), "tasks": dict(sorted(day.tasks.items()))}


def since_data(since: Since | None) -> dict[str, Any] | None:
    """Return from when on something has been as it is."""
    return None if since is None else asdict(since)


def run_data(run: Run) -> dict[str, Any]:
    """Return one earlier run."""
    found: Mapping[str, Any] = asdict(run)
    return dict(found)
