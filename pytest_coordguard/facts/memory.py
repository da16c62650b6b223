"""What was found in single files, kept while they hold the same: a planted fault changes a few of thousands."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Hashable

ANSWERS = 200_000  # kept in all, a few hundred bytes each; then the question that was asked longest ago is forgotten
SETTLED_NS = 2_000_000_000  # a file that changed later than this ago can change again within one tick of its clock


class Memory:
    """Answers to questions about files, for a repository and all the views of it.

    An answer counts for one path in one state; a file that was changed, on disk or in a view, is looked at anew.
    """

    def __init__(self, limit: int = ANSWERS) -> None:
        self.limit = limit
        self._answers: dict[Hashable, dict[tuple[str, Hashable], object]] = {}  # by question, the last asked one last
        self._count = 0

    def get(self, question: Hashable, path: str, state: Hashable) -> object | None:
        """Return the answer, None when there is none yet."""
        answers = self._answers.pop(question, None)
        if answers is None:
            return None
        self._answers[question] = answers
        return answers.get((path, state))

    def put(self, question: Hashable, path: str, state: Hashable, answer: object) -> None:
        """Keep an answer, which is not None."""
        while self._count >= self.limit:
            self._count -= len(self._answers.pop(next(iter(self._answers))))
        answers = self._answers.setdefault(question, {})
        self._count += (path, state) not in answers
        answers[path, state] = answer


def state_on_disk(path: str, read: Callable[[], bytes]) -> Hashable:
    """Return what differs when the content of a file on disk does.

    Size and times tell once the last change is a while ago ("racily clean" entries, git's racy-git.txt); before that
    the content itself does.

    Raises:
        OSError: there is no file.

    """
    found = os.stat(path)  # noqa: PTH116  a path object costs more than the look
    if time.time_ns() - found.st_ctime_ns < SETTLED_NS:
        return digest(read())
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def digest(content: bytes) -> bytes:
    """Return what stands for a content."""
    return hashlib.sha256(content).digest()
