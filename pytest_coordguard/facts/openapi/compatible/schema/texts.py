"""What texts must look like: patterns, and what they hold in encoded form."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing, Link
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.description import short

ASPECTS: Aspects = {
    "pattern-set": (Effect.NARROWS, "texts must fit a pattern"),
    "pattern-removed": (Effect.WIDENS, "texts need not fit a pattern any more"),
    "pattern-changed": (Effect.ALTERS, "texts must fit another pattern"),
    "content-media-type-changed": (Effect.ALTERS, "texts hold another media type"),
    "content-encoding-changed": (Effect.ALTERS, "texts are encoded in another way"),
    "content-schema-set": (Effect.NARROWS, "what texts hold must meet a schema"),
    "content-schema-removed": (Effect.WIDENS, "what texts hold need not meet a schema any more"),
}
FIT_ALL = {"", ".*", "^.*$", "^.*", ".*$", "^", "$", "[\\s\\S]*", "^[\\s\\S]*$"}


def compare_texts(at: Facing) -> Iterator[Change | Link]:
    """Yield what became of the pattern and of the content of texts."""
    yield from _patterns(at)
    for keyword, aspect in (("contentMediaType", "content-media-type"), ("contentEncoding", "content-encoding")):
        before, after = at.before.one(keyword), at.after.one(keyword)
        if before != after:
            yield at.change(f"{aspect}-changed", keyword, f"{keyword} went from {short(before)} to {short(after)}")
    inner = at.before.schema("contentSchema"), at.after.schema("contentSchema")
    if inner[0] and inner[1]:
        yield Link(inner[0], inner[1])
    elif inner[0] or inner[1]:
        said = "contentSchema is gone" if inner[0] else "contentSchema is set"
        yield at.change(f"content-schema-{'removed' if inner[0] else 'set'}", "contentSchema", said)


def _patterns(at: Facing) -> Iterator[Change]:
    before, after = _patterns_of(at.before), _patterns_of(at.after)
    gone, come = sorted(before - after), sorted(after - before)
    if gone and come:
        said = f"the pattern went from {short(gone[0])} to {short(come[0])}"
        yield at.change("pattern-changed", "pattern", said)
    elif come:
        yield at.change("pattern-set", "pattern", f"the pattern {short(come[0])} is set")
    elif gone:
        yield at.change("pattern-removed", "pattern", f"the pattern {short(gone[0])} is gone")


def _patterns_of(form: Form) -> set[str]:
    return {value for value in form.all("pattern") if isinstance(value, str)} - FIT_ALL
