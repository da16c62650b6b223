"""The state of the repository that verdicts are bound to."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance
from pytest_coordguard.facts import git
from pytest_coordguard.facts.repository import under

MOST_REPORT_COMMITS = 20  # further back, a run is asked for

# What tools leave behind when checks run; it changes no verdict, and not every repository ignores it.
LITTER = re.compile(
    r"(^|/)(__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis|htmlcov|[^/]+\.egg-info)(/|$)"
    r"|(^|/)\.coverage[^/]*$|\.pyc$"
)


def own_paths(plan: Plan) -> tuple[str, ...]:
    """Return the paths that our reports are written to."""
    return (plan.reports.checklist, plan.reports.status, plan.reports.dashboard, plan.reports.audits)


def standpoint(root: Path, plan: Plan, run: str = "") -> Provenance:
    """Return the commit that is checked out, and whether files beside our reports differ from it."""
    ours = own_paths(plan)
    changed = [path for path in git.dirty_paths(root) if not under(path, ours) and not LITTER.search(path)]
    head = git.head(root)
    return Provenance(head, bool(changed), "", run, _same(root, head, ours) if head else ())


def _same(root: Path, head: str, ours: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ancestors that the reports alone tell from HEAD: each commit on the way adds reports and no more."""
    found: list[str] = []
    at = head
    for _ in range(MOST_REPORT_COMMITS):
        parent = git.commit(root, f"{at}^")
        changed = git.changed_paths(root, parent, at) if parent else ()
        if parent is None or not changed or not all(under(path, ours) for path in changed):
            break
        found.append(parent)
        at = parent
    return tuple(found)
