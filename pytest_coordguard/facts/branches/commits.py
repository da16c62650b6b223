"""Commits in bulk: one `git log` reads messages, parents and touched paths of all that are asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.facts import git

MOST = 20_000  # commits; reading more takes seconds
START = b"\x01"  # begins an entry; no name, address or path can hold it, and a message that does is cut there
FORMAT = "%x01%H%x00%P%x00%ct%x00%an <%ae>%x00%(trailers:key=Co-authored-by,valueonly,separator=%x02)%x00%B%x00"
READ = ("log", "-z", "--no-color", "--no-ext-diff", "--name-status", "--no-renames", "--diff-merges=first-parent")
PLAIN = ("log", "-z", "--no-color", "--no-patch")
FIELDS = 6


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. Of a merge the paths are what it brings to its first parent."""

    id: str
    parents: tuple[str, ...]
    when: int  # committed, seconds since 1970
    author: str  # "Name <address>"
    others: tuple[str, ...]  # co-authors
    message: str
    touched: tuple[tuple[str, str], ...] = ()  # status letter (git-diff(1), --diff-filter), path

    @property
    def subject(self) -> str:
        """The first line of its message."""
        return self.message.partition("\n")[0].strip()

    @property
    def paths(self) -> tuple[str, ...]:
        """What it touches; both sides of a rename."""
        return tuple(path for _, path in self.touched)

    @property
    def new(self) -> frozenset[str]:
        """What it creates."""
        return frozenset(path for status, path in self.touched if status == "A")


def commits(
    root: Path, wanted: Iterable[str], without: Iterable[str] = (), *, since: int = 0, paths: bool = True
) -> tuple[Commit, ...]:
    """Return the commits that are reachable from some and not from others, the newest first, `MOST` at most.

    Args:
        root: the repository.
        wanted: commits or refs.
        without: what is reachable from these is left out.
        since: so is what was committed earlier (seconds since 1970).
        paths: read what each touches, which costs most of the time.

    """
    asked = [*wanted, *(f"^{each}" for each in without)]
    arguments = [*(READ if paths else PLAIN), f"--format={FORMAT}", f"--max-count={MOST}", "--stdin"]
    if since:
        arguments.append(f"--since=@{since}")
    if not asked or asked[0].startswith("^"):
        return ()
    raw = git.output(root, *arguments, stdin="\n".join(asked).encode() + b"\n")
    return tuple(_entries(raw or b""))


def _entries(raw: bytes) -> Iterator[Commit]:
    for entry in raw.split(START)[1:]:
        fields = entry.split(b"\0", FIELDS)
        if len(fields) > FIELDS and re.fullmatch(rb"[0-9a-f]{40,64}", fields[0]):
            yield _commit(fields)


def _commit(fields: Sequence[bytes]) -> Commit:
    name, parents, when, author, others, message = (os.fsdecode(each) for each in fields[:FIELDS])
    listed = [os.fsdecode(each).lstrip("\n") for each in fields[FIELDS].split(b"\0")]
    pairs = [each for each in listed if each]
    touched = tuple(zip(pairs[::2], pairs[1::2], strict=False))
    co_authors = tuple(each for each in others.split("\x02") if each)
    return Commit(name, tuple(parents.split()), int(when), author, co_authors, message, touched)
