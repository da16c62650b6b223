"""Values that are listed: `enum`, `const`, `x-extensible-enum`; and the `default`."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import PARAMETER, Area, Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.values import Listed, as_json, in_words
from pytest_coordguard.facts.openapi.description import short

ASPECTS: Aspects = {
    "enum-set": (Effect.NARROWS, "only listed values are allowed"),
    "enum-removed": (Effect.WIDENS, "values need not be of a list any more"),
    "const-removed": (Effect.WIDENS, "the only value that was allowed is one of others"),
    "const-changed": (Effect.ALTERS, "another value is the only one that is allowed"),
    "enum-value-removed": (Effect.NARROWS, "a listed value is gone"),
    "enum-value-added": (Effect.WIDENS, "a value is listed that was not"),
    "extensible-value-removed": (Effect.NARROWS, "a value of an open list (x-extensible-enum) is gone"),
    "extensible-value-added": (Effect.NONE, "an open list (x-extensible-enum) has a further value, as clients expect"),
    "default-added": (Effect.NONE, "leaving a value out now has a stated meaning"),
    "default-removed": (Effect.NONE, "leaving a value out has no stated meaning any more"),
    "default-changed": (Effect.NONE, "leaving a value out means another value"),
}
OPEN = "x-extensible-enum"


def compare_listed(at: Facing) -> Iterator[Change]:
    """Yield what became of the values that are listed."""
    yield from _enum(at)
    before, after = (Listed.of(form.one(OPEN) or []) for form in (at.before, at.after))
    for aspect, values, verb in _moves("extensible-value", before, after):
        yield at.change(aspect, OPEN, f"the open list {verb} {values}")
    if at.area != PARAMETER:  # whether a parameter's default means something depends on `required`
        yield from compare_default(at.before, at.after, at.area)


def _enum(at: Facing) -> Iterator[Change]:
    before, after = at.before.enum, at.after.enum
    if before is None and after is None:
        return
    keyword = "const" if "const" in (at.after if after is not None else at.before).held else "enum"
    if before is not None and _is_const(at.before) and (after is None or (_is_const(at.after) and before != after)):
        said = f"the only value {in_words(map(short, before.values()))} " + (
            "is one of others" if after is None else f"became {in_words(map(short, after.values()))}"
        )
        yield at.change("const-removed" if after is None else "const-changed", keyword, said)
        return
    if before is None or after is None:
        values = in_words(short(each) for each in (before or after or {}).values())
        said = f"only {values} is allowed" if before is None else f"the list of {values} is gone"
        yield at.change("enum-set" if before is None else "enum-removed", keyword, said)
        return
    for aspect, values, verb in _moves("enum-value", before, after):
        yield at.change(aspect, keyword, f"the list of values {verb} {values}")


def _is_const(form: Form) -> bool:
    return "const" in form.held and form.enum is not None and len(form.enum) == 1


def _moves(aspect: str, before: Listed, after: Listed) -> Iterator[tuple[str, str, str]]:
    gone = [short(value) for text, value in before.items() if text not in after]
    come = [short(value) for text, value in after.items() if text not in before]
    if gone:
        yield f"{aspect}-removed", in_words(gone), "lost"
    if come:
        yield f"{aspect}-added", in_words(come), "gained"


def compare_default(old: Form, new: Form, area: Area) -> Iterator[Change]:
    """Yield what became of the default."""
    before, after = old.all("default")[:1], new.all("default")[:1]
    if as_json(before) == as_json(after):
        return
    if before and after:
        said, aspect = f"the default went from {short(before[0])} to {short(after[0])}", "default-changed"
    elif after:
        said, aspect = f"the default {short(after[0])} is set", "default-added"
    else:
        said, aspect = f"the default {short(before[0])} is gone", "default-removed"
    yield Change(f"{area.name}-{aspect}", said, old.spot("default"), new.spot("default"))
