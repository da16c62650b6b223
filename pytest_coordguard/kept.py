"""What others wrote at the places of our reports: kept before a run writes over it, unless git gives it back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts import git
from pytest_coordguard.reports import files

OURS = re.compile(r"# [^\n]*: (?:checklist of gate `|dashboard\n)")  # how the checklist and the dashboard begin


def kept_by_others(root: Path, plan: Plan, *, status: bool) -> list[str]:
    """Keep what is about to be lost, and return a sentence for each file that a run takes the place of.

    Args:
        root: the repository's root.
        plan: it says where the reports go.
        status: whether the status file is one that no run has written.

    Raises:
        files.ReportError: a copy cannot be written.

    """
    places = [plan.reports.checklist, plan.reports.dashboard]
    strangers = [place for place in places if _is_strange(files.report_path(root, place))]
    if status and files.report_path(root, plan.reports.status).is_file():
        strangers.insert(0, plan.reports.status)
    return [_kept(root, plan, place) for place in strangers]


def _is_strange(path: Path) -> bool:
    return path.is_file() and not OURS.match(files.content_of(path).decode("utf-8", "replace"))


def _kept(root: Path, plan: Plan, place: str) -> str:
    path = files.report_path(root, place)
    if git.show(root, "HEAD", place) == files.content_of(path):
        return f"{place} was not written by a run, and gave way; `git show HEAD:./{place}` has it"
    copy = f"{plan.reports.audits}/kept/{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{path.name}"
    files.keep(path, files.report_path(root, copy))
    return f"{place} was not written by a run, and gave way; it is kept as {copy}"
