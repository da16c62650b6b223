"""The right people have approved a pull request, in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Awaiting, CannotJudge, Finding, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.parameters import Seconds
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.domain.pull_request import Fact, PullFacts, PullFile, Review
from pytest_coordguard.domain.record import utc
from pytest_coordguard.domain.review import Approval, Wanted, approval, clock
from pytest_coordguard.domain.selection import critical_because
from pytest_coordguard.domain.verdict import Verdict

CRITICAL = "review.critical"
APPROVED = "review.approved"
WITHIN = "review.within"


@guardrail(
    CRITICAL,
    remedy="Ask a reviewer whom the plan names under `critical` to approve this very head; a later push needs it anew.",
)
def test_critical_changes_are_reviewed(
    evidence: Evidence,
    plan: Plan,
    pull: PullFacts,
    teams: dict[str, list[str]] | None = None,
    people: dict[str, str] | None = None,
) -> None:
    """A pull request that is critical has the approval of a reviewer whom the plan names.

    It is critical when it touches a path of the plan's `critical`, by either side of a rename and in any letter case;
    when its task has `critical_review`; when a label says so; and when it changes the plan, the repository's
    guardrails, CODEOWNERS or a workflow.

    Args:
        teams: `@org/team` -> its members, so that a reviewer of the plan may be a team.
        people: e-mail address of a commit -> login, for addresses that the forge knows no account of.

    """
    if not pull.files.known:
        raise CannotJudge(f"which files it touches is not known: {pull.files.why}")
    reasons = critical_because(plan, pull)
    evidence.measured("reasons for which it needs the reviewer", len(reasons))
    if not plan.critical.paths and not reasons and not any(task.critical_review for task in plan.tasks):
        raise Vacuous("the plan calls nothing critical: neither a path nor a task")
    if not reasons:
        return
    if not plan.critical.reviewers:
        raise CannotJudge("the plan names no reviewer under `critical`")
    found = approval(pull, Wanted(plan.critical.reviewers, teams or {}, people or {}))
    _say(evidence, found)
    _require(
        found, CRITICAL, [Finding(reason.path, 0, f"it {reason.text}", f"{CRITICAL}.reason") for reason in reasons]
    )


@guardrail(
    APPROVED,
    remedy="Ask someone who has no part in the change to approve this very head; a later push needs it anew.",
)
def test_it_is_approved(
    evidence: Evidence,
    pull: PullFacts,
    by: list[str] | None = None,
    count: int = 1,
    teams: dict[str, list[str]] | None = None,
    people: dict[str, str] | None = None,
    strict: bool = False,
) -> None:
    """The head of the pull request is approved by enough of those who are asked, none of whom has a part in it.

    Args:
        by: login names, and `@org/team`; without it, anyone who may write to the repository.
        count: how many approvals it takes.
        teams: `@org/team` -> its members.
        people: e-mail address of a commit -> login, for addresses that the forge knows no account of.
        strict: a commit of someone without a known account leaves it undecided.

    """
    found = approval(pull, Wanted(tuple(by) if by else None, teams or {}, people or {}, strict, count))
    evidence.measured("approvals", len(found.by), at_least=count)
    _say(evidence, found)
    _require(found, APPROVED, [])


@guardrail(
    WITHIN,
    remedy="Ask the reviewer again, or name a second one; the time that passed is a fact that no push takes back.",
)
def test_it_is_reviewed_in_time(
    evidence: Evidence,
    plan: Plan,
    pull: PullFacts,
    within: Seconds | None = None,
    by: list[str] | None = None,
    teams: dict[str, list[str]] | None = None,
    people: dict[str, str] | None = None,
) -> None:
    """The head was approved soon enough after it could be reviewed. Nothing is ever approved by time alone.

    The clock starts when the head was first seen, or when the draft became ready, whichever is later.

    Args:
        within: how soon, as 24h; without it, the `within` of the plan's `critical`.
        by: login names, and `@org/team`; without it, the plan's reviewers, or anyone who may write.
        teams: `@org/team` -> its members.
        people: e-mail address of a commit -> login, for addresses that the forge knows no account of.

    """
    limit = float(within) if within is not None else plan.critical.within_seconds
    asked = tuple(by or plan.critical.reviewers) or None
    found = approval(pull, Wanted(asked, teams or {}, people or {}, strict=False))
    _say(evidence, found)
    told = clock(pull, found.at, utc(datetime.now(UTC)), limit)
    if told is None:
        raise CannotJudge(f"since when the head could be reviewed is not known: {pull.head_seen.why}")
    evidence.measured(
        "time to the approval" if found.at else "time so far", round(told.seconds), at_most=limit, unit="s"
    )
    evidence.remark(f"{told.state.replace('_', ' ')}, since {told.since} ({pull.head_seen.source})")
    if told.state in {"late", "overdue"}:
        raise Unmet(
            [
                Finding(
                    "",
                    0,
                    f"{_hours(told.seconds)} since {told.since}, {_hours(limit)} allowed",
                    f"{WITHIN}.{told.state}",
                )
            ]
        )
    if found.verdict is not Verdict.MET:
        _require(found, WITHIN, [])


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h"


def _say(evidence: Evidence, found: Approval) -> None:
    for review in found.by:
        evidence.remark(f"approved by {review.user.login} at {review.submitted}, of {review.commit[:9]}")
    for remark in found.remarks:
        evidence.remark(remark)


def _require(found: Approval, rule: str, reasons: list[Finding]) -> None:
    """Return when it is approved.

    Raises:
        Unmet: changes are requested.
        Awaiting: the approval is not there yet.
        CannotJudge: something that it depends on is not known.

    """
    findings = [*(Finding("", 0, why, rule) for why in found.why), *reasons]
    match found.verdict:
        case Verdict.MET:
            return
        case Verdict.AWAITING:
            raise Awaiting(findings)
        case Verdict.UNMET:
            raise Unmet(findings)
        case _:
            raise CannotJudge("; ".join(found.why))


# Violations: each is another pull request


def _without_reviews(pull: PullFacts) -> PullFacts:
    return replace(pull, reviews=Fact((), "planted", why=""))


def _approving(pull: PullFacts, **changes: object) -> PullFacts:
    """Return a pull request in which each approval is changed so.

    Raises:
        CannotPlant: there is none.

    """
    reviews = pull.reviews.value or ()
    if not any(review.state == "APPROVED" for review in reviews):
        raise CannotPlant("there is no approval to spoil")
    spoiled = tuple(replace(each, **changes) if each.state == "APPROVED" else each for each in reviews)  # type: ignore[arg-type]  # by name
    return replace(pull, reviews=replace(pull.reviews, value=spoiled))


def _refused(pull: PullFacts) -> PullFacts:
    reviews = pull.reviews.value
    if not reviews:
        raise CannotPlant("there is no reviewer who could refuse")
    last = Review(reviews[0].user, "CHANGES_REQUESTED", pull.head_sha, "9999-12-31T00:00:00Z", can_push=True)
    return replace(pull, reviews=replace(pull.reviews, value=(*reviews, last)))


@violation(test_critical_changes_are_reviewed)
def _a_critical_file_without_approval(plan: Plan, pull: PullFacts) -> PullFacts:
    if not plan.critical.paths:
        raise CannotPlant("the plan calls no path critical")
    path = f"{plan.critical.paths[0].rstrip('/*')}/planted.py".upper()
    files = (*(pull.files.value or ()), PullFile("harmless.py", path))
    return replace(_without_reviews(pull), files=replace(pull.files, value=files))


@violation(test_critical_changes_are_reviewed)
def _the_approval_of_an_older_head(plan: Plan, pull: PullFacts) -> PullFacts:
    if not critical_because(plan, pull):
        raise CannotPlant("this pull request needs no reviewer")
    return _approving(pull, commit="0" * 40)


@violation(test_it_is_approved)
def _no_approval(pull: PullFacts) -> PullFacts:
    return _without_reviews(pull)


@violation(test_it_is_approved)
def _an_approval_of_an_older_head(pull: PullFacts) -> PullFacts:
    return _approving(pull, commit="0" * 40)


@violation(test_it_is_approved)
def _an_approval_by_the_author(pull: PullFacts) -> PullFacts:
    return _approving(pull, user=pull.author.value)


@violation(test_it_is_approved)
def _an_approval_that_was_dismissed(pull: PullFacts) -> PullFacts:
    return _approving(pull, state="DISMISSED")


@violation(test_it_is_approved)
def _requested_changes(pull: PullFacts) -> PullFacts:
    return _refused(pull)


@violation(test_it_is_reviewed_in_time)
def _a_head_that_waits_for_years(pull: PullFacts) -> PullFacts:
    return replace(pull, head_seen=Fact("2000-01-01T00:00:00Z", "planted", why=""), events=Fact((), "planted", why=""))
