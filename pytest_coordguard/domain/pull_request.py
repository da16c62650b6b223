"""What is known of a pull request: plain data, each fact with its source and time. What is not known is None."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Generic, TypeVar

Known = TypeVar("Known")
NOTHING_ASKED = "no source was asked"


@dataclass(frozen=True, slots=True)
class Fact(Generic[Known]):
    """One thing that is known, or why it is not."""

    value: Known | None = None
    source: str = ""  # git, api, event, file
    as_of: str = ""  # UTC, as 2026-11-24T09:15:02Z
    why: str = NOTHING_ASKED  # why the value is None; means nothing where it is not

    @property
    def known(self) -> bool:
        """Whether there is a value. An empty list of reviews is one."""
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the forge. Its id is its identity: a login can be given up and taken by another person."""

    login: str  # that of a bot ends in "[bot]"
    id: int | None = None

    @property
    def is_bot(self) -> bool:
        """Whether no person stands behind it."""
        return self.login.endswith("[bot]")

    def is_same(self, other: Account) -> bool:
        """Tell whether both are one account: by id where both have one, else by login, which knows no case."""
        if self.id is not None and other.id is not None:
            return self.id == other.id
        return self.login.casefold() == other.login.casefold()


@dataclass(frozen=True, slots=True)
class Side:
    """The head or the base: a commit, and the branch that it is on."""

    sha: str
    ref: str = ""  # the branch's name, "" when it is not known
    repository: str = ""  # owner/name; "" when it is not known, or was deleted


@dataclass(frozen=True, slots=True)
class PullFile:
    """One file that the pull request touches."""

    path: str
    before: str | None = None  # its path in the base, another one when it was renamed; None when it is new
    deleted: bool = False
    kinds: tuple[str, ...] = ()  # what is odd of its mode: link, submodule, executable, mode-changed

    @property
    def names(self) -> tuple[str, ...]:
        """Both sides of it: what it is and what it was called."""
        return tuple(dict.fromkeys(name for name in (self.path, self.before) if name))


@dataclass(frozen=True, slots=True)
class Contributor:
    """One who has a part in a commit."""

    role: str  # author, committer, co-author
    name: str
    email: str
    account: Account | None = None  # None: no account is known to have this address


@dataclass(frozen=True, slots=True)
class PullCommit:
    """One commit of the pull request."""

    sha: str
    message: str
    contributors: tuple[Contributor, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """One review that was submitted."""

    user: Account
    state: str  # APPROVED, CHANGES_REQUESTED, DISMISSED, COMMENTED, PENDING
    commit: str  # the head that the reviewer saw; "" when it is not known
    submitted: str  # UTC
    can_push: bool | None = None  # whether the reviewer may write to the repository now


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of review comments."""

    path: str
    resolved: bool
    by: str = ""  # login of who began it


@dataclass(frozen=True, slots=True)
class Check:
    """One report of a check run, or of a commit status, on the head."""

    name: str
    app: str  # slug of the app that reported it; "" for a commit status
    conclusion: str  # success, failure, neutral, skipped, cancelled, …; "" while it runs
    at: str = ""  # UTC, when it began or was reported
    required: bool | None = None


@dataclass(frozen=True, slots=True)
class PullEvent:
    """Something that happened to the pull request and may void an approval or start a clock."""

    kind: str  # opened, ready_for_review, converted_to_draft, base_changed, head_force_pushed, labeled, …
    at: str  # UTC
    by: str = ""  # login


@dataclass(frozen=True, slots=True)
class Mergeable:
    """Whether it merges with the base as it is now."""

    clean: bool
    conflicts: tuple[str, ...] = ()  # paths


@dataclass(frozen=True, slots=True)
class PullFacts:
    """All that is known of one pull request."""

    number: int
    title: Fact[str] = Fact()
    body: Fact[str] = Fact()
    author: Fact[Account] = Fact()
    labels: Fact[tuple[str, ...]] = Fact()
    draft: Fact[bool] = Fact()
    state: Fact[str] = Fact()  # open, closed, merged
    head: Fact[Side] = Fact()
    base: Fact[Side] = Fact()
    files: Fact[tuple[PullFile, ...]] = Fact()
    commits: Fact[tuple[PullCommit, ...]] = Fact()
    reviews: Fact[tuple[Review, ...]] = Fact()
    threads: Fact[tuple[Thread, ...]] = Fact()
    checks: Fact[tuple[Check, ...]] = Fact()
    required_checks: Fact[tuple[str, ...]] = Fact()  # names that the base branch asks for
    mergeable: Fact[Mergeable] = Fact()
    events: Fact[tuple[PullEvent, ...]] = Fact()
    head_seen: Fact[str] = Fact()  # UTC, when this head was first seen

    def facts(self) -> Iterator[tuple[str, Fact[object]]]:
        """Yield each fact with its name, in the order above."""
        for field in fields(self):
            if field.name != "number":
                yield field.name, getattr(self, field.name)

    def with_reason(self, why: str) -> PullFacts:
        """Return these facts with one reason for all that is not known."""
        return replace(self, **{name: replace(fact, why=why) for name, fact in self.facts() if not fact.known})  # type: ignore[arg-type]  # each name has its own type

    @property
    def unknown(self) -> dict[str, str]:
        """The names of what is not known, and why."""
        return {name: fact.why for name, fact in self.facts() if not fact.known}

    @property
    def head_sha(self) -> str:
        """The commit that is judged, "" when it is not known."""
        return self.head.value.sha if self.head.value else ""
