"""Where the tips of branches and pull requests are, and which branches are checked out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_coordguard.domain.work import Worktree
from pytest_coordguard.facts import git

LISTED = ("refs/heads", "refs/remotes", "refs/pull", "refs/coordguard")  # the last: where one may fetch pulls to
PULL = re.compile(r"refs/(?:remotes/[^/]+/)?(?:pull|coordguard|pr)/(\d+)(?:/head)?")
FORMAT = "%(refname)%00%(objectname)%00%(committerdate:unix)%00%(symref)"


@dataclass(frozen=True, slots=True)
class Tip:
    """One ref."""

    ref: str
    name: str  # without refs/heads/ or refs/remotes/<remote>/
    commit: str
    when: int  # its commit was made, seconds since 1970
    pull: int | None = None  # number, when it is a pull request's head
    remote: str = ""


def tips(root: Path) -> tuple[Tip, ...]:
    """Return the tips of all branches and pull requests, sorted by ref; none without git."""
    raw = git.output(root, "for-each-ref", f"--format={FORMAT}", *LISTED) or b""
    return tuple(tip for line in os.fsdecode(raw).splitlines() if (tip := _tip(*line.split("\0"))))


def _tip(ref: str, commit: str, when: str, symref: str) -> Tip | None:
    if symref or not when:  # origin/HEAD; a ref to something that is no commit
        return None
    if found := PULL.fullmatch(ref):
        return Tip(ref, "", commit, int(when), int(found[1]))
    if ref.startswith("refs/heads/"):
        return Tip(ref, ref.removeprefix("refs/heads/"), commit, int(when))
    remote, _, name = ref.removeprefix("refs/remotes/").partition("/")
    return Tip(ref, name, commit, int(when), remote=remote) if name and ref.startswith("refs/remotes/") else None


def worktrees(root: Path, *, look: bool = False) -> tuple[Worktree, ...]:
    """Return the work trees of a repository; with `look` how many files differ in each, one process a tree."""
    raw = os.fsdecode(git.output(root, "worktree", "list", "--porcelain", "-z") or b"")
    found = [tree for block in raw.split("\0\0") if (tree := _worktree(block))]
    return tuple(replace(tree, dirty=_dirty(tree)) if look else tree for tree in found)


def _worktree(block: str) -> Worktree | None:
    said = dict(_pairs(block))
    if "worktree" not in said or "bare" in said:
        return None
    branch = said.get("branch", "").removeprefix("refs/heads/")
    return Worktree(said["worktree"], branch, said.get("HEAD", ""), locked="locked" in said)


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in filter(None, block.split("\0")):
        key, _, value = line.partition(" ")
        yield key, value


def _dirty(tree: Worktree) -> int | None:
    folder = Path(tree.path)
    return len(git.dirty_paths(folder)) if folder.is_dir() else None
