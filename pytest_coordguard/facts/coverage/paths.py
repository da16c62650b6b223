"""The names that a report gives to files, as paths of this repository."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.repository import Repository

ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
INSTALLED = re.compile(r"/(?:site|dist)-packages/")  # what follows is a path below the folder that holds the package


def resolved(
    names: Iterable[str],
    repo: Repository,
    *,
    report: str = "",
    roots: Sequence[str] = (),
    folder: Path | None = None,
) -> dict[str, str | None]:
    """Return name -> path in the repository; None for what is not in it.

    Understood are: paths below the repository's root or below `folder`, the copy of it in which the run took place;
    names relative to the root, to a `<source>` of the report, to the report's own folder; Windows separators; the
    root on another machine, when it is one and the same for all names; and an installed copy of a package that the
    repository holds.

    Args:
        names: as the report wrote them.
        repo: the repository that they should be in.
        report: path of the report in the repository, if it is in it.
        roots: folders that the names may be relative to.
        folder: where the run took place, if elsewhere than in the root.

    """
    wanted = list(names)
    homes = [repo.root.as_posix(), *([folder.resolve().as_posix(), folder.as_posix()] if folder else [])]
    tried = {name: [_inside(one, homes) for one in _spellings(name, roots)] for name in wanted}
    foreign = _foreign_root([one for ones in tried.values() for one in ones if ABSOLUTE.match(one)], repo)
    beside = PurePosixPath(report).parent.as_posix()
    modules = Modules(repo)
    found: dict[str, str | None] = {}
    for name, spellings in tried.items():
        local = [one.removeprefix(foreign) if foreign else one for one in spellings]
        candidates = [*local, f"{beside}/{_slashes(name)}", *_sources(name, modules)]
        found[name] = next((path for one in candidates if (path := _tidy(one)) and repo.is_file(path)), None)
    return found


def _sources(name: str, modules: Modules) -> list[str]:
    """Return where the source of an installed file may lie: below the root, a `src` folder, or a project's folder."""
    installed = INSTALLED.split(_slashes(name))
    return [root + installed[-1] for root in modules.roots] if len(installed) > 1 else []


def is_outside(name: str) -> bool:
    """Tell whether a name that was not found is of no repository: an absolute path, or of no file at all."""
    return bool(ABSOLUTE.match(_slashes(name))) or name.startswith(("<", ".."))


def _slashes(name: str) -> str:
    return name.replace("\\", "/")


def _spellings(name: str, roots: Sequence[str]) -> list[str]:
    plain = _slashes(name)
    if ABSOLUTE.match(plain):
        return [plain]
    return [*(f"{_slashes(root).rstrip('/')}/{plain}" for root in roots), plain]


def _inside(path: str, homes: Sequence[str]) -> str:
    return next((path[len(home) + 1 :] for home in homes if path.startswith(home + "/")), path)


def _tidy(path: str) -> str | None:
    """Return the path without `.` and `..`; None when it is absolute or leads out."""
    if ABSOLUTE.match(path):
        return None
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) or None


def _foreign_root(paths: Sequence[str], repo: Repository) -> str:
    """Return the folder, with a "/" at its end, below which most of these are files of the repository; "" if none.

    One folder for all: what happens to be called `setup.py` elsewhere is not ours.
    """
    known = set(repo.files)
    votes: Counter[str] = Counter()
    for path in paths:
        parts = path.split("/")
        votes.update("/".join(parts[:cut]) + "/" for cut in range(1, len(parts)) if "/".join(parts[cut:]) in known)
    return max(votes, key=lambda root: (votes[root], -len(root)), default="")
