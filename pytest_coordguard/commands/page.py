"""The dashboard as a page: `coordguard dashboard --html FILE`, and live, `coordguard serve`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from pytest_coordguard.commands.common import DONE, Trouble, here, say
from pytest_coordguard.commands.pulls import pulls_of

PORT = 8321


def dashboard(options: argparse.Namespace) -> int:
    """Print the dashboard, or write it as one page of HTML."""
    from pytest_coordguard.lookout import look_around
    from pytest_coordguard.reports.dashboard import dashboard_of
    from pytest_coordguard.reports.files import ReportError, write_atomically
    from pytest_coordguard.reports.overview_json import all_facts
    from pytest_coordguard.reports.page import page

    found = here(options.plan)
    view = look_around(
        found.root,
        found.plan,
        found.record(),
        pulls_of(found, options.pulls, offline=options.offline),
        now=_moment(options.at),
    )
    facts = all_facts(view)
    if options.html is None:
        say(options, facts, dashboard_of(view).rstrip("\n").split("\n"))
        return DONE
    target = Path.cwd() / options.html
    try:
        write_atomically(target, page(view))
    except ReportError as error:
        raise Trouble(f"--html: {error}") from None
    say(options, {**facts, "html": str(target)}, [f"wrote {target}"])
    return DONE


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Trouble(f"--at: {text!r} is no moment; meant: as 2026-11-24T09:15:00Z") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def serve(options: argparse.Namespace) -> int:
    """Show the page on loopback until Ctrl-C."""
    from pytest_coordguard.live import Board, listen

    found = here(options.plan)
    board = Board(found.root, options.plan, pulls_of(found, options.pulls, offline=options.offline))
    try:
        server = listen(board, options.port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Trouble(f"--port: {options.port} cannot be used ({reason}); 0 takes a free one") from None
    with server:
        say(options, {"url": server.url}, [f"{server.url} shows {found.root}; Ctrl-C ends it"])
        try:
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            server.stop()
    return DONE
