"""The only module that writes: whole files at once, one writer at a time, and a journal that outlives a kill."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

MARK = ".coordguard-tmp"  # how our temporary files end
LEFT_OVER = 60.0  # seconds: a temporary file of ours that is older belongs to a writer that was killed
PAUSE = 0.02  # seconds between two tries to get the lock


class ReportError(Exception):
    """A report cannot be written; the message names the file and the reason."""


def report_path(root: Path, relative: str) -> Path:
    """Return where a report really goes: below the root, links followed.

    Raises:
        ReportError: it leads out of the repository, is absolute, or is a folder.

    """
    top = root.resolve()
    try:
        target = (top / relative).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a null byte
        raise ReportError(f"{relative}: no report is written here ({_reason(error)})") from error
    if not target.is_relative_to(top) or target == top or ".git" in target.relative_to(top).parts:
        raise ReportError(f"{relative}: leads to {target}, and reports stay inside {top} and out of .git")
    if target.is_dir():
        raise ReportError(f"{relative}: is a folder, and a report is a file")
    return target


def write_atomically(path: Path, text: str) -> bool:
    """Replace a file's text at once, so that a reader finds the old one or the new one and never half of it.

    Folders are made. An existing file keeps its mode; one that holds this text already is left alone.
    Returns whether anything was written.

    Raises:
        ReportError: it cannot be written (full disk, read-only, no permission); the old file is as it was.

    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        if _holds(path, data):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_left_over(path)
        _replace(path, data)
    except OSError as error:
        raise ReportError(f"{path}: cannot be written ({_reason(error)}); what was there is as it was") from error
    return True


def content_of(path: Path) -> bytes:
    """Return the bytes of a file that is about to be replaced.

    Raises:
        ReportError: it cannot be read, and so not kept.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReportError(f"{path}: cannot be read ({_reason(error)}), and is as it was") from error


def keep(path: Path, copy: Path) -> None:
    """Copy a file, byte for byte, to a place where none is.

    Raises:
        ReportError: the copy cannot be written.

    """
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        _replace(copy, path.read_bytes())
    except OSError as error:
        raise ReportError(f"{copy}: cannot be written ({_reason(error)}); {path.name} is as it was") from error


def _holds(path: Path, data: bytes) -> bool:
    try:
        return not path.is_symlink() and path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name[:100]}.{uuid4().hex[:12]}{MARK}")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name outlast a power cut; a file system that cannot do that is none the worse for it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _clear_left_over(path: Path) -> None:
    for beside in path.parent.glob(f".*{MARK}"):
        with suppress(OSError):
            if time.time() - beside.stat().st_mtime > LEFT_OVER:
                beside.unlink()


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def git_folder(root: Path) -> Path | None:
    """Return the git directory of the work tree that `root` lies in (a linked work tree's own), None without git.

    Source: gitrepository-layout(5), "A plain text file `.git` … contains gitdir: <path>".
    """
    for folder in (root.resolve(), *root.resolve().parents):
        found = folder / ".git"
        if found.is_dir():
            return found
        if found.is_file():
            named = found.read_text(encoding="utf-8", errors="surrogateescape").partition("gitdir:")[2].strip()
            linked = (folder / named).resolve()
            return linked if named and linked.is_dir() else None
    return None


def own_folder(root: Path) -> Path:
    """Return a folder outside every work tree for what belongs to this root: made when needed, ours alone.

    Raises:
        ReportError: someone else owns it.

    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    key = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    top = Path(tempfile.gettempdir()) / f"coordguard-{user}"
    folder = top / key
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = top.lstat().st_uid
    except OSError as error:
        raise ReportError(f"{folder}: cannot be made ({_reason(error)})") from error
    if top.is_symlink() or (hasattr(os, "getuid") and owner != user):
        raise ReportError(f"{top}: belongs to someone else; set TMPDIR to a folder of your own")
    return folder


def state_path(root: Path, name: str) -> Path:
    """Return where a file goes that belongs to this work tree and not into it, as the lock and the journal.

    In the git directory; where there is none, or nothing can be written there, in a folder of the temporary one.
    """
    git = git_folder(root)
    if git is not None and (os.access(git, os.W_OK) or (git / name).exists()):
        return git / name
    return own_folder(root) / name


@contextmanager
def locked(root: Path, seconds: float = 60.0) -> Iterator[None]:
    """Hold the one lock of a work tree's reports; the system lets go of it however the process ends.

    Raises:
        ReportError: another process held it for all of `seconds`.

    """
    path = state_path(root, "coordguard.lock")
    try:
        handle = _open_lock(path)
    except OSError:
        path = own_folder(root) / "coordguard.lock"
        handle = _open_lock(path)
    try:
        _wait_for(handle, path, seconds)
        yield
    finally:
        os.close(handle)


def _open_lock(path: Path) -> int:
    """Open for writing, or, in a git directory that is read-only by now, for reading: either can be locked."""
    safe = os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | safe, 0o666)
    except OSError:
        return os.open(path, os.O_RDONLY | safe)


def _wait_for(handle: int, path: Path, seconds: float) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: each file is still whole, but the later of two writers wins
        return
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise ReportError(f"{path}: another run has held this lock for {seconds:g} s") from None
            time.sleep(PAUSE)
        else:
            return


class Journal:
    """A file to which each verdict is added when it is found, so that a kill loses none that came before.

    One entry is one write at the file's end, a line of JSON with an empty line before it: an entry that was
    cut short, by a kill or a full disk, cannot take the next one with it.
    """

    def __init__(self, path: Path, *, sync: bool = False) -> None:
        """Open for adding; `sync` waits for the disk after each entry (a power cut then loses none either).

        Raises:
            ReportError: it cannot be opened.

        """
        self.path, self._sync = path, sync
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ReportError(f"{path}: cannot be opened ({_reason(error)})") from error

    def append(self, entry: Mapping[str, Any]) -> None:
        """Add one entry, which must be JSON.

        Raises:
            ReportError: it is not on disk as a whole.

        """
        data = b"\n" + json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        try:
            written = os.write(self._handle, data)
            if self._sync:
                os.fsync(self._handle)
        except OSError as error:
            raise ReportError(f"{self.path}: cannot be written ({_reason(error)})") from error
        if written != len(data):
            raise ReportError(f"{self.path}: only {written} of {len(data)} bytes were written; is the disk full?")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Return a journal's entries in their order; none when there is no such file.

    An entry that was cut short is left out: its criterion stays as it was written ahead, not run.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [entry for entry in map(_entry, lines) if entry is not None]


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:  # an empty line, or one that was cut short
        return None
    return found if isinstance(found, dict) else None
