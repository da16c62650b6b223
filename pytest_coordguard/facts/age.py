"""When a file was written, as far as that can be known."""

from __future__ import annotations

import time

from pytest_coordguard.facts import git
from pytest_coordguard.facts.repository import Repository


def written_at(repo: Repository, path: str) -> float:
    """Return when a file was written, in seconds since 1970: its mtime, or, if earlier, its commit.

    After `git clone` every mtime is that of the clone, so a file that is as its last commit has it is as old as that
    commit. One that is planted in memory was written now.

    Raises:
        FileNotFoundError: it is not there.

    """
    if path in repo.changes:
        return time.time()
    committed = _committed_at(repo, path)
    modified = (repo.root / path).stat().st_mtime
    return modified if committed is None else min(modified, committed)


def _committed_at(repo: Repository, path: str) -> float | None:
    stamp = git.output(repo.root, "log", "-1", "--format=%ct", "--", f":(literal){path}")
    same = git.output(repo.root, "diff", "--quiet", "--no-ext-diff", "HEAD", "--", f":(literal){path}") is not None
    return float(stamp) if stamp and stamp.strip() and same else None
