"""All rules: what each weighs by the contract, and in oasdiff's catalogue. `docs/compatible.md` is made from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pytest_coordguard.facts.openapi.compatible import levels
from pytest_coordguard.facts.openapi.compatible.effects import AREAS, Area, Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules
from pytest_coordguard.facts.openapi.compatible.operation import (
    bodies,
    calls,
    lifecycle,
    media,
    naming,
    parameters,
    responses,
    security,
)
from pytest_coordguard.facts.openapi.compatible.schema import (
    arrays,
    conditions,
    discriminators,
    limits,
    listed,
    members,
    objects,
    texts,
    types,
    unions,
)
from pytest_coordguard.facts.openapi.compatible.schema import lifecycle as of_properties

Profile = Literal["contract", "oasdiff"]
ASPECTS: Aspects = {
    name: aspect
    for family in (
        types,
        listed,
        limits,
        texts,
        objects,
        arrays,
        unions,
        discriminators,
        conditions,
        of_properties,
        members,
    )
    for name, aspect in family.ASPECTS.items()
}
EFFECTS: dict[str, Effect] = {f"{area.name}-{name}": effect for area in AREAS for name, (effect, _) in ASPECTS.items()}


def _of_schemas() -> Iterator[tuple[str, Rule]]:
    for area in AREAS:
        for name, (effect, words) in ASPECTS.items():
            level = _weight(area, effect)
            contract = levels.CONTRACT.get(f"{area.name}-{name}", level)
            theirs = levels.OASDIFF.get(f"{area.name}-{name}", levels.OASDIFF.get(f"{area.side.value}:{name}", level))
            yield f"{area.name}-{name}", Rule(contract, theirs, f"{levels.WHERE[area.name]}: {words}")


def _weight(area: Area, effect: Effect) -> Level:
    return Level.ERROR if area.side.breaks(effect) else Level.INFO


RULES: Rules = {
    **dict(_of_schemas()),
    **{
        name: rule
        for family in (parameters, bodies, media, responses, security, lifecycle, naming, calls)
        for name, rule in family.RULES.items()
    },
}


def level_of(rule: str, profile: Profile) -> Level:
    """Return what a rule weighs."""
    return RULES[rule].oasdiff if profile == "oasdiff" else RULES[rule].contract
