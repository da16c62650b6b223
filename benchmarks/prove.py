"""What a planted fault costs, beside the first run of its check: `--prove` must not do all the work again each time.

    python benchmarks/prove.py REPOSITORY [PLAN] [--only CHECK …]

Each criterion of the plan that a packaged guardrail judges is run once on the repository, then each of its faults is
planted and the check is run on the view, in one process, as `--prove` does. CPU seconds are user and system time of
the process and of its children. The ratio is that of the dearest fault to the first run; what was planted and not found
is said. A check whose first run is short has a ratio of about 1: there is nothing to save.
"""

from __future__ import annotations

import argparse
import inspect
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ground import table

from pytest_coordguard.docket import open_plan
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Finding, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant
from pytest_coordguard.domain.plan import Criterion
from pytest_coordguard.facts.change import change_since
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.suite import SuiteEntry

Found = frozenset[Finding] | str  # a text: why nothing can be said


def cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    started = cpu()
    found = call()
    return found, cpu() - started


def findings(entry: SuiteEntry, criterion: Criterion, fixtures: dict[str, Any]) -> Found:
    asked = set(inspect.signature(entry.guardrail.function).parameters)
    given = {name: value for name, value in {**fixtures, "evidence": Evidence()}.items() if name in asked}
    try:
        entry.guardrail.function(**criterion.parameters, **given)
    except Unmet as unmet:
        return frozenset(unmet.findings)
    except (CannotJudge, Vacuous) as error:
        return f"{type(error).__name__}: {error}"
    return frozenset()


def measured(entry: SuiteEntry, criterion: Criterion, fixtures: dict[str, Any]) -> list[object]:
    repo: Repository = fixtures["repo"]
    before, first = timed(lambda: findings(entry, criterion, fixtures))
    costs, remarks = [], [] if isinstance(before, frozenset) else [before[:60]]
    for violation in entry.guardrail.violations:
        try:
            changes, plant = timed(lambda v=violation: v.changes(**{**fixtures, **criterion.parameters}))
        except CannotPlant:
            continue
        view = repo.with_changes(changes)
        after, took = timed(lambda v=view: findings(entry, criterion, {**fixtures, "repo": v}))
        costs.append((plant + took, violation.name))
        if isinstance(after, frozenset) and isinstance(before, frozenset) and not after - before:
            remarks.append(f"{violation.name} was not found")
    worst, name = max(costs, default=(0.0, "none"))
    mean = sum(cost for cost, _ in costs) / len(costs) if costs else 0.0
    figures = [f"{first:.2f}", len(costs), f"{mean:.2f}", f"{worst:.2f}", f"{worst / first:.3f}" if first else "-"]
    return [criterion.check, *figures, "; ".join([name, *remarks])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("plan", nargs="?", default="coordguard.yaml", help="relative to the repository")
    parser.add_argument("--only", nargs="*", default=(), metavar="CHECK")
    options = parser.parse_args()
    root = options.repository.resolve()
    read = open_plan(options.plan, root, root)
    repo = Repository(root)
    fixtures = {"repo": repo, "plan": read.plan, "change": change_since(root)}
    rows = []
    for criterion in read.plan.criteria:
        entry = read.suite.get(criterion.check or "")
        if entry is not None and (not options.only or criterion.check in options.only):
            rows.append(measured(entry, criterion, fixtures))
    print(
        table(["check", "first run, s", "faults", "mean, s", "dearest, s", "of the first run", "dearest fault"], rows)
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\n{len(repo.files)} files; {cpu():.1f} s of CPU in all, peak {peak} MiB")


if __name__ == "__main__":
    main()
