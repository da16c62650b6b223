"""The picture of an answer: status, media type, shape, and the kinds of its headers. No value, so nothing secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any

from pytest_coordguard.domain.rate_limit import EPOCH, number
from pytest_coordguard.domain.reply import NotJson, Stream
from pytest_coordguard.domain.shadow.shape import ABSENT, Shape, as_json, from_json, joined, shape_of
from pytest_coordguard.domain.wire import matches

HEADERS = ("x-ratelimit-*", "ratelimit", "ratelimit-*", "retry-after*")  # those that are compared, as patterns
NUMBERS = frozenset({"number", "moment"})
VALUES = NUMBERS | {"duration", "number with more", "date", "text"}  # what a header's value may be written as
DONE = "[DONE]"
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|us|µs|ns|s))+")  # pkg.go.dev/time#ParseDuration


@dataclass(frozen=True, slots=True)
class Picture:
    """What of one answer is compared; None where a reference leaves it open."""

    status: int | None
    media_type: str | None
    shape: Shape | None  # of the JSON; of a stream's events together; None: no JSON
    headers: Mapping[str, frozenset[str]] | None  # name in lower case -> the kinds of its value
    end: str = ""  # how a stream ended
    twice: bool = field(default=False, compare=False)  # made of two answers


def picture_of(stream: Stream, patterns: Iterable[str] = HEADERS) -> Picture:
    """Return the picture of an answer that was read as a stream."""
    reply, wanted = stream.reply, list(patterns)
    headers = {name.lower(): frozenset({header_kind(value)}) for name, value in reply.headers if matches(name, wanted)}
    if stream.is_stream:
        shape, end = _events(stream)
        return Picture(reply.status, reply.media_type, shape, headers, end)
    try:
        shape = None if reply.cut or not reply.body else shape_of(reply.json())
    except NotJson:
        shape = None
    return Picture(reply.status, reply.media_type, shape, headers)


def _events(stream: Stream) -> tuple[Shape | None, str]:
    shapes = []
    for event in stream.events:
        try:
            shapes.append(shape_of(json.loads(event.data)))
        except (ValueError, RecursionError):
            continue
    if stream.truncated:
        return joined(shapes) if shapes else None, "broken off"
    last = stream.events[-1].data.strip() if stream.events else ""
    return joined(shapes) if shapes else None, DONE if last == DONE else "without [DONE]"


def header_kind(value: str) -> str:
    """Return what a header's value is written as: a number, a moment since 1970, a duration, a date, or text."""
    text = value.strip()
    if not text:
        return "empty"
    if _NUMBER.fullmatch(text):
        return "moment" if float(text) > EPOCH else "number"
    if _DURATION.fullmatch(text):
        return "duration"
    if number(text) is not None:
        return "number with more"
    try:
        parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return "text"
    return "date"


def both(first: Picture, second: Picture) -> Picture:
    """Return one picture of two answers of a reference to the same request.

    Raises:
        ValueError: they differ in more than what an answer may have or lack; the message says in what.

    """
    for name in ("status", "media_type", "end"):
        one, other = getattr(first, name), getattr(second, name)
        if one != other:
            raise ValueError(f"{name.replace('_', ' ')} {one or 'none'} and {other or 'none'}")
    shape = joined([first.shape, second.shape]) if first.shape is not None and second.shape is not None else first.shape
    return replace(first, shape=shape, headers=_both_headers(first.headers or {}, second.headers or {}), twice=True)


def _both_headers(
    first: Mapping[str, frozenset[str]], second: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]]:
    lacking = frozenset({ABSENT})
    return {name: first.get(name, lacking) | second.get(name, lacking) for name in {**first, **second}}


def picture_json(picture: Picture) -> dict[str, Any]:
    """Return a picture as JSON."""
    return {
        "status": picture.status,
        "media_type": picture.media_type,
        "end": picture.end,
        "headers": None
        if picture.headers is None
        else {name: sorted(kinds) for name, kinds in picture.headers.items()},
        "shape": None if picture.shape is None else as_json(picture.shape),
    }


def picture_from(data: Mapping[str, Any]) -> Picture:
    """Return the picture that `picture_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: it did not write this.

    """
    headers, shape = data["headers"], data["shape"]
    return Picture(
        data["status"],
        data["media_type"],
        None if shape is None else from_json(shape),
        None if headers is None else {name: frozenset(kinds) for name, kinds in headers.items()},
        data["end"],
    )
