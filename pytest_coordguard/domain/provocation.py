"""How an error status is brought about: around a request that succeeds, or as the plan says. Plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pytest_coordguard.domain.ask import Ask, ask
from pytest_coordguard.domain.finding import CannotJudge, Vacuous
from pytest_coordguard.domain.reply import Reply

ERRORS = ("400", "401", "403", "404", "405", "422", "429", "5xx")
STATUS = re.compile(r"[1-5](?:[0-9]{2}|xx)")
NOWHERE = "/coordguard-no-such-path"  # the same at each run, so that findings of two runs can be compared
BURST = 200  # requests of one caller, to meet a limit
_METHODS = ("DELETE", "PATCH", "PUT", "POST", "GET")
_AMISS = (b'{"', b"[]", b"{}", b'{"model": 7, "input": {}, "messages": 7}')  # not JSON; JSON of another shape


def is_status(wanted: str, status: int) -> bool:
    """Tell whether a status is the one that is wanted; `5xx` stands for 500 to 599."""
    return wanted == str(status) or (wanted.endswith("xx") and wanted[0] == str(status)[0])


def ways(wanted: str, endpoint: Ask, given: Mapping[str, Ask]) -> list[Ask]:
    """Return the requests that may bring about an error status; none when only the plan can know one.

    Args:
        wanted: the status, or a class as `5xx`.
        endpoint: a request that succeeds.
        given: what the plan says, by status; it comes in place of our own.

    """
    if named := [way for status, way in given.items() if _meet(status, wanted)]:
        return named
    if wanted == "401":
        return [replace(endpoint, auth="none"), replace(endpoint, auth="garbage")]
    if wanted == "404":
        return [ask(f"GET {NOWHERE}")]
    if wanted == "405":
        return [replace(endpoint, method=method) for method in _METHODS if method != endpoint.method]
    if wanted in ("400", "422") and endpoint.content:
        return [replace(endpoint, content=content) for content in _AMISS]
    return [replace(endpoint, times=BURST)] if wanted == "429" else []


def wanted_statuses(statuses: Sequence[str] | None, given: Mapping[str, Ask]) -> list[str]:
    """Return the statuses to be seen: those of the plan, and those that it says how to provoke."""
    wanted = list(dict.fromkeys([*(ERRORS if statuses is None else statuses), *(given if statuses is None else ())]))
    if amiss := [status for status in (*wanted, *given) if not STATUS.fullmatch(status)]:
        raise CannotJudge(f"{amiss[0]!r} is no status; meant: as 429, or 5xx for any of 500 to 599")
    return sorted(wanted, key="429".__eq__)  # a limit last: behind it each answer may be 429


def require_all(found: Mapping[str, Reply | str]) -> None:
    """Return when each status was seen: one that was not says nothing of its envelope."""
    if missed := {status: why for status, why in found.items() if isinstance(why, str)}:
        told = "; ".join(f"{status} ({why})" for status, why in missed.items())
        raise Vacuous(f"not seen: {told}. Meant: 'provoke: {{{next(iter(missed))}: …}}', or 'statuses' without it")


def _meet(status: str, wanted: str) -> bool:
    return status == wanted or (status.isdigit() and is_status(wanted, int(status)))
