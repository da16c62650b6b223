"""JSON values: equal by JSON's rules, and the types that they are of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def as_json(value: object) -> str:
    """Return a value's text, the same for equal values: 1 and 1.0 are equal, 1 and true are not."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def listed(value: object) -> list[str]:
    """Return the texts of a keyword that holds one or a list of them."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def type_of(value: object) -> str:
    """Return the JSON Schema type of a value other than null."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if float(value).is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def common(first: frozenset[str] | None, second: frozenset[str]) -> frozenset[str]:
    """Return the types that both name; integers are numbers."""
    if first is None:
        return second
    both = first & second
    integers = {"integer"} if {"integer", "number"} <= first | second else set()
    return both | (integers if any("integer" in side for side in (first, second)) else set())


class Listed(dict[str, Any]):
    """The values of an `enum`, by their JSON text; null is not among them."""

    @classmethod
    def of(cls, value: object) -> Listed:
        """Return the values of an `enum`'s list; of a `const`, its only one."""
        return cls(
            (as_json(each), each) for each in (value if isinstance(value, list) else [value]) if each is not None
        )

    def meet(self, other: Listed) -> Listed:
        """Return the values that are in both."""
        return Listed((text, value) for text, value in self.items() if text in other)

    def is_all_booleans(self) -> bool:
        """Tell whether the list says no more than `type: boolean`."""
        return self.keys() == {"true", "false"}


def in_words(texts: Iterable[str], most: int = 5) -> str:
    """Return a few texts, and how many more there are."""
    found = list(texts)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more
