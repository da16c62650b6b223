"""What a service answered, kept as it came, so that evidence can quote it. Plain data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.wire import header_in

SHOWN = 160  # characters of a body that a message quotes


class NotJson(ValueError):
    """A body that was to be JSON and is none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    ask: Ask
    status: int
    headers: tuple[tuple[str, str], ...] = ()  # as they came, repeated ones apart
    body: bytes = b""  # the first part alone, when it is cut
    seconds: float = 0.0  # from the request to the end of the body
    headers_at: float = 0.0  # seconds from the request to the headers
    retried: str = ""  # why it was asked a second time
    cut: bool = False  # the body was longer than is kept
    at: float = 0.0  # seconds since 1970, when its headers came
    hidden: str = ""  # what no excerpt may show: a token that the environment holds

    def __str__(self) -> str:
        """Return request and answer on one line."""
        return f"{self.ask} -> {self.status} {self.media_type}".rstrip()

    def header(self, name: str) -> str:
        """Return the first header of a name, in whatever case, "" when there is none."""
        return header_in(self.headers, name)

    def has(self, name: str) -> bool:
        """Tell whether there is a header of a name, an empty one too."""
        return any(known.lower() == name.lower() for known, _ in self.headers)

    @property
    def media_type(self) -> str:
        """The type without its parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether the answer says that it is JSON."""
        return self.media_type == "application/json" or self.media_type.endswith("+json")

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:  # noqa: ANN401  # JSON
        """Return the body's data.

        Raises:
            NotJson: it is none.

        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise NotJson(f"{self}: {error}") from error

    @property
    def is_error_inside(self) -> bool:
        """Whether a success carries an error in its JSON, as services do that answer 200 to everything."""
        if not 200 <= self.status < 300:  # noqa: PLR2004  # RFC 9110, section 15.3
            return False
        try:
            data = self.json()
        except NotJson:
            return False
        return isinstance(data, dict) and isinstance(data.get("error"), dict | str) and bool(data["error"])

    def at_place(self, place: str) -> Any:  # noqa: ANN401  # JSON
        """Return what the JSON has at a place, as `data.0.id`; None when there is nothing.

        Raises:
            NotJson: the body is no JSON.

        """
        inner = self.json()
        for key in place.split("."):
            if isinstance(inner, list) and key.isdigit():
                inner = inner[int(key)] if int(key) < len(inner) else None
            else:
                inner = inner.get(key) if isinstance(inner, dict) else None
        return inner

    def lacks(self, place: str) -> bool:
        """Tell whether the JSON has nothing at a place, as `data.0.id`; null and empty are nothing.

        Raises:
            NotJson: the body is no JSON.

        """
        inner = self.at_place(place)
        return inner is None or (isinstance(inner, str | list | dict) and not inner)

    def excerpt(self, most: int = SHOWN) -> str:
        """Return the beginning of the body on one line."""
        text = " ".join("".join(letter if letter.isprintable() else " " for letter in self.text).split())
        text = text.replace(self.hidden, "[redacted]") if self.hidden else text
        return text if len(text) <= most else f"{text[: most - 1]}…"


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event, and when it was complete."""

    event: str
    data: str
    id: str
    at: float  # seconds from the request


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that was read as a stream of events; `reply` has its body when it is none."""

    reply: Reply
    events: tuple[Event, ...] = ()
    ended_at: float = 0.0  # seconds from the request
    ended: str = "end"  # or "limit": as many events as were wanted; else how it broke off
    truncated: bool = False  # it broke off, or its last event had no blank line behind it
    trailers: tuple[tuple[str, str], ...] = ()  # fields behind the last chunk: RFC 9112, section 7.1.2
    comments: tuple[str, ...] = ()  # lines that begin with a colon

    @property
    def is_stream(self) -> bool:
        """Whether the answer says that it is a stream of events."""
        return self.reply.media_type == "text/event-stream"
