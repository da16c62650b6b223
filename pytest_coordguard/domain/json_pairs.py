"""Objects of JSON in which no key may stand twice: `json` itself keeps the last, and says nothing."""

from __future__ import annotations

from typing import Any


class TwiceError(ValueError):
    """A key stands in an object twice."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"the key {key!r} is there twice")


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of these pairs, for `object_pairs_hook`.

    Raises:
        TwiceError: a key stands there twice.

    """
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise TwiceError(key)
        found[key] = value
    return found
