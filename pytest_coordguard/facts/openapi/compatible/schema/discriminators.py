"""Discriminators: which property tells the alternatives apart, and which of its values stands for which one."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.compatible.schema.unions import reference_name
from pytest_coordguard.facts.openapi.compatible.values import in_words

ASPECTS: Aspects = {
    "discriminator-set": (Effect.NONE, "a property tells the alternatives apart"),
    "discriminator-removed": (Effect.NONE, "no property tells the alternatives apart any more"),
    "discriminator-property-changed": (Effect.ALTERS, "another property tells the alternatives apart"),
    "discriminator-value-removed": (Effect.NARROWS, "a value of the discriminator stands for nothing any more"),
    "discriminator-value-added": (Effect.WIDENS, "a further value of the discriminator stands for something"),
    "discriminator-value-changed": (Effect.ALTERS, "a value of the discriminator stands for another schema"),
}


def compare_discriminators(at: Facing) -> Iterator[Change]:
    """Yield what became of the discriminator, where the alternatives are as many as before.

    Where one came or went, that is said of the alternative. A value is the name of a component or one of `mapping`
    (OAS 3.1.1, "Discriminator Object"): so writing the mapping out changes nothing, and renaming a component does.
    """
    before, after = (_property(form) for form in (at.before, at.after))
    if before != after:
        aspect = "property-changed" if before and after else "set" if after else "removed"
        said = f"the discriminator went from {before!r} to {after!r}" if before and after else f"{after or before!r}"
        yield at.change(f"discriminator-{aspect}", "discriminator", said)
    if before is None or before != after or _count(at.before) != _count(at.after):
        return
    old, new = _values(at.before), _values(at.after)
    moves = (
        ("removed", [value for value in old if value not in new], "stands for nothing any more"),
        ("added", [value for value in new if value not in old], "stands for something now"),
        ("changed", [value for value in old if value in new and not _same(at, old[value], new[value])], "changed"),
    )
    for aspect, values, words in moves:
        if values:
            said = f"{before!r}: {in_words(map(repr, values))} {words}"
            yield at.change(f"discriminator-value-{aspect}", "discriminator", said)


def _count(form: Form) -> list[int]:
    return [len(union.branches) for union in form.unions]


def _property(form: Form) -> object:
    value = form.one("discriminator")
    return value.get("propertyName") if isinstance(value, dict) else value  # Swagger 2.0 writes the name alone


def _values(form: Form) -> dict[str, str | Node]:
    """Return each value that the property may have, and its branch, or the reference where none is one."""
    branches = {reference_name(branch): branch for union in form.unions for branch in union.branches}
    found: dict[str, str | Node] = {name: node for name, node in branches.items() if name}
    value = form.one("discriminator")
    mapping = value.get("mapping") if isinstance(value, dict) else None
    if isinstance(mapping, dict):
        named = {target.rpartition("/")[2] for target in mapping.values() if isinstance(target, str)}
        found = {name: node for name, node in found.items() if name not in named}
        for each, target in mapping.items():
            found[each] = branches.get(str(target).rpartition("/")[2]) or str(target)
    return found


def _same(at: Facing, before: str | Node, after: str | Node) -> bool:
    if isinstance(before, Node) and isinstance(after, Node):
        return reference_name(before) == reference_name(after) or at.effect(before, after) is Effect.NONE
    return before == after
