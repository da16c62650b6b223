"""Arrays: their items, the first ones by position, what they must contain, and whether items may come twice."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing, Link
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.compatible.schema.sole import compare_sole, sole

ASPECTS: Aspects = {
    **sole("items", "items"),
    **sole("unevaluated-items", "items that no keyword names"),
    **sole("contains", "an item that the array must contain"),
    "unique-items-set": (Effect.NARROWS, "no item may come twice"),
    "unique-items-removed": (Effect.WIDENS, "items may come twice"),
    "prefix-item-added": (Effect.NARROWS, "the item at a position must meet a schema of its own"),
    "prefix-item-removed": (Effect.WIDENS, "the item at a position need not meet a schema of its own any more"),
    "prefix-item-admitted": (Effect.WIDENS, "an array that ended there may have one item more"),
    "prefix-item-refused": (Effect.NARROWS, "an array must end before that item"),
}


def compare_arrays(at: Facing) -> Iterator[Change | Link]:
    """Yield what became of an array's items."""
    yield from compare_sole(at, "items", "items")
    yield from compare_sole(at, "unevaluatedItems", "unevaluated-items")
    yield from compare_sole(at, "contains", "contains")
    if at.before.flag("uniqueItems") != at.after.flag("uniqueItems"):
        now = at.after.flag("uniqueItems")
        said = "items must be unique" if now else "items need not be unique any more"
        yield at.change(f"unique-items-{'set' if now else 'removed'}", "uniqueItems", said)
    yield from _prefix(at)


def _prefix(at: Facing) -> Iterator[Change | Link]:
    before, after = at.before.numbered("prefixItems"), at.after.numbered("prefixItems")
    for old, new in zip(before, after, strict=False):
        yield Link(old, new)
    for index in range(len(before), len(after)):
        aspect = "prefix-item-admitted" if _ends(at.before) else "prefix-item-added"
        yield at.change(aspect, "prefixItems", f"the item at position {index} has a schema of its own")
    for index in range(len(after), len(before)):
        aspect = "prefix-item-refused" if _ends(at.after) else "prefix-item-removed"
        yield at.change(aspect, "prefixItems", f"the item at position {index} has no schema of its own any more")


def _ends(form: Form) -> bool:
    node: Node | None = form.schema("items") or form.schema("unevaluatedItems")
    return node is not None and node.home.value is False
