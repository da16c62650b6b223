"""Tags of candidates and releases, and the one act of making a release's tag."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_coordguard.domain.release import Candidate, newest, section
from pytest_coordguard.facts import git


class TagError(Exception):
    """A tag was not made; the message says why."""


def candidate(root: Path, tag: str, changelog: str) -> Candidate:
    """Return a candidate by its tag, the newest when `tag` is empty; one without a tag when there is none.

    `changelog` is the text of the changelog.
    """
    name = tag or newest(_tags(root))
    commit = git.commit(root, f"refs/tags/{name}") if name else None
    if not name or commit is None:
        return Candidate("")
    stamp = os.fsdecode(git.output(root, "for-each-ref", "--format=%(creatordate:unix)", f"refs/tags/{name}") or b"")
    found = Candidate(name, commit, int(stamp.strip() or 0))
    taken = git.commit(root, f"refs/tags/{found.release}") is not None if found.release else False
    return Candidate(name, commit, found.since, taken, section(changelog, found.release) if found.release else "")


def _tags(root: Path) -> list[str]:
    raw = git.output(root, "for-each-ref", "--format=%(refname:strip=2)", "refs/tags") or b""
    return os.fsdecode(raw).split()


def make_tag(root: Path, found: Candidate, message: str, who: str, when: int) -> None:
    """Make the release's tag in one step: it is there as a whole, or not at all, and never in place of another.

    In the same step git sees that the candidate's tag still is what was judged.

    Raises:
        TagError: git refused.

    """
    text = f"object {found.commit}\ntype commit\ntag {found.release}\ntagger {who} {when} +0000\n\n{message.strip()}\n"
    made = git.output(root, "mktag", stdin=text.encode())
    rc = git.output(root, "rev-parse", "--verify", "--quiet", f"refs/tags/{found.tag}")
    if made is None or rc is None:
        raise TagError(f"git would not make the tag {found.release}")
    steps = (
        "start",
        f"verify refs/tags/{found.tag} {os.fsdecode(rc).strip()}",
        f"create refs/tags/{found.release} {os.fsdecode(made).strip()}",
        "prepare",
        "commit",
    )
    if git.output(root, "update-ref", "--stdin", stdin=("\n".join(steps) + "\n").encode()) is None:
        raise TagError(f"{found.release} was not made: it is there already, or {found.tag} has moved")


def identity(root: Path) -> str:
    """Return who makes a tag, as `Name <address>`; "" when git does not know."""
    raw = os.fsdecode(git.output(root, "var", "GIT_COMMITTER_IDENT") or b"")
    return raw.rpartition(">")[0] + ">" if ">" in raw else ""
