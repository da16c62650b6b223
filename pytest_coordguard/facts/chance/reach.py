"""Which sources of chance a file's fixtures reach: in it, and through helpers in other files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pytest_coordguard.facts.chance.module import Module, Unit, absolute
from pytest_coordguard.facts.chance.unit import Source, names_in, sources_in
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.imports.source import parse
from pytest_coordguard.facts.repository import Repository


@dataclass(frozen=True, slots=True)
class Reached:
    """A source, and the way from a fixture to it: `path:function`, the fixture first."""

    source: Source
    way: tuple[str, ...]


class Reach:
    """Follows names from file to file; each file is read once."""

    def __init__(self, repo: Repository, follow: Iterable[str] | None = None) -> None:
        """`follow` are the files in which helpers are looked at; all of the repository for None."""
        self.repo = repo
        self.modules = Modules(repo)
        self.follow = None if follow is None else frozenset(follow)
        self.troubles: dict[str, str] = {}  # path -> why it does not compile
        self._known: dict[str, Module] = {}

    def module(self, path: str) -> Module:
        """Return a file's module; what does not compile is salvaged and told in `troubles`."""
        if path not in self._known:
            source = parse(self.repo.read(path), path)
            if source.trouble:
                self.troubles[path] = source.trouble
            self._known[path] = Module.of(source.tree, path)
        return self._known[path]

    def units(self, path: str, names: Iterable[str] | None) -> list[Unit]:
        """Return the units of a file whose names match; all of them for None."""
        patterns = list(names) if names is not None else ["*"]
        units = self.module(path).units.values()
        return [unit for unit in units if any(fnmatchcase(unit.name, pattern) for pattern in patterns)]

    def reached(self, paths: Sequence[str], names: Sequence[str] | None = None) -> list[Reached]:
        """Return what the units of these files reach, each source once, by the shortest way."""
        found: dict[Source, Reached] = {}
        units = [unit for path in paths for unit in self.units(path, names)]
        waiting: deque[tuple[Unit, tuple[str, ...]]] = deque((unit, (_place(unit),)) for unit in units)
        done = {(unit.path, unit.name) for unit in units}
        while waiting:
            unit, way = waiting.popleft()
            module = self.module(unit.path)
            for source in sources_in(unit, module):
                found.setdefault(source, Reached(source, way))
            for other in self._next(unit, module):
                if (other.path, other.name) not in done and self._may_follow(other.path):
                    done.add((other.path, other.name))
                    waiting.append((other, (*way, _place(other))))
        return [found[source] for source in sorted(found)]

    def _may_follow(self, path: str) -> bool:
        return self.follow is None or path in self.follow

    def _next(self, unit: Unit, module: Module) -> Iterator[Unit]:
        for name in sorted(names_in(unit, module)):
            top, _, rest = name.partition(".")
            if top in module.units:
                yield module.units[top]
            elif top in module.imports:
                yield from self._imported(module, top, rest)
            elif unit.name in module.fixtures and top in unit.parameters:
                yield from self._fixture(unit.path, top)

    def _imported(self, module: Module, top: str, rest: str) -> Iterator[Unit]:
        known = module.imports[top]
        if known.member:
            yield from self._member(module.path, known.module, known.member, rest)
        elif rest:
            *packages, member = rest.split(".")
            yield from self._member(module.path, ".".join([known.module, *packages]), member, "")

    def _member(self, importer: str, name: str, member: str, rest: str, depth: int = 0) -> Iterator[Unit]:
        """Yield what a member of a module is bound to there, through re-exports; the member may be a module itself."""
        for path in self._files(importer, name):
            module = self.module(path)
            if member in module.units:
                yield module.units[member]
            elif member in module.imports and depth < 5:  # noqa: PLR2004  re-exports in a row
                again = module.imports[member]
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
            if conftest in self.modules.python and name in (module := self.module(conftest)).fixtures:
                if name in module.units:
                    yield module.units[name]
                return


def _place(unit: Unit) -> str:
    return f"{unit.path}:{unit.name}" if unit.name else unit.path
