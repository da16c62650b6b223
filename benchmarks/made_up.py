"""A made-up repository with a plan of many tasks and a long record of runs, the same for the same numbers.

    python benchmarks/made_up.py FOLDER [--tasks 200] [--criteria 2000] [--days 365] [--seed 1]

Written as a person's would be: a plan in YAML, a git history in which commits name their tasks, branches that are open,
a status file of the last run, and the record of all runs. The clock stands at the end of 2026-11-24.
"""

import argparse
import json
import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pytest_coordguard.chronicle import history_folder
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.history import Run
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord, utc
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.facts.plan_file import read_plan
from pytest_coordguard.reports.history import folded
from pytest_coordguard.reports.status_json import status_document, status_text
from pytest_coordguard.suite import suite

END = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
OWNERS = ("ana", "ben", "chidi", "dora", "emil", "fatima", "")
VERBS = ("Validate", "Harden", "Document", "Migrate", "Measure", "Split", "Cache", "Trace", "Limit", "Sign")
NOUNS = (
    "rate limits",
    "the golden tokens",
    "OpenAPI parity",
    "the import lanes",
    "streaming answers",
    "tenant policies",
    "the circuit breaker",
    "retry headers",
    "audit snapshots",
    "the embeddings endpoint",
)
PROMISES = (
    "Each answer has the headers",
    "No file holds a secret",
    "The description validates",
    "Both modes are tested",
    "Coverage is 75 % or more",
    "The README names it",
    "A refused caller is told when to come back",
)
RED = (Verdict.UNMET, Verdict.BROKEN, Verdict.AWAITING, Verdict.UNCLAIMED, Verdict.NOT_RUN)
MISSING = "the response has no X-RateLimit-Limit header"
WEIGHTS = (10, 2, 3, 2, 3)


def made_up(root, tasks=200, criteria=2000, days=365, seed=1):
    """Write the repository; return its plan."""
    chance = random.Random(seed)
    plan = _plan(root, chance, tasks, criteria, days)
    fates = {
        each.id: _fate(chance, days, begun)
        for task in plan.tasks
        for begun in [chance.randint(0, days)]
        for each in task.criteria
    }
    _history(root, plan, chance, days)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
    runs = list(_runs(plan, fates, chance, days, commit))
    folder = root / history_folder(plan.reports.audits)
    folder.mkdir(parents=True)
    for name, text in folded(runs).items():
        (folder / name).write_text(text, encoding="utf-8")
    status = root / plan.reports.status
    status.parent.mkdir(parents=True, exist_ok=True)
    record = _record(plan, runs[-1], chance, commit)
    status.write_text(status_text(status_document(plan, record, Provenance(commit))), encoding="utf-8")
    return plan


