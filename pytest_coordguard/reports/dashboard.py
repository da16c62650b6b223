"""`COORDINATION_DASHBOARD.md`: where each task stands, who has it, what waits for what, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_coordguard.domain.history import Run
from pytest_coordguard.domain.overview import Hours, Overview, Step, overview
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.domain.task_status import COMPLETED, STATUSES, TaskState
from pytest_coordguard.domain.work import Work
from pytest_coordguard.reports.checklist import headline
from pytest_coordguard.reports.graph import graph
from pytest_coordguard.reports.text import age, cell, clean_commit, code, day_of, line, markdown, number

MOST_STEPS = 10
MOST_BLOCKERS = 50
MOST_RED = 20
NOTHING_SEEN = Work()
VERBS = {"mend": "mend", "review": "review", "go_on": "go on with", "start": "start"}


def dashboard(plan: Plan, record: Record, now: Provenance, work: Work = NOTHING_SEEN, runs: Sequence[Run] = ()) -> str:
    """Return the dashboard of what is known; the same facts give the same text."""
    return dashboard_of(overview(plan, record, now, work, runs))


def dashboard_of(view: Overview) -> str:
    """Return the dashboard of an overview."""
    lines = [
        f"# {markdown(view.plan.project) or 'Coordination'}: dashboard",
        "",
        _written(view),
        "",
        *_summary(view),
        *_groups(view),
        *_owners(view),
        *_blockers(view),
        *_reviews(view),
        *_waves(view),
        *_next(view),
        *_trend(view),
        *_notes(view),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _written(view: Overview) -> str:
    now = view.now
    state = ", with uncommitted changes" if now.dirty else ""
    when = line(now.checked_at or view.record.run.started) or "by no run yet"
    return f"Commit {code(clean_commit(now.commit))}{state}; written {when}."


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table; its cells are Markdown already."""
    return [
        f"| {' | '.join(columns)} |",
        f"|{' --- |' * len(columns)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _summary(view: Overview) -> list[str]:
    met = {True: "yes", False: "no", None: "nothing known"}
    rows = [(cell(each.name), each.value, each.target, met[each.met]) for each in view.targets()]
    counts = ", ".join(f"{view.counts[status]} {words(status)}" for status in STATUSES if view.counts[status])
    hours = view.hours()
    gates = [f"- {markdown(headline(gate))}" for gate in view.gates]
    said = [
        f"- {len(view.states)} tasks, {view.completion} % completed: {counts or 'none'}",
        f"- {sum(each.done for each in view.states)} of {len(view.found)} criteria met",
        f"- estimated {given(hours)}, spent {number(round(hours.spent, 2))} h, left {number(round(hours.left, 2))} h",
    ]
    return ["## Summary", "", *table(("what", "is", "wanted", "so"), rows), *said, *gates, ""]


def words(status: str) -> str:
    """Return a status as a reader says it."""
    return status.replace("_", " ")


def given(hours: Hours) -> str:
    """Return what was estimated, and how much was not."""
    return f"{number(round(hours.given, 2))} h" + (f" and {hours.without} without an estimate" if hours.without else "")


def _hours(value: float | None) -> str:
    return "" if value is None else f"{number(round(value, 2))} h"


def _groups(view: Overview) -> list[str]:
    lines = []
    columns = ("task", "title", "owner", "priority", "status", "because", "criteria met", "work", "given", "spent")
    for group, states in view.by_group().items():
        title = markdown(view.plan.groups.get(group, group))
        lines += [f"## {title}", "", *table(columns, map(_row, states))]
    return lines


def _row(state: TaskState) -> tuple[str, ...]:
    task = state.task
    return (
        cell(task.id),
        cell(task.title) + (" (critical review)" if task.critical_review else ""),
        cell(task.owner),
        cell(task.priority),
        words(state.status),
        cell(state.why),
        f"{state.done} of {len(state.standings)} ({state.percentage} %)",
        _work(state),
        _hours(task.estimate_hours),
        _hours(state.spent_hours),
    )


def _work(state: TaskState) -> str:
    """Name a task's changes, the newest three, by what links them and how surely."""
    shown = [
        f"{cell(change.name)} ({change.state}; by {link.by.word}, {link.confidence.word})"
        for change, link in state.changes[-3:]
    ]
    more = len(state.changes) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])])


