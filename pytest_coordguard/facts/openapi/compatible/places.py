"""Differences gathered: each once, with its place on both sides and all operations that it touches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.description import Site
from pytest_coordguard.facts.openapi.document import Document
from pytest_coordguard.facts.openapi.places import Pointer, pointer_of, written


class Location(NamedTuple):
    """A place in a file. What is gone is where it would be: the line is that of what is left around it."""

    path: str
    pointer: str
    line: int


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One change, with its places, and the operations that it touches; none for what no operation uses by itself."""

    after: Location
    rule: str
    said: str
    before: Location
    operations: tuple[str, ...]


class Differences:
    """Takes changes in, each as often as an operation meets it."""

    def __init__(self) -> None:
        self._operations: dict[tuple[str, str, Place, Place], dict[str, None]] = {}

    def add(self, change: Change, operation: str = "") -> None:
        """Take in a change that an operation meets."""
        key = (change.rule, change.said, Place.of(change.before), Place.of(change.after))
        met = self._operations.setdefault(key, {})
        if operation:
            met[operation] = None

    def located(self) -> tuple[Difference, ...]:
        """Return all, sorted, with the lines of their places: each file is read once more for them."""
        before = _lines(place for _, _, place, _ in self._operations)
        after = _lines(place for _, _, _, place in self._operations)
        found = [
            Difference(after[new], rule, said, before[old], tuple(operations))
            for (rule, said, old, new), operations in self._operations.items()
        ]
        return tuple(sorted(found))


class Place(NamedTuple):
    """A site without the value there."""

    document: Document
    pointer: Pointer

    @classmethod
    def of(cls, site: Site) -> Place:
        return cls(site.resource.document, pointer_of(site.place))


def _lines(places: Iterable[Place]) -> dict[Place, Location]:
    by_document: dict[Document, set[Pointer]] = defaultdict(set)
    for place in places:
        by_document[place.document].add(place.pointer)
    found = {}
    for document, pointers in by_document.items():
        for pointer, line in document.lines(pointers).items():
            found[Place(document, pointer)] = Location(document.path, written(pointer), line)
    return found
