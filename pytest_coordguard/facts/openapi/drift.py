"""Where two documents say different things. Data in, places out; neither is judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from pytest_coordguard.facts.openapi.description import short
from pytest_coordguard.facts.openapi.places import Pointer, step_into

# Lists whose order means nothing: OpenAPI 3.1.1 and Swagger 2.0, the field tables of their objects.
UNORDERED = frozenset({"required", "enum", "parameters", "tags", "security", "schemes", "consumes", "produces"})


class Difference(NamedTuple):
    """One place at which two documents differ, in words that call them the file and the generator."""

    pointer: Pointer
    message: str


def differences(file: object, made: object, ignore: frozenset[Pointer] = frozenset()) -> Iterator[Difference]:
    """Yield where the meaning of `file` differs from that of `made`.

    The order of keys means nothing, nor that of the lists in `UNORDERED`; `1` and `1.0` are one number. Places in
    `ignore`, and what is below them, are left out.
    """
    todo: list[tuple[Pointer, object, object]] = [((), file, made)]
    while todo:
        pointer, one, other = todo.pop()
        if pointer in ignore or same(one, other, pointer[-1] if pointer else ""):
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            found, inner = _of_objects(pointer, one, other)
        elif isinstance(one, list) and isinstance(other, list):
            found, inner = _of_lists(pointer, one, other)
        else:
            found, inner = [Difference(pointer, f"is {short(one)} here, and the generator writes {short(other)}")], []
        yield from (difference for difference in found if difference.pointer not in ignore)
        todo += reversed(inner)


Pairs = tuple[list[Difference], list[tuple[Pointer, object, object]]]


def _of_objects(pointer: Pointer, one: dict[str, object], other: dict[str, object]) -> Pairs:
    gone = [Difference((*pointer, key), "is here, and the generator does not write it") for key in one.keys() - other]
    new = [Difference((*pointer, key), "the generator writes it, and it is missing here") for key in other.keys() - one]
    both = [((*pointer, key), value, other[key]) for key, value in one.items() if key in other]
    return sorted([*gone, *new]), both


def _of_lists(pointer: Pointer, one: list[object], other: list[object]) -> Pairs:
    if len(one) != len(other):
        words = f"has {len(one)} items here, and {len(other)} from the generator"
        return [Difference(pointer, f"{words}{_first_of(one, other)}")], []
    return [], [((*pointer, str(at)), *pair) for at, pair in enumerate(zip(one, other, strict=True))]


def _first_of(one: list[object], other: list[object]) -> str:
    """Return the first item that one of two lists alone has."""
    here, there = {_key(item) for item in one}, {_key(item) for item in other}
    missing = next((item for item in other if _key(item) not in here), None)
    extra = next((item for item in one if _key(item) not in there), None)
    said = [f"only here: {short(extra)}"] * (extra is not None) + [f"only there: {short(missing)}"] * (
        missing is not None
    )
    return f"; {', '.join(said)}" if said else ""


def same(one: object, other: object, name: str = "") -> bool:
    """Tell whether two values mean the same where they stand under this name."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key], key) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return False
        if all(map(same, one, other)):
            return True
        return name in UNORDERED and sorted(map(_key, one)) == sorted(map(_key, other))
    return bool(one == other)


def _key(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def is_there(data: object, pointer: Pointer) -> bool:
    """Tell whether a place is in a document."""
    try:
        for step in pointer:
            data = step_into(data, step)
    except LookupError:
        return False
    return True
