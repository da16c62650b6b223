"""The members of an `allOf`. What they say is judged keyword by keyword, as if it stood in the schema itself."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing
from pytest_coordguard.facts.openapi.compatible.values import in_words

ASPECTS: Aspects = {
    "all-of-added": (Effect.NONE, "allOf has a further member; what it says is judged by itself"),
    "all-of-removed": (Effect.NONE, "allOf has a member less; what it said is judged by itself"),
}


def compare_members(at: Facing) -> Iterator[Change]:
    """Yield which members came and went, for who wants to know."""
    before, after = at.before.members, at.after.members
    gone, come = [name for name in before if name not in after], [name for name in after if name not in before]
    if come:
        yield at.change("all-of-added", "", f"allOf gained {in_words(come)}")
    if gone:
        yield at.change("all-of-removed", "", f"allOf lost {in_words(gone)}")
