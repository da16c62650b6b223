"""Circles of modules that import each other while they are being imported."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pytest_coordguard.facts.import_health.resolve import Resolver
from pytest_coordguard.facts.import_health.shape import Wanted

Graph = Mapping[str, Mapping[str, int]]  # file -> the files that it imports when it is imported -> the line


@dataclass(frozen=True, slots=True, order=True)
class Cycle:
    """Files that import each other in a circle, each with the line that imports the next one; the last the first."""

    steps: tuple[tuple[str, int], ...]  # begins with the file whose path is first in order

    @property
    def edges(self) -> frozenset[tuple[str, str]]:
        """Who imports whom."""
        files = [file for file, _ in self.steps]
        return frozenset(zip(files, [*files[1:], files[0]], strict=True))


def graph(resolver: Resolver, paths: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return who imports whom at module level; imports in functions and for type checkers lead to no circle."""
    found: dict[str, dict[str, int]] = {}
    for path in paths:
        edges = found.setdefault(path, {})
        for wanted in resolver.shapes[path].wanted:
            if not (wanted.late or wanted.typing) and path.endswith(".py"):
                for file in _files(resolver, path, wanted):
                    if file != path:
                        edges.setdefault(file, wanted.line)
    return found


def _files(resolver: Resolver, path: str, wanted: Wanted) -> Iterator[str]:
    """Give the modules that an import waits for: of `from package import module` the module, else the package."""
    owners = list(resolver.targets(path, wanted))
    if not wanted.members:
        yield from owners
        return
    for member in wanted.members:
        dotted = f"{wanted.module}.{member}".strip(".")
        inner = list(resolver.targets(path, Wanted(wanted.line, dotted, wanted.level)))
        yield from inner or owners


def cycles(edges: Graph) -> list[Cycle]:
    """Return for each import that lies on a circle the shortest circle that it closes, each circle once."""
    found: set[Cycle] = set()
    for knot in knots(edges):
        inside = {file: {t: line for t, line in edges[file].items() if t in knot} for file in knot}
        for file in sorted(knot):
            for target in sorted(inside[file]):
                found.add(_rotated(_shortest(inside, target, file), inside))
    return sorted(found, key=lambda cycle: (len(cycle.steps), cycle))


def _shortest(edges: Graph, start: str, end: str) -> list[str]:
    """Return the shortest way from one file to another, of several the first in order; both lie in one knot."""
    before: dict[str, str] = {start: ""}
    waiting = deque([start])
    while waiting:
        file = waiting.popleft()
        if file == end:
            break
        for target in sorted(edges[file]):
            if target not in before:
                before[target] = file
                waiting.append(target)
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def _rotated(files: list[str], edges: Graph) -> Cycle:
    first = files.index(min(files))
    turned = [*files[first:], *files[:first]]
    following = [*turned[1:], turned[0]]
    return Cycle(tuple((file, edges[file][after]) for file, after in zip(turned, following, strict=True)))


def knots(edges: Graph) -> list[frozenset[str]]:
    """Return the sets of files of which each reaches each other, of two files at least (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[frozenset[str]] = []
    for root in sorted(edges):
        if root not in index:
            _strong(root, edges, index, low, stack, on_stack, found)
    return found


def _strong(
    root: str,
    edges: Graph,
    index: dict[str, int],
    low: dict[str, int],
    stack: list[str],
    on_stack: set[str],
    found: list[frozenset[str]],
) -> None:
    """Visit what one file reaches, without recursion: chains of imports are longer than Python's stack."""
    visits: list[tuple[str, Iterator[str]]] = []

    def enter(file: str) -> None:
        index[file] = low[file] = len(index)
        stack.append(file)
        on_stack.add(file)
        visits.append((file, iter(sorted(edges.get(file, {})))))

    enter(root)
    while visits:
        file, targets = visits[-1]
        target = next(targets, None)
        if target is None:
            visits.pop()
            if visits:
                low[visits[-1][0]] = min(low[visits[-1][0]], low[file])
            if low[file] == index[file]:
                knot = frozenset(_popped(stack, file))
                on_stack -= knot
                found += [knot] if len(knot) > 1 else []
        elif target not in index:
            enter(target)
        elif target in on_stack:
            low[file] = min(low[file], index[target])


def _popped(stack: list[str], until: str) -> Iterator[str]:
    while True:
        file = stack.pop()
        yield file
        if file == until:
            return
