"""The headers that tell a client of its limits: their families, their grammars, and what is wrong with their numbers.

Pure: header fields in, counters and faults out. The time is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import chain, pairwise
from typing import Literal

from pytest_coordguard.domain.wire import header_in

Family = Literal["x-ratelimit", "openai", "ietf", "ietf-draft6"]
Match = Literal["all", "any"]
Fields = Sequence[tuple[str, str]]

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "x-ratelimit": ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
    # https://platform.openai.com/docs/guides/rate-limits, "Rate limits in headers"
    "openai": tuple(
        f"x-ratelimit-{what}-{unit}" for what in ("limit", "remaining", "reset") for unit in ("requests", "tokens")
    ),
    # draft-ietf-httpapi-ratelimit-headers: two fields since -07, in another grammar since -08; three up to -06
    "ietf": ("RateLimit", "RateLimit-Policy"),
    "ietf-draft6": ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
}
USUAL: tuple[Family, ...] = ("x-ratelimit", "openai")
EPOCH = 1e9  # seconds: a reset above it is a moment since 1970 (it is of 2001), not a time from now
FURTHEST = 400 * 86_400.0  # seconds: a reset further ahead than a year and a bit is no reset
PAST = 2.0  # seconds that a reset may lie behind: clocks differ, and answers travel
_GO = re.compile(
    r"(?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|us|µs|ns|s))+"
)  # pkg.go.dev/time#ParseDuration; OpenAI writes "6m0s"
_GO_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(h|ms|m|us|µs|ns|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_FIRST_NUMBER = re.compile(
    r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:$|[,;/])"
)  # "100", "100, 100;w=60" (draft -03), "100/minute"
_ITEM = re.compile(r"(?:^|[;,\s])([a-z]+)=([0-9]+)")  # a parameter of an RFC 9651 item, or a member of a dictionary


@dataclass(frozen=True, slots=True)
class Counter:
    """One limit as the headers tell it; None where a field is missing or no number."""

    name: str  # as "requests of openai"
    limit: float | None
    remaining: float | None
    reset: float | None  # seconds from now

    @property
    def of_requests(self) -> bool:
        """Whether each request takes one of it; one of tokens may stand still."""
        return not self.name.startswith("tokens")


def lacking(fields: Fields, families: Iterable[str] = USUAL, match: Match = "all") -> list[str]:
    """Return the names of the headers that are missing: of all families, or of the one that lacks least."""
    names = {name.lower() for name, value in fields if value.strip()}
    missing = [[name for name in FAMILIES[family] if name.lower() not in names] for family in families]
    return list(chain(*missing)) if match == "all" else min(missing, key=len, default=[])


def counters(fields: Fields, families: Iterable[str] = USUAL, *, now: float = 0.0) -> list[Counter]:
    """Return what the headers of these families say; a family of which no header is there is left out.

    Args:
        fields: the header fields.
        families: those that are looked at.
        now: seconds since 1970, for those that tell a reset as a moment.

    """
    found = [one for family in families for one in _of_family(fields, family, now)]
    return [one for one in found if (one.limit, one.remaining, one.reset) != (None, None, None)]


def _of_family(fields: Fields, family: str, now: float) -> Iterator[Counter]:
    if family == "ietf":
        said = dict(_ITEM.findall(header_in(fields, "RateLimit").lower()))
        policy = dict(_ITEM.findall(header_in(fields, "RateLimit-Policy").lower()))
        # "r" and "t" since draft -08, words in -07; the quota is "q" of the policy
        quota = number(policy.get("q") or said.get("limit"))
        left = number(said.get("r") or said.get("remaining"))
        yield Counter("requests of ietf", quota, left, number(said.get("t") or said.get("reset")))
        return
    units = ("-requests", "-tokens") if family == "openai" else ("",)
    prefix = "ratelimit" if family == "ietf-draft6" else "x-ratelimit"
    for unit in units:
        limit, remaining, until = (
            header_in(fields, f"{prefix}-{what}{unit}") for what in ("limit", "remaining", "reset")
        )
        name = f"{unit.removeprefix('-') or 'requests'} of {family}"
        yield Counter(name, number(limit), number(remaining), reset_seconds(until, now=now))


def number(text: str | None) -> float | None:
    """Return the number that a field begins with, None when it is none: "100", "100, 100;w=60", "100/minute"."""
    found = _FIRST_NUMBER.match(text or "")
    return float(found[1]) if found else None


def reset_seconds(text: str, *, now: float) -> float | None:
    """Return when a counter is full again, in seconds from `now`; None when the text is in none of the known grammars.

    Known are seconds (`12`, `0.051`), a duration (`6m0s`, `570ms`), a moment in seconds or milliseconds since 1970,
    and a date.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        value = float(text)
        value /= 1000 if value > EPOCH * 1000 else 1
        return value - now if value > EPOCH else value
    if _GO.fullmatch(text):
        return sum(float(count) * _SECONDS[unit] for count, unit in _GO_PART.findall(text))
    return _until(text, now)


def retry_seconds(text: str, *, now: float) -> float | None:
    """Return what `Retry-After` says, in seconds from `now`: a whole number or a date (RFC 9110, section 10.2.3)."""
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() else _until(text, now)


def _until(text: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (TypeError, ValueError, OverflowError):
        return None


def implausible(fields: Fields, families: Iterable[str] = USUAL, *, now: float) -> list[str]:
    """Return in words what the numbers of one answer cannot be. The words hold no number, so that they repeat."""
    faults: list[str] = []
    for family in families:
        for name in FAMILIES[family]:
            value = header_in(fields, name).strip()
            if value and family != "ietf" and _unreadable(name, value, now):
                faults.append(f"{name} is in no known form")
    for one in counters(fields, families, now=now):
        faults += [f"{one.name}: {fault}" for fault in _amiss(one)]
    return faults


def _unreadable(name: str, value: str, now: float) -> bool:
    return (reset_seconds(value, now=now) if "reset" in name.lower() else number(value)) is None


def _amiss(one: Counter) -> Iterator[str]:
    if one.limit == 0:
        yield "the limit is 0"
    if one.limit is not None and one.remaining is not None and one.remaining > one.limit:
        yield "more is left than the limit"
    if one.reset is not None and one.reset < -PAST:
        yield "the reset lies in the past"
    if one.reset is not None and one.reset > FURTHEST:
        yield "the reset is years away"


def stands_still(answers: Sequence[Sequence[Counter]]) -> list[str]:
    """Return the counters of requests that fell between no two of the answers to one caller, one after the other.

    A window that ends between two answers lets a counter rise; so one fall is enough.
    """
    names = dict.fromkeys(
        one.name for answer in answers for one in answer if one.of_requests and one.remaining is not None
    )
    return [name for name in names if not _fell([_left(answer, name) for answer in answers])]


def _left(answer: Sequence[Counter], name: str) -> float | None:
    return next((one.remaining for one in answer if one.name == name), None)


def _fell(values: Sequence[float | None]) -> bool:
    known = [value for value in values if value is not None]
    return any(second < first for first, second in pairwise(known))


def used_up(answer: Sequence[Counter]) -> list[Counter]:
    """Return the counters of requests of which nothing is left, with time to go until the reset."""
    return [one for one in answer if one.of_requests and one.remaining == 0 and one.reset is not None and one.reset > 0]
