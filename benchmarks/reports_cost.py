"""What the reports cost: CPU time for a plan of 2,000 criteria with 50,000 tests, and a year of earlier runs.

Run: python benchmarks/reports_cost.py

Each figure is the lowest of five rounds; "cold" is the first call of a process, in which nothing is remembered yet.
"""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pytest_coordguard import chronicle
from pytest_coordguard.domain.evidence import Evidence, Measure
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.plan import Criterion, Plan, Task
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.domain.work import Work
from pytest_coordguard.reports import (
    annotations,
    checklist,
    dashboard,
    merge,
    status_json,
    status_reader,
    summary,
    text,
)
from pytest_coordguard.reports.files import report_path, write_atomically
from pytest_coordguard.reports.history import run_name, run_text

CRITERIA, TESTS, PER_TASK, OPEN = 2000, 50_000, 10, 10  # one criterion in OPEN is unmet
NOW = Provenance("1a2b3c4d" * 5, dirty=False, checked_at="2026-11-24T09:15:09Z", run="r1")


def task(number):
    criteria = tuple(
        Criterion(f"T-{number}/claim-{i}", f"T-{number}", f"Claim {i} of task {number} holds", 1)
        for i in range(PER_TASK)
    )
    owner = f"owner-{number % 7}"
    return Task(f"T-{number}", f"Task {number}", 1, f"group-{number % 4}", owner, estimate_hours=1.5, criteria=criteria)


def known(position, criterion):
    share = TESTS // CRITERIA
    tests = tuple(f"tests/unit/test_area_{position}.py::test_case_{i}" for i in range(share))
    evidence = Evidence([Measure("tests", share, at_least=1)], ["nothing was left out"], {"pytest": "9.2.0"})
    if position % OPEN:
        return CriterionRecord(criterion.id, Verdict.MET, "", "", 0.1, NOW, (), evidence, proven=True, tests=tests)
    findings = tuple(
        Finding(f"src/area_{position}/module_{i}.py", i + 1, f'"name_{i}" is used on line {i} and never set', "unset")
        for i in range(20)
    )
    return CriterionRecord(
        criterion.id, Verdict.UNMET, "20 findings", "Set it first.", 0.1, NOW, findings, evidence, tests=tests
    )


def sample():
    plan = Plan("coordguard.yaml", "0" * 64, "Large", tasks=tuple(task(n) for n in range(CRITERIA // PER_TASK)))
    run = RunRecord("r1", "preaudit", "complete", "2026-11-24T09:15:00Z", 1, 60.0, NOW.commit, "main")
    return plan, Record(run, tuple(known(i, each) for i, each in enumerate(plan.criteria)))


def a_year(plan, run):
    """Return three runs a day, in each of which five criteria have another verdict than in the one before."""
    dice = random.Random(1)
    words = {each.id: "met" for each in plan.criteria}
    begin = datetime(2025, 11, 24, 9, tzinfo=UTC)
    for number in range(365 * 3):
        words = words | {
            dice.choice(plan.criteria).id: "unmet" if dice.random() * OPEN < 1 else "met" for _ in range(5)
        }
        at = f"{begin + timedelta(hours=8 * number):%Y-%m-%dT%H:%M:%SZ}"
        yield replace(run, id=f"r{number}", at=at, verdicts=words)


def on_record(root, plan, run):
    """Write a year of runs, folded as they come to be, but for the newest."""
    for number, each in enumerate(a_year(plan, run), 1):
        name = f"{chronicle.history_folder(plan.reports.audits)}/{run_name(each)}"
        write_atomically(report_path(root, name), run_text(each))
        if number % chronicle.LOOSE == 0:
            chronicle.fold(root, plan.reports.audits)


def cpu(call):
    started = time.process_time()
    result = call()
    return time.process_time() - started, result


def forget():
    for remembered in (text.plain, text.line, text.markdown):
        remembered.cache_clear()


def main():
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


def measure(root):
    plan, record = sample()
    run = chronicle.run_of(plan, record, record.run, NOW, Work())
    on_record(root, plan, run)
    audits = plan.reports.audits
    runs = chronicle.history(root, audits)[0]
    document = status_json.status_document(plan, record, NOW)
    written = status_json.status_text(document)
    chosen = frozenset(each.id for each in plan.criteria)
    steps = {
        "status document": lambda: status_json.status_document(plan, record, NOW),
        "its validation": lambda: status_json.validate_status(document),
        "its text": lambda: status_json.status_text(document),
        "read it back": lambda: status_reader.read_status(written, "task_status.json"),
        "merge": lambda: merge.merged(record, record, chosen),
        "checklist": lambda: checklist.checklist(plan, record, NOW, "preaudit"),
        "dashboard": lambda: dashboard.dashboard(plan, record, NOW, Work(), runs),
        "record of runs": lambda: chronicle.history(root, audits),
        "one run more": lambda: run_text(chronicle.run_of(plan, record, record.run, NOW, Work())),
        "summary": lambda: summary.summary_lines(plan, record, NOW, "preaudit", width=100, color=False),
        "annotations": lambda: annotations.annotations(plan, record, NOW, "preaudit"),
        "step summary": lambda: annotations.step_summary(plan, record, NOW, "preaudit"),
    }
    forget()
    cold = {name: cpu(call)[0] for name, call in steps.items()}
    warm = {name: min(cpu(call)[0] for _ in range(5)) for name, call in steps.items()}
    size = f"{CRITERIA} criteria, {TESTS} tests, {len(runs)} runs on record"
    print(f"{size}, status file {len(written) / 1e6:.1f} MB; CPU ms")
    for name in steps:
        print(f"{name:16} cold {1000 * cold[name]:7.1f}   warm {1000 * warm[name]:7.1f}")
    print(f"{'all':16} cold {1000 * sum(cold.values()):7.1f}   warm {1000 * sum(warm.values()):7.1f}")


if __name__ == "__main__":
    main()
