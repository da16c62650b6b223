"""The commits of a branch and the files that differ between two commits, as git tells them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.pull_request import Contributor, PullCommit, PullFile
from pytest_coordguard.facts.quarantine import Quarantine

FORMAT = "%H%x00%an%x00%ae%x00%cn%x00%ce%x00%B%x00%x00"
CO_AUTHOR = re.compile(r"^co-authored-by:[ \t]*(.*?)[ \t]*<([^<>\n]*)>[ \t]*$", re.IGNORECASE | re.MULTILINE)
RENAMES = 5000  # files on either side above which git pairs no renamed and altered files; the same ones it always does
KINDS = {"120000": "link", "160000": "submodule", "100755": "executable"}
FIELDS = 6  # of one commit


def commits_between(store: Quarantine, base: str, head: str) -> tuple[PullCommit, ...]:
    """Return the commits that `head` has and `base` has not, the newest first.

    Raises:
        CannotJudge: commits of it are missing here, as in a shallow clone.

    """
    raw = store.output("log", "-z", f"--format={FORMAT}", "--no-mailmap", f"{base}..{head}", "--")
    if raw is None:
        raise CannotJudge(f"git cannot list the commits of {base[:9]}..{head[:9]}: some are missing here")
    rows = raw.decode("utf-8", "replace").split("\0\0")
    return tuple(_commit(row.lstrip("\0").split("\0", FIELDS - 1)) for row in rows if row.strip("\0"))


def _commit(fields: list[str]) -> PullCommit:
    sha, name, email, committer, committer_email, *message = fields
    text = message[0].strip() if message else ""
    people = [Contributor("author", name, email), Contributor("committer", committer, committer_email)]
    people += [Contributor("co-author", found[1], found[2]) for found in CO_AUTHOR.finditer(text)]
    return PullCommit(sha, text, tuple(dict.fromkeys(people)))


def files_between(store: Quarantine, before: str, after: str, prefix: str = "") -> tuple[PullFile, ...]:
    """Return the files that differ between two commits, both sides of renames, sorted by path.

    Args:
        store: where the objects are.
        before: a commit or tree.
        after: another one.
        prefix: of the judged root within the work tree; what lies elsewhere is left out.

    Raises:
        CannotJudge: objects of one are missing here.

    """
    compare = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--find-renames", f"-l{RENAMES}", "--no-ext-diff")
    raw = store.output(*compare, before, after, "--")
    if raw is None:
        raise CannotJudge(f"git cannot compare {before[:9]} with {after[:9]}: objects of one are missing here")
    found = {file.path: file for file in (_below(prefix, each) for each in _read(raw)) if file is not None}
    return tuple(found[path] for path in sorted(found))


def _read(raw: bytes) -> Iterator[PullFile]:
    """Yield the files of `git diff-tree --raw -z` (git-diff(1), RAW OUTPUT FORMAT)."""
    fields = iter(raw.split(b"\0"))
    for head in filter(None, fields):
        old_mode, new_mode, _, _, status = head.decode().lstrip(":").split(" ")
        path = os.fsdecode(next(fields))
        kinds = _kinds(old_mode, new_mode, status[0])
        match status[0]:
            case "R":
                yield PullFile(os.fsdecode(next(fields)), path, kinds=kinds)
            case "C":
                yield PullFile(os.fsdecode(next(fields)), None, kinds=kinds)
            case "A":
                yield PullFile(path, None, kinds=kinds)
            case "D":
                yield PullFile(path, path, deleted=True, kinds=kinds)
            case _:  # M and T: its content, its kind
                yield PullFile(path, path, kinds=kinds)


def _kinds(before: str, after: str, status: str) -> tuple[str, ...]:
    found = [KINDS[mode] for mode in (before, after) if mode in KINDS and mode != "100755"]
    if status not in "AD" and before != after:
        found.append("mode-changed")
    if after == "100755" and before != after:
        found.append("executable")
    return tuple(dict.fromkeys(found))


def _below(prefix: str, file: PullFile) -> PullFile | None:
    """Return a file as it is named below a folder; None when neither side of it lies there."""
    if not prefix:
        return file
    here = file.path.startswith(prefix)
    was = file.before is not None and file.before.startswith(prefix)
    before = file.before.removeprefix(prefix) if file.before and was else None
    if not here:
        return PullFile(str(before), before, deleted=True, kinds=file.kinds) if was else None
    return PullFile(file.path.removeprefix(prefix), before, file.deleted, file.kinds)
