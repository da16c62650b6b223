"""Objects: properties that come and go, which are required, what else may be there, and what depends on what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect, Side
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing, Link
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.compatible.schema.sole import compare_sole, limiting, sole
from pytest_coordguard.facts.openapi.compatible.values import listed

ASPECTS: Aspects = {
    "required-property-added": (Effect.NARROWS, "a property that was not there must be"),
    "property-became-required": (Effect.NARROWS, "a property that could be left out must be there"),
    "property-became-optional": (Effect.WIDENS, "a property that was always there can be left out"),
    "required-property-removed": (Effect.WIDENS, "a property that was always there is gone"),
    "property-added": (Effect.NONE, "a property that may be there is described"),
    "property-removed": (Effect.NONE, "a property that may have been there is not described any more"),
    "property-refused": (Effect.NARROWS, "a property that was allowed is not any more"),
    "property-admitted": (Effect.WIDENS, "a property is allowed that was not"),
    "required-property-became-hidden": (Effect.WIDENS, "a property that always came became writeOnly"),
    "required-property-became-shown": (Effect.NARROWS, "a property that must be there is not readOnly any more"),
    "property-became-hidden": (Effect.NONE, "a property became readOnly (in requests) or writeOnly (in responses)"),
    "property-became-shown": (Effect.NONE, "a property is not readOnly (in requests) or writeOnly (in responses) now"),
    **sole("additional-properties", "properties that are not named"),
    **sole("unevaluated-properties", "properties that no keyword names"),
    **sole("property-names", "names of properties"),
    "pattern-property-added": (Effect.NARROWS, "properties whose names fit a pattern must meet a schema"),
    "pattern-property-removed": (Effect.WIDENS, "properties whose names fit a pattern need not meet a schema now"),
    "pattern-property-admitted": (Effect.WIDENS, "properties whose names fit a pattern are allowed"),
    "pattern-property-refused": (Effect.NARROWS, "properties whose names fit a pattern are not allowed any more"),
    "dependent-required-added": (Effect.NARROWS, "a property asks for another one beside it"),
    "dependent-required-removed": (Effect.WIDENS, "a property does not ask for another one beside it any more"),
    "dependent-schema-added": (Effect.NARROWS, "a property asks for a schema to be met"),
    "dependent-schema-removed": (Effect.WIDENS, "a property does not ask for a schema to be met any more"),
}


def compare_objects(at: Facing) -> Iterator[Change | Link]:
    """Yield what became of an object's properties."""
    before, after = at.before.named("properties"), at.after.named("properties")
    needed = Needed(at, before, after)
    for name in {**before, **after}:
        if name in before and name in after:
            yield from _kept(at, name, before[name], after[name], needed)
        elif name in before:
            yield from _removed(at, name, before[name], needed)
        else:
            yield from _added(at, name, after[name], needed)
    for name in sorted(needed.before - needed.after - before.keys()):
        yield at.change("property-became-optional", "required", f"{name!r} is not required any more")
    for name in sorted(needed.after - needed.before - after.keys()):
        yield at.change("property-became-required", "required", f"{name!r} is required")
    yield from compare_sole(at, "additionalProperties", "additional-properties")
    yield from compare_sole(at, "unevaluatedProperties", "unevaluated-properties")
    yield from compare_sole(at, "propertyNames", "property-names")
    yield from _patterns(at)
    yield from _dependent(at)


class Needed:
    """Which properties must be there, before and after: required, and not hidden on this side of the wire."""

    def __init__(self, at: Facing, before: dict[str, Node], after: dict[str, Node]) -> None:
        self.hidden_before = {n for n, node in before.items() if at.hides(at.before.forms.form(node))}
        self.hidden_after = {n for n, node in after.items() if at.hides(at.after.forms.form(node))}
        self.before = _required(at.before) - self.hidden_before
        self.after = _required(at.after) - self.hidden_after


def _required(form: Form) -> set[str]:
    return {name for value in form.all("required") for name in listed(value) if isinstance(value, list)}


def _at(at: Facing, name: str, aspect: str, said: str) -> Change:
    """Return a change of a property: it is there in one of the two at least, and else where it would be."""
    before, after = at.before.spot("properties"), at.after.spot("properties")
    old = at.before.named("properties").get(name)
    new = at.after.named("properties").get(name)
    places = (
        old.home if old else before._replace(place=(before.place, name)),
        new.home if new else after._replace(place=(after.place, name)),
    )
    return Change(f"{at.area.name}-{aspect}", said, *places)


