"""One pull request in a gate run: what is known of it, what of it is judged, and by which rules."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.domain.record import Provenance, utc
from pytest_coordguard.domain.review import Wanted, approval, last_opinions
from pytest_coordguard.domain.selection import Selection, changed_rules, critical_because
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.facts.git_tree import GitTree, TreeRepository, checked_out, left_out
from pytest_coordguard.facts.pull_request.by_git import Judged, change_as_it_was, judged
from pytest_coordguard.facts.pull_request.sides import NoPullRequest, Sides, sides
from pytest_coordguard.facts.pull_request.trust import whole
from pytest_coordguard.facts.quarantine import Quarantine
from pytest_coordguard.locate import listed_under

if TYPE_CHECKING:
    from pytest_coordguard.post_verdict import Post
    from pytest_coordguard.pull_rules import Brought

LOOKED = "pull-request.pickle"  # lies in the run's own folder, mode 0700, written and read by its processes alone
REVIEW = "review.critical"  # the check that asks for the reviewer
EMPTY = "it changes nothing: every file of the merge is as the base has it"
NO_RULES = "the base has no plan: this pull request brings the rules along that it is judged by"


@dataclass(slots=True)
class PullRun:
    """What a gate run knows of its pull request. Another process of the same run knows the same."""

    number: int
    root: Path  # the repository, which is only read
    shared: Path  # the run's own folder
    told: PullFacts  # by all sources but git
    judged: Judged
    facts: PullFacts  # by all of them
    base_asked: str
    sources: tuple[str, ...]  # in words
    selection: Selection = field(default_factory=Selection)
    brought: bool = False  # whether the plan is the pull request's own, for the base has none
    look_again: Callable[[], PullFacts] | None = None  # asks anew where it can be asked
    post: Post | None = None  # with --post, in the controller
    rules: Brought | None = None  # those that it brings along, in the controller; they decide nothing
    base_files: Mapping[str, bytes] = field(default_factory=dict)  # the repository's guardrails, as the base has them

    @property
    def commit(self) -> str:
        """The commit that is judged: the result of the merge, which lies nowhere but in this run's folder."""
        return self.judged.commit

    def provenance(self, run: str) -> Provenance:
        """Return what the verdicts are bound to."""
        return Provenance(self.commit, dirty=False, run=run)

    def moved(self) -> str:
        """Return what changed since this run began and decides its verdict, "" when nothing did."""
        told = self.look_again() if self.look_again is not None else self.told
        if self.told.head.known and not told.head.known:
            return f"whether the head moved while the run went on is not known: {told.head.why}"
        try:
            now = sides(self.root, self.number, told, self.base_asked)
        except NoPullRequest as error:
            return f"the pull request is no longer as it was: {error}"
        before = self.judged.sides
        for what, was, is_now in (("head", before.head, now.head), ("base", before.base, now.base)):
            if was != is_now:
                return f"the {what} moved from {was[:9]} to {is_now[:9]} while the run went on"
        return self._opinions_moved(told)

    def _opinions_moved(self, told: PullFacts) -> str:
        """Return how the reviews or the draft changed: an approval that was taken back meanwhile is none."""
        before, now = self.told.reviews, told.reviews
        if before.known and not now.known:
            return f"whether the reviews changed while the run went on is not known: {now.why}"
        head = self.facts.head_sha
        if last_opinions(before.value or (), head) != last_opinions(now.value or (), head):
            return "the reviews changed while the run went on; judge it again"
        if self.told.draft.value != told.draft.value:
            return "it became a draft, or ready, while the run went on; judge it again"
        return ""

    def missing(self) -> tuple[str, ...]:
        """Return a sentence on files that could not be written to the folders that were judged, if there are any."""
        folders = (self.shared / "judged" / "tree", self.shared / "runner" / "tree")
        gone = sorted({path for folder in folders for path in left_out(folder)})
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""  # noqa: PLR2004
        told = f"objects of {len(gone)} files are missing in this clone, so not all was judged: {', '.join(gone[:3])}"
        return (f"{told}{more}; fetch them (no partial clone)",) if gone else ()

    def problems(self, plan: Plan) -> tuple[str, ...]:
        """Return what keeps the gate closed and belongs to no criterion."""
        applies = self.selection.applies or {}
        checks = {criterion.id: criterion.check for criterion in plan.criteria}
        found = [NO_RULES] if self.brought else []
        if self.facts.files.value == ():
            found.append(EMPTY)
        if not applies:
            found.append(f"no criterion of the plan applies to pull request {self.number}: nothing was judged")
        if not any(checks.get(name) == REVIEW for name in applies):
            found += self._unapproved(plan)
        return tuple(found)

    def _unapproved(self, plan: Plan) -> list[str]:
        """Return why the reviewer's approval is missing, where the plan has no criterion that asks for it."""
        reasons = critical_because(plan, self.facts)
        if not reasons:
            return []
        found = approval(self.facts, Wanted(plan.critical.reviewers or None))
        if found.verdict is Verdict.MET:
            return []
        return [f"it needs the reviewer, for it {reason.text}; {'; '.join(found.why)}" for reason in reasons]

    def notes(self, plan: Plan) -> tuple[str, ...]:
        """Return what a reader should know and what closes nothing."""
        rules = changed_rules(plan, self.facts)
        return (
            *self.judged.notes,
            *(f"it names {name!r}, which is no task of the plan" for name in self.selection.unknown),
            *(
                [f"it changes its own rules ({', '.join(rules[:5])}), and is judged by those of the base"]
                if rules
                else []
            ),
        )

    @property
    def renamed(self) -> dict[str, str]:
        """The former path of each file that was renamed, and its path now."""
        return {each.before: each.path for each in self.judged.files if each.before and not each.deleted}

    def base_fixtures(self) -> dict[str, object]:
        """Return what a guardrail is given to judge the base as it judges the merge: by name, as pytest's fixtures."""
        return {
            "repo": TreeRepository(self.judged.before, self.shared / "base" / "tree"),
            "change": change_as_it_was(self.root, self.judged),
        }

    def runner_folder(self) -> Path:
        """Return a throw-away work tree for the repository's own tests, with the guardrails of the base in it."""
        folder = self.shared / "runner" / "tree"
        root = checked_out(self.judged.after, folder)
        for path, content in self.base_files.items():
            target = root / path
            if target.is_symlink() or target.parent.resolve() != target.parent:
                continue  # a link of the pull request's; the guardrail is then not there, and says so
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return root


