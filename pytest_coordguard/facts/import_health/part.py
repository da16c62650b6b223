"""Some Python files of a repository, looked at when something asks for them: a change needs few of thousands."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.import_health.floor import Floor
from pytest_coordguard.facts.import_health.resolve import Resolver
from pytest_coordguard.facts.import_health.shape import Shape
from pytest_coordguard.facts.import_health.survey import SOURCES, Read, Survey, lightly
from pytest_coordguard.facts.import_health.syntax import Trouble
from pytest_coordguard.facts.repository import Repository

T = TypeVar("T")
# What may stand in a name; all other bytes part two words.
PARTED = bytes(byte if chr(byte).isalnum() or byte == ord("_") or byte > 127 else ord(" ") for byte in range(256))  # noqa: PLR2004  beyond ASCII
# The first parts of dotted names that a text may import.
DOTTED = re.compile(rb"(?:from|import|,)[ \t]+([^\W\d]\w*)\.")
PLANTS = b"sys.modules"
STARRED = b"import *"


def words(data: bytes) -> set[bytes]:
    """Return the names that a text may hold, and its numbers and words."""
    return set(data.translate(PARTED).split())


class Part(Survey):
    """A survey that knows every path, and reads what it is asked for; `looked` are the files that are judged."""

    def __init__(self, repo: Repository, floor: Floor, looked: Iterable[str] = ()) -> None:
        super().__init__(repo, floor)
        self.looked = frozenset(looked)

    @cached_property
    def shapes(self) -> Shapes:
        """What every file wants and offers, each read when it is asked for."""
        return Shapes(self)

    @cached_property
    def read(self) -> Read:
        """The judged files, as read; of all others the shapes, once they are asked for."""
        refused: dict[str, Trouble] = {}
        digests: dict[str, bytes] = {}
        unread: dict[str, str] = {}
        dangling: list[str] = []
        for path in sorted(self.looked):
            try:
                file = self._file(path)
            except FileNotFoundError:
                dangling.append(path)
                continue
            except CannotJudge as error:
                unread[path] = str(error)
                continue
            digests[path] = file.digest
            if file.trouble is not None:
                refused[path] = file.trouble
        return Read(self.shapes, refused, digests, unread, tuple(dangling), {})

    def only(self, looked: Iterable[str]) -> Part:
        """Return the same repository with other files to judge; what was read of it is not read again."""
        other = Part(self.repo, self.floor, looked)
        other.modules = self.modules
        other.__dict__ |= {name: self.__dict__[name] for name in ("shapes", "_importers") if name in self.__dict__}
        return other

    def shape(self, path: str) -> Shape | None:
        """Return what a file wants and offers, not what it does; None when it cannot be read."""
        try:
            if path in self.looked:
                return self._file(path).shape
            return self.repo.recall(path, (__name__, "shape"), lambda data: lightly(path, data, self.floor.minor))
        except (FileNotFoundError, CannotJudge):
            return None

    def holding(self, trace: bytes) -> Iterator[str]:
        """Give the files whose bytes hold a trace."""
        yield from (path for path, held in self._asked(trace, lambda data: trace in data) if held)

    def importing(self, top: str) -> tuple[str, ...]:
        """Return the files that may import a module below this name."""
        return tuple(self._importers.get(top, ()))

    @cached_property
    def _importers(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for path, tops in self._asked("dotted", _tops_in):
            for top in tops:
                found.setdefault(top, []).append(path)
        return found

    def _asked(self, question: Hashable, look: Callable[[bytes], T]) -> Iterator[tuple[str, T]]:
        """Ask the bytes of each file that can be read."""
        for path in self.shapes:
            try:
                yield path, self.repo.recall(path, (__name__, question), look)
            except (FileNotFoundError, CannotJudge):
                continue


def _tops_in(data: bytes) -> frozenset[str]:
    return frozenset(top.decode("utf-8", "replace") for top in DOTTED.findall(data))


class Shapes(Mapping[str, Shape]):
    """The shapes of a repository's Python files by path, each made when it is asked for."""

    def __init__(self, survey: Part) -> None:
        self._survey = survey
        self._paths = tuple(sorted(path for path in survey.modules.python if path.endswith(SOURCES)))
        self._known = frozenset(self._paths)
        self._made: dict[str, Shape | None] = {}
        self._links: dict[str, bool] = {}

    def __getitem__(self, path: str) -> Shape:
        if path not in self._made and path in self._known:
            self._made[path] = self._survey.shape(path)
        found = self._made.get(path)
        if found is None:
            raise KeyError(path)
        return found

    def __contains__(self, path: object) -> bool:
        return path in self._known and not (self._leads_away(str(path)) and self.get(str(path)) is None)

    def _leads_away(self, path: str) -> bool:
        if path not in self._links:
            self._links[path] = self._survey.repo.link(path) is not None
        return self._links[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


class PartResolver(Resolver):
    """A resolver that asks of the whole repository only what one import needs."""

    survey: Part

    @cached_property
    def _in_sys_modules(self) -> dict[str, set[str]]:
        return self._planted_by(self.survey.holding(PLANTS))

    @cached_property
    def _answers(self) -> dict[str, bool]:
        return {}

    def _used(self, folder: str) -> bool:
        if folder not in self._answers:
            top = folder.rpartition("/")[2]
            self._answers[folder] = any(folder in self.found_by(path) for path in self.survey.importing(top))
        return self._answers[folder]
