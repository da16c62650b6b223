"""How often Ruff finds each rule in each file, and which syntax a lower Python lacks. Its settings are ours alone."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.ruff import Look, Settings, look

OLDEST, NEWEST = 7, 14  # the versions of Python 3 that ruff can be told to aim at
NO_RULE = "W605"  # a rule must be named, and this one costs nothing


RULE = re.compile(r"([A-Z]+)(\d*)\Z")  # a rule, or the start of several: F821, E4, W


def is_of(code: str, start: str) -> bool:
    """Tell whether a rule is this one or one of these: E402 is of E4 and of E, and ERA001 is not."""
    rule, wanted = RULE.fullmatch(code), RULE.fullmatch(start)
    return rule is not None and wanted is not None and rule[1] == wanted[1] and rule[2].startswith(wanted[2])


@dataclass(frozen=True, slots=True)
class Linted:
    """What ruff says of one file."""

    counts: Mapping[str, int] = field(default_factory=dict)  # rule -> how often
    syntax: tuple[tuple[int, str], ...] = ()  # (line, message); its rules are not counted then


class Linter:
    """One choice of rules and Python version; files are linted once for each content that they have."""

    def __init__(self, select: Sequence[str], minor: int) -> None:
        self.select = tuple(select) or (NO_RULE,)
        self.minor = min(max(minor, OLDEST), NEWEST)
        self._known: dict[tuple[str, bytes], Linted] = {}

    def look(self, repo: Repository, digests: Mapping[str, bytes]) -> dict[str, Linted]:
        """Return what ruff says of these files, given with a digest of what they hold.

        Raises:
            CannotJudge: ruff is missing, knows a rule not, or does not end well.

        """
        new = [path for path, digest in digests.items() if (path, digest) not in self._known]
        planted = [path for path in new if path in repo.changes]
        found = self._run(repo.root, [path for path in new if path not in repo.changes])
        if planted:
            with tempfile.TemporaryDirectory(prefix="coordguard-ruff-") as name:
                _write(Path(name), repo, planted)
                found |= self._run(Path(name).resolve(), planted)
        for path in new:
            self._known[path, digests[path]] = found.get(path, Linted())
        return {path: self._known[path, digest] for path, digest in digests.items()}

    def _run(self, root: Path, paths: Sequence[str]) -> dict[str, Linted]:
        return _linted(look(root, paths, Settings(self.select, python=f"py3{self.minor}")))


def _write(folder: Path, repo: Repository, paths: Iterable[str]) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(repo.read(path))


def _linted(said: Look) -> dict[str, Linted]:
    counts: dict[str, Counter[str]] = {}
    syntax: dict[str, list[tuple[int, str]]] = {}
    for one in said.remarks:
        counts.setdefault(one.path, Counter())[one.code] += 1
    for one in said.unparsed:
        syntax.setdefault(one.path, []).append((one.line, one.message))
    return {
        path: Linted(dict(counts.get(path, {})), tuple(sorted(syntax.get(path, [])))) for path in {*counts, *syntax}
    }


@lru_cache(maxsize=8)
def shared(select: tuple[str, ...], minor: int) -> Linter:
    """Return the one `Linter` of this choice in this process, so that planted faults cost a few files each."""
    return Linter(select, minor)
