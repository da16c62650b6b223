"""The life of an operation or parameter: deprecated, with a date from which it may be gone (`x-sunset`), and gone."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_coordguard.facts.openapi.compatible.facing import Change
from pytest_coordguard.facts.openapi.compatible.level import Level, Rule, Rules
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.schema.lifecycle import STABILITY, stability_step
from pytest_coordguard.facts.openapi.compatible.step import Step, below
from pytest_coordguard.facts.openapi.compatible.sunset import SUNSET, Notice, moves
from pytest_coordguard.facts.openapi.description import Site, short

NONE, INFO, WARNING, ERROR = Level
RULES: Rules = {
    "operation-removed": Rule(ERROR, ERROR, "an operation is gone that was not deprecated"),
    "operation-removed-deprecated": Rule(INFO, INFO, "an operation is gone that was deprecated, and whose time was up"),
    "operation-removed-before-sunset": Rule(ERROR, ERROR, "a deprecated operation is gone before its sunset"),
    "path-removed": Rule(ERROR, ERROR, "a path is gone of which an operation was not deprecated"),
    "path-removed-before-sunset": Rule(ERROR, ERROR, "a path is gone before the sunset of its operations"),
    "path-removed-deprecated": Rule(INFO, INFO, "a path is gone that was deprecated, and whose time was up"),
    "operation-added": Rule(INFO, INFO, "an operation is new"),
    "deprecated": Rule(INFO, INFO, "it is deprecated"),
    "deprecation-removed": Rule(INFO, INFO, "it is not deprecated any more"),
    "sunset-missing": Rule(ERROR, ERROR, "it is deprecated without a date, where the plan asks for one"),
    "sunset-unreadable": Rule(ERROR, ERROR, "the date is none"),
    "sunset-too-soon": Rule(ERROR, ERROR, "the date leaves clients less time than the plan asks for"),
    "sunset-moved-up": Rule(ERROR, ERROR, "the date is earlier than clients were told"),
    "sunset-removed": Rule(ERROR, ERROR, "the date that clients were told is gone"),
    "stability-lowered": Rule(WARNING, ERROR, "it is said to be less stable than it was"),
    "stability-raised": Rule(INFO, INFO, "it is said to be more stable than it was"),
    "stability-unknown": Rule(WARNING, ERROR, "x-stability-level is none of draft, alpha, beta and stable"),
}


def removed(site: Site, options: Options) -> tuple[str, str]:
    """Return how the removal of something is judged, and why."""
    if site.value.get("deprecated") is not True:
        return "removed", "without having been deprecated"
    notice = Notice.of(site.value)
    if notice.is_over(options.today):
        return "removed-deprecated", "as its deprecation said"
    return "removed-before-sunset", f"before its sunset, {short(notice.text)}"


def compare_lives(step: Step) -> Iterator[Change]:
    """Yield what became of an operation's deprecation, and of those of its parameters."""
    yield from compare_life(step.before.site, step.after.site, step.options)
    for key, old in step.before.parameters.items():
        new = step.after.parameters.get(key)
        if new is not None:
            yield from compare_life(old.site, new.site, step.options)


def compare_life(old: Site, new: Site, options: Options) -> Iterator[Change]:
    """Yield what became of the deprecation, the sunset and the stability of one thing."""
    for rule, said in moves(Notice.of(old.value), Notice.of(new.value), options):
        word = SUNSET if rule.startswith("sunset") else "deprecated"
        yield Change(rule, said, below(old, word), below(new, word))
    before, after = old.value.get(STABILITY), new.value.get(STABILITY)
    if before != after:
        step = stability_step(before, after)
        said = f"{STABILITY} went from {short(before or 'stable')} to {short(after or 'stable')}"
        yield Change(f"stability-{step or 'unknown'}", said, below(old, STABILITY), below(new, STABILITY))
