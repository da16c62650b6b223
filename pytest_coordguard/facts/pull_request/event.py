"""What the event of a GitHub workflow tells of a pull request: a snapshot, taken when the workflow was started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_coordguard.domain.pull_request import Fact, PullFacts
from pytest_coordguard.facts.pull_request.rest import number_of, pull_facts
from pytest_coordguard.facts.pull_request.shape import Malformed, at, moment, rows

SOURCE = "event"
LARGEST = 25 * 1024 * 1024  # bytes; GitHub sends none above 25 MB (docs.github.com/webhooks, "Payload cap")


def event_facts(path: Path, number: int) -> PullFacts:
    """Return what the event in a file tells of one pull request.

    An event that is of another one, is of none, or cannot be read, tells nothing, and says why.
    """
    try:
        if path.stat().st_size > LARGEST:
            return _nothing(number, f"the event has more than {LARGEST // 1024 // 1024} MB")
        payload = json.loads(path.read_bytes())
        return _facts(payload, number)
    except OSError as error:
        return _nothing(number, f"the event cannot be read ({error.strerror})")
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return _nothing(number, "the event is no JSON")
    except Malformed as error:
        return _nothing(number, f"the event is not of the shape that GitHub promises: {error}")


def _facts(payload: Any, number: int) -> PullFacts:  # noqa: ANN401  # JSON
    pull = at(payload, "pull_request")
    if isinstance(pull, Mapping):
        if number_of(pull) != number:
            return _nothing(number, f"the event is of pull request {number_of(pull)}")
        known = pull_facts(pull, SOURCE, moment(pull, "updated_at"))
        return PullFacts(number, **{**_silent(number, "the event tells of none"), **known})
    issue = at(payload, "issue")
    if at(issue, "pull_request") is not None and number_of(issue) == number:
        return _nothing(number, "the event of a comment tells neither head nor base")
    if any(number_of(row) == number for row in rows(payload, "workflow_run", "pull_requests")):
        return _nothing(number, "the event of a workflow's end tells its pull request by number alone")
    return _nothing(number, f"the event is none of pull request {number}")


def _silent(number: int, why: str) -> dict[str, Fact[Any]]:
    return {name: Fact(source=SOURCE, why=why) for name, _ in PullFacts(number).facts()}


def _nothing(number: int, why: str) -> PullFacts:
    return PullFacts(number, **_silent(number, why))
