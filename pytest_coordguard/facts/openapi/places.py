"""Places in a document, and JSON pointers (RFC 6901) for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import unquote

Pointer: TypeAlias = tuple[str, ...]
# The step from a parent, and the parent's place; None is the document. One small tuple a node, where a whole
# pointer for each would cost depth times as much; most documents never need one.
Place: TypeAlias = tuple[Any, str] | None


def pointer_of(place: Place) -> Pointer:
    """Return the steps from the document's root."""
    steps = []
    while place is not None:
        place, step = place
        steps.append(step)
    return tuple(reversed(steps))


def place_of(pointer: Iterable[str]) -> Place:
    """Return the place that these steps lead to."""
    place: Place = None
    for step in pointer:
        place = (place, step)
    return place


def written(pointer: Pointer) -> str:
    """Return a pointer as people write it in a `$ref`: `#/paths/~1pets/get`."""
    return "#" + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in pointer)


def read_fragment(fragment: str) -> Pointer:
    """Return the steps of a `$ref`'s fragment: percent-decoded first, then `~1` and `~0` (RFC 6901, section 6)."""
    if not fragment:
        return ()
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in unquote(fragment).split("/")[1:])


def step_into(value: object, step: str) -> object:
    """Return the member or item that a step names.

    Raises:
        LookupError: there is none.

    """
    if isinstance(value, dict):
        return value[step]
    if isinstance(value, list) and step.isascii() and step.isdigit() and (step == "0" or step[0] != "0"):
        return value[int(step)]
    raise LookupError(step)
