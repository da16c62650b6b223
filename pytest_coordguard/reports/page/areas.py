"""How many of what there were on each day, as stacked areas: the geometry of the pictures of progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 640, 180  # of the field, in units of the picture


@dataclass(frozen=True, slots=True)
class Area:
    """One kind of thing over time."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Areas:
    """A picture of several kinds, one on the other."""

    areas: tuple[Area, ...]
    top: int  # the most that there ever were
    ticks: tuple[tuple[float, str], ...]  # days below the field: where, and which


def areas(days: Sequence[tuple[str, Mapping[str, int]]], kinds: Sequence[str]) -> Areas | None:
    """Return the picture of some days, the oldest first; None when there is nothing to draw.

    Args:
        days: the day as YYYY-MM-DD, and how many there were of each kind.
        kinds: the kinds from the bottom up.

    """
    counted = [(date.fromisoformat(day), counts) for day, counts in days]
    top = max((sum(counts.get(kind, 0) for kind in kinds) for _, counts in counted), default=0)
    if not top:
        return None
    first, last = counted[0][0], counted[-1][0]
    span = (last - first).days or 1
    xs = [round(WIDTH * (day - first).days / span, 1) for day, _ in counted]
    if len(xs) == 1:  # one day alone is drawn as wide as the field
        xs, counted = [0.0, float(WIDTH)], counted * 2
    base = [0] * len(xs)
    found = []
    for kind in kinds:
        above = [low + counts.get(kind, 0) for low, (_, counts) in zip(base, counted, strict=True)]
        if above != base:
            found.append(Area(kind, _between(xs, base, above, top)))
        base = above
    middle = first + (last - first) / 2
    ticks = [(0.0, first), (WIDTH / 2, middle), (float(WIDTH), last)] if first != last else [(0.0, first)]
    return Areas(tuple(found), top, tuple((x, day.isoformat()) for x, day in ticks))


def _between(xs: Sequence[float], low: Sequence[int], high: Sequence[int], top: int) -> str:
    """Return the area between two lines of steps: a number holds until the next day on which something ran."""
    forth = "L".join(_steps(xs, high, top))
    back = "L".join(reversed(_steps(xs, low, top)))
    return f"M{forth}L{back}z"


def _steps(xs: Sequence[float], values: Sequence[int], top: int) -> list[str]:
    points = []
    for position, (x, value) in enumerate(zip(xs, values, strict=True)):
        before = values[position - 1] if position else value
        if position and before != value:
            points.append(_point(x, before, top))
        if not position or before != value or position == len(xs) - 1:
            points.append(_point(x, value, top))
    return points


def _point(x: float, value: int, top: int) -> str:
    return f"{x:g} {round(HEIGHT * (1 - value / top), 1):g}"
