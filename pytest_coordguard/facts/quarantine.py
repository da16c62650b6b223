"""Git objects of ours beside those of a repository: what is made here never lands in the repository itself."""

from __future__ import annotations

import os
import subprocess
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts import git

WHO = "coordguard <coordguard@localhost> 0 +0000"  # the same commit each time, for the same two sides
OLDEST = "2.38"  # of git: `merge-tree --write-tree` is new in it


@dataclass(frozen=True, slots=True)
class Merge:
    """How two commits merge."""

    tree: str  # of the result; with conflicts it holds their markers
    conflicts: tuple[str, ...]  # paths


class Quarantine:
    """Reads a repository's objects, and writes only into a folder of its own."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self._objects = folder / "objects"
        self._objects.mkdir(parents=True, exist_ok=True)
        theirs = git.output(root, "rev-parse", "--git-path", "objects")
        if theirs is None:
            raise CannotJudge(f"{root} is no git repository")
        self.theirs = (root / os.fsdecode(theirs).rstrip("\n")).resolve()
        self._reader: _Reader | None = None

    def __getstate__(self) -> dict[str, object]:
        """Leave the process behind: who unpickles this starts one of its own."""
        return {**self.__dict__, "_reader": None}

    @property
    def environment(self) -> Mapping[str, str]:
        """What leads git to both stores."""
        return {
            "GIT_OBJECT_DIRECTORY": str(self._objects),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{self.theirs}"',
        }

    @property
    def alternates(self) -> str:
        """The text of `objects/info/alternates` of a repository that is to see both stores."""
        return f"{self._objects.resolve()}\n{self.theirs}\n"

    def output(self, *arguments: str, stdin: bytes = b"") -> bytes | None:
        """Return what a git command prints, or None when it fails."""
        done = git.run(self.root, *arguments, stdin=stdin, env=self.environment)
        return None if done is None or done.returncode else done.stdout

    def merge(self, ours: str, theirs: str) -> Merge:
        """Return how `theirs` merges into `ours`.

        Raises:
            CannotJudge: git is too old, the two share no history, or objects are missing here.

        """
        arguments = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
        done = git.run(self.root, *arguments, env=self.environment)
        if done is None or done.returncode not in (0, 1):
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() if done else ["there is no git"]
            raise CannotJudge(
                f"git cannot merge {theirs[:9]} into {ours[:9]}: {said[-1] if said else 'it says nothing'} "
                f"(it takes git {OLDEST}, the whole history and all objects)"
            )
        tree, *conflicts = [os.fsdecode(part) for part in done.stdout.split(b"\0") if part]
        return Merge(tree, tuple(dict.fromkeys(conflicts)))

    def commit(self, tree: str, *parents: str, message: str = "merge") -> str:
        """Return a commit of a tree, made here.

        Raises:
            CannotJudge: git fails.

        """
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {WHO}", f"committer {WHO}"]
        text = "\n".join([*lines, "", message, ""])
        made = self.output("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
        if made is None:
            raise CannotJudge(f"git cannot write a commit of {tree[:9]} to {self._objects}")
        return made.decode().strip()

    def blob(self, oid: str) -> bytes | None:
        """Return the bytes of a blob; None when it is not here. One process reads all of them."""
        if self._reader is None:
            self._reader = _Reader(self.root, self.environment)
        return self._reader.read(oid)


class _Reader:
    """A `git cat-file --batch` that lives as long as it is needed."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            git.command("cat-file", "--batch"),
            cwd=root,
            env={**git.environment(), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        weakref.finalize(self, _end, self.process)

    def read(self, oid: str) -> bytes | None:
        """Return a blob's bytes, None when it is missing."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(f"{oid}\n".encode())
            self.process.stdin.flush()
            head = self.process.stdout.readline().split()
        except BrokenPipeError:
            head = []
        if not head:
            raise CannotJudge("git cat-file ended early: an object of the repository is damaged")
        if head[-1] == b"missing":
            return None
        data = self.process.stdout.read(int(head[2]) + 1)
        return data[:-1] if head[1] == b"blob" else None


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()
