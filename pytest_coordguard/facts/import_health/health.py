"""What is wrong with the files of a repository, kind by kind; and what of it a change brought in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pytest_coordguard.facts.import_health.cycles import Cycle, cycles, graph
from pytest_coordguard.facts.import_health.resolve import Missing, Resolver
from pytest_coordguard.facts.import_health.survey import Survey


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, in words, and what a plan calls it."""

    path: str
    line: int
    message: str
    kind: str  # syntax, unresolved, optional, type-checking, cycle, work
    target: str  # what an entry of `allow` names after the path: a module, "syntax", "cycle", a kind of work


class Health:
    """The faults of the files in a scope. The whole repository is read: an import may lead anywhere."""

    def __init__(
        self,
        survey: Survey,
        scope: Scope,
        first_party: Sequence[str] = (),
        before: Health | None = None,
    ) -> None:
        """Take what to look at.

        Args:
            survey: the repository.
            scope: which of its files are judged.
            first_party: packages that must be in it.
            before: the same of the base, when a change is judged: what its imports found must still be there.

        """
        self.survey = survey
        self.files = scope.of(survey)
        self.before = before
        self.resolver: Resolver = Resolver(survey, first_party, before.resolver if before else None)

    @cached_property
    def content(self) -> str:
        """The sha256 of the files' paths and contents."""
        digests = self.survey.read.digests
        return hashlib.sha256(b"".join(f.encode() + b"\0" + digests[f] for f in self.files if f in digests)).hexdigest()

    @cached_property
    def syntax(self) -> list[Fault]:
        """Files that do not compile."""
        found = self.survey.trouble
        lowest = f"for Python {self.survey.floor.version}"
        return [
            Fault(path, found[path].line, f"does not compile {lowest}: {found[path].message}", "syntax", "syntax")
            for path in self.files
            if path in found
        ]

    @cached_property
    def missing(self) -> list[Fault]:
        """Imports that lead nowhere: unresolved, optional and type-checking ones."""
        return [
            Fault(each.path, each.line, _words(each), _kind(each), each.name)
            for each in self.resolver.missing(self.files)
        ]

    @cached_property
    def edges(self) -> Mapping[str, Mapping[str, int]]:
        """Who imports whom at import time, in all of the repository."""
        return graph(self.resolver, self.survey.read.shapes)

    @cached_property
    def circles(self) -> list[Cycle]:
        """The cycles through a file of the scope."""
        files = set(self.files)
        return [each for each in cycles(self.edges) if any(file in files for file, _ in each.steps)]

    @cached_property
    def work(self) -> list[Fault]:
        """What files do when they are imported."""
        return [
            Fault(path, each.line, f"works at import time: {each.what} ({each.kind})", "work", each.kind)
            for path in self.files
            if path not in self.survey.trouble
            for each in self.survey.read.shapes[path].work
        ]

    def of(self, kind: str) -> list[Fault]:
        """Return the faults of one kind."""
        if kind == "syntax":
            return self.syntax
        if kind == "work":
            return self.work
        if kind == "cycle":
            return [fault(each) for each in self.circles]
        return [each for each in self.missing if each.kind == kind]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which files are judged."""

    paths: tuple[str, ...] = (".",)
    exclude: tuple[str, ...] = ()

    def of(self, survey: Survey) -> tuple[str, ...]:
        """Return the Python files in the scope, by path."""
        left_out = set(survey.repo.select(self.exclude)) if self.exclude else set()
        chosen = set(survey.repo.select(self.paths)) - left_out
        return tuple(path for path in survey.read.shapes if path in chosen)

    @property
    def words(self) -> str:
        """The scope as one text: figures of equal ones can be compared."""
        return ", ".join(self.paths) + (f" without {', '.join(self.exclude)}" if self.exclude else "")


def fault(cycle: Cycle) -> Fault:
    """Return a cycle as a fault at its first file, step by step."""
    (path, line), *others = cycle.steps
    way = " -> ".join(f"{file}:{at}" for file, at in [*others, cycle.steps[0]])
    return Fault(path, line, f"imports in a circle: {way}", "cycle", "cycle")


def _words(each: Missing) -> str:
    where = ", under TYPE_CHECKING" if each.wanted.typing else ""
    return f"imports {each.name!r}{where}, and {each.told}"


def _kind(each: Missing) -> str:
    if each.wanted.typing:
        return "type-checking"
    return "optional" if each.wanted.optional else "unresolved"
