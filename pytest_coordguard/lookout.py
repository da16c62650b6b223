"""Puts together what is known of a repository at one moment. An edge: files, git and the record meet here."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pytest_coordguard import __version__
from pytest_coordguard.chronicle import history
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.history import of_branches
from pytest_coordguard.domain.overview import Overview, overview
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.record import Record, RunRecord, utc
from pytest_coordguard.domain.task_link import bare_branch
from pytest_coordguard.domain.work import Pulls, Work
from pytest_coordguard.domain.work_json import read_work, work_data
from pytest_coordguard.facts import git
from pytest_coordguard.facts.branches.work import gather
from pytest_coordguard.reports import files
from pytest_coordguard.standpoint import standpoint

COPY = "coordguard-work.json"  # in the git folder
NO_RUN = RunRecord("", "", "incomplete", "")


def work_on(root: Path, plan: Plan, now: datetime, pulls: Pulls | None = None, *, look: bool = False) -> Work:
    """Return the work that git shows. Where git cannot tell, that is said, and nothing is taken for known."""
    try:
        return gather(root, plan, now=int(now.timestamp()), pulls=pulls, look=look)
    except CannotJudge as error:
        return Work(now=int(now.timestamp()), notes=(str(error),))


def kept_work_on(root: Path, plan: Plan, now: datetime) -> Work:
    """Return what `work_on` does for the tasks, from a copy in the git folder while no ref and no plan has changed.

    A repository of a thousand branches takes a second to look at, and a gate is often run twice on one commit.
    """
    refs = git.output(root, "for-each-ref", "--format=%(refname) %(objectname) %(symref)")
    asked = (__version__, plan.digest, plan.base, git.head(root), git.branch(root), (refs or b"").decode("latin-1"))
    key = hashlib.sha256(repr(asked).encode()).hexdigest()
    try:
        path = files.state_path(root, COPY)
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return replace(read_work(kept["work"]), now=int(now.timestamp()))
    except (OSError, ValueError, KeyError, TypeError, files.ReportError):
        pass  # no copy yet, or one of another version: it is made anew
    work = work_on(root, plan, now)
    if work.known:
        with suppress(files.ReportError, OSError):  # without a copy it is looked at again
            text = json.dumps({"key": key, "work": work_data(work)}, ensure_ascii=True)
            files.write_atomically(files.state_path(root, COPY), text)
    return work


def look_around(
    root: Path,
    plan: Plan,
    record: Record | None,
    pulls: Pulls | None = None,
    *,
    now: datetime | None = None,
    look: bool = False,
    work: Work | None = None,
) -> Overview:
    """Return all that is known: the plan, the record, git, and the runs before.

    Args:
        root: the repository.
        plan: its plan.
        record: the newest verdicts; None before the first run.
        pulls: what a forge says of pull requests; None when no one asked it.
        now: the moment that ages are counted to; this one by default.
        look: count the files that differ in each work tree.
        work: what git showed before, when no ref has moved since; looked at when left out.

    """
    now = now or datetime.now(UTC)
    record = record or Record(NO_RUN)
    work = work_on(root, plan, now, pulls, look=look) if work is None else replace(work, now=int(now.timestamp()))
    runs, troubles = history(root, plan.reports.audits)
    here = replace(standpoint(root, plan, record.run.id), checked_at=utc(now))
    mine = of_branches(runs, (work.branch, bare_branch(work.main)))
    return overview(plan, record, here, replace(work, notes=(*work.notes, *troubles)), mine)
