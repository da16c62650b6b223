"""The files of a repository, as data. Nothing of it is imported or run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar, cast

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.globs import glob_expression
from pytest_coordguard.facts import git
from pytest_coordguard.facts.memory import Memory, digest, state_on_disk

T = TypeVar("T")


class Repository:
    """A repository's files: those that git tracks or would add; all files where there is no git.

    Paths are relative to the root, with "/" between the parts, sorted. A repository can be seen with changes
    (`with_changes`) that exist in memory alone, so that a fault is planted without a copy of 17,000 files. It and its
    views share a memory of what was found in single files (`recall`), so that they are not all looked at again either.
    """

    def __init__(self, root: Path, changes: Mapping[str, bytes | None] | None = None) -> None:
        self._root = root.resolve()
        self.changes = dict(changes or {})
        self.memory = Memory()
        self._top = os.fspath(self.root)
        self._plain: dict[str, bool] = {}  # folder -> whether no part of its path is a link

    @property
    def root(self) -> Path:
        """The folder that holds the files."""
        return self._root

    def folder_with(self, paths: Iterable[str]) -> Path:  # noqa: ARG002  # all of them are on the disk
        """Return a folder that holds these files, and perhaps no others, for a tool that looks at each by itself."""
        return self._root

    def with_changes(self, changes: Mapping[str, bytes | None]) -> Repository:
        """Return a view in which these files have this content (None: are gone). The disk stays as it is."""
        other = Repository(self.root, {**self.changes, **changes})
        other.memory = self.memory
        if "_on_disk" in self.__dict__:
            other.__dict__["_on_disk"] = self._on_disk
        return other

    @cached_property
    def _on_disk(self) -> tuple[str, ...]:
        listed = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            check=False,
        )
        if listed.returncode == 0:
            names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
            return tuple(sorted(name for name in names if os.path.lexists(f"{self._top}/{name}")))
        return tuple(sorted(_walk(self.root)))

    @cached_property
    def files(self) -> tuple[str, ...]:
        """All files, dangling links among them, submodules left out of it."""
        gone = {path for path, content in self.changes.items() if content is None}
        new = {path for path, content in self.changes.items() if content is not None}
        if not self.changes:
            return self._on_disk
        return tuple(sorted((set(self._on_disk) - gone) | new))

    def read(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: it is not there, or is a dangling link.
            CannotJudge: it is there and cannot be read, or lies outside the repository.

        """
        if path in self.changes:
            content = self.changes[path]
            if content is None:
                raise FileNotFoundError(path)
            return content
        target = self.root / path
        try:
            if not (self._is_plain(path) or target.resolve().is_relative_to(self.root)):
                raise CannotJudge(f"{path}: leads out of the repository")
            return target.read_bytes()
        except FileNotFoundError:
            raise FileNotFoundError(path) from None
        except (OSError, RuntimeError) as error:
            raise CannotJudge(f"{path}: cannot be read ({error})") from error

    def _is_plain(self, path: str) -> bool:
        """Tell whether no part of a path is a link: to resolve each of 17,000 takes longer than to read them."""
        folder = path.rpartition("/")[0]
        if folder not in self._plain:
            place = f"{self._top}/{folder}".rstrip("/")
            self._plain[folder] = os.path.realpath(place) == place
        return self._plain[folder] and not os.path.islink(f"{self._top}/{path}")  # noqa: PTH114  a path object costs more

    def read_text(self, path: str) -> str:
        """Return a file's text, decoded as UTF-8; what is not UTF-8 becomes U+FFFD. Raises as `read`."""
        return self.read(path).decode("utf-8-sig", "replace")

    def state(self, path: str) -> Hashable:
        """Return what differs when a file's content does, on disk or by a change. Raises as `read`."""
        if path in self.changes:
            return digest(self.read(path))
        try:
            return state_on_disk(f"{self._top}/{path}", lambda: self.read(path))
        except FileNotFoundError:
            raise FileNotFoundError(path) from None
        except OSError as error:
            raise CannotJudge(f"{path}: cannot be read ({error})") from error

    def recall(self, path: str, question: Hashable, look: Callable[[bytes], T]) -> T:
        """Return what `look` finds in a file, or found in it when it was asked the same of the same content.

        What it returns may depend on the path and the content alone, is not None, and is not changed by anyone.
        Raises as `read`, and what `look` raises, which is not kept.

        Args:
            path: relative to the root.
            question: stands for `look` and whatever else it goes by.
            look: takes the bytes.

        """
        state = self.state(path)
        known = self.memory.get(question, path, state)
        if known is None:
            known = look(self.read(path))
            self.memory.put(question, path, state, known)
        return cast("T", known)

    def is_file(self, path: str) -> bool:
        """Tell whether this is a file that can be read: tracked or not, ignored or not."""
        if path in self.changes:
            return self.changes[path] is not None
        return (self.root / path).is_file()

    def link(self, path: str) -> str | None:
        """Return where a symbolic link leads, as it is written; None when this is none."""
        place = self.root / path
        return os.readlink(place) if path not in self.changes and place.is_symlink() else None  # noqa: PTH115  untidied

    def leads_to(self, path: str) -> str:
        """Return the path, relative to the root, at which the links of a path end, be anything there or not."""
        return os.path.relpath(os.path.realpath(self.root / path), self.root).replace(os.sep, "/")

    def ignored(self, paths: Sequence[str]) -> frozenset[str]:
        """Return those of these paths that git would ignore, whether they are there or not; none without git."""
        return git.ignored(self.root, paths)

    def is_folder(self, path: str) -> bool:
        """Tell whether any file lies below this path, or an empty folder of that name exists."""
        if path in ("", "."):
            return True
        prefix = path.rstrip("/") + "/"
        if any(p.startswith(prefix) and content is not None for p, content in self.changes.items()):
            return True
        if any(path_.startswith(prefix) for path_ in self.files):
            return True
        return not self.changes and (self.root / path).is_dir()

    def select(self, patterns: Iterable[str]) -> tuple[str, ...]:
        """Return the files that any of these names: a file, a folder (all below it), or a glob.

        In a glob `*` stays within one folder and `**` spans folders. A named file that git ignores counts too.
        """
        wanted = list(patterns)
        matchers = [_matcher(pattern) for pattern in wanted]
        chosen = {path for path in self.files if any(match(path) for match in matchers)}
        chosen.update(p for p in map(_tidy, wanted) if not _is_glob(p) and self.is_file(p))
        return tuple(sorted(chosen))


def _walk(root: Path) -> Iterable[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", ".hg", "__pycache__", "node_modules", ".venv")]
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()


def _tidy(pattern: str) -> str:
    return PurePosixPath(pattern).as_posix()


def _is_glob(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")


def _matcher(pattern: str) -> Callable[[str], object]:
    tidy = _tidy(pattern)
    if tidy == ".":
        return lambda _path: True
    if not _is_glob(tidy):
        return lambda path: path == tidy or path.startswith(tidy + "/")
    return glob_expression(tidy).match


def under(path: str, folders: Sequence[str]) -> bool:
    """Tell whether a path is one of these or lies below one of them."""
    return any(path == folder.rstrip("/") or path.startswith(folder.rstrip("/") + "/") for folder in folders)
