"""What a forge said of its pull requests, from a file: `gh pr list --state all --json …` (cli.github.com/manual)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.domain.work import PullState

FIELDS = (
    "number,title,state,isDraft,headRefName,headRefOid,labels,reviewDecision,statusCheckRollup,"
    "author,createdAt,updatedAt"
)
FAILED = ("FAILURE", "ERROR", "TIMED_OUT", "CANCELLED", "ACTION_REQUIRED", "STARTUP_FAILURE")


class PullsError(ValueError):
    """The file is no list of pull requests; the message says what is wrong."""


def read_pulls(text: str, where: str) -> dict[int, PullState]:
    """Return the pull requests of a file by number.

    Raises:
        PullsError: it is not what `gh pr list --json` writes.

    """
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PullsError(f"{where}: no JSON ({error}); meant: gh pr list --state all --json {FIELDS}") from None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise PullsError(f"{where}: no list of pull requests; meant: gh pr list --state all --json {FIELDS}")
    return pull_states(listed, where)


def pull_states(listed: Sequence[Mapping[str, Any]], where: str) -> dict[int, PullState]:
    """Return pull requests by number, from what `gh pr list --json` writes of each.

    Raises:
        PullsError: one of them has no number.

    """
    found = {}
    for position, each in enumerate(listed):
        number = each.get("number")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise PullsError(f"{where}[{position}].number: {number!r}; meant: the number of a pull request")
        found[number] = _pull(each, number)
    return found


def _pull(each: Mapping[str, Any], number: int) -> PullState:
    state = each.get("state")
    draft = each.get("isDraft")
    return PullState(
        number=number,
        title=_text(each.get("title")),
        branch=_text(each.get("headRefName")),
        head=_text(each.get("headRefOid")),
        open=None if state is None else str(state).upper() == "OPEN",
        draft=draft if isinstance(draft, bool) else None,
        labels=tuple(_text(label.get("name")) for label in each.get("labels") or () if isinstance(label, dict)),
        review=_text(each.get("reviewDecision")),
        failed_checks=_failed(each.get("statusCheckRollup")),
        author=_text((each.get("author") or {}).get("login")),
        created=_moment(each.get("createdAt")),
        updated=_moment(each.get("updatedAt")),
    )


def of_facts(facts: PullFacts) -> PullState:
    """Return what saved facts of a review say. One that was open then may be closed by now: that is not known."""
    state, head = facts.state.value, facts.head.value
    newest = {check.name: check.conclusion.upper() for check in facts.checks.value or ()}
    return PullState(
        number=facts.number,
        title=facts.title.value or "",
        branch=head.ref if head else "",
        head=head.sha if head else "",
        open=False if state in {"closed", "merged"} else None,
        draft=facts.draft.value,
        labels=facts.labels.value or (),
        failed_checks=tuple(sorted(name for name, told in newest.items() if told in FAILED)),
        author=facts.author.value.login if facts.author.value else "",
        updated=_moment(facts.state.as_of),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _failed(checks: object) -> tuple[str, ...]:
    """Return the names of the checks whose newest run failed; a later run of one name takes the earlier's place."""
    newest: dict[str, str] = {}
    for check in checks if isinstance(checks, list) else ():
        if isinstance(check, dict):
            name = _text(check.get("name")) or _text(check.get("context"))
            newest[name] = _text(check.get("conclusion")) or _text(check.get("state"))
    return tuple(sorted(name for name, state in newest.items() if state in FAILED))


def _moment(value: object) -> int | None:
    try:
        return int(datetime.fromisoformat(str(value)).timestamp()) if value else None
    except ValueError:
        return None
