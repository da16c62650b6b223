"""One file as plain data: its names, what its imports stand for, and what each name draws by chance and leads on to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_coordguard.facts.chance.module import Module
from pytest_coordguard.facts.chance.unit import Source, names_in, sources_in
from pytest_coordguard.facts.imports.scopes import Import
from pytest_coordguard.facts.imports.source import parse
from pytest_coordguard.facts.repository import Repository


@dataclass(frozen=True, slots=True)
class Outline:
    """A file's names at the top, with the arguments of those that are functions; no tree of it is kept."""

    path: str
    parameters: Mapping[str, tuple[str, ...]]  # by name; "" is the rest of the module
    imports: Mapping[str, Import]
    fixtures: frozenset[str]
    trouble: str  # why it does not compile; what could be salvaged counts then


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one name of a file draws by chance, and the names that it leads on to."""

    sources: tuple[Source, ...]
    names: tuple[str, ...]


@dataclass(slots=True)
class Outlines:
    """The outlines of a repository's files. What was found is remembered for all its views; a tree for a while."""

    repo: Repository
    most: int = 64  # trees that are kept at a time
    _trees: dict[str, tuple[Module, str]] = field(default_factory=dict)

    def of(self, path: str) -> Outline:
        """Return a file's outline."""
        return self.repo.recall(path, (__name__, "outline"), lambda data: _outline(*self._tree(path, data)))

    def drawn(self, path: str, name: str) -> Drawn:
        """Return what a name of a file draws."""
        return self.repo.recall(path, (__name__, name), lambda data: _drawn(self._tree(path, data)[0], name))

    def _tree(self, path: str, data: bytes) -> tuple[Module, str]:
        if path not in self._trees:
            source = parse(data, path)
            while len(self._trees) >= self.most:
                del self._trees[next(iter(self._trees))]
            self._trees[path] = Module.of(source.tree, path), source.trouble
        return self._trees[path]


def _outline(module: Module, trouble: str) -> Outline:
    parameters = {name: unit.parameters for name, unit in module.units.items()}
    return Outline(module.path, parameters, module.imports, module.fixtures, trouble)


def _drawn(module: Module, name: str) -> Drawn:
    unit = module.units[name]
    return Drawn(tuple(sources_in(unit, module)), tuple(sorted(names_in(unit, module))))
