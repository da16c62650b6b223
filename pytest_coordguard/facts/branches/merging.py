"""Merges that are tried and not made: `git merge-tree`, with what it writes kept out of the repository.

Two branches are compared by what each makes of the default branch today: the result of its merge becomes a commit of
our own on the default branch. So what the default branch did since a branch was begun is not blamed on two branches
that both are old. Only pairs that touch a path in common are tried.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pytest_coordguard.facts import git
from pytest_coordguard.facts.quarantine import Quarantine

NEEDED = (2, 38)  # merge-tree --write-tree; its --stdin: git 2.39
MERGE = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--stdin")
TWO_TREES = re.compile(rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64})\n")  # before the paths of each pair


@dataclass(frozen=True, slots=True)
class Merge:
    """What became of one merge."""

    tree: str = ""
    conflicts: tuple[str, ...] = ()  # paths
    unreadable: bool = False  # git could not try it: objects are missing, or the two share no commit

    @property
    def clean(self) -> bool:
        """Whether it merges without anyone's help."""
        return not self.conflicts and not self.unreadable


@dataclass(frozen=True, slots=True)
class Matrix:
    """How some branches stand to the default branch and to each other."""

    alone: Mapping[str, Merge] = field(default_factory=dict)  # branch -> its merge into the default branch
    noops: frozenset[str] = frozenset()  # branches that change nothing there
    pairs: Mapping[tuple[str, str], Merge] = field(default_factory=dict)  # those that conflict
    compared: int = 0  # pairs that share a path, and so were tried
    note: str = ""  # why nothing is known, "" when all is


def version(root: Path) -> tuple[int, ...]:
    """Return git's version, () without git."""
    found = re.search(rb"(\d+)\.(\d+)", git.output(root, "version") or b"")
    return (int(found[1]), int(found[2])) if found else ()


@contextmanager
def quarantine(root: Path) -> Iterator[Mapping[str, str]]:
    """Yield an environment in which git writes its objects to a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="coordguard-merge-") as folder:
        yield Quarantine(root, Path(folder)).environment


def _answer(root: Path, *arguments: str, stdin: bytes, env: Mapping[str, str]) -> tuple[bytes, bool]:
    """Return what a git command printed, even when it failed half way, and whether it succeeded."""
    done = git.run(root, *arguments, stdin=stdin, env=env)
    return (b"", False) if done is None else (done.stdout, not done.returncode)


def matrix(root: Path, main: str, branches: Mapping[str, str], *, pairs: bool = True) -> Matrix:
    """Return how branches (name -> commit) merge into the commit `main`, and with each other unless `pairs` is off."""
    if not branches:
        return Matrix()
    if version(root) < NEEDED:
        return Matrix(note=f"unknown: merges are tried with git {'.'.join(map(str, NEEDED))} or newer")
    with quarantine(root) as env:
        names = sorted(branches)
        alone = dict(zip(names, merges(root, [(main, branches[name]) for name in names], env), strict=True))
        tree = _line(git.output(root, "rev-parse", f"{main}^{{tree}}"))
        noops = frozenset(name for name, found in alone.items() if found.clean and found.tree == tree)
        clean = [name for name in names if alone[name].clean and name not in noops]
        if not pairs or len(clean) < 2:  # noqa: PLR2004  a pair
            return Matrix(alone, noops)
        synthetic = _synthetic(root, main, {name: alone[name].tree for name in clean}, env)
        asked = sorted(overlapping(_touched(root, tree, {name: alone[name].tree for name in clean}, env)))
        tried = merges(root, [(synthetic[a], synthetic[b]) for a, b in asked], env)
        found = {pair: merge for pair, merge in zip(asked, tried, strict=True) if not merge.clean}
        return Matrix(alone, noops, found, len(asked))


def merges(root: Path, asked: Sequence[tuple[str, str]], env: Mapping[str, str]) -> list[Merge]:
    """Return how each pair of commits merges; one process for all. One that git cannot try does not stop the rest."""
    found: list[Merge] = []
    while len(found) < len(asked):
        rest = asked[len(found) :]
        raw, done = _answer(root, *MERGE, stdin="".join(f"{a} {b}\n" for a, b in rest).encode(), env=env)
        found += _answers(raw)[: len(rest)]
        if not done and len(found) < len(asked):  # git ends at one that it cannot read (128)
            found.append(Merge(unreadable=True))
        elif done:
            found += [Merge(unreadable=True)] * (len(asked) - len(found))
    return found


def _answers(raw: bytes) -> list[Merge]:
    """Read `<1 clean or 0>NUL<tree>NUL(<path>NUL)*NUL` for each merge: git-merge-tree(1), INPUT FORMAT, OUTPUT."""
    fields = iter(raw.split(b"\0"))
    found = []
    for state in fields:
        if state not in (b"0", b"1"):
            continue
        tree = next(fields, b"")
        paths = []
        for path in fields:
            if not path:
                break
            paths.append(os.fsdecode(path))
        conflicts = tuple(dict.fromkeys(paths)) if state == b"0" else ()
        found.append(Merge(tree.decode(), conflicts or (("(no path told)",) if state == b"0" else ())))
    return found


def _synthetic(root: Path, main: str, trees: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    """Make a commit of each tree on `main`, all in one process: git-fast-import would pack, so `hash-object` does."""
    parent = _line(git.output(root, "rev-parse", main))
    stamp = "coordguard <coordguard@localhost> 0 +0000"
    with tempfile.TemporaryDirectory(prefix="coordguard-commits-") as folder:
        paths = []
        for position, tree in enumerate(trees.values()):
            path = Path(folder) / str(position)
            path.write_text(f"tree {tree}\nparent {parent}\nauthor {stamp}\ncommitter {stamp}\n\nmerged\n")
            paths.append(str(path))
        listed = "".join(f"{path}\n" for path in paths).encode()
        raw, _ = _answer(root, "hash-object", "-t", "commit", "-w", "--stdin-paths", stdin=listed, env=env)
    return dict(zip(trees, raw.decode().split(), strict=True))


def _touched(root: Path, base: str, trees: Mapping[str, str], env: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return what each tree has otherwise than `base`: one process for all (git-diff-tree(1), --stdin takes trees)."""
    asked = "".join(f"{base} {tree}\n" for tree in trees.values()).encode()
    raw, _ = _answer(root, "diff-tree", "--stdin", "-r", "--name-only", "--no-renames", "-z", stdin=asked, env=env)
    found: dict[str, set[str]] = {}
    current: set[str] = set()
    for part in raw.split(b"\0"):
        heads = TWO_TREES.match(part)
        if heads:
            current = found.setdefault(heads[2].decode(), set())
        path = part[heads.end() :] if heads else part
        if path:
            current.add(os.fsdecode(path))
    return {name: frozenset(found.get(tree, ())) for name, tree in trees.items()}


def overlapping(touched: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    """Return the pairs that could conflict: they touch a path in common, or one makes a folder of the other's file."""
    by_path: dict[str, list[str]] = {}
    for name in sorted(touched):
        for path in touched[name]:
            by_path.setdefault(path, []).append(name)
    found = {(a, b) for names in by_path.values() for i, a in enumerate(names) for b in names[i + 1 :]}
    for path, names in by_path.items():
        for parent in _parents(path):
            found |= {(min(a, b), max(a, b)) for a in names for b in by_path.get(parent, ()) if a != b}
    return found


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _line(raw: bytes | None) -> str:
    return os.fsdecode(raw or b"").rstrip("\n")
