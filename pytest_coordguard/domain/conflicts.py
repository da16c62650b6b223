"""Which open changes conflict, and in which order they merge with the least trouble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.work import Change

Pairs = Mapping[tuple[str, str], tuple[str, ...]]  # two changes by name, sorted -> the paths in which they conflict


@dataclass(frozen=True, slots=True)
class Conflicts:
    """How some open changes stand to the default branch and to each other."""

    main: str
    changes: tuple[Change, ...] = ()
    with_main: Mapping[str, tuple[str, ...]] | None = None  # change -> paths in which it conflicts with the branch
    unreadable: tuple[str, ...] = ()  # git could not try them
    noops: tuple[str, ...] = ()  # all that they change is there already
    pairs: Pairs | None = None
    compared: int = 0  # pairs that touch a path in common
    note: str = ""  # why nothing is known

    @property
    def clean(self) -> tuple[Change, ...]:
        """The changes that merge into the default branch as it is."""
        out = {*(self.with_main or {}), *self.unreadable, *self.noops}
        return tuple(each for each in self.changes if each.name not in out)

    def of(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return with which changes one conflicts, and in which paths."""
        pairs = self.pairs or {}
        return {b if a == name else a: paths for (a, b), paths in pairs.items() if name in (a, b)}


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of a merge order."""

    change: Change
    rebase_on: tuple[str, ...] = ()  # changes that came before, and with which it conflicts


def merge_order(found: Conflicts, rank: Mapping[str, Sequence[float]] | None = None) -> tuple[Turn, ...]:
    """Return the changes that merge cleanly in an order in which few have to be rebased.

    Those without a conflict come first. Of the others, the next is always the one that conflicts with the fewest of
    those that are left, so that one change that clashes with many waits, and not they for it. `rank` (by name, the
    smaller the sooner) decides between equals, then the smaller change.
    """
    left = {each.name: each for each in found.clean}
    ranks = rank or {}
    turns: list[Turn] = []
    while left:

        def trouble(name: str) -> tuple[object, ...]:
            rivals = sum(other in left for other in found.of(name))
            return (rivals, tuple(ranks.get(name, ())), len(left[name].paths), name)

        name = min(left, key=trouble)
        done = {turn.change.name for turn in turns}
        turns.append(Turn(left.pop(name), tuple(sorted(other for other in found.of(name) if other in done))))
    return tuple(turns)
