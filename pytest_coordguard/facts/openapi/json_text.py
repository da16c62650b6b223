"""JSON text: what a plain reader lets pass, and the lines of pointers. Found by the C scanner, so fast at 10 MB."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from json import decoder as json_decoder
from typing import Any

from pytest_coordguard.facts.openapi.places import Pointer

# The C scanner's own functions; the standard library documents them in json/decoder.py alone.
scan_string: Callable[[str, int, bool], tuple[str, int]] = json_decoder.scanstring  # type: ignore[attr-defined]
SPACE = re.compile(r"[ \t\n\r]*")  # RFC 8259, section 2
HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # an escaped half of a surrogate pair, alone or not


class Repeats:
    """A reader's hook that notices objects in which a key comes twice."""

    def __init__(self) -> None:
        self.any = False
        self.decoder = json.JSONDecoder(object_pairs_hook=self._table, parse_constant=_refuse)

    def _table(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs):
            self.any = True
        return table

    def among(self, text: str, at: int) -> tuple[bool, int]:
        """Tell whether a key comes twice somewhere in the value at this offset, and where the value ends."""
        self.any = False
        _, end = self.decoder.scan_once(text, at)  # type: ignore[attr-defined]
        return self.any, end


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")


def line_at(text: str, offset: int) -> int:
    """Return the 1-based line of an offset."""
    return text.count("\n", 0, offset) + 1


def repeated_keys(text: str) -> Iterator[tuple[Pointer, int]]:
    """Yield the pointer and the line of each key that its object already has. The text is known to be JSON."""
    repeats = Repeats()
    todo: list[tuple[int, Pointer]] = [(_skip_space(text, 0), ())]
    while todo:
        at, pointer = todo.pop()
        seen: set[str] = set()
        for step, step_at, value_at in _children(text, at):
            here = (*pointer, step)
            if step in seen:
                yield here, line_at(text, step_at)
            seen.add(step)
            if repeats.among(text, value_at)[0]:
                todo.append((value_at, here))


def lines_of(text: str, pointers: Iterable[Pointer]) -> dict[Pointer, int]:
    """Return the line of each pointer: of the key for a member, of the value for an item.

    A pointer that leads nowhere gets the line of the last step that is there. One pass for all pointers.
    """
    wanted: dict[str, Any] = {}
    for pointer in pointers:
        branch = wanted
        for step in pointer:
            branch = branch.setdefault(step, {})
    offsets: dict[Pointer, int] = {}
    _collect(text, _skip_space(text, 0), wanted, (), offsets)
    return {pointer: line_at(text, _nearest(offsets, pointer)) for pointer in pointers}


def _nearest(offsets: dict[Pointer, int], pointer: Pointer) -> int:
    while pointer and pointer not in offsets:
        pointer = pointer[:-1]
    return offsets.get(pointer, 0)


def _collect(text: str, at: int, wanted: dict[str, Any], pointer: Pointer, offsets: dict[Pointer, int]) -> None:
    left = len(wanted)
    for step, step_at, value_at in _children(text, at):
        branch = wanted.get(step)
        if branch is None:
            continue
        here = (*pointer, step)
        offsets[here] = step_at
        if branch:
            _collect(text, value_at, branch, here, offsets)
        left -= 1
        if not left:
            return


def _children(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield key or index, its offset, and the offset of its value, of the object or array at this offset."""
    opened = text[at : at + 1]
    if opened not in ("{", "["):
        return
    scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
    at, index = _skip_space(text, at + 1), 0
    while text[at] not in "}]":
        step, step_at = str(index), at
        if opened == "{":
            step, after = scan_string(text, at + 1, True)  # noqa: FBT003  # strict; json takes it by place alone
            at = _skip_space(text, _skip_space(text, after) + 1)  # over the colon
        yield step, step_at, at
        at = _skip_space(text, scan(text, at)[1])
        if text[at] == ",":
            at = _skip_space(text, at + 1)
        index += 1


def _skip_space(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at
