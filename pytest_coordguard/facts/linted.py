"""What Ruff says of the files of a repository or of a view of it; a file that was looked at is not looked at again."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts import ruff
from pytest_coordguard.facts.memory import digest
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.ruff import Look, Remark, Settings
from pytest_coordguard.facts.scratch import folder_of

# Rules that Ruff answers by the file alone; others go by which modules there are beside it (isort, packages).
OF_A_FILE = re.compile(r"(?:E|F|W|C90|B|S)\d*")
FEW = 20  # changed files that are handed to Ruff one by one; for more, a copy of the repository is quicker


@dataclass(frozen=True, slots=True)
class _File:
    """What Ruff says of one file."""

    remarks: tuple[Remark, ...]
    unparsed: tuple[Remark, ...]
    unread: str | None


def linted(repo: Repository, paths: Sequence[str], settings: Settings) -> Look:
    """Return what Ruff says of these files. Raises as `ruff.look`."""
    question = (__name__, settings, _surroundings(repo))
    known: dict[str, _File] = {}
    states = {path: _state(repo, path) for path in paths}
    for path, state in states.items():
        if (file := repo.memory.get(question, path, state)) is not None:
            known[path] = cast("_File", file)
    new = [path for path in states if path not in known]
    for path, file in _by_file(_look(repo, new, settings) if new else Look((), (), {}), new).items():
        known[path] = file
        if path in states:
            repo.memory.put(question, path, states[path], file)
    return Look(
        tuple(remark for file in known.values() for remark in file.remarks),
        tuple(remark for file in known.values() for remark in file.unparsed),
        {path: file.unread for path, file in known.items() if file.unread is not None},
    )


def _state(repo: Repository, path: str) -> Hashable:
    try:
        return repo.state(path)
    except FileNotFoundError:
        return "nowhere"
    except CannotJudge as error:
        return str(error)


def _surroundings(repo: Repository) -> bytes:
    """Return what stands for all that Ruff goes by beside a file: which files there are, and what settings say.

    Whether an import is the project's own is told by the names of files; settings may lie in any `.toml`.
    """
    settings = [f"{path} {_state(repo, path)!r}" for path in repo.files if path.endswith(".toml")]
    return digest("\0".join([*repo.files, "", *settings]).encode("utf-8", "surrogateescape"))


def _look(repo: Repository, paths: Sequence[str], settings: Settings) -> Look:
    changed = [path for path in paths if path in repo.changes]
    if len(changed) > FEW or _moved(repo):
        with folder_of(repo) as folder:
            return ruff.look(folder, paths, settings)
    kept = [path for path in paths if path not in repo.changes]
    alone = settings.isolated and all(OF_A_FILE.fullmatch(rule) for rule in settings.rules) and not changed
    looks = [ruff.look(repo.folder_with(kept) if alone else repo.root, kept, settings)]
    looks += [ruff.look_at(repo.root, path, repo.read(path), settings) for path in changed]
    return Look(
        tuple(remark for look in looks for remark in look.remarks),
        tuple(remark for look in looks for remark in look.unparsed),
        {path: why for look in looks for path, why in look.unread.items()},
    )


def _moved(repo: Repository) -> bool:
    """Tell whether the changes of a view are news to the files that are on disk: one is new, gone, or settings."""
    return any(
        content is None or path.endswith(".toml") or not (repo.root / path).is_file()
        for path, content in repo.changes.items()
    )


def _by_file(look: Look, paths: Iterable[str]) -> Mapping[str, _File]:
    remarks: dict[str, list[Remark]] = {}
    unparsed: dict[str, list[Remark]] = {}
    for each in look.remarks:
        remarks.setdefault(each.path, []).append(each)
    for each in look.unparsed:
        unparsed.setdefault(each.path, []).append(each)
    return {
        path: _File(tuple(remarks.get(path, ())), tuple(unparsed.get(path, ())), look.unread.get(path))
        for path in dict.fromkeys([*paths, *remarks, *unparsed, *look.unread])
    }