def look(
    root: Path,
    shared: Path,
    number: int,
    ask: Callable[[], tuple[PullFacts, tuple[str, ...]]],
    base_asked: Callable[[], str],
) -> tuple[PullRun, bool]:
    """Return what is known of a pull request; the first process of a run asks, the others read what it was told.

    Args:
        root: the repository.
        shared: the run's own folder.
        number: of the pull request.
        ask: returns what all sources but git know, and their names.
        base_asked: returns the branch that the plan calls the base.

    Raises:
        NoPullRequest: nothing here tells which commits are meant.
        CannotJudge: they are known, and cannot be read or merged here.

    """
    file = shared / LOOKED
    first = not file.exists()
    if first:
        told, sources = ask()
        asked = base_asked()
        found = sides(root, number, told, asked)
        _leave(file, (told, sources, asked, found, utc(datetime.now(UTC))))
    told, sources, asked, found, now = _left(file)
    here = judged(Quarantine(root, shared / "quarantine"), number, found, now)
    facts = whole(here.facts, told)
    return PullRun(number, root, shared, told, here, facts, asked, sources), first


Left = tuple[PullFacts, tuple[str, ...], str, Sides, str]


def _leave(file: Path, what: Left) -> None:
    part = file.with_suffix(".part")
    part.write_bytes(pickle.dumps(what))
    part.replace(file)


def _left(file: Path) -> Left:
    found: Left = pickle.loads(file.read_bytes())  # noqa: S301  # our own file in our own 0700 folder
    return found


def base_named(plan: bytes | None) -> str:
    """Return the branch that a plan's text calls the base, "" when it says nothing."""
    return next(iter(listed_under("base", (plan or b"").decode("utf-8", "replace"))), "")


def write_base_files(tree: GitTree, plan: bytes, folder: Path) -> Mapping[str, bytes]:
    """Write the repository's own guardrails, as a commit has them, to a folder to be read as text; return them."""
    found: dict[str, bytes] = {}
    for name in listed_under("guardrails", plan.decode("utf-8", "replace")):
        below = name.rstrip("/") + "/"
        for path in tree.entries:
            if path == name or (path.startswith(below) and path.endswith(".py")):
                found[path] = tree.content(path) or b""
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in found.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return found