def _kept(at: Facing, name: str, before: Node, after: Node, needed: Needed) -> Iterator[Change | Link]:
    was, now = name in needed.hidden_before, name in needed.hidden_after
    if was != now:
        word = "readOnly" if at.area.side is Side.REQUEST else "writeOnly"
        must = "required-" if name in (needed.before if now else needed.after) else ""
        aspect = f"{must}property-became-{'hidden' if now else 'shown'}"
        yield _at(
            at, name, aspect, f"{name!r}{', which is required,' if must else ''} is {word}{'' if now else ' no more'}"
        )
    elif name in needed.before and name not in needed.after:
        yield _at(at, name, "property-became-optional", f"{name!r} is not required any more")
    elif name in needed.after and name not in needed.before:
        yield _at(at, name, "property-became-required", f"{name!r} is required")
    if not (was or now):
        yield Link(before, after)


def _removed(at: Facing, name: str, before: Node, needed: Needed) -> Iterator[Change | Link]:
    if name in needed.hidden_before:
        return
    rest = elsewhere(at.after, name)
    if name in needed.before and name not in needed.after:
        yield _at(at, name, "required-property-removed", f"{name!r}, which was required, is gone")
    if rest is None:
        if name not in needed.before or at.area.side is Side.REQUEST:
            yield _at(at, name, "property-removed", f"{name!r} is gone")
    elif rest.home.value is False:
        yield _at(at, name, "property-refused", f"{name!r} is gone, and no other property is allowed")
    else:
        yield Link(before, rest)


def _added(at: Facing, name: str, after: Node, needed: Needed) -> Iterator[Change | Link]:
    if name in needed.hidden_after:
        return
    rest = elsewhere(at.before, name)
    if name in needed.after and name not in needed.before:
        yield _at(at, name, "required-property-added", f"{name!r} is new and required")
    elif rest is None:
        yield _at(at, name, "property-added", f"{name!r} is new")
    if rest is not None and rest.home.value is False:
        yield _at(at, name, "property-admitted", f"{name!r} is new, and no other property was allowed")
    elif rest is not None:
        yield Link(rest, after)


def elsewhere(form: Form, name: str) -> Node | None:
    """Return what a property that is not named must meet: the schema of a pattern, or of all others; None if none."""
    for pattern, node in form.named("patternProperties").items():
        if _fits(pattern, name):
            return node
    return limiting(form, "additionalProperties") or limiting(form, "unevaluatedProperties")


def _fits(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:  # ECMA-262 knows some that Python does not
        return False


def _closed(form: Form) -> bool:
    rest = limiting(form, "additionalProperties") or limiting(form, "unevaluatedProperties")
    return rest is not None and rest.home.value is False


def _patterns(at: Facing) -> Iterator[Change | Link]:
    before, after = at.before.named("patternProperties"), at.after.named("patternProperties")
    for pattern in {**before, **after}:
        if pattern in before and pattern in after:
            yield Link(before[pattern], after[pattern])
        elif pattern in after:
            aspect = "pattern-property-admitted" if _closed(at.before) else "pattern-property-added"
            yield at.change(aspect, "patternProperties", f"names that fit {pattern!r} have a schema")
        else:
            aspect = "pattern-property-refused" if _closed(at.after) else "pattern-property-removed"
            yield at.change(aspect, "patternProperties", f"names that fit {pattern!r} have no schema any more")


def _dependent(at: Facing) -> Iterator[Change | Link]:
    before, after = _asked_for(at.before), _asked_for(at.after)
    for name, other in sorted(after - before):
        yield at.change("dependent-required-added", "dependentRequired", f"{name!r} asks for {other!r}")
    for name, other in sorted(before - after):
        yield at.change("dependent-required-removed", "dependentRequired", f"{name!r} does not ask for {other!r} now")
    old, new = at.before.named("dependentSchemas"), at.after.named("dependentSchemas")
    for name in {**old, **new}:
        if name in old and name in new:
            yield Link(old[name], new[name])
        else:
            aspect = "dependent-schema-added" if name in new else "dependent-schema-removed"
            yield at.change(
                aspect, "dependentSchemas", f"{name!r} asks for a schema{'' if name in new else ' no more'}"
            )


def _asked_for(form: Form) -> set[tuple[str, str]]:
    return {
        (name, other)
        for value in form.all("dependentRequired")
        if isinstance(value, dict)
        for name, others in value.items()
        for other in listed(others)
    }
