"""The files of a commit that is not checked out, as a repository that guardrails can look at."""

from __future__ import annotations

import fcntl
import os
import posixpath
import shutil
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from posixpath import dirname, normpath

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts import git
from pytest_coordguard.facts.memory import Memory, digest
from pytest_coordguard.facts.quarantine import Quarantine
from pytest_coordguard.facts.repository import Repository

LINK, MODULE, PROGRAM = "120000", "160000", "100755"
DONE = "coordguard-done"  # lies in the git folder of what was checked out, and lists what could not be
HOPS = 10  # of a chain of links; Linux itself stops at 40
# What a repository's .gitattributes asks for is not done: a filter is a program, and bytes are judged as they lie.
ATTRIBUTES = "* -filter -text -ident -eol -working-tree-encoding\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree."""

    mode: str
    oid: str


class GitTree:
    """The entries of a commit's tree below a folder, and their bytes."""

    def __init__(self, store: Quarantine, commit: str, prefix: str = "") -> None:
        self.store = store
        self.commit = commit
        self.prefix = prefix  # of the judged root within the work tree, "" or as "sub/"

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """All files, links and submodules by path relative to the root.

        Raises:
            CannotJudge: the commit's trees are not here.

        """
        raw = self.store.output("ls-tree", "-r", "-z", "--full-tree", self.commit)
        if raw is None:
            raise CannotJudge(f"git cannot list the files of {self.commit[:9]}: objects of it are missing here")
        found: dict[str, Entry] = {}
        for row in raw.split(b"\0"):
            if row:
                meta, _, name = row.partition(b"\t")
                mode, _, oid = meta.decode().split(" ")
                path = os.fsdecode(name)
                if path.startswith(self.prefix):
                    found[path.removeprefix(self.prefix)] = Entry(mode, oid)
        return found

    def missing(self) -> tuple[str, ...]:
        """Return the files whose bytes are not here, sorted."""
        files = [(path, entry.oid) for path, entry in sorted(self.entries.items()) if entry.mode != MODULE]
        asked = "".join(f"{oid}\n" for _, oid in files).encode()
        told = (self.store.output("cat-file", "--batch-check", stdin=asked) or b"").splitlines()
        return tuple(path for (path, _), row in zip(files, told, strict=True) if row.endswith(b" missing"))

    def content(self, path: str) -> bytes | None:
        """Return the bytes of an entry, of a link where it leads; None when there is none.

        Raises:
            CannotJudge: the tree has the file, and its bytes are not here.

        """
        entry = self.entries.get(path)
        if entry is None or entry.mode == MODULE:
            return None
        data = self.store.blob(entry.oid)
        if data is None:
            raise CannotJudge(f"{path}: its object {entry.oid[:9]} is missing here; fetch it (no partial clone)")
        return data

    def place(self, path: str) -> str | None:
        """Return the path of the file that a path leads to by way of links; None when it leads nowhere.

        Raises:
            CannotJudge: it leads out of the repository.

        """
        for _ in range(HOPS):
            entry = self.entries.get(path)
            if entry is not None and entry.mode != LINK:
                return path
            further = self.step(path)
            if further is None:
                return None
            if further.startswith(("/", "../")) or further == "..":
                raise CannotJudge(f"{path}: leads out of the repository")
            path = further
        return None

    def step(self, path: str) -> str | None:
        """Return where the first link of a path leads, None when there is none in it."""
        link = path if path in self._links else self._link_above(path)
        if link is None:
            return None
        aim, rest = os.fsdecode(self.content(link) or b""), path[len(link) :].lstrip("/")
        return normpath("/".join(filter(None, ("" if aim.startswith("/") else dirname(link), aim, rest))))

    def _link_above(self, path: str) -> str | None:
        parts = path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        return next((name for name in above if name in self._links), None)

    @cached_property
    def _links(self) -> frozenset[str]:
        return frozenset(path for path, entry in self.entries.items() if entry.mode == LINK)


