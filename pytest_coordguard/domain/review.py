"""Whether the right people have approved a pull request. A pure function of what is known of it.

What is not known is never an approval: who could not be asked is awaited, what could not be read cannot be judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pytest_coordguard.domain.pull_request import Account, Contributor, Fact, PullFacts, Review
from pytest_coordguard.domain.verdict import Verdict

OPINIONS = ("APPROVED", "CHANGES_REQUESTED")  # a comment is none, and one that was dismissed is none any more
VOIDING = ("base_changed", "base_force_pushed")  # what was approved was another change
# GitHub's own address of an account, with or without its id:
# https://docs.github.com/account-and-profile/reference/email-addresses-reference
OWN_ADDRESS = re.compile(r"(?:(\d+)\+)?([A-Za-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com", re.IGNORECASE)
FORGE = "noreply@github.com"  # the committer of what is merged or edited on the site itself


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose approval is asked for."""

    reviewers: tuple[str, ...] | None = None  # logins and @org/team; None: anyone who may write to the repository
    teams: Mapping[str, Sequence[str]] = field(default_factory=dict)  # "@org/team" -> logins
    people: Mapping[str, str] = field(default_factory=dict)  # e-mail address of a commit -> login
    strict: bool = True  # a commit of someone without a known account leaves the approval undecided
    count: int = 1


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether it is approved, and on what grounds."""

    verdict: Verdict  # MET, AWAITING, UNMET (changes are requested), BROKEN (something is not known)
    by: tuple[Review, ...] = ()  # the approvals that count
    why: tuple[str, ...] = ()  # sentences; empty when it is met
    remarks: tuple[str, ...] = ()  # what a reader should know beside that

    @property
    def at(self) -> str:
        """When it was approved, in UTC; "" when it is not."""
        return max((review.submitted for review in self.by), default="") if self.verdict is Verdict.MET else ""


@dataclass(frozen=True, slots=True)
class _Weighed:
    review: Review
    no: str = ""  # why it does not count
    unknown: str = ""  # what would have to be known of it


def approval(pull: PullFacts, wanted: Wanted) -> Approval:
    """Return whether those who are asked have approved the head of a pull request.

    1. An approval counts for the commit that it was given for, and for no other.
    2. The last opinion of a person decides; a dismissed one gives way to the one before it.
    3. Nobody approves their own work: neither the author, nor who has a part in a commit.
    4. A person is an account's id, and its login where no id is known.
    5. Who approves may write to the repository still.
    6. Requested changes of anyone who may write block until that person approves or it is dismissed.
    7. An approval before a change of the base is void.
    """
    unread = _unread(pull)
    if unread is not None:
        return unread
    opinions = last_opinions(pull.reviews.value or (), pull.head_sha)
    blocking = [each for each in opinions if each.state == "CHANGES_REQUESTED" and each.can_push is not False]
    remarks = [
        f"{each.user.login}, who may not write to the repository, requests changes"
        for each in opinions
        if each.state == "CHANGES_REQUESTED" and each.can_push is False
    ]
    strangers = tuple(_strangers(pull, wanted.people))
    if not wanted.strict:
        remarks += strangers
    weighed = [_weigh(each, pull, wanted) for each in opinions if each.state == "APPROVED"]
    remarks += [f"the approval of {each.review.user.login} does not count: {each.no}" for each in weighed if each.no]
    verdict, by, why = _decided(weighed, blocking, strangers if wanted.strict else (), pull, wanted)
    return Approval(verdict, by, why, tuple(remarks))


def _unread(pull: PullFacts) -> Approval | None:
    """Return what is said where something is not known that no approval can do without."""
    if not pull.head.known:
        return Approval(Verdict.BROKEN, why=(f"the head is not known: {pull.head.why}",))
    if not pull.reviews.known:
        return Approval(Verdict.AWAITING, why=(f"no review is known: {pull.reviews.why}",))
    needed: dict[str, Fact[Any]] = {
        "the author is": pull.author,
        "the commits are": pull.commits,
        "whether it is a draft is": pull.draft,
        "its events are": pull.events,
    }
    unknown = tuple(f"{what} not known: {fact.why}" for what, fact in needed.items() if not fact.known)
    if unknown and any(review.state == "APPROVED" for review in pull.reviews.value or ()):
        return Approval(Verdict.BROKEN, why=unknown)
    return Approval(Verdict.AWAITING, why=("it is a draft",)) if pull.draft.value else None


def _decided(
    weighed: Sequence[_Weighed],
    blocking: Sequence[Review],
    strangers: Sequence[str],
    pull: PullFacts,
    wanted: Wanted,
) -> tuple[Verdict, tuple[Review, ...], tuple[str, ...]]:
    if blocking:
        who = ", ".join(sorted(each.user.login for each in blocking))
        return Verdict.UNMET, (), (f"changes are requested by {who}",)
    counted = tuple(each.review for each in weighed if not each.no and not each.unknown)
    doubtful = tuple(f"{each.review.user.login}: {each.unknown}" for each in weighed if each.unknown and not each.no)
    if len(counted) >= wanted.count:
        return (Verdict.BROKEN, (), tuple(strangers)) if strangers else (Verdict.MET, counted, ())
    if len(counted) + len(doubtful) >= wanted.count:
        return Verdict.BROKEN, (), doubtful
    return (
        Verdict.AWAITING,
        (),
        (_awaited(len(counted), pull, wanted), *(f"{w.review.user.login}: {w.no}" for w in weighed if w.no)),
    )


def _awaited(counted: int, pull: PullFacts, wanted: Wanted) -> str:
    who = " or ".join(wanted.reviewers) if wanted.reviewers is not None else "one who may write to the repository"
    number = f"{wanted.count - counted} of {wanted.count} approvals" if wanted.count > 1 else "the approval"
    return f"{number} of {pull.head_sha[:9]} by {who} {'are' if wanted.count > 1 else 'is'} not there yet"


def last_opinions(reviews: Iterable[Review], head: str) -> tuple[Review, ...]:
    """Return the last opinion of each reviewer, whatever the order they are given in.

    Of several that were given in the same second the one that asks for most decides.
    """
    found: dict[tuple[str, object], Review] = {}
    given = tuple(reviews)
    ids = {each.user.login.casefold(): each.user.id for each in sorted(given, key=_urgency) if each.user.id is not None}
    for each in sorted(given, key=lambda one: (one.submitted, *_severity(one, head))):
        if each.state in OPINIONS:
            login = each.user.login.casefold()
            number = each.user.id if each.user.id is not None else ids.get(login)
            found[("id", number) if number is not None else ("login", login)] = each
    return tuple(found[key] for key in sorted(found, key=str))


def _urgency(review: Review) -> tuple[str, int]:
    return review.submitted, review.user.id or 0


def _severity(review: Review, head: str) -> tuple[bool, int, bool, str, str, int]:
    """Return what puts the stricter of two reviews last: an approval that may count less, a refusal that may count."""
    refuses = review.state == "CHANGES_REQUESTED"
    strictness = {True: 0, None: 1, False: 2}[review.can_push]
    return (
        refuses,
        -strictness if refuses else strictness,
        review.commit != head,
        review.commit,
        review.user.login,
        review.user.id or 0,
    )


def _weigh(review: Review, pull: PullFacts, wanted: Wanted) -> _Weighed:
    """Return whether one approval counts."""
    for no in _objections(review, pull, wanted):
        return _Weighed(review, no=no)
    asked = _is_asked(review.user, wanted)
    if asked is None:
        return _Weighed(review, unknown="whether it is a member of the team that is asked is not known")
    if review.can_push is None:
        return _Weighed(review, unknown="whether it may write to the repository is not known")
    return _Weighed(review)


def _objections(review: Review, pull: PullFacts, wanted: Wanted) -> Iterator[str]:
    user = review.user
    if review.commit != pull.head_sha:
        yield f"it was given for {review.commit[:9] or 'an unknown commit'}, and {pull.head_sha[:9]} is the head"
    if pull.author.value and user.is_same(pull.author.value):
        yield "it is the author's own"
    for role, account in _own_work(pull, wanted.people):
        if user.is_same(account):
            yield f"it is of a commit's {role}"
    if review.can_push is False:
        yield "its reviewer may not write to the repository"
    if _is_asked(user, wanted) is False:
        yield "its reviewer is not one of those who are asked"
    if user.is_bot and (wanted.reviewers is None or not _among(user.login, wanted.reviewers)):
        yield "its reviewer is a program"
    for event in pull.events.value or ():
        if event.kind in VOIDING and event.at >= review.submitted:
            yield f"the base was changed after it, at {event.at}"


def _own_work(pull: PullFacts, people: Mapping[str, str]) -> Iterator[tuple[str, Account]]:
    for commit in pull.commits.value or ():
        for one in commit.contributors:
            for account in accounts_of(one, people):
                yield one.role, account


def accounts_of(one: Contributor, people: Mapping[str, str]) -> Iterator[Account]:
    """Yield whoever a contributor may be: the forge's word, the plan's, and the address itself."""
    if one.account is not None:
        yield one.account
    login = {address.casefold(): name for address, name in people.items()}.get(one.email.casefold())
    if login:
        yield Account(login)
    if own := OWN_ADDRESS.fullmatch(one.email):
        yield Account(own[2], int(own[1]) if own[1] else None)
        if own[1]:
            yield Account(own[2])


def _strangers(pull: PullFacts, people: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each address of a commit that belongs to no known account."""
    unknown: dict[str, str] = {}
    for commit in pull.commits.value or ():
        for one in commit.contributors:
            if one.email.casefold() != FORGE and not any(True for _ in accounts_of(one, people)):
                unknown.setdefault(one.email.casefold(), f"{one.role} of {commit.sha[:9]}")
    for address, where in sorted(unknown.items()):
        yield f"whose address {address or '(none)'} is ({where}) is not known; name the account under `people`"


