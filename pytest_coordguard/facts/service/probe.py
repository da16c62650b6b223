"""Asks the service and keeps what came: once more on a new connection when one fails, never again for a status."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.events import EventReader
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.reply import Event, Reply, Stream
from pytest_coordguard.domain.wire_faults import EVENT_STREAM

if TYPE_CHECKING:  # http.client brings ssl, which a gate run without live criteria does not need
    from pytest_coordguard.facts.service.connection import Response

WHOLE = 30.0  # seconds for a whole answer, however small the pieces in which it comes
KEPT = 4_000_000  # bytes of a body
EVENTS = 1000  # of a stream
REPEATABLE = ("GET", "HEAD", "OPTIONS")  # no second effect when asked twice: RFC 9110, section 9.2.1
Result = TypeVar("Result")


class NoAnswer(CannotJudge):
    """The connection was refused or broke, or time was up; twice, where it may be tried twice."""

    def __init__(self, ask: Ask, reason: str, more: str = "") -> None:
        self.ask, self.why = ask, reason
        self.more = more  # what differs from run to run
        super().__init__(f"{ask}: no answer ({reason})" + (f": {more}" if more else ""))


def send(base: str, ask: Ask, headers: Mapping[str, str]) -> Reply:
    """Ask once and return the whole answer.

    Raises:
        NoAnswer: there was none.

    """
    from pytest_coordguard.facts.service.connection import opened

    def once(retried: str) -> Reply:
        started = time.monotonic()
        with opened(base, ask, headers) as response:
            return _whole(ask, response, started, time.monotonic() - started, retried)

    return _twice(ask, once)


def stream(base: str, ask: Ask, headers: Mapping[str, str], *, most: int = EVENTS, seconds: float = WHOLE) -> Stream:
    """Ask once and read the answer as a stream of events, `most` of them and for `seconds` at the longest.

    Raises:
        NoAnswer: there was none.

    """
    from pytest_coordguard.facts.service.connection import opened

    def once(retried: str) -> Stream:
        started = time.monotonic()
        with opened(base, ask, headers) as response:
            headers_at = time.monotonic() - started
            if response.headers.get_content_type() != EVENT_STREAM:
                reply = _whole(ask, response, started, headers_at, retried)
                return Stream(reply, ended_at=reply.seconds)
            reader = EventReader()
            events, ended = _events(reader, response, started, most, seconds)
            headers_of = tuple(response.headers.items())
            at = time.time() - (time.monotonic() - started) + headers_at
            reply = Reply(ask, response.status, headers_of, headers_at=headers_at, retried=retried, at=at)
            cut = ended not in ("end", "limit") or (ended == "end" and not reader.is_whole)
            comments = tuple(reader.comments)
            return Stream(reply, tuple(events), time.monotonic() - started, ended, cut, response.trailers, comments)

    return _twice(ask, once)


def _events(
    reader: EventReader, response: Response, started: float, most: int, seconds: float
) -> tuple[list[Event], str]:
    """Return the events, and how the stream ended."""
    from pytest_coordguard.facts.service.connection import BROKEN, OutOfTime, why

    events: list[Event] = []
    try:
        for piece in response.pieces():
            at = time.monotonic() - started
            events += [Event(*event, at) for event in reader.feed(piece)]
            if len(events) >= most or at > seconds:
                return events[:most], "limit"
    except OutOfTime:
        return events, "limit"
    except BROKEN as error:
        return events, why(error)
    events += [Event(*event, time.monotonic() - started) for event in reader.end()]
    return events, "end"


def _whole(ask: Ask, response: Response, started: float, headers_at: float, retried: str) -> Reply:
    kept, cut = bytearray(), False
    try:
        for piece in response.pieces():
            kept += piece
            if cut := len(kept) > KEPT:
                break
    except TimeoutError:
        if response.headers.get_content_type() != EVENT_STREAM:
            raise
        cut = True  # a stream may go on for ever, and be silent meanwhile
    seconds = time.monotonic() - started
    headers = tuple(response.headers.items())
    at = time.time() - (time.monotonic() - started) + headers_at
    return Reply(ask, response.status, headers, bytes(kept[:KEPT]), seconds, headers_at, retried, cut, at)


def _twice(ask: Ask, once: Callable[[str], Result]) -> Result:
    """Try again on a new connection when the first one failed; a status is never tried again."""
    from pytest_coordguard.facts.service.connection import BROKEN, NotConnected

    try:
        return once("")
    except TimeoutError as error:
        raise NoAnswer(ask, _reason(error)) from error
    except BROKEN as error:
        first = _reason(error)
        if not isinstance(error, NotConnected) and ask.method not in REPEATABLE:
            raise NoAnswer(ask, first) from error
    try:
        return once(first)
    except BROKEN as error:
        reasons = dict.fromkeys([_reason(error), first])
        raise NoAnswer(ask, ", and before: ".join(reasons)) from error


def _reason(error: BaseException) -> str:
    from pytest_coordguard.facts.service.connection import why

    return why(error)