def _plan(root, chance, tasks, criteria, days):
    found = {}
    for number in range(tasks):
        mine = range(number * criteria // tasks, (number + 1) * criteria // tasks)
        earlier = [f"T-{other:03}" for other in range(max(number - 30, 0), number)]
        found[f"T-{number:03}"] = {
            "title": f"{chance.choice(VERBS)} {chance.choice(NOUNS)}",
            "group": f"g{number * 5 // tasks}",
            **({"owner": owner} if (owner := chance.choice(OWNERS)) else {}),
            "reviewer": chance.choice(OWNERS[:3]),
            "priority": chance.choice(("critical", "high", "medium", "medium", "low")),
            "estimate": f"{chance.choice((1, 2, 3, 5, 8, 13))}h",
            "critical_review": chance.random() < 0.2,
            "depends_on": chance.sample(earlier, min(len(earlier), chance.choice((0, 0, 0, 1, 1, 2)))),
            "accept": {
                f"c{each}": {"text": chance.choice(PROMISES), "check": "files.exist", "files": [f"src/{each}.py"]}
                for each in mine
            },
        }
    groups = {f"g{number}": f"Phase {number + 1}" for number in range(5)}
    since = f"{END - timedelta(days=days):%Y-%m-%d}"
    document = {"version": 1, "project": "made up", "since": since, "groups": groups, "tasks": found}
    text = json.dumps(document, indent=1)  # JSON is YAML
    root.mkdir(parents=True, exist_ok=True)
    (root / "coordguard.yaml").write_text(text, encoding="utf-8")
    checks = {name: entry.signature for name, entry in suite().items()}
    return read_plan(text.encode(), "coordguard.yaml", checks)


def _fate(chance, days, begun):
    """Return when a criterion came, when it was first met, and its relapses as (from, to)."""
    came = chance.randint(0, max(begun // 2, 1))
    met = begun + chance.randint(1, 25) if chance.random() < 0.97 else days + 1
    relapses = []
    while chance.random() < 0.12:
        start = chance.randint(met, met + days)
        relapses.append((start, start + chance.randint(1, 12)))
    return came, met, relapses, chance.choices(RED, WEIGHTS)[0]


def _runs(plan, fates, chance, days, commit):
    start = END - timedelta(days=days)
    before = {}
    for day in range(days + 1):
        for hour in sorted(chance.sample(range(7, 18), chance.choice((0, 1, 1, 2)) if day < days else 1)):
            verdicts = {}
            for each in plan.criteria:
                came, met, relapses, red = fates[each.id]
                if day < came:
                    continue
                bad = day < met or any(first <= day < last for first, last in relapses)
                verdicts[each.id] = red.word if bad else Verdict.MET.word
            verdicts = before = before if verdicts == before else verdicts
            at = utc((start + timedelta(days=day)).replace(hour=hour))
            done = {
                task.id: bool(task.criteria) and all(verdicts.get(one.id) == "met" for one in task.criteria)
                for task in plan.tasks
            }
            some = {task.id: any(verdicts.get(one.id) == "met" for one in task.criteria) for task in plan.tasks}
            words = {
                task: "completed" if done[task] else "in_progress" if some[task] else "not_started" for task in done
            }
            yield Run(f"r{day}-{hour}", "preaudit", at, commit, "main", exit_status=1, verdicts=verdicts, tasks=words)


def _record(plan, run, chance, commit):
    here = Provenance(commit, checked_at=run.at, run=run.id)
    return Record(
        RunRecord(run.id, "preaudit", "complete", run.at, 1, 61.5, commit, "main", plan_digest=plan.digest),
        tuple(_known(each.id, Verdict.of(run.verdicts[each.id]), here, chance) for each in plan.criteria),
    )


def _known(name, verdict, here, chance):
    evidence = Evidence()
    evidence.measured("files", chance.randint(1, 400), at_least=1)
    if verdict in (Verdict.MET, Verdict.NOT_RUN, Verdict.UNCLAIMED):
        return CriterionRecord(name, verdict, "", "", 0.01, here, (), evidence, proven=verdict is Verdict.MET or None)
    findings = tuple(
        Finding(f"src/{chance.randint(0, 99)}.py", chance.randint(1, 400), MISSING, "missing")
        for _ in range(chance.choice((1, 1, 2, 5)))
    )
    remedy = "Add the headers in the middleware that all answers pass."
    return CriterionRecord(
        name, verdict, f"{len(findings)} finding{'s'[: len(findings) > 1]}", remedy, 0.01, here, findings, evidence
    )


def _history(root, plan, chance, days):
    """Write commits that name their tasks, and branches of others, as one stream (git-scm.com/docs/git-fast-import)."""
    git = ["git", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q", str(root)], check=True)
    start = int((END - timedelta(days=days - 1)).timestamp())
    step = (days - 1) * 86400 // (len(plan.tasks) + 1)
    lines = []
    plan_text = (root / "coordguard.yaml").read_text(encoding="utf-8")

    def commit(ref, when, message, path, text, parent=""):
        who = f"Ana <ana@example.org> {when} +0000"
        lines.append(f"commit {ref}\ncommitter {who}\ndata {len(message.encode())}\n{message}\n")
        lines.append(f"{parent}M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n")

    commit("refs/heads/main", start, "Plan", "coordguard.yaml", plan_text)
    later = []
    for number, task in enumerate(plan.tasks):
        kind = chance.choice(("merged", "merged", "merged", "open", "stale", "none", "none"))
        when = start + number * step + 3600
        message = f"{task.title}\n\nTask: {task.id}\nSpent: {chance.randint(1, 12)}h\n"
        if kind == "merged":
            commit("refs/heads/main", when, message, f"work/{number}.txt", str(number))
        elif kind != "none":
            recent = int(END.timestamp()) - chance.randint(1, 12) * 86400
            later.append((f"refs/heads/feat/t-{number:03}", recent if kind == "open" else when, message, number))
    for ref, when, message, number in later:
        commit(ref, when, message, f"work/{number}.txt", str(number), "from refs/heads/main\n")
    stream = "".join(lines).encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input=stream, check=True)
    subprocess.run(["git", "reset", "-q", "--hard", "main"], cwd=root, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for name, default in (("tasks", 200), ("criteria", 2000), ("days", 365), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = vars(parser.parse_args())
    plan: Plan = made_up(given.pop("folder"), **given)
    print(f"{len(plan.tasks)} tasks, {len(plan.criteria)} criteria")


if __name__ == "__main__":
    main()