def _is_asked(user: Account, wanted: Wanted) -> bool | None:
    """Tell whether this reviewer is one of those who are asked; None when a team's members are not known."""
    if wanted.reviewers is None or _among(user.login, wanted.reviewers):
        return True
    teams = {name.casefold(): members for name, members in wanted.teams.items()}
    asked = [name.casefold() for name in wanted.reviewers if "/" in name]
    if any(_among(user.login, teams.get(name, ())) for name in asked):
        return True
    return None if any(name not in teams for name in asked) else False


def _among(login: str, names: Iterable[str]) -> bool:
    return login.casefold() in {name.removeprefix("@").casefold() for name in names}


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a review took or may take. It decides nothing of the approval."""

    state: str  # in_time, late, running, overdue
    since: str  # UTC
    seconds: float  # from then to the approval, or to now


def clock(pull: PullFacts, approved_at: str, now: str, within_seconds: float) -> Clock | None:
    """Return how a review stands in time; None when nobody knows since when the head could be reviewed.

    The clock starts at the later of two moments: the head was first seen, and the draft became ready.
    """
    if not pull.head_seen.value:
        return None
    ready = [event.at for event in pull.events.value or () if event.kind == "ready_for_review"]
    since = max([pull.head_seen.value, *ready])
    seconds = max(0.0, _seconds(since, approved_at or now))
    words = ("in_time", "late") if approved_at else ("running", "overdue")
    return Clock(words[seconds > within_seconds], since, seconds)


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
