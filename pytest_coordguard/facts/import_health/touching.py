"""Which files a change may break without touching them: those that mention what it took away.

A module is known by the last part of its name. Whoever imports it writes that part, and writes the names that it takes;
so a file that mentions neither need not be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.change import ChangedFile
from pytest_coordguard.facts.import_health.part import STARRED, Part, PartResolver, words
from pytest_coordguard.facts.import_health.resolve import STARS
from pytest_coordguard.facts.import_health.shape import Shape
from pytest_coordguard.facts.import_health.survey import SOURCES

K = TypeVar("K")
Names = frozenset[bytes] | None  # None: whatever is named
NAMED = re.compile(r"""[^\W\d]\w*(?:\.[^\W\d]\w*)+|(?<=["'])[^\W\d]\w*(?=["'])""")  # see `Places.is_made`
BARE = (".so", ".pyd", ".c", ".cc", ".cpp", ".rs", ".pyc", ".pyx", ".pxd")  # no Python, and a module for imports


@dataclass(slots=True)
class Taken:
    """What a change took away, or put where something else was found."""

    modules: dict[bytes, Names] = field(default_factory=dict)  # the last part of a module's name -> names of it
    below: dict[str, Names] = field(default_factory=dict)  # folder, which its files need not name -> names
    everything: bool = False  # no file is safe: where packages are looked for has changed

    def module(self, place: str, names: Names = None) -> None:
        """Add names of a module, given by its path without suffix."""
        _add(self.modules, place.rpartition("/")[2].encode(), names)

    def folder(self, path: str, names: Names = None) -> None:
        """Add names that a file below a folder may take without naming it."""
        _add(self.below, path, names)


def _add(known: dict[K, Names], key: K, names: Names) -> None:
    before = known.get(key, frozenset())
    known[key] = None if names is None or before is None else before | names


class Touching:
    """Compares two sides of a change, and finds the files that it may break."""

    def __init__(self, before: Part, now: Part, changed: Sequence[ChangedFile], first_party: Iterable[str]) -> None:
        self.before = before
        self.now = now
        self.changed = changed
        self.resolvers = (PartResolver(before, first_party), PartResolver(now, first_party))
        self.taken = Taken()

    def files(self) -> tuple[str, ...]:
        """Return the files that the change touches or may break, sorted."""
        for each in self.changed:
            self._take(each)
        self._take_layout()
        self._take_stars()
        own = {each.path for each in self.changed if not each.deleted and each.path in self.now.shapes}
        if self.taken.everything:
            return tuple(self.now.shapes)
        return tuple(sorted(own | set(self._mentioning())))

    # -- what is gone -----------------------------------------------------------------------------------------

    def _take(self, each: ChangedFile) -> None:
        if not each.path.endswith(SOURCES):
            self._take_other(each)
        elif each.before != each.path or each.deleted:
            for path in filter(None, (each.before, None if each.deleted else each.path)):
                self._take_file(path)
        else:
            self._take_names(each.path)

    def _take_other(self, each: ChangedFile) -> None:
        for path in {each.path, each.before} - {None}:
            name = str(path).rpartition("/")[2]
            if name.endswith(BARE) or "." not in name:
                self.taken.module(name.partition(".")[0])

    def _take_file(self, path: str, names: Names = None) -> None:
        """Note that these names of a module are not there any more, or are found elsewhere now."""
        place = path.rpartition(".")[0]
        folder, _, stem = place.rpartition("/")
        self.taken.module(folder if stem == "__init__" else place, names)
        if stem == "__init__":
            self.taken.folder(folder, names)
        if stem == "conftest" and names is None:
            self.taken.folder(folder)

    def _take_names(self, path: str) -> None:
        old, new = self.before.shapes.get(path), self.now.shapes.get(path)
        if old is None or new is None:
            self._take_file(path)
            return
        was, is_ = (_offered(self._side(side), path) for side in (0, 1))
        if is_ is not None:
            lost = None if was is None else was - is_
            if lost is None or lost:
                self._take_file(path, lost)
        if old.any_module and not new.any_module:
            self._take_file(path)
        self._take_tricks(path, old, new)

    def _take_tricks(self, path: str, old: Shape, new: Shape) -> None:
        """Note what a file did to the import system and does no more."""
        for name in old.planted - new.planted:
            last = name.rstrip("*").rstrip(".").rpartition(".")[2]
            self.taken.everything |= not last
            self.taken.module(last)
        if path.rpartition("/")[2] == "conftest.py" and (old.searched, old.finder) != (new.searched, new.finder):
            self.taken.folder(path.rpartition("/")[0])

    def _side(self, side: int) -> PartResolver:
        return self.resolvers[side]

    def _take_layout(self) -> None:
        """Note the folders that came or went, the roots, and the tops that only now count as this repository's own."""
        for folder in self.before.modules.folders ^ self.now.modules.folders:
            self.taken.module(folder)
        old, new = (side.places for side in self.resolvers)
        self.taken.everything |= old.roots != new.roots
        for line in set(old.builds.splitlines()) - set(new.builds.splitlines()):
            for name in NAMED.findall(line):  # what the build no longer names is not made by it
                for word in name.split("."):
                    self.taken.module(word)
        for folder in self._tops():
            top = folder.rpartition("/")[2]
            if self._ours(0, folder) != self._ours(1, folder):
                self.taken.module(top)

    def _tops(self) -> set[str]:
        """Return the folders at the roots that a change of files, or of imports, can make this repository's own."""
        moved = {path for each in self.changed if each.deleted or each.before != each.path
                 for path in (each.path, each.before) if path and path.endswith(SOURCES)}  # fmt: skip
        roots = self.resolvers[1].places.roots
        found = {root + path.removeprefix(root).partition("/")[0].removesuffix(".py")
                 for path in moved for root in roots if path.startswith(root)}  # fmt: skip
        paths = {path for each in self.changed for path in (each.path, each.before) if path}
        was, is_ = (
            {folder for path in paths if path in side.shapes for folder in side.found_by(path)}
            for side in self.resolvers
        )
        return found | (was ^ is_)

    def _ours(self, side: int, folder: str) -> bool:
        resolver = self.resolvers[side]
        return resolver.places.exists(folder) and resolver.is_ours(
            folder.rpartition("/")[2], [folder[: folder.rfind("/") + 1]]
        )

    def _take_stars(self) -> None:
        """Pass on what a module lost to those that offer its names as theirs, by `from module import *`."""
        if not self.taken.modules:
            return
        starred = [(path, star) for path in self.now.holding(STARRED) if (shape := self.now.shapes.get(path))
                   for star in shape.stars]  # fmt: skip
        for _ in range(STARS):
            before = dict(self.taken.modules)
            for path, star in starred:
                last = (star.module.rpartition(".")[2] or path.rpartition("/")[0].rpartition("/")[2]).encode()
                if last in self.taken.modules:
                    self._take_file(path, self.taken.modules[last])
            if before == self.taken.modules:
                return

    # -- who mentions it --------------------------------------------------------------------------------------

    def _mentioning(self) -> Iterator[str]:
        modules = frozenset(self.taken.modules)
        if not modules and not self.taken.below:
            return
        for path in self.now.shapes:
            try:
                if self._may_break(path, self.now.repo.read(path)):
                    yield path
            except (FileNotFoundError, CannotJudge):  # what cannot be read imports nothing
                continue

    def _may_break(self, path: str, data: bytes) -> bool:
        if b"import" not in data:
            return False
        said = words(data)
        named = (self.taken.modules[last] for last in self.taken.modules.keys() & said)
        around = (names for folder, names in self.taken.below.items() if not folder or path.startswith(f"{folder}/"))
        return any(names is None or not names.isdisjoint(said) for names in (*named, *around))


def _offered(resolver: PartResolver, path: str, depth: int = 0) -> Names:
    """Return the names that a module offers; None when it may have any."""
    shape = resolver.shapes.get(path)
    if shape is None or shape.any_name or depth > STARS:
        return None
    found = frozenset(name.encode() for name in shape.names)
    for star in shape.stars:
        targets = [target for target in resolver.targets(path, star) if target != path]
        for inner in [_offered(resolver, target, depth + 1) for target in targets] or [None]:
            if inner is None:
                return None
            found |= inner
    return found
