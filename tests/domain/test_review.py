"""Whose approval counts, for what, and what undoes it."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulls import AUTHOR, COORDINATOR, HEAD, OLD, OTHER, commit, contributor, event, pull, review

from pytest_coordguard.domain.pull_request import Account, Fact, PullCommit
from pytest_coordguard.domain.review import Wanted, approval, clock, last_opinions
from pytest_coordguard.domain.verdict import Verdict

WANTED = Wanted(("coordinator",))
MET, AWAITING, UNMET, BROKEN = Verdict.MET, Verdict.AWAITING, Verdict.UNMET, Verdict.BROKEN
T1, T2, T3 = (f"2026-11-24T1{hour}:00:00Z" for hour in (0, 1, 2))
UNKNOWN = Fact(why="git alone tells of none")
CLONE = Account("Coordinator", 99)  # took the login after its owner gave it up

TABLE = {
    "an approval of the head": (pull(review()), MET),
    "no review at all": (pull(), AWAITING),
    "reviews that nobody could read": (pull(reviews=UNKNOWN), AWAITING),
    "a head that nobody knows": (pull(review(), head=UNKNOWN), BROKEN),
    "an approval of an older head": (pull(review(commit=OLD)), AWAITING),
    "an approval of no known head": (pull(review(commit="")), AWAITING),
    "a comment": (pull(review(state="COMMENTED")), AWAITING),
    "a review that is not submitted yet": (pull(review(state="PENDING")), AWAITING),
    "a comment after the approval": (pull(review(at=T1), review(state="COMMENTED", at=T2)), MET),
    "requested changes after the approval": (pull(review(at=T1), review(state="CHANGES_REQUESTED", at=T2)), UNMET),
    "the approval after requested changes": (pull(review(state="CHANGES_REQUESTED", at=T1), review(at=T2)), MET),
    "requested changes of an older head": (pull(review(state="CHANGES_REQUESTED", commit=OLD, at=T1)), UNMET),
    "an approval that was dismissed": (pull(review(state="DISMISSED")), AWAITING),
    "requested changes dismissed after an approval": (pull(review(at=T1), review(state="DISMISSED", at=T2)), MET),
    "requested changes of another writer": (pull(review(), review(OTHER, "CHANGES_REQUESTED")), UNMET),
    "requested changes of one who may not write": (
        pull(review(), review(OTHER, "CHANGES_REQUESTED", can_push=False)),
        MET,
    ),
    "requested changes of one of whom that is not known": (
        pull(review(), review(OTHER, "CHANGES_REQUESTED", can_push=None)),
        UNMET,
    ),
    "an approval by another one": (pull(review(OTHER)), AWAITING),
    "an approval by the author": (pull(review(), author=COORDINATOR), AWAITING),
    "an approval by a commit's author": (pull(review(), commits=(commit(contributor(COORDINATOR)),)), AWAITING),
    "an approval by a committer": (pull(review(), commits=(commit(contributor(COORDINATOR, "committer")),)), AWAITING),
    "an approval by a co-author": (pull(review(), commits=(commit(contributor(COORDINATOR, "co-author")),)), AWAITING),
    "a co-author known by the forge's own address": (
        pull(
            review(),
            commits=(
                PullCommit(
                    HEAD,
                    "",
                    (replace(contributor(AUTHOR), account=None, email="2+who@users.noreply.github.com"),),
                ),
            ),
        ),
        AWAITING,
    ),
    "a commit of someone unknown": (
        pull(review(), commits=(commit(replace(contributor(AUTHOR), account=None)),)),
        BROKEN,
    ),
    "a commit that the forge itself made": (
        pull(
            review(),
            commits=(commit(replace(contributor(AUTHOR, "committer", "noreply@github.com"), account=None)),),
        ),
        MET,
    ),
    "commits that nobody could read": (pull(review(), commits=UNKNOWN), BROKEN),
    "an author that nobody knows": (pull(review(), author=UNKNOWN), BROKEN),
    "events that nobody could read": (pull(review(), events=UNKNOWN), BROKEN),
    "a reviewer who may no longer write": (pull(review(can_push=False)), AWAITING),
    "a reviewer of whom that is not known": (pull(review(can_push=None)), BROKEN),
    "a program of the same name": (pull(review(Account("coordinator[bot]", 4))), AWAITING),
    "a draft": (pull(review(), draft=True), AWAITING),
    "a base that changed after the approval": (pull(review(at=T1), events=(event("base_changed", T2),)), AWAITING),
    "a base that changed before the approval": (pull(review(at=T2), events=(event("base_changed", T1),)), MET),
    "a draft that became ready after it": (pull(review(at=T1), events=(event("ready_for_review", T2),)), MET),
    "a login in other letters": (pull(review(Account("Coordinator", 2))), MET),
    "one person under a new login": (
        pull(review(at=T1), review(Account("renamed", 2), "CHANGES_REQUESTED", at=T2)),
        UNMET,
    ),
    "another person under the same login": (pull(review(at=T1), review(CLONE, "CHANGES_REQUESTED", at=T2)), UNMET),
}


@pytest.mark.parametrize(("facts", "verdict"), TABLE.values(), ids=TABLE)
def test_an_approval_counts_only_where_it_should(facts, verdict):
    assert approval(facts, WANTED).verdict is verdict


def test_a_team_is_its_members():
    wanted = Wanted(("@org/team",), teams={"@Org/Team": ["Coordinator"]})

    assert approval(pull(review()), wanted).verdict is MET
    assert approval(pull(review(OTHER)), wanted).verdict is AWAITING


def test_a_team_whose_members_nobody_knows_cannot_be_judged():
    assert approval(pull(review()), Wanted(("@org/team",))).why == (
        "coordinator: whether it is a member of the team that is asked is not known",
    )


def test_anyone_who_may_write_can_be_asked():
    wanted = Wanted(None, strict=False)

    assert approval(pull(review(OTHER)), wanted).verdict is MET
    assert approval(pull(review(AUTHOR)), wanted).verdict is AWAITING
    assert approval(pull(review(Account("app[bot]", 5))), wanted).verdict is AWAITING


def test_the_plan_may_tell_whose_an_address_is():
    facts = pull(review(), commits=(commit(replace(contributor(AUTHOR), account=None)),))

    assert approval(facts, replace(WANTED, people={"ANA@example.org": "ana"})).verdict is MET
    assert approval(facts, replace(WANTED, people={"ana@example.org": "coordinator"})).verdict is AWAITING


def test_it_is_said_why_an_approval_does_not_count():
    assert approval(pull(review(commit=OLD)), WANTED).why == (
        "the approval of aaaaaaaaa by coordinator is not there yet",
        "coordinator: it was given for bbbbbbbbb, and aaaaaaaaa is the head",
    )


def test_several_approvals_are_of_several_people():
    wanted = Wanted(None, count=2)

    assert approval(pull(review(), review(at=T3)), wanted).verdict is AWAITING
    assert approval(pull(review(), review(OTHER)), wanted).verdict is MET


# What must always hold

ACCOUNTS = st.sampled_from([AUTHOR, COORDINATOR, OTHER, CLONE, Account("coordinator"), Account("app[bot]", 5)])
REVIEWS = st.builds(
    review,
    ACCOUNTS,
    st.sampled_from(["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]),
    st.sampled_from([HEAD, OLD, ""]),
    st.sampled_from([T1, T2, T3]),
    st.sampled_from([True, False, None]),
)
PULLS = st.builds(
    lambda reviews, people, draft, events: pull(
        *reviews, commits=(commit(*map(contributor, people)),), draft=draft, events=tuple(events)
    ),
    st.lists(REVIEWS, max_size=5),
    st.lists(ACCOUNTS, min_size=1, max_size=2),
    st.booleans(),
    st.lists(
        st.builds(event, st.sampled_from(["base_changed", "ready_for_review"]), st.sampled_from([T1, T2])), max_size=2
    ),
)
ASKED = st.sampled_from([WANTED, Wanted(None), Wanted(None, strict=False), Wanted(("@org/team", "bo"))])


@given(PULLS, ASKED, st.booleans())
def test_a_new_push_never_opens_a_closed_gate(facts, wanted, by_author):
    """A head that nobody has seen is approved by nobody, whoever pushed it."""
    new = replace(facts.head.value, sha="d" * 40)
    who = contributor(AUTHOR if by_author else COORDINATOR)
    commits = replace(facts.commits, value=(*facts.commits.value, commit(who, sha=new.sha)))

    assert approval(replace(facts, head=replace(facts.head, value=new), commits=commits), wanted).verdict is not MET


@given(PULLS, ASKED, st.randoms())
def test_the_order_of_the_reviews_does_not_count(facts, wanted, chance):
    """Not even of those of one second: a page of the interface may list them in any order."""
    shuffled = list(facts.reviews.value)
    chance.shuffle(shuffled)

    assert approval(replace(facts, reviews=replace(facts.reviews, value=tuple(shuffled))), wanted).verdict is (
        approval(facts, wanted).verdict
    )


@given(PULLS, ASKED, REVIEWS.filter(lambda one: one.state != "APPROVED"))
def test_a_review_that_approves_nothing_never_opens(facts, wanted, more):
    """But a dismissal, which takes requested changes back: the review itself is another one then."""
    after = replace(facts, reviews=replace(facts.reviews, value=(*facts.reviews.value, more)))

    assert approval(after, wanted).verdict is not MET or approval(facts, wanted).verdict is MET


@given(PULLS, ASKED, st.sampled_from(["author", "commits", "draft", "events", "reviews", "head"]))
def test_knowing_less_never_opens(facts, wanted, name):
    assert approval(replace(facts, **{name: UNKNOWN}), wanted).verdict is not MET or (
        approval(facts, wanted).verdict is MET and name not in {"reviews", "head"}
    )


@given(st.lists(REVIEWS, max_size=6))
def test_each_person_has_one_opinion(reviews):
    found = last_opinions(reviews, HEAD)

    assert len({one.user.id or one.user.login.casefold() for one in found}) == len(found)


@pytest.mark.parametrize(
    ("approved", "now", "state"),
    [
        (T2, T3, "in_time"),
        ("2026-11-25T11:00:01Z", T3, "late"),
        ("", T2, "running"),
        ("", "2026-11-26T00:00:00Z", "overdue"),
    ],
)
def test_the_clock_starts_when_the_head_could_be_reviewed(approved, now, state):
    """That is when the draft became ready, for it was pushed before."""
    facts = pull(events=(event("ready_for_review", T1),), head_seen="2026-11-24T08:00:00Z")

    assert clock(facts, approved, now, 24 * 3600).state == state


def test_without_a_start_there_is_no_clock():
    assert clock(pull(head_seen=UNKNOWN), "", T1, 60) is None
