"""Commands of `coordguard`, one subject a file. They belong to the edge, as `cli.py` does."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from pytest_coordguard.commands.common import Act

PULLS = "what the forge says of pull requests: gh pr list --state all --json … > FILE"


def add_agents(add: Callable[[str, Act, str], argparse.ArgumentParser]) -> None:
    """Add the command that agents speak with."""
    from pytest_coordguard.commands import agents

    speaks = add("mcp", agents.mcp, "offer status, next, explain and run over the Model Context Protocol, on stdio")
    speaks.add_argument("--allow-run", action="store_true", help="offer run too, which executes the repository's tests")


def add_coordination(add: Callable[[str, Act, str], argparse.ArgumentParser]) -> None:
    """Add the commands of the day and of a release to the parser."""
    from pytest_coordguard.commands import coordination, page, promote, snapshot

    triage = add(
        "triage", coordination.triage, "list what keeps tasks from going on: cause, since when, who, next step"
    )
    ready = add("ready", coordination.ready, "list what can be reviewed, gone on with or started, in order")
    report = add("report", coordination.report, "write the day in one page")
    report.add_argument("--output", metavar="FILE", default="-", help="where to write it (default: -, prints it)")
    report.add_argument("--on", metavar="DAY", help="how an earlier day ended, as 2026-11-24, from the record of runs")
    taken = add("snapshot", snapshot.snapshot, "keep all that is known now, and say what changed since the last time")
    clash = add(
        "conflicts", coordination.conflicts, "say which open changes conflict, and in which order to merge them"
    )
    clash.add_argument("--days", type=int, default=14, help="changes that were touched in so many days (default: 14)")
    clash.add_argument("--all", action="store_true", help="those of no task as well")
    board = add("dashboard", page.dashboard, "print the dashboard, or write it as one page of HTML")
    board.add_argument("--html", metavar="FILE", help="write it as one page that needs no network")
    board.add_argument("--at", metavar="MOMENT", help="count ages to it, as 2026-11-24T09:15:00Z (default: now)")
    live = add("serve", page.serve, "show the page on this machine alone, and keep it up to date while a run goes on")
    live.add_argument("--port", type=int, default=page.PORT, help=f"default: {page.PORT}; 0 takes a free one")
    for command in (triage, ready, report, taken, clash, board, live):
        command.add_argument("--pulls", metavar="FILE", help=PULLS)
        command.add_argument("--offline", action="store_true", help="ask no forge, even where there is a token for it")
    release = add("promote", promote.promote, "make a release of a release candidate, or say what it lacks")
    release.add_argument("--rc", metavar="TAG", help="the candidate (default: the newest tag vX.Y.Z-rc…)")
    release.add_argument("--gate", action="append", metavar="GATE", help="a gate that must be open (default: all)")
    release.add_argument("--soak", metavar="HOURS", type=float, default=48.0, help="age of the candidate (default: 48)")
    release.add_argument("--changelog", metavar="FILE", default="CHANGELOG.md", help="default: CHANGELOG.md")
    release.add_argument("--tag", action="store_true", help="make the tag; without it nothing is written")
    release.add_argument("--dry-run", action="store_true", help="write nothing, which is the default")
