"""What waits for what, drawn in layers from left to right: where each box and each arrow goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOX, TALL = 184, 30  # of a box, in units of the picture
ACROSS, DOWN = 248, 40  # from one layer to the next, from one box to the next
EDGE = 8  # around it
SWEEPS = 6  # more change next to nothing


@dataclass(frozen=True, slots=True)
class Layers:
    """Boxes and arrows."""

    boxes: Mapping[str, tuple[int, int]]  # left and upper corner
    arrows: tuple[tuple[str, str, str], ...]  # from, to, path
    width: int
    height: int


def layers(waits: Mapping[str, Sequence[str]]) -> Layers:
    """Return the picture of those that wait for another or are waited for; the others are left out.

    A box stands right of all that it waits for. Within a layer, boxes are put near the middle of what they are joined
    to, in sweeps forth and back (Sugiyama, Tagawa, Toda 1981), which keeps arrows short and few of them crossing.
    """
    arrows = [(first, then) for then, firsts in waits.items() for first in firsts if first in waits and first != then]
    joined = {each for arrow in arrows for each in arrow}
    rows = _layered([each for each in waits if each in joined], arrows)
    _untangle(rows, arrows)
    tallest = max(map(len, rows), default=0)
    boxes = {}
    for column, row in enumerate(rows):
        above = (tallest - len(row)) * DOWN // 2
        for position, each in enumerate(row):
            boxes[each] = (EDGE + column * ACROSS, EDGE + above + position * DOWN)
    width = 2 * EDGE + max((len(rows) - 1) * ACROSS + BOX, 0)
    drawn = tuple((first, then, _path(boxes[first], boxes[then])) for first, then in arrows)
    return Layers(boxes, drawn, width, 2 * EDGE + max(tallest * DOWN - (DOWN - TALL), 0))


def _layered(names: Sequence[str], arrows: Sequence[tuple[str, str]]) -> list[list[str]]:
    before: dict[str, set[str]] = {each: set() for each in names}
    for first, then in arrows:
        before[then].add(first)
    rows: list[list[str]] = []
    placed: set[str] = set()
    rest = list(names)
    while rest:
        ready = [each for each in rest if before[each] <= placed] or rest  # a circle: the plan reader refuses it
        rows.append(ready)
        placed |= set(ready)
        rest = [each for each in rest if each not in placed]
    return rows


def _untangle(rows: list[list[str]], arrows: Sequence[tuple[str, str]]) -> None:
    left: dict[str, list[str]] = {}
    right: dict[str, list[str]] = {}
    for first, then in arrows:
        left.setdefault(then, []).append(first)
        right.setdefault(first, []).append(then)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        near = left if forth else right
        for row in rows if forth else reversed(rows):
            place = {each: _share(position, len(row)) for row in rows for position, each in enumerate(row)}
            middle = {each: _mean([place[other] for other in near.get(each, ())], place[each]) for each in row}
            row.sort(key=middle.__getitem__)


def _share(position: int, count: int) -> float:
    return (position + 0.5) / count


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _path(first: tuple[int, int], then: tuple[int, int]) -> str:
    x, y = first[0] + BOX, first[1] + TALL // 2
    end, low = then[0], then[1] + TALL // 2
    bend = (ACROSS - BOX) // 2 + (end - x) // 6
    return f"M{x} {y}C{x + bend} {y} {end - bend} {low} {end} {low}"
