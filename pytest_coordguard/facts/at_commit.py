"""The files of a commit, as data: what a change is compared with."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from pytest_coordguard.facts.blobs import content_at
from pytest_coordguard.facts.memory import digest
from pytest_coordguard.facts.repository import Repository


class AtCommit(Repository):
    """A repository's files as one commit has them, read one by one."""

    def __init__(self, root: Path, commit: str) -> None:
        super().__init__(root)
        self.commit = commit
        self._read: dict[str, bytes | None] = {}

    def read(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: the commit has no such file.

        """
        if path not in self._read:
            self._read[path] = content_at(self.root, self.commit, path)
        content = self._read[path]
        if content is None:
            raise FileNotFoundError(path)
        return content

    def state(self, path: str) -> Hashable:
        """Return what differs when a file's content does; what lies on the disk is no matter here. Raises as `read`."""
        return digest(self.read(path))

    def is_file(self, path: str) -> bool:
        """Tell whether the commit has this file."""
        try:
            self.read(path)
        except FileNotFoundError:
            return False
        return True