def _owners(view: Overview) -> list[str]:
    rows = []
    for owner, states in view.by_owner().items():
        hours = view.hours(states)
        count = {status: sum(each.status == status for each in states) for status in STATUSES}
        rest = ", ".join(f"{count[status]} {words(status)}" for status in STATUSES[1:] if count[status])
        done = f"{count[COMPLETED]} of {len(states)}"
        spent, left = number(round(hours.spent, 2)), number(round(hours.left, 2))
        rows.append((cell(owner) or "nobody", done, rest, given(hours), f"{spent} h", f"{left} h"))
    columns = ("owner", "completed", "others", "given", "spent", "left")
    return ["## By owner", "", *table(columns, rows)] if rows else []


def _blockers(view: Overview) -> list[str]:
    found = view.blockers()
    rows = [
        (cell(state.task.id), cell(one.text), age(view.at, one.since), cell(one.who) or "nobody", cell(one.step))
        for state, one in found[:MOST_BLOCKERS]
    ]
    more = [f"{len(found) - MOST_BLOCKERS} more.", ""] if len(found) > MOST_BLOCKERS else []
    columns = ("task", "what", "since", "who can undo it", "how")
    return ["## Blockers", "", *(table(columns, rows) if rows else ["None.", ""]), *more]


def _reviews(view: Overview) -> list[str]:
    waiting = [step for step in view.steps() if step.kind == "review"]
    within = view.plan.critical.within_seconds
    rows = []
    for step in waiting:
        since = step.since
        left = "" if since is None or not step.task.critical_review or not view.at else _left(within, view.at - since)
        change = cell(step.change.name) if step.change else ""
        rows.append((cell(step.task.id), change, cell(step.task.reviewer) or "nobody", age(view.at, since), left))
    columns = ("task", "change", "reviewer", "waits for", "critical review")
    return ["## Ready for review", "", *(table(columns, rows) if rows else ["Nothing.", ""])]


def _left(within: float, waited: float) -> str:
    hours = round((within - waited) / 3600, 1)
    return f"{number(hours)} h left" if hours >= 0 else f"{number(-hours)} h over"


def _waves(view: Overview) -> list[str]:
    lines = []
    for position, wave in enumerate(view.waves(), 1):
        lines.append(f"{position}. " + ", ".join(f"{code(each.task.id)} ({words(each.status)})" for each in wave))
    told = "Tasks of one wave wait only for those of earlier ones; the most urgent of a wave comes first."
    return ["## Waves", "", told, "", *lines, "", *graph(view.states), ""] if lines else []


def _next(view: Overview) -> list[str]:
    steps = [step for step in view.steps() if step.kind != "review"]
    lines = [_step(step, view) for step in steps[:MOST_STEPS]]
    if len(steps) > MOST_STEPS:
        lines.append(f"- and {len(steps) - MOST_STEPS} more that wait for nothing")
    return ["## Next steps", "", *(lines or ["Nothing is ready to be worked on."]), ""]


def _step(step: Step, view: Overview) -> str:
    task = step.task
    first = next((each for each in view.by_id[task.id].standings if not each.ticked), None)
    goal = f"; first open criterion {code(first.criterion.id)}" if first else ""
    none = "; it has no criterion yet" if not task.criteria else ""
    frees = f"; {step.frees} task{'s'[: step.frees != 1]} wait{'s'[: step.frees == 1]} for it" if step.frees else ""
    owner = markdown(task.owner) or "nobody"
    verb = VERBS[step.kind]
    return f"- {verb} {code(task.id)} {markdown(task.title)} ({owner}, {markdown(task.priority)}){frees}{goal}{none}"


def _trend(view: Overview) -> list[str]:
    if not view.trend:
        return []
    rows = [
        (
            each.day,
            str(each.runs),
            f"{each.green} of {each.total}",
            f"{each.tasks.get(COMPLETED, 0)} of {sum(each.tasks.values())}",
            ", ".join(f"{count} {words(word)}" for word, count in sorted(each.words.items())),
        )
        for each in view.trend
    ]
    red = sorted((view.red or {}).items(), key=lambda pair: (pair[1].at, pair[0]))
    lines = [
        f"- {code(criterion)} is {words(since.word)} since {day_of(since.at)}{'' if since.known else ' or longer'}"
        f" (commit {code(clean_commit(since.commit or None))})"
        for criterion, since in red[:MOST_RED]
    ]
    more = [f"- and {len(red) - MOST_RED} more"] if len(red) > MOST_RED else []
    columns = ("day", "runs", "criteria that hold", "tasks completed", "verdicts")
    return ["## Trend", "", *table(columns, rows), *lines, *more, ""]


def _notes(view: Overview) -> list[str]:
    notes = [*view.work.notes]
    if view.work.known and not view.work.pulls_known:
        notes.append("which pull requests are open was not asked of a forge")
    return ["## What is not known", "", *(f"- {markdown(note)}" for note in notes), ""] if notes else []
