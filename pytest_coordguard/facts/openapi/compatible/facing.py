"""Two forms of one schema face to face, and what a family of rules may say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pytest_coordguard.facts.openapi.compatible.effects import Area, Effect, Side
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.description import Site


class Change(NamedTuple):
    """One difference that a rule knows."""

    rule: str
    said: str  # what happened, with the values
    before: Site
    after: Site


class Link(NamedTuple):
    """Two schemas that are to be compared in turn."""

    before: Node
    after: Node


class Judge(Protocol):
    """What a family asks of the engine: what lies between two schemas, without reporting it."""

    @property
    def options(self) -> Options: ...

    def effect(self, before: Node, after: Node, area: Area) -> Effect:
        """Return what the step does to the set of valid values."""

    def distance(self, before: Node, after: Node, area: Area) -> int:
        """Return how many changes lie between two schemas."""


@dataclass(frozen=True, slots=True)
class Facing:
    """A schema before and after, where it stands."""

    before: Form
    after: Form
    area: Area
    judge: Judge

    def change(self, aspect: str, keyword: str, said: str) -> Change:
        """Return a difference of a keyword."""
        return Change(f"{self.area.name}-{aspect}", said, self.before.spot(keyword), self.after.spot(keyword))

    def hides(self, form: Form) -> bool:
        """Tell whether a property does not travel here: `readOnly` in a request, `writeOnly` in a response."""
        return form.flag("readOnly" if self.area.side is Side.REQUEST else "writeOnly")

    def effect(self, before: Node, after: Node) -> Effect:
        """Return what the step between two schemas does to the set of valid values."""
        return self.judge.effect(before, after, self.area)
