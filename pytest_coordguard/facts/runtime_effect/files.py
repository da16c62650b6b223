"""The files of a change, each with what is known of its effect when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_coordguard.facts.change import Change, ChangedFile
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.runtime_effect.compare import compare
from pytest_coordguard.facts.runtime_effect.levels import Comparison, Level
from pytest_coordguard.facts.touched import now

RUN = (".py", ".pyw")
STUB = ".pyi"  # type checkers alone read it (PEP 484, Stub files)


@dataclass(frozen=True, slots=True)
class Judged:
    """One file of the change."""

    file: ChangedFile
    before: bytes
    after: bytes
    comparison: Comparison | None  # None for what is new, gone, renamed, or no Python
    why: str = ""  # why there is no comparison


def judged(change: Change, repo: Repository, files: Iterable[ChangedFile]) -> list[Judged]:
    """Return what is known of each file."""
    packages = top_level_names(repo.files)
    return [_one(change, repo, file, packages) for file in files]


def _one(change: Change, repo: Repository, file: ChangedFile, packages: frozenset[str]) -> Judged:
    before = (change.content_before(file.before) if file.before else None) or b""
    after = now(repo, file)
    if why := _apart(file, before):
        return Judged(file, before, after, None, why)
    if file.path.endswith(STUB):
        return Judged(file, before, after, Comparison(Level.LAYOUT))
    return Judged(file, before, after, compare(before, after, file.path, packages | siblings(repo, file.path)))


def _apart(file: ChangedFile, before: bytes) -> str:
    """Return why two texts of this file cannot be compared, "" when they can."""
    python = file.path.endswith((*RUN, STUB)) or (before.startswith(b"#!") and b"python" in before.split(b"\n")[0])
    kind = "Python file" if python else "file, which is no Python"
    if file.deleted:
        return f"a {kind}, is gone" if not python else "a Python file that is gone"
    if file.before is None:
        return f"a new {kind}"
    if file.before != file.path:
        return f"was {file.before}: under another name it is another module" if python else f"was {file.before}"
    return "" if python else "is no Python, so its effect is not known"


def top_level_names(files: Iterable[str]) -> frozenset[str]:
    """Return the names that a repository's own modules may have on the module path.

    They are those of its root and of `src`, and each package that lies in no other package.
    """
    paths = [path for path in files if path.endswith(".py")]
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    tops = {package.rpartition("/")[2] for package in packages if package.rpartition("/")[0] not in packages}
    roots = {path.removeprefix("src/").partition("/")[0].removesuffix(".py") for path in paths}
    return frozenset(tops | roots)


def siblings(repo: Repository, path: str) -> frozenset[str]:
    """Return the modules beside a script, which it finds before all others; a package's modules find none so."""
    folder = path.rpartition("/")[0]
    prefix = folder + "/" if folder else ""
    if repo.is_file(prefix + "__init__.py"):
        return frozenset()
    beside = (each.removeprefix(prefix) for each in repo.files if each.startswith(prefix) and each.endswith(".py"))
    return frozenset(each.partition("/")[0].removesuffix(".py") for each in beside)
