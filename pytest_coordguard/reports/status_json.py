"""`task_status.json`: what is known, for scripts. Data in, a document out, and the document's record back."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_coordguard.domain.evidence import Measure
from pytest_coordguard.domain.plan import Plan, Task
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord, utc
from pytest_coordguard.domain.standing import (
    Standing,
    gate_standing,
    percentage,
    standings,
)
from pytest_coordguard.domain.task_link import TaskLink
from pytest_coordguard.domain.task_status import Blocker, TaskState, task_states
from pytest_coordguard.domain.work import Change, Work
from pytest_coordguard.reports.text import line, name, plain

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

SCHEMA_VERSION = "1.2"  # 1.0 was kept by hand: no run, no criteria; 1.1 knew nothing of branches
NOTHING_SEEN = Work()
SCHEMA_FILE = "task_status.schema.json"
PREAUDIT = "preaudit"
SEALED = ("id", "verdict", "commit", "dirty", "checked_at", "run", "proven")  # what a tick rests on
EXACT = 2**53  # beyond this a whole number is not the same in every reader of JSON (RFC 8259, 6)


def status_document(plan: Plan, record: Record, now: Provenance, work: Work = NOTHING_SEEN) -> dict[str, Any]:
    """Return the document: each task and criterion of the plan, in its order, with what is known of it.

    The key of a task is `task_` and its id in lower case with `_` for all but letters and digits, as `task_cc_5`
    for `CC-5`, so that `jq` needs no quotes; `_2` is added where two would be one. Its id is in `.id`.
    A status is derived from verdicts and from the work that git shows; nothing stored decides it.
    """
    found = standings(plan, record, now)
    tasks = task_states(plan, found, work)
    criteria = [_criterion(each) for each in found]
    return {
        "last_updated": line(now.checked_at or record.run.started),
        "schema_version": SCHEMA_VERSION,
        "summary": _summary(tasks),
        "tasks": _tasks(tasks, record.run),
        "pre_audit_guardrails": _pre_audit(plan, record, now),
        "metrics": _metrics(found, tasks),
        "run": _run(record.run, criteria),
        "criteria": criteria,
    }


def status_text(document: Mapping[str, Any]) -> str:
    """Return a document's text, as it stands in the file."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _summary(tasks: Sequence[TaskState]) -> dict[str, int]:
    count = Counter(task.status for task in tasks)
    return {
        "total_tasks": len(tasks),
        **{status: count[status] for status in ("in_progress", "completed", "not_started", "blocked")},
        **{status: count[status] for status in ("review", "regressed", "empty")},
        "completion_percentage": percentage(count["completed"], len(tasks)),
    }


def _tasks(tasks: Sequence[TaskState], run: RunRecord) -> dict[str, dict[str, Any]]:
    status = {each.task.id: each.status for each in tasks}
    grouped: dict[str, dict[str, Any]] = {}
    for each in tasks:
        group = grouped.setdefault(name(each.task.group), {})
        group[_free_key(each.task.id, group)] = _task(each, status, run)
    return grouped


def _free_key(task: str, taken: Mapping[str, Any]) -> str:
    key, count = task_key(task), 2
    while key in taken:
        key, count = f"{task_key(task)}_{count}", count + 1
    return key


def task_key(task: str) -> str:
    """Return a task's id as a key that `jq` takes without quotes: `CC-5` gives `task_cc_5`."""
    return "task_" + re.sub(r"[^a-z0-9]+", "_", task.lower()).strip("_")


def _task(standing: TaskState, status: Mapping[str, str], run: RunRecord) -> dict[str, Any]:
    task = standing.task
    return {
        "id": name(task.id),
        "name": line(task.title),
        "owner": line(task.owner),
        "status": standing.status,
        "priority": line(task.priority),
        "estimated_hours": _finite(task.estimate_hours),
        "branch": line(standing.branch) or None,
        "dependencies": [name(each) for each in task.depends_on],
        "pr_number": standing.pull_request or _pull_request(task, run),
        "critical_review": task.critical_review,
        "progress": {
            "total_steps": len(standing.standings),
            "completed_steps": standing.done,
            "percentage": standing.percentage,
        },
        "blockers": [_blocker(each, standing, status) for each in standing.blockers],
        "reason": line(standing.why),
        "confidence": standing.confidence.word,
        "evidence": [_link(change, link) for change, link in standing.changes],
        "started": _moment(standing.started),
        "finished": _moment(standing.finished),
        "spent_hours": _finite(standing.spent_hours),
    }


def _blocker(blocker: Blocker, standing: TaskState, status: Mapping[str, str]) -> str:
    if blocker.kind != "dependency":
        return line(blocker.text)
    other = next(other for other in standing.waiting_for if blocker.text.endswith(f" {other}"))
    return f"waiting for {name(other)} ({status.get(other, 'not in the plan')})"


def _link(change: Change, link: TaskLink) -> dict[str, Any]:
    return {
        "change": line(change.name),
        "state": change.state,
        "how": line(change.how),
        "commit": object_name(change.tip),
        "by": link.by.word,
        "confidence": link.confidence.word,
        "evidence": line(link.evidence),
    }


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else utc(datetime.fromtimestamp(seconds, UTC))


def _pull_request(task: Task, run: RunRecord) -> int | None:
    branch = line(task.branch)
    return run.pull_request if branch and branch == line(run.branch) else None


