"""Work on a repository's tasks as git and pull requests show it. Plain data; `facts.branches` gathers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_coordguard.domain.task_link import By, Confidence, TaskLink, belongs_to

MERGED, OPEN, EMPTY = "merged", "open", "empty"
WORDS_FOR = 14 * 24 * 3600  # seconds after a task's first merge


@dataclass(frozen=True, slots=True)
class PullState:
    """What a forge says of one pull request. None: it is not known."""

    number: int
    title: str = ""
    branch: str = ""
    head: str = ""
    open: bool | None = None
    draft: bool | None = None
    labels: tuple[str, ...] = ()
    review: str = ""  # APPROVED, CHANGES_REQUESTED, REVIEW_REQUIRED, or ""
    failed_checks: tuple[str, ...] = ()
    author: str = ""
    created: int | None = None  # seconds since 1970
    updated: int | None = None


@dataclass(frozen=True, slots=True)
class Pulls:
    """What is known of pull requests besides git."""

    states: Mapping[int, PullState]  # by number
    source: str = ""  # in words: who told it, and when
    told: bool = True  # whether a forge was asked for all of them
    every_open: bool = False  # whether one that is not among them is closed


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of work: a branch, a pull request, or a commit on the default branch."""

    name: str  # as a person would say it: "#414", "feat/shadow-diff", "8643372e6"
    state: str  # merged, open, empty
    how: str  # why that is its state, in words
    tip: str  # commit
    title: str = ""  # subject of its newest commit, or title of its pull request
    branch: str = ""  # its own name, without refs/heads/
    ref: str = ""  # full name of the ref, "" for what is on the default branch
    pull: PullState | None = None
    first: int = 0  # its first commit, seconds since 1970
    last: int = 0  # its last commit
    merged_at: int | None = None
    authors: tuple[str, ...] = ()  # "Name <address>", co-authors too
    ahead: int = 0  # commits that the default branch does not have
    behind: int | None = None  # commits that it lacks; None: not counted
    paths: tuple[str, ...] = ()
    conflicts: tuple[str, ...] | None = None  # paths in which it conflicts with the default branch; None: not known
    spent_hours: float | None = None  # by `Spent:` trailers
    links: tuple[TaskLink, ...] = ()
    unknown: tuple[str, ...] = ()  # what trailers and labels name, and the plan does not have

    @property
    def number(self) -> int | None:
        """Its pull request's number."""
        return self.pull.number if self.pull else None

    @property
    def tasks(self) -> tuple[TaskLink, ...]:
        """The tasks whose work it is."""
        return belongs_to(self.links)

    def of_task(self, task: str) -> TaskLink | None:
        """Return what makes it a task's work, None when it is not."""
        return next((link for link in self.tasks if link.task == task), None)


@dataclass(frozen=True, slots=True)
class Worktree:
    """A folder in which a branch is checked out."""

    path: str
    branch: str  # "" when it is detached
    commit: str
    dirty: int | None = None  # files that differ from the commit; None: not looked at
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """All that was found."""

    known: bool = False  # whether there was a history to look at
    main: str = ""  # the default branch
    main_commit: str = ""
    on_main: bool = True  # whether what is checked out is on it
    branch: str = ""  # what is checked out
    since: int = 0  # what is older was not looked at, seconds since 1970
    now: int = 0  # when it was gathered, seconds since 1970
    changes: tuple[Change, ...] = ()  # merged ones first, the oldest first
    worktrees: tuple[Worktree, ...] = ()
    pulls_known: bool = False  # whether a forge told which pull requests are open
    pulls_source: str = ""  # who told it and when; or why nobody did
    notes: tuple[str, ...] = ()  # what could not be seen, in words
    merges: Mapping[str, int] = field(default_factory=dict)  # day -> changes that were merged on it

    def of_task(self, task: str) -> tuple[tuple[Change, TaskLink], ...]:
        """Return a task's own changes, each with what makes it so."""
        return tuple((each, link) for each in self.changes if (link := each.of_task(task)))

    def alike(self, task: str) -> tuple[Change, ...]:
        """Return the changes that belong to no task, and whose titles read like this one's."""
        return tuple(
            each
            for each in self.changes
            if not each.tasks and any(link.task == task and link.by is By.WORDS for link in each.links)
        )


def in_time(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes, with what is linked by words alone taken for chance when it began long after the task's work.

    A task's words come back: "fix E402" is said a month after E402-1 was merged, of other files.
    """
    merged: dict[str, int] = {}
    for each in changes:
        for link in each.tasks if each.state == MERGED else ():
            when = each.merged_at or each.last
            merged[link.task] = min(merged.get(link.task, when), when)
    return tuple(replace(each, links=tuple(_timely(link, each, merged) for link in each.links)) for each in changes)


def _timely(link: TaskLink, change: Change, merged: Mapping[str, int]) -> TaskLink:
    late = change.first > merged.get(link.task, change.first) + WORDS_FOR
    return replace(link, confidence=Confidence.LOW) if link.by is By.WORDS and late else link


def surest(links: Iterable[TaskLink]) -> Confidence:
    """Return the confidence of the most trusted link, LOW without one."""
    return max((each.confidence for each in links), default=Confidence.LOW)
