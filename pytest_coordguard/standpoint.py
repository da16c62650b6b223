"""The state of the repository that verdicts are bound to."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Footing:
    """What must not change under a run's feet."""

    head: str | None
    changed: frozenset[tuple[str, int, int]]  # path, mtime in ns, size in bytes


def own_paths(plan: Plan) -> tuple[str, ...]:
    """Return the paths that our reports are written to."""
    return plan.reports.paths


def standpoint(root: Path, plan: Plan, run: str = "") -> Provenance:
    """Return the commit that is checked out, and whether files beside our reports differ from it.

    A commit is one of the whole work tree: where the plan lies in a folder of it, a file outside that folder counts
    too, for the plan's tests may use it.
    """
    place = git.place(root)
    top = root.resolve().parents[place.count("/") - 1] if place else root
    ours = tuple(place + path for path in own_paths(plan))
    changed = [path for path in git.dirty_paths(top) if not under(path, ours) and not LITTER.search(path)]
    seen = tuple(os.path.relpath(path, place) if place else path for path in changed)
    head = git.head(root)
    return Provenance(head, bool(changed), "", run, _same(root, head, ours) if head else (), seen)


def moved(root: Path, plan: Plan, before: Footing) -> str:
    """Return how the repository changed since `before`, "" when neither HEAD nor a tracked file did."""
    after = footing(root, plan)
    if after.head != before.head:
        return f"HEAD moved from {_short(before.head)} to {_short(after.head)} while the run went on"
    changed = sorted({path for path, _, _ in before.changed ^ after.changed})
    return f"{', '.join(changed[:3])} changed while the run went on" if changed else ""


def footing(root: Path, plan: Plan) -> Footing:
    """Return what a run stands on: HEAD, and the tracked files that differ from it, each with its time and size.

    Files that a test leaves behind and git does not track are none of it.
    """
    ours = own_paths(plan)
    tracked = git.tracked(root)
    paths = [path for path in git.dirty_paths(root) if path in tracked and not under(path, ours)]
    return Footing(git.head(root), frozenset((path, *_stamp(root / path)) for path in paths))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.lstat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _short(commit: str | None) -> str:
    return commit[:9] if commit else "no commit"


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
