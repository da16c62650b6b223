"""Bounds of numbers, lengths and counts, in both dialects, and multiples."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple, TypeGuard

from pytest_coordguard.facts.openapi.compatible.effects import Aspects, Effect
from pytest_coordguard.facts.openapi.compatible.facing import Change, Facing
from pytest_coordguard.facts.openapi.compatible.forms import Form
from pytest_coordguard.facts.openapi.compatible.schema.widths import widths


class Limit(NamedTuple):
    """A keyword that bounds something; `floor`: from below. `none` is what holds where it is not given."""

    keyword: str
    name: str
    floor: bool
    none: float


LIMITS = (
    Limit("minimum", "minimum", floor=True, none=-math.inf),
    Limit("maximum", "maximum", floor=False, none=math.inf),
    Limit("minLength", "min-length", floor=True, none=0),
    Limit("maxLength", "max-length", floor=False, none=math.inf),
    Limit("minItems", "min-items", floor=True, none=0),
    Limit("maxItems", "max-items", floor=False, none=math.inf),
    Limit("minProperties", "min-properties", floor=True, none=0),
    Limit("maxProperties", "max-properties", floor=False, none=math.inf),
    Limit("minContains", "min-contains", floor=True, none=1),
    Limit("maxContains", "max-contains", floor=False, none=math.inf),
)
LENGTHS = ("minLength", "maxLength")
ASPECTS: Aspects = {
    **{f"{each.name}-set": (Effect.NARROWS, f"{each.keyword} is set where nothing bounded it") for each in LIMITS},
    **{f"{each.name}-removed": (Effect.WIDENS, f"{each.keyword} is gone") for each in LIMITS},
    **{
        f"{each.name}-{'raised' if up else 'lowered'}": (
            Effect.NARROWS if up == each.floor else Effect.WIDENS,
            f"{each.keyword} is {'larger' if up else 'smaller'}",
        )
        for each in LIMITS
        for up in (True, False)
    },
    "multiple-of-set": (Effect.NARROWS, "numbers must be multiples of one"),
    "multiple-of-removed": (Effect.WIDENS, "numbers need not be multiples of one any more"),
    "multiple-of-narrowed": (Effect.NARROWS, "numbers must be multiples of a multiple"),
    "multiple-of-widened": (Effect.WIDENS, "numbers may be multiples of a divisor"),
    "multiple-of-changed": (Effect.ALTERS, "numbers must be multiples of another one"),
}


class Bound(NamedTuple):
    """A bound in force. `beyond`: it is just outside itself, so that bounds can be compared as they are."""

    value: float
    beyond: int = 0

    def __str__(self) -> str:
        number = int(self.value) if self.value.is_integer() else self.value
        return f"{number}{' (exclusive)' if self.beyond else ''}"


def compare_limits(at: Facing) -> Iterator[Change]:
    """Yield what became of each bound, and of multipleOf."""
    for limit in LIMITS:
        before, after = bound(at.before, limit), bound(at.after, limit)
        if before != after and not _is_of_patterns(limit, before, after, at):
            yield at.change(*_moved(limit, before, after, at))
    yield from _multiples(at)


def _is_of_patterns(limit: Limit, before: Bound, after: Bound, at: Facing) -> bool:
    """Tell whether the patterns beside a length say what it said, so that it is no news that it moved."""
    if limit.keyword not in LENGTHS:
        return False
    tightest = max if limit.floor else min
    return tightest(before, _by_patterns(at.before, limit)) == tightest(after, _by_patterns(at.after, limit))


def _by_patterns(form: Form, limit: Limit) -> Bound:
    found = [widths(value)[not limit.floor] for value in form.all("pattern") if isinstance(value, str)]
    return Bound((max if limit.floor else min)([limit.none, *found]))


def _moved(limit: Limit, before: Bound, after: Bound, at: Facing) -> tuple[str, str, str]:
    keyword = next((word for word in (limit.keyword, _exclusive(limit)) if word in at.after.held), limit.keyword)
    if before.value == limit.none:
        return f"{limit.name}-set", keyword, f"{limit.keyword} {after} is set"
    if after.value == limit.none:
        return f"{limit.name}-removed", keyword, f"{limit.keyword} {before} is gone"
    aspect = f"{limit.name}-{'raised' if after > before else 'lowered'}"
    return aspect, keyword, f"{limit.keyword} went from {before} to {after}"


def _exclusive(limit: Limit) -> str:
    return f"exclusive{limit.keyword.capitalize()}"


def bound(form: Form, limit: Limit) -> Bound:
    """Return the tightest bound that a schema sets.

    Of integers an exclusive bound is the next integer; `exclusiveMinimum: true` is that of the `minimum` beside it.
    """
    away = 1 if limit.floor else -1
    found = [Bound(float(limit.none))]
    found += [
        Bound(float(held.value), away if held.site.value.get(_exclusive(limit)) is True else 0)
        for held in form.held.get(limit.keyword, ())
        if _is_number(held.value) and not (limit.keyword == "minProperties" and held.value <= _required(form))
    ]
    found += [Bound(float(value), away) for value in form.all(_exclusive(limit)) if _is_number(value)]
    if form.types == frozenset({"integer"}):
        found = [_of_integers(each, limit) for each in found]
    return max(found) if limit.floor else min(found)


def _required(form: Form) -> int:
    """Return how many properties there must be anyway: a `minProperties` up to it says nothing."""
    return len({name for names in form.all("required") if isinstance(names, list) for name in map(str, names)})


def _of_integers(bound: Bound, limit: Limit) -> Bound:
    if math.isinf(bound.value):
        return bound
    inner = math.ceil(bound.value) if limit.floor else math.floor(bound.value)
    return Bound(float(inner + (bound.beyond if inner == bound.value else 0)))


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _multiples(at: Facing) -> Iterator[Change]:
    before, after = _multiple(at.before), _multiple(at.after)
    if before == after:
        return
    if before is None or after is None:
        aspect = "multiple-of-set" if before is None else "multiple-of-removed"
        yield at.change(
            aspect, "multipleOf", f"multipleOf {_number(after or before)} {'is gone' if before else 'is set'}"
        )
        return
    narrower, wider = (after / before).denominator == 1, (before / after).denominator == 1
    aspect = "multiple-of-narrowed" if narrower else "multiple-of-widened" if wider else "multiple-of-changed"
    yield at.change(aspect, "multipleOf", f"multipleOf went from {_number(before)} to {_number(after)}")


def _multiple(form: Form) -> Fraction | None:
    found: Fraction | None = None
    for value in form.all("multipleOf"):
        if _is_number(value) and value > 0:
            one = Fraction(str(value))
            found = one if found is None else _least_common(found, one)
    return None if found == 1 and form.types == frozenset({"integer"}) else found


def _least_common(first: Fraction, second: Fraction) -> Fraction:
    denominator = math.lcm(first.denominator, second.denominator)
    return Fraction(math.lcm(int(first * denominator), int(second * denominator)), denominator)


def _number(value: Fraction | None) -> str:
    return "" if value is None else f"{float(value):g}"
