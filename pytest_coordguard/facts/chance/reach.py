"""Which sources of chance a file's fixtures reach: in it, and through helpers in other files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from pytest_coordguard.facts.chance.module import absolute
from pytest_coordguard.facts.chance.outline import Outline, Outlines
from pytest_coordguard.facts.chance.unit import Source
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.repository import Repository


@dataclass(frozen=True, slots=True)
class Reached:
    """A source, and the way from a fixture to it: `path:function`, the fixture first."""

    source: Source
    way: tuple[str, ...]


class Unit(NamedTuple):
    """A name at the top of a file; "" is the rest of the module."""

    path: str
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.name}" if self.name else self.path


class Reach:
    """Follows names from file to file; each file is read once, for all views of a repository."""

    def __init__(self, repo: Repository, follow: Iterable[str] | None = None) -> None:
        """`follow` are the files in which helpers are looked at; all of the repository for None."""
        self.repo = repo
        self.modules = Modules(repo)
        self.follow = None if follow is None else frozenset(follow)
        self.troubles: dict[str, str] = {}  # path -> why it does not compile
        self._outlines = Outlines(repo)

    def outline(self, path: str) -> Outline:
        """Return a file's outline; what does not compile is salvaged and told in `troubles`."""
        found = self._outlines.of(path)
        if found.trouble:
            self.troubles[path] = found.trouble
        return found

    def units(self, path: str, wanted: Iterable[str] | None) -> list[Unit]:
        """Return the units of a file whose names match; all of them for None."""
        patterns = list(wanted) if wanted is not None else ["*"]
        names = self.outline(path).parameters
        return [Unit(path, name) for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]

    def reached(self, paths: Sequence[str], names: Sequence[str] | None = None) -> list[Reached]:
        """Return what the units of these files reach, each source once, by the shortest way."""
        found: dict[Source, Reached] = {}
        units = [unit for path in paths for unit in self.units(path, names)]
        waiting: deque[tuple[Unit, tuple[str, ...]]] = deque((unit, (str(unit),)) for unit in units)
        done = set(units)
        while waiting:
            unit, way = waiting.popleft()
            for source in self._outlines.drawn(*unit).sources:
                found.setdefault(source, Reached(source, way))
            for other in self._next(unit):
                if other not in done and self._may_follow(other.path):
                    done.add(other)
                    waiting.append((other, (*way, str(other))))
        return [found[source] for source in sorted(found)]

    def _may_follow(self, path: str) -> bool:
        return self.follow is None or path in self.follow

    def _next(self, unit: Unit) -> Iterator[Unit]:
        file = self.outline(unit.path)
        for name in self._outlines.drawn(*unit).names:
            top, _, rest = name.partition(".")
            if top in file.parameters:
                yield Unit(unit.path, top)
            elif top in file.imports:
                yield from self._imported(file, top, rest)
            elif unit.name in file.fixtures and top in file.parameters[unit.name]:
                yield from self._fixture(unit.path, top)

    def _imported(self, file: Outline, top: str, rest: str) -> Iterator[Unit]:
        known = file.imports[top]
        if known.member:
            yield from self._member(file.path, known.module, known.member, rest)
        elif rest:
            *packages, member = rest.split(".")
            yield from self._member(file.path, ".".join([known.module, *packages]), member, "")

    def _member(self, importer: str, name: str, member: str, rest: str, depth: int = 0) -> Iterator[Unit]:
        """Yield what a member of a module is bound to there, through re-exports; the member may be a module itself."""
        for path in self._files(importer, name):
            file = self.outline(path)
            if member in file.parameters:
                yield Unit(path, member)
            elif member in file.imports and depth < 5:  # noqa: PLR2004  re-exports in a row
                again = file.imports[member]
                yield from self._member(path, again.module, again.member or rest, rest, depth + 1)
        if rest and not depth:
            yield from self._member(importer, f"{name}.{member}" if name.strip(".") else f"{name}{member}", rest, "", 1)

    def _files(self, importer: str, name: str) -> list[str]:
        plain, place = absolute(name, importer)
        if place is not None:
            file = self.modules.file_at(place)
            return [file] if file else []
        if not plain:
            return []
        bases = [root + plain.replace(".", "/") for root in self.modules.roots]
        files = [file for base in bases if (file := self.modules.file_at(base))]
        beside = self.modules.file_at(f"{importer.rpartition('/')[0]}/{plain.replace('.', '/')}".lstrip("/"))
        return list(dict.fromkeys([*files[:1], *([beside] if beside else [])]))

    def _fixture(self, path: str, name: str) -> Iterator[Unit]:
        """Yield the fixture of a name that pytest would hand over: of the nearest conftest.py above."""
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            conftest = f"{folder}/conftest.py".lstrip("/")
            if conftest in self.modules.python and name in (file := self.outline(conftest)).fixtures:
                if name in file.parameters:
                    yield Unit(conftest, name)
                return
