"""The type-shape of JSON: which kinds stand at which places, never a value. Pure data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Place = tuple[str, ...]  # keys from the top; `ITEM` stands for every item of a list, `ANY_KEY` for every other key
Shape = Mapping[Place, frozenset[str]]

ITEM, ANY_KEY = "[]", "{}"
ABSENT, ANYTHING = "absent", "anything"  # not there in each object; of whatever kind
OBJECT, LIST = "object", "list"


def shape_of(data: object) -> Shape:
    """Return the shape of JSON: over all items of a list, with the keys marked that only some of them have."""
    found: dict[Place, frozenset[str]] = {}
    _note((), [data], found)
    return found


def _note(place: Place, values: list[object], found: dict[Place, frozenset[str]]) -> None:
    found[place] = found.get(place, frozenset()) | {_kind(value) for value in values}
    objects = [value for value in values if isinstance(value, dict)]
    for key in dict.fromkeys(key for value in objects for key in value):
        having = [value[key] for value in objects if key in value]
        _note((*place, str(key)), having, found)
        if len(having) < len(objects):
            found[*place, str(key)] |= {ABSENT}
    if items := [item for value in values if isinstance(value, list) for item in value]:
        _note((*place, ITEM), items, found)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    kinds = {bool: "truth value", int: "number", float: "number", str: "text", list: LIST, dict: OBJECT}
    return kinds[type(value)]


def joined(shapes: Iterable[Shape]) -> Shape:
    """Return what holds for answers of all these shapes: what one of them lacks may be absent."""
    known = list(shapes)
    places = dict.fromkeys(place for shape in known for place in shape)
    return {place: frozenset().union(*(_at(place, shape) for shape in known)) for place in places}


def _at(place: Place, shape: Shape) -> frozenset[str]:
    if place in shape:
        return shape[place]
    lacks = bool(place) and place[-1] not in (ITEM, ANY_KEY) and OBJECT in shape.get(place[:-1], frozenset())
    return frozenset({ABSENT}) if lacks else frozenset()


def misfits(reference: Shape, candidate: Shape) -> Iterator[tuple[Place, str, str]]:
    """Yield where a client that reads the reference would trip over the candidate: place, reference, candidate.

    A kind that the reference may have and the candidate has not is no misfit, and neither is what lies below a list
    without items. What lies below a misfit is not told again.
    """
    for place, kinds in reference.items():
        there = candidate.get(place)
        if there is None:
            if _lacks(place, kinds, candidate):
                yield place, told(kinds), ABSENT
        elif ANYTHING not in kinds and there - kinds:
            yield place, told(kinds), told(there)
    for place, there in candidate.items():
        if place not in reference and place:
            yield from _beyond(place, there, reference)


def _lacks(place: Place, kinds: frozenset[str], candidate: Shape) -> bool:
    if not place or place[-1] in (ITEM, ANY_KEY) or ABSENT in kinds:
        return False
    return OBJECT in candidate.get(place[:-1], frozenset())


def _beyond(place: Place, there: frozenset[str], reference: Shape) -> Iterator[tuple[Place, str, str]]:
    """Judge a place that the reference does not have."""
    above = reference.get(place[:-1], frozenset())
    if place[-1] == ITEM or OBJECT not in above or ANYTHING in above:
        return  # an empty list says nothing of its items; a place above it is told already, or takes anything
    others = reference.get((*place[:-1], ANY_KEY))
    if others is None:
        yield place, ABSENT, told(there)
    elif ANYTHING not in others and (there - others) - {ABSENT}:
        yield place, told(others), told(there)


def told(kinds: Iterable[str]) -> str:
    """Return kinds in words, the same at each run."""
    return " or ".join(sorted(kinds, key=lambda kind: (kind == ABSENT, kind))) or ABSENT


def written(place: Place) -> str:
    """Return a place as a reader writes it: `data[].id`."""
    text = ""
    for step in place:
        text += ITEM if step == ITEM else f".{step}" if text else step
    return text or "the whole"


def as_json(shape: Shape) -> list[list[Any]]:
    """Return a shape as JSON: places and their kinds, sorted."""
    return [[list(place), sorted(kinds)] for place, kinds in sorted(shape.items())]


def from_json(rows: Iterable[tuple[Iterable[str], Iterable[str]]]) -> Shape:
    """Return the shape that `as_json` wrote."""
    return {tuple(place): frozenset(kinds) for place, kinds in rows}
