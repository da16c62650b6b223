"""Which imports lead nowhere: names of the repository's own modules that are not there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_coordguard.facts.import_health.places import Places
from pytest_coordguard.facts.import_health.shape import ALWAYS, ANYTHING, Shape, Wanted
from pytest_coordguard.facts.import_health.survey import Survey
from pytest_coordguard.facts.imports.references import place

STARS = 12  # `from x import *` one after the other; more of them are a circle


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """An import that leads nowhere."""

    path: str  # of the importing file
    line: int
    name: str  # dotted, what is not there: "pkg.gone", "pkg.module.Gone"
    told: str  # a sentence's end: "there is no module pkg/gone"
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Gap:
    """What is not there of a name that was looked up at one root."""

    name: str
    place: str  # the path without suffix at which a module would lie
    told: str


class Resolver:
    """Looks up the imports of a repository in the repository alone."""

    def __init__(self, survey: Survey, first_party: Iterable[str] = (), before: Resolver | None = None) -> None:
        """Take what was read.

        Args:
            survey: the repository.
            first_party: names of packages that must be found here, though there is no trace of them.
            before: the same of the base, when a change is judged: what it found must still be there.

        """
        self.survey = survey
        self.shapes: Mapping[str, Shape] = survey.shapes
        self.places = Places(survey.repo, survey.modules, self.shapes)
        self.first_party = frozenset(first_party)
        self.before = before

    def missing(self, paths: Iterable[str]) -> list[Missing]:
        """Return the imports of these files that lead nowhere, without what a build may make."""
        broken = self.survey.trouble
        found = [
            (Missing(path, wanted.line, gap.name, gap.told, wanted), gap)
            for path in paths
            if path in self.shapes and path not in broken
            for wanted in self.shapes[path].wanted
            for gap in self.gaps(path, wanted)
        ]
        made = self._made({gap.place for _, gap in found})
        return sorted({each for each, gap in found if gap.place not in made})

    def _made(self, places: set[str]) -> set[str]:
        """Return the paths that git ignores: what should lie there is made by a build or a person, not committed."""
        ignored = self.survey.repo.ignored([f"{place}.py" for place in places]) if places else ()
        return {path.removesuffix(".py") for path in ignored}

    # -- one import ------------------------------------------------------------------------------------------

    def gaps(self, path: str, wanted: Wanted) -> list[Gap]:
        """Return what one import of a file asks for in vain."""
        if wanted.level:
            return self._relative(path, wanted)
        if wanted.module.partition(".")[0] in sys.stdlib_module_names:
            return []
        gaps = self._absolute(path, wanted)
        return [] if gaps and self._planted(wanted.module) else gaps

    def _absolute(self, path: str, wanted: Wanted) -> list[Gap]:
        top = wanted.module.partition(".")[0]
        roots = [root for root in (*self.places.around(path), *self.places.roots) if self.places.exists(root + top)]
        if not roots:
            return [self._unknown(wanted)] if top in self.first_party or self._was_here(path, wanted) else []
        if not self.is_ours(top, roots):
            return []
        gaps = self._best(roots, wanted)
        return [] if gaps and self._may_be_elsewhere(path, wanted) else gaps

    def _was_here(self, path: str, wanted: Wanted) -> bool:
        return self.before is not None and any(self.before.targets(path, wanted))

    def _unknown(self, wanted: Wanted) -> Gap:
        return Gap(wanted.module, wanted.module.replace(".", "/"), "the repository has no such package")

    def _may_be_elsewhere(self, path: str, wanted: Wanted) -> bool:
        """Tell whether a search path or a finder that only a run knows may lead to a module of the repository."""
        if self.places.lost(path) and self.places.anywhere(wanted.module):
            return True
        below = wanted.module.partition(".")[2]
        return bool(below) and self.places.finds(path) and self.places.anywhere(below)

    def _planted(self, module: str) -> bool:
        """Tell whether some file puts this module, or one above it, into `sys.modules`."""
        return any(
            module == name or module.startswith(f"{name}.") or (name.endswith("*") and module.startswith(name[:-1]))
            for name in self._in_sys_modules.get(module.partition(".")[0], ())
        )

    @cached_property
    def _in_sys_modules(self) -> dict[str, set[str]]:
        return self._planted_by(self.shapes)

    def _planted_by(self, paths: Iterable[str]) -> dict[str, set[str]]:
        """Return what these files put into `sys.modules`, by the first part of its name."""
        found: dict[str, set[str]] = {}
        for path in paths:
            for name in self.shapes[path].planted:
                found.setdefault(name.partition(".")[0].rstrip("*"), set()).add(name)
        return found

    def is_ours(self, top: str, roots: Iterable[str]) -> bool:
        """Tell whether a name is the repository's own. A folder without `__init__.py` may only look like a package.

        It counts when some import finds a module in it.
        """
        if top in self.first_party:
            return True
        global_roots = set(self.places.roots)
        if any(self._is_regular(root + top) for root in roots if root in global_roots):
            return True
        return any(self._used(root + top) for root in roots)

    def _is_regular(self, place: str) -> bool:
        return f"{place}/__init__.py" in self.shapes or f"{place}.py" in self.shapes

    def _used(self, folder: str) -> bool:
        return folder in self._found_in

    @cached_property
    def _found_in(self) -> frozenset[str]:
        """The folders, and modules, at the roots in which some absolute import of another file finds a module."""
        return frozenset(folder for path in self.shapes for folder in self.found_by(path))

    def found_by(self, path: str) -> Iterator[str]:
        """Give the folders, and modules, at the roots in which an absolute import of this file finds a module."""
        wanted = self.shapes[path].wanted
        for module in {each.module for each in wanted if not each.level and "." in each.module}:
            top, _, rest = module.partition(".")
            for root in (*self.places.around(path), *self.places.roots):
                if self._is_regular(f"{root}{top}/{rest.replace('.', '/')}"):
                    yield root + top

    def _best(self, roots: Iterable[str], wanted: Wanted) -> list[Gap]:
        """Return the gaps at the root that has most of what is wanted; none when one root has it all."""
        best: list[Gap] | None = None
        for root in dict.fromkeys(roots):
            gaps = self._at(root, wanted.module, wanted.members)
            if not gaps:
                return []
            if best is None or len(gaps[0].name) > len(best[0].name):
                best = gaps
        return best or []

    def _relative(self, path: str, wanted: Wanted) -> list[Gap]:
        folders = path.count("/")
        if wanted.level > folders + 1:
            dots = "." * wanted.level + wanted.module
            return [Gap(dots, "", "it leads above the repository's root")]
        base = place(path, wanted.level, "")
        root = f"{base}/" if base else ""
        if not wanted.module:
            return self._members(base, base.replace("/", "."), wanted.members)
        return self._at(root, wanted.module, wanted.members, base.replace("/", "."))

    def _at(self, root: str, module: str, members: tuple[str, ...], above: str = "") -> list[Gap]:
        """Return the gaps of a name below one root."""
        at, name = root.rstrip("/"), above
        parts = module.split(".")
        for index, part in enumerate(parts):
            outer, at = at, f"{at}/{part}" if at else part
            name = f"{name}.{part}" if name else part
            if self.places.exists(at):
                if self._leaf(at):
                    return [] if index < len(parts) - 1 or not self._plain(at) else self._members(at, name, members)
                continue
            if index and self._may_hold(outer):
                return []
            if self.places.is_made(at, name):
                return []
            return [Gap(name, at, self._told(at, outer))]
        return self._members(at, name, members)

    def _leaf(self, at: str) -> bool:
        """Tell whether nothing below this place can be known: no package and no folder with Python files."""
        return at not in self.survey.modules.folders and not self._plain(at)

    def _plain(self, at: str) -> bool:
        return f"{at}.py" in self.shapes

    def _told(self, at: str, outer: str) -> str:
        if outer and self._plain(outer) and outer not in self.survey.modules.folders:
            return f"{outer}.py is a module, not a package"
        return f"there is no module {at}"

    def _may_hold(self, outer: str) -> bool:
        """Tell whether a package may have a submodule that no file shows."""
        file = self.survey.modules.file_at(outer)
        return file is not None and self.shapes.get(file, ANYTHING).any_module

    # -- what a module offers --------------------------------------------------------------------------------

    def _members(self, at: str, name: str, members: tuple[str, ...]) -> list[Gap]:
        return [
            Gap(f"{name}.{member}" if name else member, f"{at}/{member}" if at else member, self._lacks(at, member))
            for member in members
            if member != "*" and not self._has(at, name, member)
        ]

    def _lacks(self, at: str, member: str) -> str:
        file = self.survey.modules.file_at(at)
        if file is None:
            return f"there is no module {member} in the folder {at or 'of the root'}"
        return f"{file} neither defines nor imports {member}"

    def _has(self, at: str, name: str, member: str) -> bool:
        inner = f"{at}/{member}" if at else member
        package = at in self.survey.modules.folders or not at
        if (
            member in ALWAYS
            or (package and self.places.exists(inner))
            or self.places.is_made(inner, f"{name}.{member}")
        ):
            return True
        file = self.survey.modules.file_at(at)
        if file is None:
            return not package or at in self.places.native
        return self.offers(file, member) or at in self.places.native

    def offers(self, file: str, member: str, depth: int = 0) -> bool:
        """Tell whether a module has a name, or may have any."""
        shape = self.shapes.get(file, ANYTHING)
        if shape.any_name or member in shape.names or depth > STARS:
            return True
        return any(self._from_star(file, star, member, depth) for star in shape.stars)

    def _from_star(self, file: str, star: Wanted, member: str, depth: int) -> bool:
        targets = list(self.targets(file, star))
        return not targets or any(
            target == file or self.offers(target, member, depth + 1) for target in targets if target != file
        )

    def targets(self, path: str, wanted: Wanted) -> Iterator[str]:
        """Give the files that an import's module is, at the first root that has it; none when it is not here."""
        if wanted.level:
            found = self.survey.modules.file_at(place(path, wanted.level, wanted.module))
            yield from filter(None, [found])
            return
        if wanted.module.partition(".")[0] in sys.stdlib_module_names:
            return
        for root in (*self.places.around(path), *self.places.roots):
            if file := self.survey.modules.file_at(root + wanted.module.replace(".", "/")):
                yield file
                return
