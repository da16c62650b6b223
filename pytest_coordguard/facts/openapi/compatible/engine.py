"""Schemas compared pair by pair: each pair once, however many operations reach it, and recursive ones too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from pytest_coordguard.facts.openapi.compatible.effects import Area, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing, Link
from pytest_coordguard.facts.openapi.compatible.forms import Forms
from pytest_coordguard.facts.openapi.compatible.nodes import Key, Node
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.rules import EFFECTS
from pytest_coordguard.facts.openapi.compatible.schema.arrays import compare_arrays
from pytest_coordguard.facts.openapi.compatible.schema.conditions import compare_conditions
from pytest_coordguard.facts.openapi.compatible.schema.discriminators import compare_discriminators
from pytest_coordguard.facts.openapi.compatible.schema.lifecycle import compare_lifecycle
from pytest_coordguard.facts.openapi.compatible.schema.limits import compare_limits
from pytest_coordguard.facts.openapi.compatible.schema.listed import compare_listed
from pytest_coordguard.facts.openapi.compatible.schema.members import compare_members
from pytest_coordguard.facts.openapi.compatible.schema.objects import compare_objects
from pytest_coordguard.facts.openapi.compatible.schema.texts import compare_texts
from pytest_coordguard.facts.openapi.compatible.schema.types import compare_types
from pytest_coordguard.facts.openapi.compatible.schema.unions import compare_unions, compare_wrapping, is_wrapping

FAMILIES: tuple[Callable[[Facing], Iterator[Change | Link]], ...] = (
    compare_types,
    compare_listed,
    compare_limits,
    compare_texts,
    compare_objects,
    compare_arrays,
    compare_unions,
    compare_discriminators,
    compare_conditions,
    compare_lifecycle,
    compare_members,
)
DEEPEST = 25  # unions within unions that are tried out; beyond, a difference is taken for granted


@dataclass(eq=False, slots=True)
class Pair:
    """Two nodes, what differs between them, and the pairs below."""

    before: Node
    after: Node
    area: Area
    done: bool = False
    changes: list[Change] = field(default_factory=list)
    below: list[Pair] = field(default_factory=list)


class Schemas:
    """The schemas of two descriptions, compared as far as anyone asks."""

    def __init__(self, before: Forms, after: Forms, options: Options, unchanged: Collection[str] = ()) -> None:
        """Compare them; `unchanged` are the references that lead to the same on both sides."""
        self.before = before
        self.after = after
        self.options = options
        self.unchanged = unchanged
        self._met: dict[tuple[Key, Key, Area], Pair] = {}
        self._depth = 0

    @property
    def compared(self) -> int:
        """How many pairs of schemas were looked at."""
        return sum(pair.done for pair in self._met.values())

    def pair(self, before: Node, after: Node, area: Area) -> Pair:
        """Return the pair of two nodes, compared or not yet."""
        key = (before.key, after.key, area)
        if key not in self._met:
            self._met[key] = Pair(before, after, area)
        return self._met[key]

    def closure(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Yield these pairs and all below them, each compared and once."""
        todo, seen = list(pairs), set[int]()
        while todo:
            pair = todo.pop()
            if id(pair) in seen:
                continue
            seen.add(id(pair))
            self._compare(pair)
            yield pair
            todo += pair.below

    def effect(self, before: Node, after: Node, area: Area) -> Effect:
        """Return what a step does to the set of valid values. A pair met within itself is taken as equal."""
        if self._depth > DEEPEST:
            return Effect.ALTERS
        self._depth += 1
        try:
            found = Effect.NONE
            for pair in self.closure([self.pair(before, after, area)]):
                for change in pair.changes:
                    found |= EFFECTS[change.rule]
                if found is Effect.ALTERS:
                    break
            return found
        finally:
            self._depth -= 1

    def distance(self, before: Node, after: Node, area: Area) -> int:
        """Return how many changes lie between two nodes."""
        return sum(len(pair.changes) for pair in self.closure([self.pair(before, after, area)]))

    def _compare(self, pair: Pair) -> None:
        if pair.done:
            return
        pair.done = True
        if pair.before.reference == pair.after.reference and pair.before.reference in self.unchanged:
            return
        at = Facing(self.before.form(pair.before), self.after.form(pair.after), pair.area, self)
        families = (compare_wrapping,) if is_wrapping(at.before, at.after) else FAMILIES
        for family in families:
            for found in family(at):
                if isinstance(found, Link):
                    pair.below.append(self.pair(found.before, found.after, pair.area))
                else:
                    pair.changes.append(found)
