"""What ruff says of files: how often each rule, and which syntax a lower Python lacks. Its settings are ours alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.repository import Repository

PER_CALL = 2000  # paths on one command line; Linux takes 2 MB
TIME_LIMIT = 600  # seconds for one call; 9,000 files take five
OLDEST, NEWEST = 7, 14  # the versions of Python 3 that ruff can be told to aim at
UNREAD = re.compile(r"^warning: Failed to lint (.+?): (.+)$|^error: Failed to (?:lint|read) (.+?): (.+)$", re.MULTILINE)
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


class Ruff:
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
        found: dict[str, Linted] = {}
        for start in range(0, len(paths), PER_CALL):
            found |= _linted(self._said(root, paths[start : start + PER_CALL]), root)
        return found

    def _said(self, root: Path, paths: Sequence[str]) -> list[dict[str, Any]]:
        command = [
            program(), "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--output-format", "json",
            "--select", ",".join(self.select), "--target-version", f"py3{self.minor}", "--", *paths,
        ]  # fmt: skip
        try:
            done = subprocess.run(command, cwd=root, capture_output=True, timeout=TIME_LIMIT, check=False)
        except subprocess.TimeoutExpired as error:
            raise CannotJudge(f"ruff: still running after {TIME_LIMIT} s") from error
        if done.returncode:
            raise CannotJudge(f"ruff ended with {done.returncode}: {_reason(done.stderr)}")
        said: list[dict[str, Any]] = json.loads(done.stdout or b"[]")
        return said


def _write(folder: Path, repo: Repository, paths: Iterable[str]) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(repo.read(path))


def _linted(said: Iterable[Mapping[str, Any]], root: Path) -> dict[str, Linted]:
    counts: dict[str, Counter[str]] = {}
    syntax: dict[str, list[tuple[int, str]]] = {}
    for one in said:
        path = Path(one["filename"]).relative_to(root).as_posix()
        if one.get("code") in (None, "invalid-syntax"):
            syntax.setdefault(path, []).append((one["location"]["row"], one["message"]))
        else:
            counts.setdefault(path, Counter())[one["code"]] += 1
    return {
        path: Linted(dict(counts.get(path, {})), tuple(sorted(syntax.get(path, [])))) for path in {*counts, *syntax}
    }


def _reason(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return " ".join(lines[:6])[:300] or "it said nothing"


@lru_cache(maxsize=1)
def program() -> str:
    """Return ruff's path: the one beside this interpreter, which the package depends on, before any on PATH.

    Raises:
        CannotJudge: there is none.

    """
    beside = [Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))]
    found = next((which for folder in beside if (which := shutil.which("ruff", path=str(folder)))), None)
    found = found or shutil.which("ruff")
    if found is None:
        raise CannotJudge("ruff is not installed; pip install ruff")
    return found


@lru_cache(maxsize=1)
def version() -> str:
    """Return ruff's version, as "0.14.5"."""
    said = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False).stdout
    return said.strip().rpartition(" ")[2]


@lru_cache(maxsize=8)
def shared(select: tuple[str, ...], minor: int) -> Ruff:
    """Return the one `Ruff` of this choice in this process, so that planted faults cost a few files each."""
    return Ruff(select, minor)
