"""The files of a repository, each read once and only when something asks for it, as what they refer to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.imports.dynamic import Flow, Helper, is_traced, strings
from pytest_coordguard.facts.imports.footing import Footing
from pytest_coordguard.facts.imports.glimpse import may_import
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.imports.references import Reference, place, references
from pytest_coordguard.facts.imports.scopes import Import, Scopes
from pytest_coordguard.facts.imports.source import mentions, parse, trouble_of
from pytest_coordguard.facts.repository import Repository

NOT_THERE = "a link that leads nowhere"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file refers to, and what stood in the way of reading it."""

    references: tuple[Reference, ...] = ()
    trouble: str = ""  # why it does not compile, or is not there; it was looked at all the same
    unread: str = ""  # why its bytes could not be had: nothing is known of it
    unknown: tuple[int, ...] = ()  # lines of imports whose name is known at run time alone


@dataclass(frozen=True, slots=True)
class _Traced:
    """What a file refers to, in imports and in calls, and which of its functions import what they are handed."""

    facts: FileFacts
    helpers: Mapping[str, Helper]


FACTS, HELPERS = "facts", "helpers"  # questions about a file
NOTHING = _Traced(FileFacts(), {})
NOT_PARSED = FileFacts()  # of a file whose bytes hold no trace of what matters


class Reader:
    """Reads files through the repository and remembers what they refer to; trees are not kept."""

    def __init__(self, repo: Repository, modules: Modules, words: re.Pattern[bytes]) -> None:
        self.repo = repo
        self.modules = modules
        self.words = words
        self.footing = Footing(repo, self._meant)
        self._facts: dict[str, FileFacts] = {}

    def facts(self, path: str, *, thorough: bool = True) -> FileFacts:
        """Return what a file refers to.

        Args:
            path: relative to the root.
            thorough: False, when only a mention of the targets matters: a file whose bytes hold no trace is not parsed.

        """
        if path not in self._facts:
            known = self._look(path, thorough=thorough)
            if known is None:
                return NOT_PARSED
            self._facts[path] = known
        return self._facts[path]

    def _look(self, path: str, *, thorough: bool) -> FileFacts | None:
        try:
            traced = any(self._traces(path))
        except FileNotFoundError:
            return FileFacts(trouble=NOT_THERE)
        except CannotJudge as error:
            return FileFacts(unread=str(error))
        if not traced:
            return self.repo.recall(path, (__name__, "plain"), partial(_plain, path)) if thorough else None
        found = self.footing.answer(FACTS, path, lambda: self._traced(path), NOTHING)
        self.footing.settle(HELPERS, path, found.helpers, FACTS)
        return found.facts

    def runs_at_most(self, path: str, wanted: Callable[[Reference], bool]) -> Iterator[str]:
        """Give the files that the imports of a file lead to; of one that holds no trace of a target, others as well."""
        try:
            sure = any(self._traces(path))
            seen = () if sure else self.repo.recall(path, (__name__, "glimpse"), lambda data: may_import(data, path))
        except (FileNotFoundError, CannotJudge):
            return
        for reference in filter(wanted, self.facts(path).references) if sure else seen:
            yield from self.runs(reference, path)

    def trouble(self, path: str) -> str:
        """Return why a file does not compile, or is not there, "" when it does."""
        try:
            return self.repo.recall(path, (__name__, "trouble"), lambda data: (trouble_of(data, path),))[0]
        except FileNotFoundError:
            return NOT_THERE
        except CannotJudge:
            return ""

    def _traces(self, path: str) -> tuple[bool, bool]:
        """Tell whether a file's bytes hold a trace of a call that imports, and of a target."""
        return self.repo.recall(
            path, (__name__, self.words), lambda data: (is_traced(data), mentions(data, self.words))
        )

    def _traced(self, path: str) -> _Traced:
        source = parse(self.repo.read(path), path)
        found = [*references(source.tree, path), *source.lost]
        scopes = Scopes(source.tree)
        flow = Flow(scopes, path, _Elsewhere(self, path))
        dynamic = flow.references()
        every = [*found, *dynamic, *strings(scopes, dynamic)]
        return _Traced(FileFacts(tuple(every), source.trouble, unknown=tuple(flow.unknown)), flow.helpers())

    def helpers(self, path: str) -> Mapping[str, Helper]:
        """Return the functions of a file that import what they are handed."""
        return self.footing.answer(HELPERS, path, lambda: self._helpers(path), {})

    def _helpers(self, path: str) -> Mapping[str, Helper]:
        try:
            if not self._traces(path)[0]:
                return {}
        except (FileNotFoundError, CannotJudge):
            return {}
        flow = Flow(self.scopes(path), path, _Elsewhere(self, path))
        flow.references()
        return flow.helpers()

    def scopes(self, path: str) -> Scopes:
        """Return the names of a file. Raises as `Repository.read`."""
        return Scopes(parse(self.repo.read(path), path).tree)

    def texts(self, path: str, name: str) -> tuple[str, ...]:
        """Return the texts that a name at the top of a file can be."""
        return self.footing.answer(("texts", name), path, lambda: self._texts(path, name), ())

    def _texts(self, path: str, name: str) -> tuple[str, ...]:
        try:
            scopes = self.scopes(path)
        except (FileNotFoundError, CannotJudge):
            return ()
        if name not in scopes.module.names:
            return ()
        flow = Flow(scopes, path, _Elsewhere(self, path))
        found = flow.texts.all_of(scopes.module.names[name], scopes.module)
        return tuple(text.value for text in found)

    def _meant(self, importer: str, module: str) -> list[str]:
        """Return the files that a module's name, as an import in the file `importer` writes it, can mean."""
        level = len(module) - len(module.lstrip("."))
        if not level:
            return self.modules.files_of(module, importer)
        file = self.modules.file_at(place(importer, level, module.lstrip(".")))
        return [file] if file else []

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


def _plain(path: str, data: bytes) -> FileFacts:
    """Return what a file without any trace of a call that imports refers to."""
    source = parse(data, path)
    return FileFacts((*references(source.tree, path), *source.lost), source.trouble)


class _Elsewhere:
    """The other files, as one file sees them through its imports."""

    def __init__(self, reader: Reader, path: str) -> None:
        self.reader = reader
        self.path = path

    def texts(self, origin: Import) -> Iterable[str]:
        return (text for path in self._files(origin.module) for text in self.reader.texts(path, origin.member))

    def helper(self, origin: Import) -> Helper | None:
        found = (self.reader.helpers(path).get(origin.member) for path in self._files(origin.module))
        return next(filter(None, found), None)

    def _files(self, module: str) -> tuple[str, ...]:
        return self.reader.footing.led(self.path, module)
