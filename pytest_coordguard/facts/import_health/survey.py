"""One pass over the Python files of a repository: each is read once, parsed once, and remembered by what it holds."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts import lint_counts
from pytest_coordguard.facts.import_health.floor import Floor
from pytest_coordguard.facts.import_health.shape import ANYTHING, Shape, shape
from pytest_coordguard.facts.import_health.syntax import BROKEN, PARSER, RUNNING, Trouble, parsed
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.memory import digest
from pytest_coordguard.facts.repository import Repository

SOURCES = (".py", ".pyi", ".pyw")
OF_A_VERSION = "(syntax was "  # ruff's messages on what a version lacks end so: "(syntax was added in Python 3.10)"


@dataclass(frozen=True, slots=True)
class Read:
    """All Python files of a repository, as read."""

    shapes: Mapping[str, Shape]
    refused: Mapping[str, Trouble]  # path -> why the Python that runs here does not compile it
    digests: Mapping[str, bytes]
    unread: Mapping[str, str]  # path -> why nothing is known of it
    dangling: tuple[str, ...]  # links that lead nowhere
    hits: Mapping[str, Mapping[str, int]]  # name of a pattern -> path -> how often it is in it


class Survey:
    """A repository's Python files, for one lowest Python and one choice of ruff's rules."""

    def __init__(
        self,
        repo: Repository,
        floor: Floor,
        select: tuple[str, ...] = (),
        patterns: Mapping[str, re.Pattern[bytes]] | None = None,
    ) -> None:
        """Take what to look for.

        Args:
            repo: the repository.
            floor: the lowest Python that files must compile for.
            select: the rules of ruff that are counted on the way.
            patterns: what is counted in the bytes of each file, by name.

        """
        self.repo = repo
        self.patterns = patterns or {}
        self.floor = floor
        self.select = select
        self.modules = Modules(repo)

    @cached_property
    def read(self) -> Read:
        """Every file, each looked at once."""
        shapes: dict[str, Shape] = {}
        refused: dict[str, Trouble] = {}
        digests: dict[str, bytes] = {}
        unread: dict[str, str] = {}
        dangling: list[str] = []
        hits: dict[str, dict[str, int]] = {name: {} for name in self.patterns}
        for path in sorted(path for path in self.modules.python if path.endswith(SOURCES)):
            try:
                file = self._file(path)
                counted = {name: self._count(path, pattern) for name, pattern in self.patterns.items()}
            except FileNotFoundError:
                dangling.append(path)
                continue
            except CannotJudge as error:
                unread[path] = str(error)
                continue
            digests[path], shapes[path] = file.digest, file.shape
            if file.trouble is not None:
                refused[path] = file.trouble
            for name, count in counted.items():
                if count:
                    hits[name][path] = count
        return Read(shapes, refused, digests, unread, tuple(dangling), hits)

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """What every file wants and offers."""
        return self.read.shapes

    def _file(self, path: str) -> _File:
        minor = self.floor.minor
        return self.repo.recall(path, (__name__, minor), lambda data: _looked(path, data, minor))

    def _count(self, path: str, pattern: re.Pattern[bytes]) -> int:
        return self.repo.recall(path, (__name__, pattern), lambda data: sum(1 for _ in pattern.finditer(data)))

    @cached_property
    def linted(self) -> Mapping[str, lint_counts.Linted]:
        """What ruff says of every file."""
        return lint_counts.shared(self.select, self.floor.minor).look(self.repo, self.read.digests)

    @cached_property
    def trouble(self) -> Mapping[str, Trouble]:
        """Why files do not compile for the lowest Python: path -> the first reason.

        The interpreter decides, and ruff on what only other versions of Python know: it has a parser for each.
        """
        found: dict[str, Trouble] = {}
        for path, refused in self.read.refused.items():
            if not (self._younger(refused) and not self.linted[path].syntax):
                found[path] = self._told(path, refused)
        for path, linted in self.linted.items():
            lacking = [(line, message) for line, message in linted.syntax if OF_A_VERSION in message]
            if path not in found and lacking:
                found[path] = Trouble(*lacking[0])
        return found

    def _younger(self, trouble: Trouble) -> bool:
        """Tell whether this may be syntax of a Python that is younger than the one that runs here."""
        return trouble.kind == PARSER and self.floor.minor > RUNNING

    def _told(self, path: str, trouble: Trouble) -> Trouble:
        """Return the trouble in ruff's words where these name the version that is needed."""
        better = next(((n, text) for n, text in self.linted[path].syntax if OF_A_VERSION in text), None)
        return Trouble(*better) if better and trouble.kind == PARSER and not self._plain(path) else trouble

    def _plain(self, path: str) -> bool:
        """Tell whether something is wrong with a file in every version of Python."""
        return any(OF_A_VERSION not in message for _, message in self.linted[path].syntax)

    @cached_property
    def accepted(self) -> tuple[str, ...]:
        """The files that are too young for the Python that runs here, and fine for the project's."""
        return tuple(sorted(set(self.read.refused) - set(self.trouble)))


@dataclass(frozen=True, slots=True)
class _File:
    """One file, as read."""

    digest: bytes
    trouble: Trouble | None
    shape: Shape


def _looked(path: str, data: bytes, minor: int) -> _File:
    tree, trouble = parsed(data, path, minor)
    seen = shape(tree, data, path)
    return _File(digest(data), trouble, ANYTHING if trouble and not tree.body else _opened(seen, trouble))


def lightly(path: str, data: bytes, minor: int) -> Shape:
    """Return what a file wants and offers, by its syntax alone: the compiler is not asked, and not what it does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return shape(ast.parse(data, path), data, path, work=False)
    except BROKEN:
        return _looked(path, data, minor).shape


def _opened(seen: Shape, trouble: Trouble | None) -> Shape:
    """Return what is known of a file; of one that does not compile, what others may find in it is not."""
    return seen if trouble is None else replace(seen, any_name=True)
