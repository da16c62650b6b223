"""What git alone knows of a pull request, and what of it is judged: the merge of its head into today's base."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.pull_request import Fact, Mergeable, PullFacts, PullFile, Side
from pytest_coordguard.domain.record import utc
from pytest_coordguard.facts import git
from pytest_coordguard.facts.change import Change, ChangedFile
from pytest_coordguard.facts.git_tree import GitTree, TreeRepository
from pytest_coordguard.facts.pull_request.commits import commits_between, files_between
from pytest_coordguard.facts.pull_request.sides import Merged, Sides
from pytest_coordguard.facts.quarantine import Quarantine
from pytest_coordguard.facts.repository import Repository

SOURCE = "git"
SILENT = "git alone tells of none"  # reviews, checks and the like


@dataclass(frozen=True, slots=True)
class Judged:
    """The two trees that the criteria are judged by, and what git knows of the pull request."""

    sides: Sides
    before: GitTree  # what the change is compared with
    after: GitTree  # what is judged
    commit: str  # of `after`
    files: tuple[PullFile, ...]
    conflicts: tuple[str, ...]
    notes: tuple[str, ...]
    facts: PullFacts


def judged(store: Quarantine, number: int, found: Sides, now: str) -> Judged:
    """Merge the head into the base, in the quarantine, and return what is known then.

    Where they conflict there is no result: the head is judged, against where it left the base.

    Raises:
        CannotJudge: git is too old, the two share no history, or objects are missing here.

    """
    left = git.output(store.root, "merge-base", found.base, found.head)
    if left is None:
        raise CannotJudge(
            f"{found.head[:9]} and {found.base[:9]} share no commit here; fetch the whole history (fetch-depth: 0)"
        )
    fork = left.decode().split()[0]
    prefix = (git.output(store.root, "rev-parse", "--show-prefix") or b"").decode().strip()
    merge = store.merge(found.base, found.head)
    if merge.conflicts:
        before, after = fork, found.head
        notes = [f"{len(merge.conflicts)} files conflict with {found.base_ref}: the head is judged as it is, unmerged"]
    else:
        before, after = found.base, store.commit(merge.tree, found.base, found.head)
        notes = []
    files = files_between(store, before, after, prefix)
    notes += _drift(files, files_between(store, fork, found.head, prefix), found)
    if found.merged is not None:
        notes += _other_result(store, found.merged, merge.tree if not merge.conflicts else "")
    facts = _facts(store, number, found, files, Mergeable(not merge.conflicts, merge.conflicts), now)
    trees = GitTree(store, before, prefix), GitTree(store, after, prefix)
    return Judged(found, *trees, after, files, merge.conflicts, (*found.notes, *notes), facts)


def _drift(files: tuple[PullFile, ...], since_fork: tuple[PullFile, ...], found: Sides) -> list[str]:
    gone = sorted({each.path for each in since_fork} - {name for each in files for name in each.names})
    if not gone:
        return []
    named = ", ".join(gone[:3]) + (f" and {len(gone) - 3} more" if len(gone) > 3 else "")  # noqa: PLR2004
    return [f"{found.base_ref} has {len(gone)} of its files as it has them already, so they are not judged: {named}"]


def _other_result(store: Quarantine, merged: Merged, tree: str) -> list[str]:
    theirs = store.output("rev-parse", "--verify", "--quiet", f"{merged.commit}^{{tree}}")
    if theirs is None or theirs.decode().strip() == tree:
        return []
    return [f"what was merged, {merged.commit[:9]}, is not what a merge of the two gives"]


def _facts(
    store: Quarantine, number: int, found: Sides, files: tuple[PullFile, ...], mergeable: Mergeable, now: str
) -> PullFacts:
    merged = found.merged
    silent: Fact[object] = Fact(source=SOURCE, why=SILENT)
    seen = git.committer_time(store.root, found.head)
    facts = {name: silent for name, _ in PullFacts(number).facts()}
    facts |= {
        "head": Fact(Side(found.head), SOURCE, now, ""),
        "base": Fact(Side(found.base, found.base_ref), SOURCE, now, ""),
        "files": Fact(files, SOURCE, now, ""),
        "commits": Fact(commits_between(store, found.base, found.head), SOURCE, now, ""),
        "mergeable": Fact(mergeable, SOURCE, now, ""),
    }
    if seen is not None:
        facts["head_seen"] = Fact(
            utc(datetime.fromtimestamp(seen, UTC)), "git, as the committer's clock had it", now, ""
        )
    if merged is not None:
        facts |= {"state": Fact("merged", SOURCE, now, ""), "title": Fact(_title(merged, number), SOURCE, now, "")}
        if merged.squashed:
            facts["body"] = Fact(merged.body, "git, the message of the squashed commit", now, "")
    return PullFacts(number, **facts)  # type: ignore[arg-type]  # each name has its own type


def _title(merged: Merged, number: int) -> str:
    if merged.squashed:
        return re.sub(rf"\s*\(#{number}\)\Z", "", merged.subject)
    return merged.body.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class PullChange(Change):
    """The change of a pull request: from its base to the result of the merge, neither of them checked out."""

    judged: Judged | None = None

    def files(self, repo: Repository) -> tuple[ChangedFile, ...]:
        """Return the files that differ, sorted by path. What is changed in `repo`'s view alone counts."""
        assert self.judged is not None
        found = {each.path: ChangedFile(each.path, each.before, each.deleted) for each in self.judged.files}
        for path, content in repo.changes.items():
            self._overlay(found, path, content)
        return tuple(found[path] for path in sorted(found))

    def content_before(self, path: str) -> bytes | None:
        """Return a file's bytes as the base has them; None when it has no such file."""
        assert self.judged is not None
        return self.judged.before.content(path)


@dataclass(frozen=True, slots=True)
class ChangeAsItWas(PullChange):
    """The files that a pull request touches, as they are in its base: what is judged beside it, to compare."""

    def files(self, repo: Repository) -> tuple[ChangedFile, ...]:  # noqa: ARG002  # no view of the base is planted in
        """Return the files that the base has of those, sorted by path."""
        assert self.judged is not None
        there = sorted({each.before for each in self.judged.files if each.before})
        return tuple(ChangedFile(path, path) for path in there)


def change_as_it_was(root: Path, found: Judged) -> ChangeAsItWas:
    """Return the change that guardrails look at when they judge the base."""
    since = f"{found.before.commit[:9]} ({found.sides.base_ref})"
    return ChangeAsItWas(root, found.before.commit, since, asked=True, judged=found)


def change_of(root: Path, found: Judged) -> PullChange:
    """Return the change that guardrails look at."""
    since = f"{found.before.commit[:9]} ({found.sides.base_ref})"
    return PullChange(root, found.before.commit, since, asked=True, judged=found)


def repository_of(found: Judged, folder: Path) -> TreeRepository:
    """Return the repository that guardrails look at."""
    return TreeRepository(found.after, folder)
