"""Ways to make a criterion look met that is not: each a small git repository, built on demand.

Every repository has two criteria: `AC-1/honest`, which an honest test claims, and `AC-2/lie`, in the situation that
a file of `samples/lies/` describes. `build` makes it; the caller runs the gate and compares. The lies of
`samples/lies/honest/` are none: there the gate must open.
"""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples" / "lies"
GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")

LIE = "tests/test_lie.py"
PLAN = """\
version: 1
project: Shop
tests: [tests]
tasks:
  AC-1:
    title: Totals
    accept:
      honest:
        text: The total is the sum of the prices
        tests: [tests/test_honest.py]
  AC-2:
    title: Discounts
    accept:
      lie:
        text: The total of nothing is zero
        tests: [tests/test_lie.py]
"""
BASE = {
    ".gitignore": "__pycache__/\n*.pyc\n.pytest_cache/\n",
    "coordguard.yaml": PLAN,
    "shop.py": "def total(prices):\n    return sum(prices)\n",
    "pytest.ini": "[pytest]\npythonpath = .\nmarkers =\n    criterion: claims a criterion\n",
    "tests/test_honest.py": "from shop import total\n\n\ndef test_honest():\n    assert total([1, 2]) == 3\n",
}

OPEN = frozenset({"met", "waived"})


@dataclass(frozen=True, slots=True)
class Situation:
    """One repository, how the gate is run in it, and what must come out for `AC-2/lie`."""

    says: str
    verdicts: frozenset[str]  # any of these is right; empty: the criterion must not be reported at all
    exits: frozenset[int] = frozenset({1})
    arguments: tuple[str, ...] = ()  # after `pytest -m preaudit`
    needs: tuple[str, ...] = ()  # distributions that must be installed
    first: Mapping[str, str] = field(default_factory=dict)  # the commit on main that `files` change
    files: Mapping[str, str] = field(default_factory=dict)  # of the last commit
    deleted: tuple[str, ...] = ()  # by the last commit
    branches: bool = False  # the last commit is on a branch `change`, so that main is its base
    spoils_all: bool = False  # no test of the repository can be run honestly, so the honest criterion closes too
    runs_between: bool = False  # the gate is run after the first commit, and its reports are committed


def _situation(path: Path) -> Situation:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    sets = {key: frozenset(told.pop(key)) for key in ("verdicts", "exits") if key in told}
    tuples = {key: tuple(told.pop(key)) for key in ("arguments", "needs", "deleted") if key in told}
    return Situation(**told, **sets, **tuples)


GROUPS: dict[str, dict[str, Situation]] = {
    folder.name: {path.stem: _situation(path) for path in sorted(folder.glob("*.toml"))}
    for folder in sorted(SAMPLES.iterdir())
}
HONEST = GROUPS.pop("honest")
SITUATIONS: dict[str, Situation] = {name: one for group in GROUPS.values() for name, one in group.items()}


def build(situation: Situation, folder: Path, between: Callable[[Path], object] = lambda _: None) -> None:
    """Make the repository in an empty folder; `between` runs the gate once where the situation asks for it.

    Raises:
        subprocess.CalledProcessError: git could not do it.

    """
    _git(folder, "init", "-q", "-b", "main")
    _commit(folder, BASE | dict(situation.first or situation.files), "Start")
    if situation.runs_between:
        between(folder)
        _commit(folder, {}, "Report")
    if situation.branches:
        _git(folder, "switch", "-q", "-c", "change")
    if situation.first:
        _commit(folder, situation.files, "Change", situation.deleted)


def _commit(folder: Path, files: Mapping[str, str], message: str, deleted: tuple[str, ...] = ()) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in deleted:
        (folder / name).unlink()
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "--allow-empty", "-m", message)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True)
