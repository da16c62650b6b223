"""Asks over HTTP: each time on a connection of its own, without the proxies and cookies of anyone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.reply import Event, Reply, Stream

if TYPE_CHECKING:
    import httpx

CONNECT, READ = 2.0, 5.0  # seconds: to connect; between two pieces of an answer
WHOLE = 30.0  # seconds for a whole answer
KEPT = 4_000_000  # bytes of a body
EVENTS = 1000  # of a stream
REPEATABLE = ("GET", "HEAD", "OPTIONS")  # no second effect when asked twice: RFC 9110, section 9.2.1
Result = TypeVar("Result")


class NoAnswer(CannotJudge):
    """The connection was refused or broke, or time was up; twice, where it may be tried twice."""

    def __init__(self, ask: Ask, why: str) -> None:
        self.ask, self.why = ask, why
        super().__init__(f"{ask}: no answer ({why})")


def send(base: str, ask: Ask, headers: Mapping[str, str]) -> Reply:
    """Ask once and return the whole answer.

    Raises:
        NoAnswer: there was none.

    """

    def once(retried: str) -> Reply:
        started = time.monotonic()
        with _opened(base, ask, headers) as response:
            opened = _opening(ask, response, started, retried)
            body, cut = _read(response, started)
        return replace(opened, body=body, seconds=time.monotonic() - started, cut=cut)

    return _twice(ask, once)


def stream(base: str, ask: Ask, headers: Mapping[str, str], *, most: int = EVENTS, seconds: float = WHOLE) -> Stream:
    """Ask once and read the answer as a stream of events, `most` of them and for `seconds` at the longest.

    Raises:
        NoAnswer: there was none.

    """
    return _twice(ask, lambda retried: _stream(base, ask, headers, most, seconds, retried))


def _stream(base: str, ask: Ask, headers: Mapping[str, str], most: int, seconds: float, retried: str) -> Stream:
    started = time.monotonic()
    with _opened(base, ask, headers) as response:
        reply = _opening(ask, response, started, retried)
        if reply.media_type != "text/event-stream":
            body, cut = _read(response, started)
            seconds = time.monotonic() - started
            return Stream(replace(reply, body=body, seconds=seconds, cut=cut), ended_at=seconds)
        tap = _tap(response)
        events, ended = _events(response, started, most, seconds)
    truncated = ended not in ("end", "limit") or (ended == "end" and not tap.ended_well)
    return Stream(reply, tuple(events), time.monotonic() - started, ended, truncated)


def _opening(ask: Ask, response: httpx.Response, started: float, retried: str) -> Reply:
    """Return the answer as far as its headers say."""
    return Reply(
        ask,
        response.status_code,
        _headers(response),
        headers_at=time.monotonic() - started,
        retried=retried,
        at=time.time(),
    )


def _events(response: httpx.Response, started: float, most: int, seconds: float) -> tuple[list[Event], str]:
    import httpx
    from httpx_sse import EventSource

    events: list[Event] = []
    try:
        for event in EventSource(response).iter_sse():
            at = time.monotonic() - started
            events.append(Event(event.event, event.data, event.id, at))
            if len(events) >= most or at > seconds:
                return events, "limit"
    except httpx.TransportError as error:
        return events, _why(error)
    return events, "end"


class _Tail:
    """Lets a response's bytes pass and remembers the last of them."""

    def __init__(self, response: httpx.Response) -> None:
        self._response, self._raw = response, response.iter_raw
        self.last = b""

    def __call__(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for piece in self._raw(chunk_size):
            self.last = (self.last + piece)[-4:]
            yield piece

    @property
    def ended_well(self) -> bool:
        """Whether a blank line came last, or nothing came."""
        last = self.last.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return not last or last.endswith(b"\n\n")


def _tap(response: httpx.Response) -> _Tail:
    tail = _Tail(response)
    response.iter_raw = tail  # type: ignore[method-assign]  # iter_bytes and iter_text read through it
    return tail


def _twice(ask: Ask, once: Callable[[str], Result]) -> Result:
    """Try again on a new connection when the first one failed; a status is never tried again."""
    import httpx

    try:
        return once("")
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        first: httpx.TransportError = error
    except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
        if ask.method not in REPEATABLE:
            raise NoAnswer(ask, _why(error)) from error
        first = error
    except httpx.TransportError as error:
        raise NoAnswer(ask, _why(error)) from error
    try:
        return once(_why(first))
    except httpx.TransportError as error:
        why = [_why(error), *([_why(first)] if _why(first) != _why(error) else [])]
        raise NoAnswer(ask, ", and before: ".join(why)) from error


@contextmanager
def _opened(base: str, ask: Ask, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
    import httpx

    own = {"accept-encoding": "identity", **({"content-type": ask.media_type} if ask.media_type else {})}
    client = _client()
    client.cookies.clear()
    url = f"{base.rstrip('/')}{ask.path}"
    with client.stream(
        ask.method, url, content=ask.content or None, headers=httpx.Headers({**own, **headers, **ask.headers})
    ) as response:
        yield response


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    import httpx

    return httpx.Client(
        trust_env=False,
        timeout=httpx.Timeout(READ, connect=CONNECT),
        limits=httpx.Limits(max_keepalive_connections=0, max_connections=200),
        follow_redirects=False,
    )


def _read(response: httpx.Response, started: float) -> tuple[bytes, bool]:
    """Return the body, or its first part and True when it is long or does not end."""
    kept = bytearray()
    for piece in response.iter_bytes():
        kept += piece
        if len(kept) > KEPT or time.monotonic() - started > WHOLE:
            return bytes(kept[:KEPT]), True
    return bytes(kept), False


def _headers(response: httpx.Response) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)


def _why(error: Exception) -> str:
    text = str(error).strip()
    name = type(error).__name__
    return f"{name} after {READ:g} s" if name == "ReadTimeout" else f"{name}: {text}" if text else name
