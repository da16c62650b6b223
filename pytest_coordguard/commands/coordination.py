"""The commands of the day: triage, ready, report, conflicts."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from pytest_coordguard.commands.common import DONE, Here, Trouble, here, say
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.work import PullState


def pulls_of(name: str | None) -> dict[int, PullState] | None:
    """Return what a file says of pull requests, None when none was named.

    Raises:
        Trouble: it cannot be read, or is not what `gh pr list --json` writes.

    """
    from pytest_coordguard.facts.branches.pulls import PullsError, read_pulls

    if name is None:
        return None
    try:
        return read_pulls(Path(name).read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"--pulls: {name} cannot be read ({error})") from None
    except PullsError as error:
        raise Trouble(f"--pulls: {error}") from None


def overview_of(found: Here, pulls: Mapping[int, PullState] | None = None, *, look: bool = False) -> Overview:
    """Return all that is known of a repository now."""
    from pytest_coordguard.lookout import look_around

    return look_around(found.root, found.plan, found.record(), pulls, look=look)


def triage(options: argparse.Namespace) -> int:
    """List what keeps tasks from going on."""
    from pytest_coordguard.reports.coordination import triage_lines
    from pytest_coordguard.reports.overview_json import all_facts

    view = overview_of(here(options.plan), pulls_of(options.pulls))
    facts = all_facts(view)
    say(
        options,
        {"written": facts["written"], "blockers": facts["blockers"], "notes": facts["notes"]},
        triage_lines(view),
    )
    return DONE


def ready(options: argparse.Namespace) -> int:
    """List what can be reviewed, gone on with or started."""
    from pytest_coordguard.reports.coordination import ready_lines
    from pytest_coordguard.reports.overview_json import all_facts

    view = overview_of(here(options.plan), pulls_of(options.pulls))
    facts = all_facts(view)
    say(options, {"written": facts["written"], "steps": facts["steps"], "notes": facts["notes"]}, ready_lines(view))
    return DONE


def report(options: argparse.Namespace) -> int:
    """Write the day in one page, or how an earlier day ended."""
    from pytest_coordguard.reports.files import ReportError, write_atomically

    found = here(options.plan)
    text, facts = _earlier(found, options.on) if options.on else _today(found, options.pulls)
    if options.output == "-":
        say(options, facts, text.rstrip("\n").split("\n"))
        return DONE
    target = Path.cwd() / options.output
    try:
        write_atomically(target, text)
    except ReportError as error:
        raise Trouble(str(error)) from None
    say(options, {**facts, "output": str(target)}, [f"wrote {target}"])
    return DONE


def _today(found: Here, pulls: str | None) -> tuple[str, dict[str, object]]:
    from pytest_coordguard.commands.snapshot import last_snapshot
    from pytest_coordguard.reports.coordination import day_report, differences
    from pytest_coordguard.reports.overview_json import all_facts

    view = overview_of(found, pulls_of(pulls))
    facts = all_facts(view)
    before = last_snapshot(found.root, found.plan.reports.audits)
    changed = differences(before[1], facts) if before else []
    return day_report(view, changed), {**facts, "changed": changed}


def _earlier(found: Here, day: str) -> tuple[str, dict[str, object]]:
    from datetime import date

    from pytest_coordguard.chronicle import history
    from pytest_coordguard.domain.history import on_day
    from pytest_coordguard.reports.coordination import run_report
    from pytest_coordguard.reports.overview_json import run_data

    try:
        date.fromisoformat(day)
    except ValueError:
        raise Trouble(f"--on: {day!r} is no day; meant: YYYY-MM-DD, as 2026-11-24") from None
    runs, troubles = history(found.root, found.plan.reports.audits)
    run = on_day(runs, day)
    if run is None:
        told = f"the first is of {runs[0].day}" if runs else "there is none"
        raise Trouble(f"--on: no run up to {day} is on record; {told}")
    return run_report(run, day, found.plan.project), {"day": day, "run": run_data(run), "notes": list(troubles)}


def conflicts(options: argparse.Namespace) -> int:
    """Say which open changes conflict, and in which order to merge them."""
    from pytest_coordguard.domain.conflicts import merge_order
    from pytest_coordguard.domain.finding import CannotJudge
    from pytest_coordguard.facts.branches.conflicts import chosen
    from pytest_coordguard.facts.branches.conflicts import conflicts as tried
    from pytest_coordguard.reports.conflicts import conflicts_data, conflicts_lines

    found = here(options.plan)
    view = overview_of(found, pulls_of(options.pulls))
    try:
        matrix = tried(found.root, view.work, chosen(view.work, days=options.days, every=options.all))
    except CannotJudge as error:
        raise Trouble(str(error)) from None
    wave = {state.task.id: position for position, states in enumerate(view.waves()) for state in states}
    rank = {
        each.name: min((wave[link.task], view.by_id[link.task].task.rank) for link in each.tasks)
        for each in matrix.changes
        if each.tasks
    }
    order = merge_order(matrix, rank)
    say(options, conflicts_data(matrix, order), conflicts_lines(matrix, order))
    return DONE
