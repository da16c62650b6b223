"""Files that a pattern names, those that git ignores among them: what tools write is mostly ignored."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from pytest_coordguard.facts.repository import Repository


def named(repo: Repository, patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the files that any pattern names, sorted: a file, a folder (what git knows below it) or a glob."""
    wanted = list(patterns)
    on_disk = {
        Path(path).as_posix()
        for pattern in wanted
        for path in glob.glob(pattern, root_dir=repo.root, recursive=True, include_hidden=True)  # noqa: PTH207
    }
    extra = {path for path in on_disk if repo.is_file(path) and not path.startswith((".git/", "../", "/"))}
    return tuple(sorted(extra | set(repo.select(wanted))))
