"""A real folder for what must run: the repository itself, or a copy of it in which a fault is planted."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_coordguard.facts.repository import Repository


@contextmanager
def folder_of(repo: Repository) -> Iterator[Path]:
    """Give the folder in which a command sees `repo`: its root, or, when it has changes, a scratch copy of it.

    The copy holds the repository's files (not what git ignores) and is taken away afterwards.
    """
    if not repo.changes:
        yield repo.root
        return
    with tempfile.TemporaryDirectory(prefix="coordguard-scratch-") as name:
        scratch = Path(name)
        for path in repo.files:
            target = scratch / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if path in repo.changes:
                target.write_bytes(repo.read(path))
            elif (repo.root / path).is_file():
                shutil.copy2(repo.root / path, target)
        yield scratch
