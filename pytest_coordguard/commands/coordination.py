"""The commands of the day: triage, ready, report, conflicts."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_coordguard.commands.common import DONE, Here, Trouble, here, say
from pytest_coordguard.domain.overview import Overview

OF_THE_FORGE = ("notes", "pulls_known", "pulls_source")  # each answer says what it could not know


def overview_of(found: Here, options: argparse.Namespace | None = None, *, look: bool = False) -> Overview:
    """Return all that is known of a repository now; with options, as a command of the day has them, of the forge too.

    Raises:
        Trouble: the file of `--pulls` cannot be used.

    """
    from pytest_coordguard.commands.pulls import pulls_of
    from pytest_coordguard.lookout import look_around

    pulls = pulls_of(found, options.pulls, offline=options.offline) if options else None
    return look_around(found.root, found.plan, found.record(), pulls, look=look)


def triage(options: argparse.Namespace) -> int:
    """List what keeps tasks from going on."""
    from pytest_coordguard.reports.coordination import triage_lines
    from pytest_coordguard.reports.overview_json import all_facts

    view = overview_of(here(options.plan), options)
    facts = all_facts(view)
    say(
        options,
        {key: facts[key] for key in ("written", "blockers", *OF_THE_FORGE)},
        triage_lines(view),
    )
    return DONE


def ready(options: argparse.Namespace) -> int:
    """List what can be reviewed, gone on with or started."""
    from pytest_coordguard.reports.coordination import ready_lines
    from pytest_coordguard.reports.overview_json import all_facts

    view = overview_of(here(options.plan), options)
    facts = all_facts(view)
    say(options, {key: facts[key] for key in ("written", "steps", *OF_THE_FORGE)}, ready_lines(view))
    return DONE


def report(options: argparse.Namespace) -> int:
    """Write the day in one page, or how an earlier day ended."""
    from pytest_coordguard.reports.files import ReportError, write_atomically

    found = here(options.plan)
    text, facts = _earlier(found, options.on) if options.on else _today(found, options)
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


def _today(found: Here, options: argparse.Namespace) -> tuple[str, dict[str, object]]:
    from pytest_coordguard.commands.snapshot import last_snapshot
    from pytest_coordguard.reports.coordination import day_report, differences
    from pytest_coordguard.reports.overview_json import all_facts

    view = overview_of(found, options)
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
    view = overview_of(found, options)
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
