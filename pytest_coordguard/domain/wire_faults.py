"""Faults between a check and the service, ready to be planted: what the `@violation`s of live guardrails return."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from pytest_coordguard.domain.wire import Altered, Answer, Call, Dropped, Fault, matches, pieces, whole

Where = Callable[[Call, Answer], bool]
EVENT_STREAM = "text/event-stream"
_EVENT_ENDS = b"\n\n"
_FRAMING = ("content-length", "transfer-encoding", "content-encoding")


def on(
    *statuses: int,
    paths: Collection[str] = (),
    methods: Collection[str] = (),
    authorized: bool | None = None,
    media_type: str = "",
) -> Where:
    """Return the condition of an answer: of all that is given, each must hold; nothing given: every answer.

    Args:
        statuses: one of these; 5 stands for 500 to 599, and so on.
        paths: the path without its query is one of these.
        methods: one of these.
        authorized: whether the request carried an Authorization header.
        media_type: of the answer, without its parameters.

    """

    def holds(call: Call, answer: Answer) -> bool:
        return (
            (not statuses or answer.status in statuses or answer.status // 100 in statuses)
            and (not paths or call.path.partition("?")[0] in paths)
            and (not methods or call.method in methods)
            and (authorized is None or bool(call.header("authorization")) is authorized)
            and (not media_type or answer.media_type == media_type)
        )

    return holds


EVERYWHERE = on()


def strip_headers(*patterns: str, where: Where = EVERYWHERE) -> Fault:
    """Take headers away: `strip_headers("x-ratelimit-*", where=on(429))`."""
    return Altered(lambda _, answer: answer.without(*patterns), where)


def strip_trailers(*patterns: str, where: Where = EVERYWHERE) -> Fault:
    """Take fields away that come behind the last chunk."""

    def change(_: Call, answer: Answer) -> None:
        answer.lost += patterns

    return Altered(change, where)


def set_header(name: str, value: str, *, where: Where = EVERYWHERE) -> Fault:
    """Let a header have this value, whether it was there or not."""
    return Altered(lambda _, answer: answer.set(name, value), where)


def edit_headers(patterns: Collection[str], edit: Callable[[str], str], *, where: Where = EVERYWHERE) -> Fault:
    """Change the values of headers that are there."""

    def change(_: Call, answer: Answer) -> None:
        answer.headers = [(name, edit(value) if matches(name, patterns) else value) for name, value in answer.headers]

    return Altered(change, where)


def freeze_headers(*patterns: str, where: Where = EVERYWHERE) -> Fault:
    """Answer for ever with the value that a header had first."""
    first: dict[str, str] = {}
    lock = threading.Lock()

    def change(_: Call, answer: Answer) -> None:
        with lock:
            answer.headers = [
                (name, first.setdefault(name.lower(), value) if matches(name, patterns) else value)
                for name, value in answer.headers
            ]

    return Altered(change, where)


def rewrite_status(status: int, *, where: Where = EVERYWHERE) -> Fault:
    """Answer the same with another status."""

    def change(_: Call, answer: Answer) -> None:
        answer.status = status

    return Altered(change, where)


def replace_body(body: bytes, media_type: str = "application/json", *, where: Where = EVERYWHERE) -> Fault:
    """Answer with another body; headers and status stay."""

    def change(_: Call, answer: Answer) -> None:
        answer.without(*_FRAMING)
        answer.set("content-type", media_type)
        answer.body = [body]

    return Altered(change, where)


def edit_json(edit: Callable[[Any], Any], *, where: Where = EVERYWHERE) -> Fault:
    """Change what a JSON body says: `edit` gets the data and returns the new data. Other bodies stay."""

    def change(_: Call, answer: Answer) -> None:
        if not answer.media_type.endswith("json"):
            return
        try:
            data = json.loads(whole(answer))
        except ValueError:
            return
        answer.without(*_FRAMING)
        answer.body = [json.dumps(edit(data)).encode()]

    return Altered(change, where)


def set_json(place: str, value: object, *, where: Where = EVERYWHERE) -> Fault:
    """Set one value of a JSON body, by keys with dots between: `set_json("error.code", 7)`."""
    return edit_json(
        lambda data: _edited(data, place.split("."), lambda inner, key: inner.update({key: value})), where=where
    )


def drop_json(place: str, *, where: Where = EVERYWHERE) -> Fault:
    """Take one value of a JSON body away, by keys with dots between: `drop_json("error.param")`."""
    return edit_json(lambda data: _edited(data, place.split("."), lambda inner, key: inner.pop(key, None)), where=where)


def _edited(data: Any, keys: list[str], edit: Callable[[dict[str, Any], str], object]) -> Any:  # noqa: ANN401  # JSON
    inner = data
    for key in keys[:-1]:
        inner = inner.get(key) if isinstance(inner, dict) else None
    if isinstance(inner, dict):
        edit(inner, keys[-1])
    return data


def buffer_streams(*, where: Where = on(media_type=EVENT_STREAM)) -> Fault:  # noqa: B008  # a function
    """Hold a stream back until it has ended; then send all of it at once."""

    def change(_: Call, answer: Answer) -> None:
        whole(answer)

    return Altered(change, where)


def edit_events(
    edit: Callable[[Iterator[bytes]], Iterator[bytes]],
    *,
    where: Where = on(media_type=EVENT_STREAM),  # noqa: B008
) -> Fault:
    """Change a stream of events: `edit` turns an iterator of raw events, each with its blank line, into another."""

    def change(_: Call, answer: Answer) -> None:
        answer.without(*_FRAMING)
        answer.body = edit(pieces(answer.body, _EVENT_ENDS))

    return Altered(change, where)


def strip_terminator(mark: bytes = b"[DONE]") -> Fault:
    """End a stream without the event that says it is complete."""
    return edit_events(lambda events: (event for event in events if mark not in event))


def cut_stream(after: int = 1) -> Fault:
    """Break the connection behind so many events."""

    def edit(events: Iterator[bytes]) -> Iterator[bytes]:
        for number, event in enumerate(events):
            if number == after:
                raise Dropped
            yield event

    return edit_events(edit)


class Forgetful(Fault):
    """Keeps request headers from the service: without its key, it cannot know a repeated request again."""

    def __init__(self, *patterns: str) -> None:
        self.patterns = patterns

    def call(self, call: Call) -> Call:
        """Ask without them."""
        call.headers = [(name, value) for name, value in call.headers if not matches(name, self.patterns)]
        return call


class Replaying(Fault):
    """Gives again the first answer to each of the requests that `key` tells apart, whatever their bodies say."""

    def __init__(self, key: Callable[[Call], object | None]) -> None:
        self.key = key
        self.known: dict[object, tuple[int, list[tuple[str, str]], bytes]] = {}

    def call(self, call: Call) -> Call | Answer:
        """Answer what is known."""
        known = self.known.get(self.key(call))
        return Answer(known[0], list(known[1]), [known[2]]) if known else call

    def answer(self, call: Call, answer: Answer) -> Answer:
        """Remember what is not."""
        key = self.key(call)
        if key is not None and key not in self.known:
            content = whole(answer)
            answer.without(*_FRAMING)
            self.known[key] = (answer.status, list(answer.headers), content)
        return answer


class Failing(Fault):
    """Answers in the service's place, without asking it."""

    def __init__(
        self,
        status: int = 502,
        body: bytes = b"upstream failed",
        media_type: str = "text/plain",
        *,
        paths: Collection[str] = (),
        methods: Collection[str] = (),
        after: int = 0,
    ) -> None:
        self.given = (status, body, media_type)
        self.where = on(paths=paths, methods=methods)
        self.left = after  # calls that still go through

    def call(self, call: Call) -> Call | Answer:
        """Answer so when the call is one that fails."""
        status, body, media_type = self.given
        answer = Answer(status, [("content-type", media_type)], [body])
        if not self.where(call, answer):
            return call
        self.left -= 1
        return call if self.left >= 0 else answer


class Dropping(Fault):
    """Breaks the connection before any answer."""

    def __init__(self, *, paths: Collection[str] = (), methods: Collection[str] = ()) -> None:
        self.where = on(paths=paths, methods=methods)

    def call(self, call: Call) -> Call:
        """Break it when the call is one that fails."""
        if self.where(call, Answer(0)):
            raise Dropped
        return call


class Delaying(Fault):
    """Lets each answer wait."""

    unseen = True

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def answer(self, call: Call, answer: Answer) -> Answer:  # noqa: ARG002  # of every call
        """Wait."""
        time.sleep(self.seconds)
        return answer
