"""An operation before and after, and what a family of rules may say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from pytest_coordguard.facts.openapi.compatible.effects import HEADER, PARAMETER, REQUEST, RESPONSE, Area
from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.model import Dialect, Operation
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.description import Site

TURNED = {PARAMETER: HEADER, HEADER: PARAMETER, REQUEST: RESPONSE, RESPONSE: REQUEST}


class Root(NamedTuple):
    """Two schemas that an operation uses in one place."""

    before: Node
    after: Node
    area: Area


@dataclass(frozen=True, slots=True)
class Step:
    """One operation in two descriptions. `turned`: the API calls the client, so requests are what comes from it."""

    before: Operation
    after: Operation
    old: Dialect
    new: Dialect
    options: Options
    turned: bool = False
    schemes: dict[str, str] = field(default_factory=dict)  # scheme's name before -> its name after

    def area(self, area: Area) -> Area:
        """Return where a schema stands, seen from the client."""
        if not self.turned:
            return area
        return Area(TURNED[area].name, TURNED[area].side, area.textual)

    def change(self, rule: str, said: str, before: Site | None = None, after: Site | None = None) -> Change:
        """Return a difference; where no site is given, it is at the operation."""
        return Change(rule, said, before or self.before.site, after or self.after.site)

    def forms(self, before: Node, after: Node) -> tuple[Form, Form]:
        """Return the forms of two nodes."""
        return self.old.forms.form(before), self.new.forms.form(after)


def below(site: Site, *steps: str) -> Site:
    """Return the place some steps below a site."""
    place = site.place
    for each in steps:
        place = (place, each)
    return site._replace(place=place)
