"""The files of commits, many of them, by one git process."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from weakref import finalize

from pytest_coordguard.facts import git


class Blobs:
    """One `git cat-file --batch` (git-cat-file(1), BATCH OUTPUT), started when first asked and ended with the object.

    4,000 files take 0.3 s so, and 40 s with two processes for each.
    """

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            git.command("cat-file", "--batch"),
            cwd=root,
            # What a partial clone lacks is fetched by `git.show`, which has a time limit.
            env={**git.environment(), "GIT_NO_LAZY_FETCH": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        finalize(self, _end, self._process)

    def read(self, commit: str, path: str) -> bytes | None:
        """Return a file's bytes as a commit has them; None when it is not there, or this process does not say so."""
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None or "\n" in path:
            return None
        try:
            asked.write(os.fsencode(f"{commit}:./{path}\n"))
            asked.flush()
            head = answers.readline().rsplit(b" ", 2)
            if len(head) < 3 or not head[2].strip().isdigit():  # noqa: PLR2004  id, kind and size; else "… missing"
                return None
            content = answers.read(int(head[2]) + 1)[:-1]
        except OSError:  # it has ended, as of a damaged object
            return None
        return content if head[1] == b"blob" else None


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):  # a pipe to a process that has ended
        process.communicate(timeout=git.TIME_LIMIT)


@lru_cache(maxsize=4)
def _blobs(root: Path) -> Blobs:
    return Blobs(root)


def content_at(root: Path, commit: str, path: str) -> bytes | None:
    """Return a file's bytes as a commit has them; None when the commit or the file is not there."""
    try:
        found = _blobs(root).read(commit, path)
    except OSError:  # there is no git, or no such folder
        found = None
    return git.show(root, commit, path) if found is None else found
