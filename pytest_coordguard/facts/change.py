"""The change that is judged: from a base commit to what is checked out. Reads git objects; judges nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts import git
from pytest_coordguard.facts.blobs import content_at
from pytest_coordguard.facts.repository import Repository

NO_COMMIT = "0" * 40  # what GitHub names as `before` when a push makes a branch
_COMPARE = ("diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", "--relative", "--ignore-submodules=all")


ELSEWHERE = "judge a push by --range A..B, or put the criterion into `gates: [review_gate]`"  # where a change is empty


class RangeError(ValueError):
    """A range of commits cannot be judged; the message says why and what was meant."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file that a change touches."""

    path: str
    before: str | None  # its path in the base, another one when it was renamed; None when it is new
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """From a base commit to the work tree. Paths are relative to `root`."""

    root: Path
    base: str | None  # full id; None when no base is known here
    since: str  # in words: what named it, as "HEAD left main"
    asked: bool  # whether the plan, the pull request or the command line named it; else the default branch did
    note: str = ""  # why none is known

    def require_base(self) -> str:
        """Return the base.

        Raises:
            CannotJudge: none is known.

        """
        if self.base is None:
            raise CannotJudge(f"there is nothing to compare with: {self.note}")
        return self.base

    def files(self, repo: Repository) -> tuple[ChangedFile, ...]:
        """Return the files that differ between the base and the repository as `repo` sees it, sorted by path.

        Files that git does not track yet and would add are new ones. What is changed in `repo`'s view alone counts.

        Raises:
            CannotJudge: no base is known, or git lacks objects of it (a partial clone).

        """
        base = self.require_base()
        raw = git.output(self.root, *_COMPARE, base, "--")
        if raw is None:
            raise CannotJudge(f"git cannot compare the work tree with {base[:9]}: objects of it are missing here")
        found = {each.path: each for each in _read(raw)}
        for path in git.untracked(self.root):
            found.setdefault(path, ChangedFile(path, None))
        for path, content in repo.changes.items():
            self._overlay(found, path, content)
        return tuple(found[path] for path in sorted(found))

    def _overlay(self, found: dict[str, ChangedFile], path: str, content: bytes | None) -> None:
        known = found.get(path)
        before = known.before if known else path
        old = self.content_before(before) if before else None
        if content is None:
            found.pop(path, None)
            if old is not None:
                found[path] = ChangedFile(path, before, deleted=True)
        elif content == old and before == path:
            found.pop(path, None)
        else:
            found[path] = ChangedFile(path, before if old is not None else None)

    def content_before(self, path: str) -> bytes | None:
        """Return a file's bytes as the base has them; None when it has no such file.

        Raises:
            CannotJudge: no base is known.

        """
        return content_at(self.root, self.require_base(), path)


def _read(raw: bytes) -> Iterator[ChangedFile]:
    """Yield the files of `git diff --name-status -z` (git-diff(1), RAW OUTPUT FORMAT)."""
    fields = iter(raw.split(b"\0"))
    for status in filter(None, fields):
        path = os.fsdecode(next(fields))
        match status[:1]:
            case b"R":
                yield ChangedFile(os.fsdecode(next(fields)), path)
            case b"C":
                yield ChangedFile(os.fsdecode(next(fields)), None)
            case b"A":
                yield ChangedFile(path, None)
            case b"D":
                yield ChangedFile(path, path, deleted=True)
            case _:  # M, T and U: its content, its kind, an unmerged state
                yield ChangedFile(path, path)


def change_since(root: Path, asked: str = "") -> Change:
    """Return the change since HEAD left `asked`, or the default branch when nothing is asked for."""
    ref = asked or git.default_branch(root)
    if ref is None:
        note = "neither origin/HEAD, main nor master is a branch here; name the `base` in the plan"
        return Change(root, None, "no base", asked=False, note=note)
    base = git.merge_base(root, ref)
    note = "" if base else f"{ref!r} shares no commit with HEAD here; fetch it (fetch-depth: 0)"
    return Change(root, base, f"HEAD left {ref}", bool(asked), note)


def change_of_range(root: Path, text: str) -> Change:
    """Return the change of a range as `A..B` or `A...B` (gitrevisions(7)); B, or HEAD without it, is checked out.

    With three dots the base is where B left A. A range that begins at no commit, as GitHub tells a push that makes a
    branch, is the change since HEAD left the default branch.

    Raises:
        RangeError: it is no range, names what this clone does not have, or ends elsewhere than at HEAD.

    """
    dots = "..." if "..." in text else ".."
    first, found, last = text.partition(dots)
    if not found or not first:
        raise RangeError(f"--range: {text!r} is no range; meant: A..B, as origin/main..HEAD")
    end, head = git.commit(root, last or "HEAD"), git.head(root)
    if end is None or end != head:
        here = f"{head[:9]} is checked out" if head else "nothing is checked out"
        why = f"is {end[:9]}, and {here}" if end else "names no commit of this clone"
        raise RangeError(f"--range: {last or 'HEAD'!r} {why}; check the range's end out first")
    if first == NO_COMMIT:
        return change_since(root)
    start = git.merge_base(root, first) if dots == "..." else git.commit(root, first)
    if start is None:
        raise RangeError(f"--range: {first!r} names no commit of this clone; fetch the history (fetch-depth: 0)")
    return Change(root, start, f"{start[:9]} ({text})", asked=True)
