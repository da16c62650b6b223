"""What was merged into the default branch: pull requests by their number, merges, and commits pushed to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_coordguard.facts.branches.commits import Commit

SQUASH = re.compile(r"\(#(\d+)\)\s*\Z")  # how GitHub ends the subject of a squash or rebase merge
MERGE = re.compile(r"Merge pull request #(\d+) from (\S+)")  # how it begins that of a merge
GITLAB = re.compile(r"^See merge request \S*!(\d+)$", re.MULTILINE)  # the last line of GitLab's
BRANCH = re.compile(r"Merge (?:remote-tracking )?branch '([^']+)'")


@dataclass(frozen=True, slots=True)
class Landed:
    """One change on the default branch: the commit that brought it, and those that came with a merge."""

    commit: Commit
    inner: tuple[Commit, ...] = ()  # oldest first
    number: int | None = None
    branch: str = ""

    @property
    def empty(self) -> bool:
        """Whether it changed no file at all, as `-s ours` and a commit of nothing do."""
        return not self.commit.touched


def landed(found: Sequence[Commit]) -> tuple[Landed, ...]:
    """Return the changes along the first parents of the newest commit, the newest first.

    Commits that a merge brought in belong to it. Merges of the default branch into itself (`git pull`) bring their
    second parent's side, as any other.
    """
    by_id = {each.id: each for each in found}
    chain = list(_first_parents(found[0], by_id)) if found else []
    taken = {each.id for each in chain}
    changes = []
    for each in reversed(chain):
        inner = _brought(each, by_id, taken)
        taken |= {one.id for one in inner}
        changes.append(_landed(each, tuple(sorted(inner, key=lambda one: (one.when, one.id)))))
    return tuple(reversed(changes))


def _first_parents(newest: Commit, by_id: Mapping[str, Commit]) -> Iterator[Commit]:
    at: Commit | None = newest
    while at is not None:
        yield at
        at = by_id.get(at.parents[0]) if at.parents else None


def _brought(merge: Commit, by_id: Mapping[str, Commit], taken: set[str]) -> list[Commit]:
    """Return what a merge brought that no change before it had."""
    found: dict[str, Commit] = {}
    ahead = list(merge.parents[1:])
    while ahead:
        name = ahead.pop()
        if name in by_id and name not in taken and name not in found:
            found[name] = by_id[name]
            ahead += by_id[name].parents
    return list(found.values())


def _landed(commit: Commit, inner: tuple[Commit, ...]) -> Landed:
    merge = MERGE.match(commit.subject)
    named = SQUASH.search(commit.subject) or GITLAB.search(commit.message)
    branch = BRANCH.match(commit.subject)
    number = int(merge[1]) if merge else int(named[1]) if named else None
    name = merge[2].partition("/")[2] if merge else branch[1] if branch else ""
    return Landed(commit, inner, number, name)


def merged_numbers(changes: Sequence[Landed]) -> dict[int, Landed]:
    """Return the pull requests that were merged, by number; of two that claim one number the later counts."""
    numbers: dict[int, Landed] = {}
    for change in changes:
        for commit in (change.commit, *change.inner):
            named = SQUASH.search(commit.subject) or MERGE.match(commit.subject)
            if named:
                numbers.setdefault(int(named[1]), change)
        if change.number is not None:
            numbers.setdefault(change.number, change)
    return numbers
