"""`coordguard snapshot`: everything that is known now, put where tomorrow can compare with it."""

from __future__ import annotations

import argparse
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pytest_coordguard.commands.common import DONE, Trouble, here, say

FOLDER = "coordination"
FILE = "snapshot.json"
LATEST = "latest"
IGNORE = f"# where the newest snapshot lies: otherwise in each branch\n/{LATEST}\n"


def snapshots(root: Path, audits: str) -> list[Path]:
    """Return the snapshots that are there, the oldest first."""
    return sorted((root / audits / FOLDER).glob(f"????-??-??/*/{FILE}"))


def last_snapshot(root: Path, audits: str) -> tuple[Path, dict[str, Any]] | None:
    """Return the newest snapshot that can be read, None when there is none."""
    for path in reversed(snapshots(root, audits)):
        with suppress(OSError, ValueError):
            found = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return path, found
    return None


def snapshot(options: argparse.Namespace) -> int:
    """Write a snapshot, point `latest` at it, and say what changed since the last one."""
    from pytest_coordguard.commands.coordination import overview_of
    from pytest_coordguard.reports.coordination import day_report, differences
    from pytest_coordguard.reports.dashboard import dashboard_of
    from pytest_coordguard.reports.files import ReportError, report_path, write_atomically
    from pytest_coordguard.reports.overview_json import all_facts

    found = here(options.plan)
    view = overview_of(found, options, look=True)
    facts = all_facts(view)
    audits = found.plan.reports.audits
    before = last_snapshot(found.root, audits)
    changed = differences(before[1], facts) if before else []
    moment = datetime.now(UTC)
    folder = f"{audits}/{FOLDER}/{moment:%Y-%m-%d}/{moment:%H%M%SZ}"
    texts = {
        f"{folder}/{FILE}": json.dumps({**facts, "changed": changed}, indent=1, ensure_ascii=False) + "\n",
        f"{folder}/report.md": day_report(view, changed),
        f"{folder}/dashboard.md": dashboard_of(view),
        f"{audits}/{FOLDER}/.gitignore": IGNORE,
    }
    try:
        for relative, text in texts.items():
            write_atomically(report_path(found.root, relative), text)
        _point(found.root / audits / FOLDER / LATEST, f"{moment:%Y-%m-%d}/{moment:%H%M%SZ}")
    except (ReportError, OSError) as error:
        raise Trouble(str(error)) from None
    counts = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in facts["counts"].items())
    since = f"since {before[0].parent.parent.name} {before[0].parent.name}" if before else "the first snapshot"
    lines = [f"wrote {folder}", f"{len(view.states)} tasks: {counts or 'none'}"]
    lines += [f"{since}: {len(changed)} changes" if before else since, *(f"  {each}" for each in changed)]
    lines += [facts["pulls_source"]] if facts["pulls_source"] else []
    told = {key: facts[key] for key in ("counts", "pulls_known", "pulls_source")}
    say(options, {"folder": folder, "changed": changed, **told}, lines)
    return DONE


def _point(link: Path, target: str) -> None:
    """Let a link lead to the newest snapshot, at once: a reader finds the old one or the new one."""
    beside = link.with_name(f".{LATEST}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target, target_is_directory=True)
    beside.replace(link)