def _pre_audit(plan: Plan, record: Record, now: Provenance) -> dict[str, Any]:
    gate = gate_standing(plan, record, now, PREAUDIT)
    return {
        "total": len(gate.standings),
        "met": gate.met,
        "open": len(gate.closing),
        "percentage": percentage(len(gate.standings) - len(gate.closing), len(gate.standings)),
        "passed": gate.open,
        "criteria": {name(each.criterion.id): each.word for each in gate.standings},
    }


def _metrics(found: Sequence[Standing], tasks: Sequence[TaskState]) -> dict[str, Any]:
    hours = [(each.task.estimate_hours or 0.0, each.status) for each in tasks]
    verdicts = Counter(each.word for each in found)
    return {
        "total_estimated_hours": _finite(round(sum(given for given, _ in hours), 2)),
        "hours_remaining": _finite(round(sum(given for given, status in hours if status != "completed"), 2)),
        "total_criteria": len(found),
        "ticked": sum(each.ticked for each in found),
        "proven": sum(each.known.proven is True for each in found),
        "flaky": sum(each.known.flaky for each in found),
        "findings": sum(len(each.known.findings) for each in found),
        "by_verdict": {word: verdicts[word] for word in sorted(verdicts)},
    }


def _run(run: RunRecord, criteria: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "id": name(run.id),
        "gate": name(run.gate),
        "state": run.state,
        "exit_status": run.exit_status,
        "started": line(run.started),
        "duration": _finite(run.duration),
        "commit": object_name(run.commit) if run.commit else None,
        "branch": line(run.branch),
        "dirty": run.dirty,
        "pull_request": run.pull_request,
        "range": line(run.range) or None,
        "plan_digest": object_name(run.plan_digest),
        "versions": {line(tool): line(version) for tool, version in run.versions.items()},
        "problems": [plain(problem) for problem in run.problems],
        "artefacts": [line(path) for path in run.artefacts],
        "verdicts_digest": digest(criteria),
    }


def digest(criteria: Sequence[Mapping[str, Any]]) -> str:
    """Return the sha256 of the verdicts as they were written: one that was changed by hand no longer agrees with it.

    It shows a slip and not an attack: whoever can write the file can write the digest too. Numbers are left out:
    jq 1.6 writes 1.0 as 1.
    """
    sealed = [[each.get(key) for key in SEALED] for each in criteria if isinstance(each, Mapping)]
    return hashlib.sha256(json.dumps(sealed).encode()).hexdigest()


def _criterion(standing: Standing) -> dict[str, Any]:
    criterion = standing.criterion
    found = entry(standing.known)
    return {
        "id": found.pop("id"),
        "task": name(criterion.task),
        "text": line(criterion.text),
        "gates": [name(gate) for gate in criterion.gates],
        "check": line(criterion.check) if criterion.check else None,
        "stale": bool(standing.stale),
        **found,
    }


def entry(known: CriterionRecord) -> dict[str, Any]:
    """Return what is known of a criterion as JSON, redacted; `read_entry` reads it back. The journal's lines too."""
    found = known.provenance
    return {
        "id": name(known.id),
        "verdict": known.verdict.word,
        "message": plain(known.message),
        "remedy": plain(known.remedy),
        "duration": _finite(known.duration),
        "commit": object_name(found.commit) if found.commit else None,
        "dirty": found.dirty,
        "checked_at": line(found.checked_at),
        "run": name(found.run),
        "evidence": _evidence(known),
        "waiver": plain(known.waiver),
        "proven": known.proven,
        "tests": [line(test) for test in known.tests],
        "flaky": known.flaky,
    }


def _evidence(known: CriterionRecord) -> dict[str, Any]:
    evidence = known.evidence
    return {
        "findings": [
            {"path": line(f.path), "line": f.line, "message": plain(f.message), "rule": line(f.rule)}
            for f in known.findings
        ],
        "measures": [_measure(each) for each in evidence.measures],
        "remarks": [plain(remark) for remark in evidence.remarks],
        "tools": {line(tool): line(version) for tool, version in evidence.tools.items()},
        "artefacts": {line(path): object_name(sha) for path, sha in evidence.artefacts.items()},
    }


def object_name(name: str) -> str:
    """Return a git object name or a sha256 as it is (a redactor could take it for a key); else as text from outside."""
    return name if re.fullmatch(r"[0-9a-f]{7,64}", name) else line(name)


def _measure(measure: Measure) -> dict[str, Any]:
    value = measure.value
    return {
        "name": line(measure.name),
        "value": line(value) if isinstance(value, str) else value if abs(value) <= EXACT else str(value),
        "at_most": _finite(measure.at_most),
        "at_least": _finite(measure.at_least),
        "unit": line(measure.unit),
    }


def _finite(value: float | None) -> float | None:
    """Return a number that JSON can hold, None for infinity and what is no number."""
    return value if value is not None and math.isfinite(value) else None


class InvalidStatusError(ValueError):
    """A document that was about to be written is not of the promised shape: a fault of this package."""


def validate_status(document: Mapping[str, Any]) -> None:
    """Return when a document is of the shape that the shipped JSON Schema promises.

    Raises:
        InvalidStatusError: it is not; the message names the place.

    """
    error = next(_validator().iter_errors(document), None)
    if error is not None:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
        raise InvalidStatusError(f"task_status.json: {place or '.'}: {error.message}")


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    from importlib.resources import files

    import jsonschema_rs

    text = files("pytest_coordguard").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text))
