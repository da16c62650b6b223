"""The state of the repository that verdicts are bound to."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Provenance
from pytest_coordguard.facts import git
from pytest_coordguard.facts.repository import under

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
    return Provenance(git.head(root), bool(changed), "", run)
