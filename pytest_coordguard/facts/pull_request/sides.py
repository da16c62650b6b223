"""Which commits a pull request is about: its head, and what it is merged into."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.facts import git

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class NoPullRequest(ValueError):
    """Nothing here tells which commits are meant; the message says what was looked for, and what to do."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The commit by which a pull request came into the branch."""

    commit: str
    onto: str  # its first parent
    subject: str
    body: str
    squashed: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """The two commits, and how they were found."""

    head: str
    base: str
    base_ref: str  # the branch's name
    merged: Merged | None
    notes: tuple[str, ...] = ()


def sides(root: Path, number: int, told: PullFacts, base_asked: str = "") -> Sides:
    """Return the head and the base of a pull request, full ids of commits that this clone has.

    Args:
        root: the repository.
        number: of the pull request.
        told: what the other sources know of it.
        base_asked: the branch that the plan calls the base, "" when it says nothing.

    Raises:
        NoPullRequest: one of them is not known, or not here.

    """
    head, notes = _head(root, number, told)
    branch, base = _base(root, number, told, base_asked)
    merged = None if told.state.value == "open" else merged_as(root, base, number)
    if merged is not None:
        when = f"it is merged as {merged.commit[:9]}, and judged as it was then: onto {merged.onto[:9]}"
        return Sides(head, merged.onto, branch, merged, (*notes, when))
    said = told.base.value.sha if told.base.value else ""
    if COMMIT.fullmatch(said) and said != base and git.output(root, "merge-base", "--is-ancestor", said, base) is None:
        notes = (*notes, f"{branch} is {base[:9]} in this clone, and {said[:9]} elsewhere: fetch it")
    return Sides(head, base, branch, None, notes)


def _head(root: Path, number: int, told: PullFacts) -> tuple[str, tuple[str, ...]]:
    refs = {ref: commit for ref in _refs(root, number) if (commit := git.commit(root, ref))}
    said = told.head.value.sha if told.head.value else ""
    if not said:
        if not refs:
            raise NoPullRequest(_unknown(root, number))
        ref, head = next(iter(refs.items()))
        others = [f"{other} is {commit[:9]}" for other, commit in refs.items() if commit != head]
        return head, tuple(f"{ref} is judged, {other}" for other in others)
    head = (COMMIT.fullmatch(said) and git.commit(root, said)) or ""
    if not head:
        raise NoPullRequest(
            f"--pr {number}: its head is {said[:12]!r} ({told.head.source}), and this clone does not have it; "
            f"fetch it: git fetch origin {_refspec(number)}"
        )
    behind = [ref for ref, commit in refs.items() if commit != head]
    return head, tuple(
        f"{ref} is {refs[ref][:9]} in this clone, and the {told.head.source} says {head[:9]}" for ref in behind
    )


def _refs(root: Path, number: int) -> Iterator[str]:
    """Yield where a clone keeps a pull request's head, if it does: GitHub's own name first."""
    yield f"refs/pull/{number}/head"
    listed = git.output(root, "for-each-ref", "--format=%(refname)", f"refs/remotes/*/pull/{number}/head") or b""
    yield from (os.fsdecode(name) for name in listed.splitlines())
    yield from (f"refs/remotes/origin/pr/{number}", f"refs/merge-requests/{number}/head")


def _refspec(number: int) -> str:
    return f"+refs/pull/{number}/head:refs/pull/{number}/head"


def _unknown(root: Path, number: int) -> str:
    if git.head(root) is None:
        return f"--pr {number}: {root} is no git repository with a commit, so no pull request can be found in it"
    listed = git.output(root, "for-each-ref", "--format=%(refname)", "refs/pull/", "refs/remotes/*/pull/") or b""
    known = sorted({int(found[1]) for found in re.finditer(rb"/pull/(\d+)/head", listed)})
    near = f"; it has {len(known)} others, up to {known[-1]}" if known else ""
    return (
        f"--pr {number}: this clone has no refs/pull/{number}/head{near}, and neither an event nor saved facts tell "
        f"its head; fetch it: git fetch origin {_refspec(number)} (or, for what is checked out: --range A..B)"
    )


def _base(root: Path, number: int, told: PullFacts, asked: str) -> tuple[str, str]:
    """Return the base branch as it is now, name and commit."""
    said = told.base.value
    names = [said.ref] if said and said.ref else [asked, os.environ.get("GITHUB_BASE_REF", "")]
    for name in filter(None, names):
        for ref in (f"refs/remotes/origin/{name}", f"refs/heads/{name}", f"refs/remotes/{name}"):
            if found := git.commit(root, ref):
                return name, found
    if said and COMMIT.fullmatch(said.sha) and (found := git.commit(root, said.sha)):
        return said.ref or said.sha[:9], found
    if any(names):
        wanted = next(filter(None, names))
        raise NoPullRequest(
            f"--pr {number}: its base is {wanted!r}, and this clone has no such branch; fetch it: "
            "git fetch origin (in a workflow: fetch-depth: 0)"
        )
    default = git.default_branch(root)
    commit = git.commit(root, default) if default else None
    if default is None or commit is None:
        raise NoPullRequest(f"--pr {number}: no base is known here; name the `base` in the plan, as base: main")
    return default.removeprefix("origin/"), commit


def merged_as(root: Path, branch: str, number: int) -> Merged | None:
    """Return the commit of a branch's history by which a pull request was merged or squashed; the first of them.

    A commit that quotes the number, as a revert does, carries another one at its end.
    """
    raw = git.output(
        root,
        *("log", "-z", "--format=%H%n%P%n%B", "--extended-regexp", "--regexp-ignore-case", "--reverse"),
        *(f"--grep=\\(#{number}\\)$", f"--grep=^Merge pull request #{number} from "),
        *("--end-of-options", branch, "--"),
    )
    for row in (raw or b"").decode("utf-8", "replace").split("\0"):
        commit, _, rest = row.strip("\n").partition("\n")
        parents, _, message = rest.partition("\n")
        subject, _, body = message.strip("\n").partition("\n")
        squashed = subject.endswith(f"(#{number})")
        if parents and (squashed or subject.startswith(f"Merge pull request #{number} ")):
            return Merged(commit, parents.split()[0], subject, body.strip(), squashed)
    return None
