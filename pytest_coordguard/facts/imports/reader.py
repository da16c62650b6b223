"""The files of a repository, each read once and only when something asks for it, as what they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.imports.dynamic import TRACES, Flow, Helper, strings
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.imports.references import Reference, place, references
from pytest_coordguard.facts.imports.scopes import Import, Scopes
from pytest_coordguard.facts.imports.source import Source, mentions, parse
from pytest_coordguard.facts.repository import Repository

NOT_THERE = "a link that leads nowhere"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file refers to, and what stood in the way of reading it."""

    references: tuple[Reference, ...] = ()
    trouble: str = ""  # why it does not compile, or is not there; it was looked at all the same
    unread: str = ""  # why its bytes could not be had: nothing is known of it
    unknown: tuple[int, ...] = ()  # lines of imports whose name is known at run time alone


class Reader:
    """Reads files through the repository and remembers what they refer to; trees are not kept."""

    def __init__(self, repo: Repository, modules: Modules, words: re.Pattern[bytes]) -> None:
        self.repo = repo
        self.modules = modules
        self.words = words
        self._facts: dict[str, FileFacts] = {}
        self._scopes: dict[str, Scopes | None] = {}
        self._helpers: dict[str, dict[str, Helper]] = {}
        self._texts: dict[tuple[str, str], tuple[str, ...]] = {}

    def facts(self, path: str, *, thorough: bool = True) -> FileFacts:
        """Return what a file refers to.

        Args:
            path: relative to the root.
            thorough: False, when only a mention of the targets matters: a file whose bytes hold no trace is not parsed.

        """
        if path not in self._facts:
            known = self._look(path, thorough=thorough)
            if known is None:
                return FileFacts()
            self._facts[path] = known
        return self._facts[path]

    def _look(self, path: str, *, thorough: bool) -> FileFacts | None:
        try:
            data = self.repo.read(path)
        except FileNotFoundError:
            return FileFacts(trouble=NOT_THERE)
        except CannotJudge as error:
            return FileFacts(unread=str(error))
        traced = bool(TRACES.search(data)) or mentions(data, self.words)
        if not traced and not thorough:
            return None
        source = parse(data, path)
        found = [*references(source.tree, path), *source.lost]
        if not traced:
            return FileFacts(tuple(found), source.trouble)
        return self._traced(source, path, found)

    def _traced(self, source: Source, path: str, found: list[Reference]) -> FileFacts:
        scopes = Scopes(source.tree)
        flow = Flow(scopes, path, _Elsewhere(self, path))
        dynamic = flow.references()
        self._helpers[path] = flow.helpers()
        every = [*found, *dynamic, *strings(scopes, dynamic)]
        return FileFacts(tuple(every), source.trouble, unknown=tuple(flow.unknown))

    def helpers(self, path: str) -> dict[str, Helper]:
        """Return the functions of a file that import what they are handed."""
        if path not in self._helpers:
            self._helpers[path] = {}  # a circle of files ends here
            if self._may_import(path) and (scopes := self.scopes(path)) is not None:
                flow = Flow(scopes, path, _Elsewhere(self, path))
                flow.references()
                self._helpers[path] = flow.helpers()
        return self._helpers[path]

    def _may_import(self, path: str) -> bool:
        try:
            return bool(TRACES.search(self.repo.read(path)))
        except (FileNotFoundError, CannotJudge):
            return False

    def scopes(self, path: str) -> Scopes | None:
        """Return the names of a file, None when it cannot be read."""
        if path not in self._scopes:
            try:
                self._scopes[path] = Scopes(parse(self.repo.read(path), path).tree)
            except (FileNotFoundError, CannotJudge):
                self._scopes[path] = None
        return self._scopes[path]

    def texts(self, path: str, name: str) -> tuple[str, ...]:
        """Return the texts that a name at the top of a file can be."""
        if (path, name) not in self._texts:
            self._texts[path, name] = ()
            scopes = self.scopes(path)
            if scopes is not None and name in scopes.module.names:
                flow = Flow(scopes, path, _Elsewhere(self, path))
                found = flow.texts.all_of(scopes.module.names[name], scopes.module)
                self._texts[path, name] = tuple(text.value for text in found)
        return self._texts[path, name]

    def runs(self, reference: Reference, importer: str) -> list[str]:
        """Return the files that a reference in the file `importer` leads to, the outermost package first.

        Of `from package import member` the package itself is one of them, unless every member is a module of it.
        """
        if reference.kind in ("path", "string", "link"):
            return []
        place = reference.place if reference.name.startswith(".") else None
        if not reference.members:
            return self.modules.run_by(reference.name, place, importer)
        found: dict[str, None] = {}
        for member in reference.members:
            inner = None if place is None else f"{place}/{member}".lstrip("/")
            found.update(dict.fromkeys(self.modules.run_by(f"{reference.name}.{member}", inner, importer)))
        return list(found)


class _Elsewhere:
    """The other files, as one file sees them through its imports."""

    def __init__(self, reader: Reader, path: str) -> None:
        self.reader = reader
        self.path = path
        self._known: dict[str, list[str]] = {}

    def texts(self, origin: Import) -> Iterable[str]:
        return (text for path in self._files(origin.module) for text in self.reader.texts(path, origin.member))

    def helper(self, origin: Import) -> Helper | None:
        found = (self.reader.helpers(path).get(origin.member) for path in self._files(origin.module))
        return next(filter(None, found), None)

    def _files(self, module: str) -> list[str]:
        if module not in self._known:
            self._known[module] = self._files_of(module)
        return self._known[module]

    def _files_of(self, module: str) -> list[str]:
        level = len(module) - len(module.lstrip("."))
        modules = self.reader.modules
        if not level:
            return modules.files_of(module, self.path)
        file = modules.file_at(place(self.path, level, module.lstrip(".")))
        return [file] if file else []
