"""Who tells the commands of the day which pull requests are open: a file, the forge, or facts saved by reviews."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pytest_coordguard.commands.common import Here, Trouble
from pytest_coordguard.domain.work import Pulls, PullState

SAVED = "reviews/review_gate_*.facts.json"


def pulls_of(found: Here, name: str | None, *, offline: bool) -> Pulls:
    """Return what is known of pull requests besides git, and who says so.

    A file that is named goes before all. Else GitHub is asked, when the repository is there and a token is too. Where
    nobody can be asked, the facts that reviews saved still tell of single ones, as they were then.

    Raises:
        Trouble: the file cannot be read, or is not what `gh pr list --json` writes.

    """
    if name is not None:
        return _of_file(name)
    asked = "no forge was asked (--offline)" if offline else _of_forge(found.root)
    if isinstance(asked, Pulls):
        return asked
    saved = dict(_saved(found.root / found.plan.reports.audits))
    known = f"; of {', '.join(f'#{number}' for number in sorted(saved))}, what its last review saved" if saved else ""
    return Pulls(saved, f"which pull requests are open is not known: {asked}{known}", told=False)


def _of_file(name: str) -> Pulls:
    from pytest_coordguard.facts.branches.pulls import PullsError, read_pulls

    try:
        return Pulls(read_pulls(Path(name).read_text(encoding="utf-8"), name), f"pull requests as {name} tells")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"--pulls: {name} cannot be read ({error})") from None
    except PullsError as error:
        raise Trouble(f"--pulls: {error}") from None


def _of_forge(root: Path) -> Pulls | str:
    """Return what GitHub tells, or why it was not asked or did not answer."""
    from pytest_coordguard.domain.record import utc
    from pytest_coordguard.facts.branches.pulls import PullsError, pull_states
    from pytest_coordguard.facts.pull_request.forge.client import Client, ForgeError
    from pytest_coordguard.facts.pull_request.forge.listed import open_pulls
    from pytest_coordguard.facts.pull_request.forge.where import ALL_TOKENS, Unasked, where
    from pytest_coordguard.facts.pull_request.shape import Malformed

    try:
        client = Client(where(root))
    except Unasked as error:
        return str(error)
    finally:
        for name in ALL_TOKENS:  # nothing that is started from here on is to see one
            os.environ.pop(name, None)
    now = utc(datetime.now(UTC))
    try:
        states = pull_states(open_pulls(client), client.where.rest)
    except (ForgeError, Malformed, PullsError) as error:
        return f"{client.where.rest}: {error}"
    finally:
        client.close()
    source = f"{len(states)} open pull requests of {client.where.repository}, as {client.where.rest} told at {now}"
    return Pulls(states, source, every_open=True)


def _saved(audits: Path) -> Iterator[tuple[int, PullState]]:
    from pytest_coordguard.domain.pull_request_json import FactsError, from_json
    from pytest_coordguard.facts.branches.pulls import of_facts

    for path in sorted(audits.glob(SAVED)):
        try:
            facts = from_json(path.read_bytes())
        except (OSError, FactsError):
            continue  # a file that is no saved fact tells nothing of any pull request
        yield facts.number, of_facts(facts)
