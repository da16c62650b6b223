"""Conditions: `not`, and `if` with `then` and `else`."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing, Link

ASPECTS: Aspects = {
    "not-set": (Effect.NARROWS, "values that meet a schema are refused"),
    "not-removed": (Effect.WIDENS, "values that meet a schema are not refused any more"),
    "not-widened": (Effect.NARROWS, "more values are refused"),
    "not-narrowed": (Effect.WIDENS, "fewer values are refused"),
    "not-changed": (Effect.ALTERS, "other values are refused"),
    "if-changed": (Effect.ALTERS, "the condition is another one"),
    "then-set": (Effect.NARROWS, "values that meet the condition must meet a further schema"),
    "then-removed": (Effect.WIDENS, "values that meet the condition need not meet a further schema any more"),
    "else-set": (Effect.NARROWS, "values that do not meet the condition must meet a further schema"),
    "else-removed": (Effect.WIDENS, "values that do not meet the condition need not meet a further schema any more"),
}
REFUSED = {Effect.WIDENS: "not-widened", Effect.NARROWS: "not-narrowed", Effect.ALTERS: "not-changed"}


def compare_conditions(at: Facing) -> Iterator[Change | Link]:
    """Yield what became of the conditions."""
    before, after = at.before.schema("not"), at.after.schema("not")
    if before and after:
        aspect = REFUSED.get(at.effect(before, after))
        if aspect:
            yield at.change(aspect, "not", "the schema under `not` changed")
    elif before or after:
        yield at.change("not-removed" if before else "not-set", "not", f"`not` is {'gone' if before else 'set'}")
    yield from _if(at)


def _if(at: Facing) -> Iterator[Change | Link]:
    before, after = at.before.schema("if"), at.after.schema("if")
    if before and after and at.effect(before, after) is not Effect.NONE:
        yield at.change("if-changed", "if", "the schema under `if` changed")
    for keyword in ("then", "else"):
        old = at.before.schema(keyword) if before else None  # without `if`, `then` and `else` say nothing
        new = at.after.schema(keyword) if after else None
        if old and new:
            yield Link(old, new)
        elif old or new:
            aspect = f"{keyword}-{'removed' if old else 'set'}"
            yield at.change(aspect, keyword, f"`{keyword}` is {'gone' if old else 'set'}")
