"""Lane boundaries: what the files of some folders refer to that they must not."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.imports.graph import Chain, Excused, Outside
from pytest_coordguard.facts.imports.modules import SUFFIXES, Modules
from pytest_coordguard.facts.imports.reader import NOT_PARSED, FileFacts, Reader
from pytest_coordguard.facts.imports.references import Reference
from pytest_coordguard.facts.imports.targets import Targets
from pytest_coordguard.facts.repository import Repository


def nothing(_path: str, _target: str) -> bool:
    """Excuse nothing."""
    return False


SCRIPT = re.compile(rb"#!.*\bpython")


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A reference of a lane's file to a forbidden package."""

    path: str
    reference: Reference
    target: str  # the forbidden name that it means


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """What was found, and how much was looked at."""

    files: tuple[str, ...]  # of the lanes
    inside: tuple[str, ...]  # left out: they lie in a lane and in a forbidden package
    found: tuple[Found, ...]
    chains: tuple[Chain, ...]
    outside: int  # modules outside the lanes that were walked through
    trouble: dict[str, str]  # lane file -> why it does not compile
    unread: dict[str, str]  # lane file -> why nothing is known of it
    unknown: tuple[tuple[str, int], ...]  # imports in the lanes whose name is known at run time alone


def targets(modules: Modules, forbid: Sequence[str]) -> Targets:
    """Return what `forbid` names: dotted packages, or folders, which stand for the names they are imported by."""
    names, places = set[str](), set[str]()
    for entry in map(tidy, forbid):
        if "/" in entry:
            names.update(modules.names(entry))
            places.add(entry)
        else:
            names.add(entry)
            places.update(modules.places(entry) or (entry.replace(".", "/"),))
    for place in sorted(places):
        names.update(modules.within(place))
    return Targets(tuple(sorted(names)), tuple(sorted(places)))


def tidy(entry: str) -> str:
    """Return an entry of `forbid` without what globs and shells add: `./labs/**` is `labs`."""
    return re.sub(r"(?:/\*{0,2})+$|\.py$", "", entry.removeprefix("./"))


class Lanes:
    """The lanes of a repository, and what they must not refer to."""

    def __init__(self, repo: Repository, lane: Sequence[str], forbid: Sequence[str]) -> None:
        self.repo = repo
        self.modules = Modules(repo)
        self.targets = targets(self.modules, forbid)
        self.reader = Reader(repo, self.modules, self.targets.words)
        self.entries = repo.select(lane)
        chosen = [path for path in self.entries if path.endswith(SUFFIXES) or self._is_script(path)]
        self.inside = tuple(path for path in chosen if self.targets.placed(path))
        self.files = tuple(path for path in chosen if not self.targets.placed(path))
        self._lane = frozenset(chosen)

    def _is_script(self, path: str) -> bool:
        if "." in path.rpartition("/")[2]:
            return False
        try:
            return bool(SCRIPT.match(self.repo.read(path)))
        except (FileNotFoundError, CannotJudge):
            return False

    def look(self, *, through: bool, type_checking: bool, excused: Excused = nothing) -> LaneFacts:
        """Read the lanes.

        Args:
            through: follow imports into modules outside the lanes as well.
            type_checking: imports that only a type checker sees lead on, too.
            excused: tells of a file and a forbidden name that this crossing is allowed.

        """
        with _uncollected():
            return self._look(through=through, type_checking=type_checking, excused=excused)

    def _look(self, *, through: bool, type_checking: bool, excused: Excused) -> LaneFacts:
        facts = {path: self.reader.facts(path, thorough=False) for path in self.files}
        found = [hit for hit in (*self._direct(facts), *self._links()) if not excused(hit.path, hit.target)]
        outside = Outside(
            self.reader,
            self._closed,
            lambda reference: _counts(reference, type_checking=type_checking),
            self.targets.meant,
        )
        chains = outside.chains(self.files, excused) if through else []
        return LaneFacts(
            files=self.files,
            inside=self.inside,
            found=tuple(sorted(found)),
            chains=tuple(chains),
            outside=len(outside.seen),
            trouble={
                path: trouble
                for path, known in facts.items()
                if (trouble := self.reader.trouble(path) if through and known is NOT_PARSED else known.trouble)
            },
            unread={path: known.unread for path, known in facts.items() if known.unread},
            unknown=tuple((path, line) for path, known in facts.items() for line in known.unknown),
        )

    def _direct(self, facts: dict[str, FileFacts]) -> list[Found]:
        """Return one crossing for each line and forbidden name: a text that flows into two calls is one fault."""
        found: dict[tuple[str, int, str], Found] = {}
        for path, known in facts.items():
            for reference in sorted(known.references):
                if meant := self.targets.meant(reference):
                    found.setdefault((path, reference.line, meant), Found(path, reference, meant))
        return list(found.values())

    def _links(self) -> list[Found]:
        """Return the links in a lane that lead into a forbidden folder."""
        found = []
        for path in self.entries:
            if self.repo.link(path) is not None:
                aim = self.repo.leads_to(path)
                if self.targets.placed(aim):
                    found.append(Found(path, Reference(0, aim, "link", f"a link to {aim}"), aim))
        return found

    def _closed(self, path: str) -> bool:
        return path in self._lane or self.targets.placed(path)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave circles of garbage alone: syntax trees hold none, and looking for some takes a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _counts(reference: Reference, *, type_checking: bool) -> bool:
    return reference.kind != "string" and (type_checking or reference.kind != "type-checking")
