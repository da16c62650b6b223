"""A real folder for what must run: the repository itself, or a copy of it in which a fault is planted."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_coordguard.facts.repository import Repository

MEMORY = "/dev/shm"  # noqa: S108  Linux; not predictable: a folder of its own is made below it
LEAST = 4096  # bytes that the smallest file takes
SPARE = 8  # times the copy's size that must be free, for what the command writes beside
MANY = 1000  # planted files, above which those of one content are links to one file


@contextmanager
def folder_of(repo: Repository) -> Iterator[Path]:
    """Give the folder in which a command sees `repo`: its root, or, when it has changes, a scratch copy of it.

    The copy holds the repository's files (not what git ignores) and is taken away afterwards.
    """
    if not repo.changes:
        yield repo.root
        return
    with copy_of(repo) as scratch:
        yield scratch


@contextmanager
def copy_of(repo: Repository) -> Iterator[Path]:
    """Give a scratch copy of what `repo` shows, for a command that writes; it is taken away afterwards."""
    kept = [path for path in repo.files if path not in repo.changes]
    with tempfile.TemporaryDirectory(prefix="coordguard-scratch-", dir=_home(repo.root, kept)) as name:
        scratch = Path(name)
        for folder in sorted({path.rpartition("/")[0] for path in repo.files}):
            (scratch / folder).mkdir(parents=True, exist_ok=True)
        for path in kept:
            _copy(repo.root / path, scratch / path)
        written: dict[int, Path] = {}  # id of a content -> the first file that has it
        for path in repo.files:
            if path in repo.changes:
                _write(scratch / path, repo.read(path), written if len(repo.changes) > MANY else {})
        yield scratch


def _home(root: Path, paths: Iterable[str]) -> str | None:
    """Return the folder for a copy of these files: in memory where it fits easily, or None for the usual one.

    25,000 files are there in 2 s; a disk takes four to ten times as long to make them and to take them away again. Not
    where TMPDIR is set, nor where nothing can be run, as in a container's default /dev/shm.
    """
    try:
        if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK) or not os.path.ismount(MEMORY):
            return None
        state = os.statvfs(MEMORY)
        free = min(state.f_bavail * state.f_frsize, _available())
        size = sum(max((root / path).lstat().st_size, LEAST) for path in paths)
    except OSError:  # a file that has just gone, a system without /proc
        return None
    return MEMORY if size * SPARE <= free and not state.f_flag & os.ST_NOEXEC else None


def _available() -> int:
    """Return how many bytes of memory can be had without swapping (proc(5), `MemAvailable`)."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def _copy(source: Path, target: Path) -> None:
    """Copy a file with its mode and its times, as `shutil.copy2` does in twice the time; nothing else is copied.

    The times count: a Makefile's rule would run, or not, where they are lost.
    """
    if not source.is_file():  # a dangling link, a pipe, a link to a folder
        return
    with source.open("rb", buffering=0) as opened, target.open("xb", buffering=0) as made:
        state = os.fstat(opened.fileno())
        shutil.copyfileobj(opened, made)
        os.fchmod(made.fileno(), stat.S_IMODE(state.st_mode))
        os.utime(made.fileno(), ns=(state.st_atime_ns, state.st_mtime_ns))


def _write(target: Path, content: bytes, written: dict[int, Path]) -> None:
    """Write a file, or link it to one that was given the very same content.

    A repository in which all of 17,000 files are planted with one line takes 2 s so, and 15 s written one by one.
    """
    if first := written.get(id(content)):
        try:
            os.link(first, target)
        except OSError:  # too many links to one file, or a disk without links
            target.write_bytes(content)
        return
    target.write_bytes(content)
    written[id(content)] = target
