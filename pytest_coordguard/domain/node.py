"""A document as data with lines: what a YAML file says, before anyone has decided what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# YAML 1.2, 10.3.2 (core schema), less what YAML 1.1 reads differently: a leading zero, 0o7, 0x1f, 1_000, 20:00, .5,
# .inf. Numbers are thus written as in JSON (RFC 8259, 6), with a plus sign allowed.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,300})")  # longer ones are refused: no check counts that far
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{1,300})?(?:[eE][-+]?[0-9]{1,3})?")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = ("", "~", "null", "Null", "NULL")
_SHOWN = 60  # characters of a value that a message quotes


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value, as it is written. What it means depends on where it stands: `no` may be a country."""

    text: str
    line: int  # 1-based
    quoted: bool = False  # in quotes or as a block: text in any case

    @property
    def value(self) -> object:
        """None, a truth value, a number or text, as YAML 1.2 and JSON read it."""
        if self.quoted:
            return self.text
        if self.text in _NULL:
            return None
        if self.text in _TRUTH:
            return _TRUTH[self.text]
        if _INTEGER.fullmatch(self.text):
            return int(self.text)
        return float(self.text) if _is_finite(self.text) else self.text

    @property
    def is_null(self) -> bool:
        """Whether nothing stands here: `key:`, `key: ~`, `key: null`."""
        return not self.quoted and self.text in _NULL

    def __str__(self) -> str:
        """Return it as a message quotes it."""
        if self.is_null:
            return "empty"
        return f"{shown(self.text)}, in quotes" if self.quoted else shown(self.text)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    line: int

    def __str__(self) -> str:
        return "a list"


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping, in the order of the file, each key once."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)

    def __str__(self) -> str:
        return "a mapping"

    def get(self, key: str) -> Node | None:
        """Return the value of a key, None when it is not there."""
        return next((value for name, value in self.entries if name.text == key), None)


Node = Scalar | Items | Entries


def shown(text: str) -> str:
    """Return a text as messages quote it: in single quotes, on one line, cut where it is long."""
    cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return "'" + "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in cut) + "'"


def _is_finite(text: str) -> bool:
    return bool(_FLOAT.fullmatch(text)) and abs(float(text)) != float("inf")
