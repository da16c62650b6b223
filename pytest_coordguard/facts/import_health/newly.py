"""What a change brought in: the faults of now that its base did not have. Only what it may break is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from pytest_coordguard.facts.change import Change, ChangedFile
from pytest_coordguard.facts.import_health.cycles import Cycle, cycles, graph
from pytest_coordguard.facts.import_health.floor import Floor
from pytest_coordguard.facts.import_health.health import Fault, Health, Scope, fault
from pytest_coordguard.facts.import_health.part import Part, PartResolver
from pytest_coordguard.facts.import_health.survey import SOURCES
from pytest_coordguard.facts.import_health.touching import Touching
from pytest_coordguard.facts.repository import Repository


def as_before(repo: Repository, change: Change, changed: Sequence[ChangedFile]) -> Repository:
    """Return the repository as the base of a change has it."""
    back: dict[str, bytes | None] = {each.path: None for each in changed}
    back |= {each.before: change.content_before(each.before) for each in changed if each.before is not None}
    return repo.with_changes(back)


def matters(changed: ChangedFile) -> bool:
    """Tell whether a file can be news to imports: a Python file, or a setting of where packages lie."""
    return changed.path.endswith((*SOURCES, ".toml", ".cfg", ".ini", ".pyx", ".so", ".c", "setup.py", ".gitignore"))


class PartHealth(Health):
    """The faults of the files in a scope that a change may have broken."""

    survey: Part

    def __init__(
        self, survey: Part, scope: Scope, first_party: Sequence[str] = (), before: PartHealth | None = None
    ) -> None:
        super().__init__(survey, scope, first_party, before)
        looked = set(survey.looked)
        self.scoped = frozenset(self.files)
        self.files = tuple(path for path in self.files if path in looked)
        self.resolver = PartResolver(survey, first_party, before.resolver if before else None)

    def edges_of(self, path: str) -> dict[str, int]:
        """Return what one file imports when it is imported, and at which line; nothing of a file that is not there."""
        if path not in self._edges:
            self._edges[path] = graph(self.resolver, [path] if path in self.survey.shapes else []).get(path, {})
        return self._edges[path]

    @cached_property
    def _edges(self) -> dict[str, dict[str, int]]:
        return {}

    def circles_by(self, edges: set[tuple[str, str]]) -> list[Cycle]:
        """Return the cycles through a file of the scope that some of these edges close."""
        reached: dict[str, dict[str, int]] = {}
        waiting = [target for _, target in edges]
        while waiting:
            file = waiting.pop()
            if file not in reached:
                reached[file] = self.edges_of(file)
                waiting += reached[file]
        closing = {edge for edge in edges if edge[0] in reached}
        found = cycles(reached) if closing else []
        return [each for each in found if each.edges & closing and any(file in self.scoped for file, _ in each.steps)]


class Newly:
    """What a change brought in, a file known by its new name."""

    def __init__(
        self,
        repo: Repository,
        base: Repository,
        floor: Floor,
        scope: Scope,
        changed: Sequence[ChangedFile],
        first_party: Sequence[str] = (),
    ) -> None:
        """Take the two sides.

        Args:
            repo: the repository.
            base: the same before the change.
            floor: the lowest Python that files must compile for, before as well.
            scope: which files are judged.
            changed: the files of the change that matter to imports.
            first_party: packages that must be in it.

        """
        self._renamed = {each.before or each.path: each.path for each in changed if not each.deleted}
        before, now = (
            Part(side, floor, [path for path in paths if path.endswith(SOURCES)])
            for side, paths in ((base, self._renamed), (repo, self._renamed.values()))
        )
        looked = Touching(before, now, changed, first_party).files()
        then = {path for path in (*looked, *self._renamed) if path in before.shapes}
        self.before = PartHealth(before.only(then), scope, first_party)
        self.now = PartHealth(now.only(looked), scope, first_party, self.before)

    def of(self, kind: str) -> list[Fault]:
        """Return the new faults of one kind."""
        if kind == "cycle":
            return [fault(each) for each in self.now.circles_by(self._new_edges())]
        known = {(self._name(each.path), each.target, _what(each)) for each in self.before.of(kind)}
        return [each for each in self.now.of(kind) if (each.path, each.target, _what(each)) not in known]

    def _new_edges(self) -> set[tuple[str, str]]:
        old = {
            (self._name(path), self._name(target))
            for path in self.before.survey.looked
            for target in self.before.edges_of(path)
        }
        return {(path, target) for path in self.now.survey.looked for target in self.now.edges_of(path)} - old

    def _name(self, path: str) -> str:
        return self._renamed.get(path, path)


def _what(each: Fault) -> str:
    """Return what tells two faults of one file and target apart, beside their lines."""
    return each.message if each.kind == "work" else ""
