"""Server-sent events, out of bytes as they come: HTML, section 9.2.6."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE_ENDS = re.compile(rb"\r\n|\n|\r")  # and no other: U+2028 inside JSON splits nothing
_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class EventReader:
    """Feed it pieces; it gives the events that they complete, as (event, data, id)."""

    comments: list[str] = field(default_factory=list)  # lines that no client reads as data
    _rest: bytes = b""
    _begun: bool = False
    _kind: str = ""
    _data: list[str] = field(default_factory=list)
    _id: str = ""
    _fields: bool = False  # a field was read since the last blank line

    def feed(self, piece: bytes) -> Iterator[tuple[str, str, str]]:
        """Yield the events that are complete now."""
        self._rest += piece
        if not self._begun:
            if len(self._rest) < len(_MARK) and _MARK.startswith(self._rest):
                return
            self._rest, self._begun = self._rest.removeprefix(_MARK), True
        held = b"\r" if self._rest.endswith(b"\r") else b""  # the "\n" of one line end may be in the next piece
        *lines, rest = _LINE_ENDS.split(self._rest[: len(self._rest) - len(held)])
        self._rest = rest + held
        for line in lines:
            yield from self._line(line.decode("utf-8", "replace"))

    def end(self) -> Iterator[tuple[str, str, str]]:
        """Yield what a last line end completes, which was held back."""
        if self._rest.endswith(b"\r"):
            line, self._rest = self._rest[:-1], b""
            yield from self._line(line.decode("utf-8", "replace"))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left that no blank line has completed."""
        return not self._rest and not self._fields

    def _line(self, line: str) -> Iterator[tuple[str, str, str]]:
        if not line:
            event = (self._kind or "message", "\n".join(self._data), self._id)
            known = bool(self._data)
            self._kind, self._data, self._fields = "", [], False
            if known:
                yield event
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        self._fields = self._fields or bool(name)
        if not name:
            self.comments.append(value)
        elif name == "data":
            self._data.append(value)
        elif name == "event":
            self._kind = value
        elif name == "id" and "\0" not in value:
            self._id = value