class TreeRepository(Repository):
    """A repository as a commit has it. It is written to a folder only where a guardrail needs one."""

    def __init__(self, tree: GitTree, folder: Path, changes: Mapping[str, bytes | None] | None = None) -> None:
        self.tree = tree
        self.folder = folder  # where it is written to when `root` is asked for; of this run alone
        self.changes = dict(changes or {})
        self.memory = Memory()

    def with_changes(self, changes: Mapping[str, bytes | None]) -> Repository:
        """Return a view in which these files have this content (None: are gone)."""
        other = TreeRepository(self.tree, self.folder, {**self.changes, **changes})
        other.memory = self.memory
        return other

    @property
    def root(self) -> Path:
        """The folder that holds the files, with a git folder of its own, written when it is first asked for."""
        return checked_out(self.tree, self.folder)

    def folder_with(self, paths: Iterable[str]) -> Path:
        """Return a folder that holds these files: writing 25,000 and taking them away again takes half a minute.

        Raises:
            CannotJudge: a file's bytes are not here, or its name would lead out of the folder.

        """
        if (self.folder / ".git" / DONE).exists():
            return self.root
        some = self.folder.with_name("some")
        some.mkdir(parents=True, exist_ok=True)
        for path in paths:
            if self.tree.place(normpath(path)) is not None and not (some / path).exists():
                _write(some, path, self.read(path))
        return some.resolve()

    @cached_property
    def _on_disk(self) -> tuple[str, ...]:
        return tuple(sorted(path for path, entry in self.tree.entries.items() if entry.mode != MODULE))

    def read(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: it is not there, or is a dangling link.
            CannotJudge: it is there and cannot be read, or lies outside the repository.

        """
        if path in self.changes:
            return super().read(path)
        place = self.tree.place(normpath(path))
        content = self.tree.content(place) if place else None
        if content is None:
            raise FileNotFoundError(path)
        return content

    def state(self, path: str) -> Hashable:
        """Return what differs when a file's content does: the name that git gives to it. Raises as `read`."""
        if path in self.changes:
            return digest(self.read(path))
        place = self.tree.place(normpath(path))
        if place is None or self.tree.entries[place].mode == MODULE:
            raise FileNotFoundError(path)
        return self.tree.entries[place].oid

    def is_file(self, path: str) -> bool:
        """Tell whether the commit has this file."""
        if path in self.changes:
            return self.changes[path] is not None
        place = self.tree.place(normpath(path))
        return place is not None and self.tree.entries[place].mode != MODULE

    def link(self, path: str) -> str | None:
        """Return where a symbolic link leads, as it is written; None when this is none."""
        entry = self.tree.entries.get(path)
        if path in self.changes or entry is None or entry.mode != LINK:
            return None
        return os.fsdecode(self.tree.content(path) or b"")

    def leads_to(self, path: str) -> str:
        """Return the path, relative to the root, at which the links of a path end, be anything there or not."""
        for _ in range(HOPS):
            further = self.tree.step(path)
            if further is None:
                break
            path = further
        return path

    def ignored(self, paths: Sequence[str]) -> frozenset[str]:
        """Return those of these paths that git would ignore, by the `.gitignore` files of the commit alone."""
        folder = self.folder.with_name("ignored")
        if not folder.exists():
            _write_ignores(self.tree, folder)
        return git.ignored(folder, paths)

    def is_folder(self, path: str) -> bool:
        """Tell whether any file lies below this path."""
        prefix = "" if path in {"", "."} else path.rstrip("/") + "/"
        return not prefix or any(name.startswith(prefix) for name in self.files)


def checked_out(tree: GitTree, folder: Path) -> Path:
    """Return a folder with the files of a commit, as a git work tree with that commit as its HEAD.

    It is written once, whoever asks first. No hook, filter or program of the repository runs; git itself refuses
    names that would lead out of the folder or into its git folder.

    Raises:
        CannotJudge: git cannot write it.

    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".git" / DONE).exists():
            _check_out(tree, folder)
    return (folder / tree.prefix).resolve()


def _write(folder: Path, path: str, content: bytes) -> None:
    """Write a file of a commit below a folder, at once; a tree may hold any name, so it is looked at first."""
    if any(part.casefold() in {"", ".", "..", ".git"} for part in path.split("/")):
        raise CannotJudge(f"{path!r}: is no name for a file")
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name[:200]}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(target)


def _make_git_folder(tree: GitTree, inside: Path) -> None:
    for name in ("objects/info", "refs/heads", "info"):
        (inside / name).mkdir(parents=True, exist_ok=True)
    (inside / "HEAD").write_text(f"{tree.commit}\n", encoding="utf-8")
    (inside / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n", encoding="utf-8")
    (inside / "objects" / "info" / "alternates").write_text(tree.store.alternates, encoding="utf-8")
    (inside / "info" / "attributes").write_text(ATTRIBUTES, encoding="utf-8")
    (inside / "packed-refs").write_bytes(_refs(tree))


def _check_out(tree: GitTree, folder: Path) -> None:
    inside = folder / ".git"
    _make_git_folder(tree, inside)
    missing: tuple[str, ...] = ()
    for arguments in (("read-tree", tree.commit), ("checkout-index", "--all", "--force", "--index", "--quiet")):
        done = git.run(folder, *arguments)
        if done is None or done.returncode:
            missing = tree.missing() if done and arguments[0] == "checkout-index" else ()
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0] if done else "there is no git"
            if not missing:
                raise CannotJudge(f"the files of {tree.commit[:9]} cannot be written to a folder: {said}")
    (inside / DONE).write_text("\n".join(missing), encoding="utf-8", errors="surrogateescape")


def left_out(folder: Path) -> tuple[str, ...]:
    """Return the files that are not in a folder that was checked out, since their objects are not here."""
    done = folder / ".git" / DONE
    return tuple(done.read_text(encoding="utf-8", errors="surrogateescape").splitlines()) if done.exists() else ()


def _write_ignores(tree: GitTree, folder: Path) -> None:
    """Write a git folder and the `.gitignore` files of a commit, and nothing else of it."""
    part = folder.with_name(f"{folder.name}-{os.getpid()}")
    for path, entry in tree.entries.items():
        if posixpath.basename(path) == ".gitignore" and entry.mode != LINK:
            (part / path).parent.mkdir(parents=True, exist_ok=True)
            (part / path).write_bytes(tree.content(path) or b"")
    _make_git_folder(tree, part / ".git")
    try:
        part.rename(folder)
    except OSError:  # another process of the run has just done the same
        shutil.rmtree(part)


def _refs(tree: GitTree) -> bytes:
    """Return the repository's branches and tags, so that a base that is named is found in the folder too."""
    rows = git.output(
        tree.store.root, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/remotes", "refs/tags"
    )
    return rows or b""
