"""Types, null and formats."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing
from pytest_coordguard.facts.openapi.compatible.forms import TYPES, Form
from pytest_coordguard.facts.openapi.compatible.values import listed

ASPECTS: Aspects = {
    "type-narrowed": (Effect.NARROWS, "values of a type that was allowed are not any more"),
    "type-widened": (Effect.WIDENS, "values of another type are allowed"),
    "type-changed": (Effect.ALTERS, "values of one type give way to those of another"),
    "null-refused": (Effect.NARROWS, "null is not allowed any more"),
    "null-allowed": (Effect.WIDENS, "null is allowed"),
    "format-set": (Effect.NARROWS, "texts or numbers must be of a format"),
    "format-removed": (Effect.WIDENS, "texts or numbers need not be of a format any more"),
    "format-narrowed": (Effect.NARROWS, "the format's range is smaller"),
    "format-widened": (Effect.WIDENS, "the format's range is larger"),
    "format-changed": (Effect.ALTERS, "the format is another one"),
    "schema-refuses-all": (Effect.NARROWS, "no value is valid any more"),
    "schema-admits-some": (Effect.WIDENS, "no value was valid before"),
    "reference-unknown": (Effect.ALTERS, "a reference that cannot be looked up leads elsewhere"),
}
LARGER = {("int32", "int64"), ("float", "double")}  # OAS 3.1.1, "Data Type Format": ranges that hold others
FOR_PEOPLE = {"password"}  # a hint to user interfaces: any text will do
SCALARS = frozenset({"boolean", "integer", "number"})


def compare_types(at: Facing) -> Iterator[Change]:
    """Yield what became of the types, of null and of the format."""
    if at.before.never or at.after.never:
        if at.before.never != at.after.never:
            aspect = "schema-refuses-all" if at.after.never else "schema-admits-some"
            yield at.change(
                aspect, "", "no value is valid" + (" any more" if at.after.never else " before; now some are")
            )
        return
    if sorted(at.before.dead) != sorted(at.after.dead):
        yield at.change("reference-unknown", "$ref", f"{_named(at.before.dead)} became {_named(at.after.dead)}")
    changed = list(_types(at))
    yield from changed
    if at.before.null != at.after.null and not (changed and None in (at.before.types, at.after.types)):
        aspect = "null-allowed" if at.after.null else "null-refused"
        keyword = "nullable" if "nullable" in (at.after if at.after.null else at.before).held else "type"
        yield at.change(aspect, keyword, "null is allowed" if at.after.null else "null is refused")
    if not changed:
        yield from _formats(at)


def _named(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _types(at: Facing) -> Iterator[Change]:
    before, after = at.before.types, at.after.types
    if before == after or (at.before.enum is not None and at.after.enum is not None):
        return  # the values that are listed say it better
    gone = [name for name in sorted(TYPES if before is None else before) if not _covered(name, after, at)]
    come = [name for name in sorted(TYPES if after is None else after) if not _covered(name, before, at)]
    aspect = "type-changed" if gone and come else "type-narrowed" if gone else "type-widened"
    if gone or come:
        yield at.change(aspect, "type", f"the type went from {_types_of(at.before)} to {_types_of(at.after)}")


def _covered(name: str, types: frozenset[str] | None, at: Facing) -> bool:
    if types is None or name in types or (name == "integer" and "number" in types):
        return True
    return at.area.textual and "string" in types and name in SCALARS


def _types_of(form: Form) -> str:
    """Return the types in words; without one, null alone is valid."""
    return "any" if form.types is None else " or ".join(sorted(form.types)) or "none"


def _formats(at: Facing) -> Iterator[Change]:
    before, after = _format(at.before), _format(at.after)
    if before == after or (at.before.enum is not None and at.after.enum is not None):
        return
    if not before or not after:
        said = f"the format {after!r} is set" if after else f"the format {before!r} is gone"
        yield at.change("format-set" if after else "format-removed", "format", said)
    else:
        larger, smaller = (before, after) in LARGER, (after, before) in LARGER
        aspect = "format-widened" if larger else "format-narrowed" if smaller else "format-changed"
        yield at.change(aspect, "format", f"the format went from {before!r} to {after!r}")


def _format(form: Form) -> str:
    return ", ".join(sorted({name for value in form.all("format") for name in listed(value)} - FOR_PEOPLE))
