"""Reach through other modules: from the lanes outwards, each module outside of them read once at most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pytest_coordguard.facts.imports.reader import Reader
from pytest_coordguard.facts.imports.references import Reference

Excused = Callable[[str, str], bool]  # (file, forbidden name): this crossing is allowed


@dataclass(frozen=True, slots=True)
class Chain:
    """A line of a lane whose import ends in a forbidden package by way of modules outside the lane."""

    path: str
    reference: Reference
    steps: tuple[tuple[str, int], ...]  # (file outside the lane, its line that leads on), the last one crosses
    target: str


class Outside:
    """The modules outside the lanes that the lanes can reach."""

    def __init__(
        self,
        reader: Reader,
        closed: Callable[[str], bool],
        wanted: Callable[[Reference], bool],
        meant: Callable[[Reference], str],
    ) -> None:
        """Take how to look at a file.

        Args:
            reader: reads the files.
            closed: tells of a file that it is not walked through: it lies in a lane, or in a forbidden package.
            wanted: tells of a reference that it counts.
            meant: returns the forbidden name that a reference means, "" for none.

        """
        self.reader = reader
        self.closed = closed
        self.wanted = wanted
        self.meant = meant
        self.seen: set[str] = set()

    def chains(self, lane: Iterable[str], excused: Excused) -> list[Chain]:
        """Return one chain, the shortest, for each importing line of the lane's files that reaches a target."""
        leading = self._leading(tuple(lane), excused)
        first = {path: [e for e in self._edges(path) if e[1] in leading] for path in lane if path in leading}
        onward = self._walk({file for edges in first.values() for _, file in edges}, leading, excused)
        return sorted(self._spelled(first, onward), key=lambda chain: (chain.path, chain.reference))

    def _leading(self, lane: tuple[str, ...], excused: Excused) -> set[str]:
        """Return all files from which a target may be reached; most files of most repositories are none of them.

        This looks at more imports than there are, and parses only what names a target or may do so at run time.
        """
        back: dict[str, list[str]] = defaultdict(list)
        ends: list[str] = []
        waiting = list(lane)
        inside = frozenset(lane)
        while waiting:
            path = waiting.pop()
            if path not in inside and self._crossing(path, excused, thorough=False):
                ends.append(path)
                continue
            for file in set(self.reader.runs_at_most(path, self.wanted)):
                if file != path and not self.closed(file):
                    back[file].append(path)
                    if file not in self.seen:
                        self.seen.add(file)
                        waiting.append(file)
        return _reaching(ends, back)

    def _edges(self, path: str) -> Iterator[tuple[Reference, str]]:
        """Give each file outside the lanes that an import of this file runs."""
        for reference in self.reader.facts(path).references:
            if self.wanted(reference):
                for file in self.reader.runs(reference, path):
                    if file != path and not self.closed(file):
                        yield reference, file

    def _walk(self, start: Iterable[str], leading: set[str], excused: Excused) -> dict[str, tuple[int, str, str]]:
        """Return for each file that reaches a target: the line that leads on, the next file, the target.

        The next file of one that crosses itself is "".
        """
        back: dict[str, list[tuple[str, int]]] = defaultdict(list)
        ends: dict[str, tuple[int, str, str]] = {}
        waiting = sorted(start)
        seen = set(waiting)
        while waiting:
            path = waiting.pop()
            if found := self._crossing(path, excused):
                ends[path] = found
                continue
            for reference, file in self._edges(path):
                back[file].append((path, reference.line))
                if file in leading and file not in seen:
                    seen.add(file)
                    waiting.append(file)
        return _nearest(ends, back)

    def _crossing(self, path: str, excused: Excused, *, thorough: bool = True) -> tuple[int, str, str] | None:
        for reference in sorted(self.reader.facts(path, thorough=thorough).references):
            target = self.meant(reference) if self.wanted(reference) else ""
            if target and not excused(path, target):
                return reference.line, "", target
        return None

    def _spelled(
        self, first: dict[str, list[tuple[Reference, str]]], onward: dict[str, tuple[int, str, str]]
    ) -> Iterator[Chain]:
        for path, edges in first.items():
            best: dict[int, Chain] = {}
            for reference, file in edges:
                if file in onward:
                    steps, target = _follow(file, onward)
                    known = best.get(reference.line)
                    if known is None or len(steps) < len(known.steps):
                        best[reference.line] = Chain(path, reference, steps, target)
            yield from best.values()


def _reaching(ends: Iterable[str], back: dict[str, list[str]]) -> set[str]:
    found = set(ends)
    waiting = list(found)
    while waiting:
        new = set(back[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def _nearest(
    ends: dict[str, tuple[int, str, str]], back: dict[str, list[tuple[str, int]]]
) -> dict[str, tuple[int, str, str]]:
    """Return the shortest way on for every file that has one, by breadth from the ends."""
    onward = dict(sorted(ends.items()))
    front = list(onward)
    while front:
        later = []
        for file in front:
            for importer, line in sorted(back[file]):
                if importer not in onward:
                    onward[importer] = (line, file, onward[file][2])
                    later.append(importer)
        front = later
    return onward


def _follow(file: str, onward: dict[str, tuple[int, str, str]]) -> tuple[tuple[tuple[str, int], ...], str]:
    steps = []
    while file:
        line, following, target = onward[file]
        steps.append((file, line))
        file = following
    return tuple(steps), target
