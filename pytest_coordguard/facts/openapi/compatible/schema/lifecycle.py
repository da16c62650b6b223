"""The life of a property: how stable it is said to be (`x-stability-level`)."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.sunset import SUNSET, Notice, moves

ASPECTS: Aspects = {
    "stability-lowered": (Effect.NONE, "it is said to be less stable than it was"),
    "stability-raised": (Effect.NONE, "it is said to be more stable than it was"),
    "deprecated": (Effect.NONE, "it is deprecated"),
    "deprecation-removed": (Effect.NONE, "it is not deprecated any more"),
    "sunset-missing": (Effect.NONE, "it is deprecated without a date, where the plan asks for one"),
    "sunset-unreadable": (Effect.NONE, "the date is none"),
    "sunset-too-soon": (Effect.NONE, "the date leaves clients less time than the plan asks for"),
    "sunset-moved-up": (Effect.NONE, "the date is earlier than clients were told"),
    "sunset-removed": (Effect.NONE, "the date that clients were told is gone"),
}
LEVELS = ("draft", "alpha", "beta", "stable")  # as several tools read the extension
STABILITY = "x-stability-level"


def compare_lifecycle(at: Facing) -> Iterator[Change]:
    """Yield what became of the stability and of the notice."""
    before, after = at.before.one(STABILITY), at.after.one(STABILITY)
    if before != after and (step := stability_step(before, after)):
        yield at.change(
            f"stability-{step}", STABILITY, f"{STABILITY} went from {before or 'stable'} to {after or 'stable'}"
        )
    for rule, said in moves(_notice(at.before), _notice(at.after), at.judge.options):
        yield at.change(rule, SUNSET if rule.startswith("sunset") else "deprecated", said)


def _notice(form: Form) -> Notice:
    said = {"deprecated": form.flag("deprecated"), SUNSET: form.one(SUNSET)}
    return Notice.of(said if SUNSET in form.held else {"deprecated": said["deprecated"]})


def stability_step(before: object, after: object) -> str:
    """Return "lowered" or "raised"; "" where a level is none of those known. Without one it is stable."""
    old, new = before or LEVELS[-1], after or LEVELS[-1]
    if old not in LEVELS or new not in LEVELS:
        return ""
    ranks = LEVELS.index(str(old)), LEVELS.index(str(new))
    return "" if ranks[0] == ranks[1] else "lowered" if ranks[1] < ranks[0] else "raised"
