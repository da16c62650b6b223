"""Where a task stands follows from its verdicts and from the work that git shows, and from nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.plan import Criterion, Plan, Task
from pytest_coordguard.domain.record import CriterionRecord, Provenance
from pytest_coordguard.domain.standing import Standing
from pytest_coordguard.domain.task_link import By, Confidence, TaskLink
from pytest_coordguard.domain.task_status import STATUSES, task_states
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.domain.work import EMPTY, MERGED, OPEN, Change, PullState, Work

HOUR, NOW = 3600, 1_760_000_000
HERE = Provenance("c" * 40, dirty=False, checked_at="2025-10-09T08:53:20Z", run="r")
CRITERIA = (Criterion("B/one", "B", "One", 3), Criterion("B/two", "B", "Two", 4))
PLAN = Plan(
    "coordguard.yaml",
    "0" * 64,
    tasks=(Task("A", "First", 1, owner="ana"), Task("B", "Second", 2, owner="ben", criteria=CRITERIA)),
)
LINK = TaskLink("B", By.TRAILER, Confidence.CERTAIN, "Task: B in a commit message")


def change(state, name="#7", **more):
    given = {"first": NOW - 5 * HOUR, "last": NOW - 2 * HOUR, "links": (LINK,), **more}
    if state == MERGED:
        given.setdefault("merged_at", NOW - HOUR)
    return Change(name, state, "1 commit ahead", "f" * 40, **given)


def pull(**more):
    return PullState(7, **{"open": True, **more})


def state_of(*changes, verdicts=(Verdict.NOT_RUN, Verdict.NOT_RUN), depends_on=(), **work):
    task = replace(PLAN.tasks[1], depends_on=depends_on)
    plan = replace(PLAN, tasks=(PLAN.tasks[0], task))
    known = [
        CriterionRecord(each.id, verdict, provenance=HERE) for each, verdict in zip(CRITERIA, verdicts, strict=True)
    ]
    found = [Standing(each, one, "") for each, one in zip(CRITERIA, known, strict=True)]
    seen = Work(known=True, main="main", now=NOW, changes=changes, pulls_known=True, **work)
    return task_states(plan, found, seen)[1]


MET, ONE = (Verdict.MET, Verdict.MET), (Verdict.MET, Verdict.NOT_RUN)
FAILS, WAITS = (Verdict.MET, Verdict.UNMET), (Verdict.MET, Verdict.AWAITING)


@pytest.mark.parametrize(
    ("state", "status", "why"),
    [
        pytest.param(
            state_of(), "not_started", "no branch, pull request or commit is linked to it", id="nothing at all"
        ),
        pytest.param(
            state_of(change(MERGED), verdicts=MET), "completed", "merged in #7, and every criterion is met", id="all"
        ),
        pytest.param(state_of(verdicts=MET), "completed", "every criterion is met", id="nothing to merge"),
        pytest.param(
            state_of(verdicts=MET, on_main=False),
            "in_progress",
            "every criterion is met here, and this is not on main",
            id="met on a branch alone",
        ),
        pytest.param(
            state_of(change(OPEN, "feat/b", last=NOW - 15 * 24 * HOUR), verdicts=MET),
            "in_progress",
            "every criterion is met, and feat/b was left open",
            id="met, and a branch was left alone",
        ),
        pytest.param(
            state_of(change(MERGED), change(OPEN, "#8", pull=pull()), verdicts=MET),
            "review",
            "#8 is open",
            id="met, and more is to come",
        ),
        pytest.param(
            state_of(change(MERGED), verdicts=FAILS), "regressed", "merged in #7, and B/two fails", id="fell back"
        ),
        pytest.param(
            state_of(change(MERGED), verdicts=WAITS), "review", "merged in #7; B/two waits for a person", id="unsigned"
        ),
        pytest.param(
            state_of(change(MERGED), verdicts=ONE), "in_progress", "merged in #7; 1 of 2 criteria are met", id="half"
        ),
        pytest.param(state_of(change(OPEN, pull=pull())), "review", "#7 is open", id="open pull request"),
        pytest.param(
            state_of(change(OPEN, pull=pull(draft=True))), "in_progress", "#7 has 1 commit ahead, a draft", id="draft"
        ),
        pytest.param(state_of(change(OPEN, "feat/b")), "in_progress", "feat/b has 1 commit ahead", id="branch"),
        pytest.param(
            state_of(change(OPEN, "feat/b", last=NOW - 15 * 24 * HOUR)),
            "not_started",
            "nothing but feat/b, which was left alone",
            id="a branch that nobody touches",
        ),
        pytest.param(
            state_of(change(OPEN, pull=pull(), last=NOW - 15 * 24 * HOUR)),
            "review",
            "#7 is open",
            id="an old open pull",
        ),
        pytest.param(state_of(change(EMPTY)), "empty", "#7: 1 commit ahead", id="merged and nothing changed"),
        pytest.param(state_of(verdicts=ONE), "in_progress", "1 of 2 criteria are met", id="some are met"),
        pytest.param(state_of(depends_on=("A",)), "blocked", "waiting for A", id="waits for another"),
        pytest.param(
            state_of(change(OPEN, pull=pull(), conflicts=("a.py", "b.py"))),
            "blocked",
            "#7 conflicts with main in a.py, b.py",
            id="conflict",
        ),
        pytest.param(
            state_of(change(OPEN, pull=pull(failed_checks=("unit",)))), "blocked", "#7: unit failed", id="checks"
        ),
        pytest.param(
            state_of(change(OPEN, pull=pull(review="CHANGES_REQUESTED"))),
            "blocked",
            "#7: changes are requested",
            id="changes requested",
        ),
        pytest.param(
            state_of(change(OPEN, pull=pull(labels=("On Hold",)))), "blocked", "#7 is labelled On Hold", id="label"
        ),
    ],
)
def test_a_status_has_a_reason(state, status, why):
    assert (state.status, state.why) == (status, why)


def test_what_waits_may_begin_when_the_first_is_merged_and_nothing_of_it_fails():
    merged = Change("#3", MERGED, "merged", "e" * 40, merged_at=NOW, links=(replace(LINK, task="A"),))

    assert state_of(merged, depends_on=("A",)).status == "not_started"
    assert state_of(replace(merged, state=OPEN, name="#3"), depends_on=("A",)).status == "blocked"


def test_that_a_pull_request_is_open_is_a_guess_when_no_one_asked():
    found = state_of(change(OPEN, pull=PullState(7)))
    guessed = task_states(PLAN, (), Work(known=True, main="main", now=NOW, changes=(change(OPEN, pull=PullState(7)),)))[
        1
    ]

    assert (found.status, found.confidence) == ("in_progress", Confidence.CERTAIN)
    assert (guessed.status, guessed.confidence) == ("review", Confidence.LOW)
    assert guessed.why == "#7 is open; that it is open is a guess: no one asked the forge"


def test_a_low_link_gives_nobody_work():
    low = TaskLink("B", By.FILES, Confidence.LOW, "touches matriz/core/a.py, in matriz/core/")

    assert state_of(change(MERGED, links=(low,))).status == "not_started"


def test_hours_are_those_of_trailers_before_those_of_the_clock():
    assert state_of(change(MERGED)).spent_hours == 4
    assert state_of(change(MERGED, spent_hours=1.5), change(MERGED, "#8")).spent_hours == 1.5
    assert state_of(change(OPEN)).spent_hours is None


CHANGES = st.builds(
    change,
    st.sampled_from([MERGED, OPEN, EMPTY]),
    name=st.sampled_from(["#1", "#2", "feat/b"]),
    pull=st.one_of(
        st.none(), st.builds(PullState, st.just(7), open=st.sampled_from([True, None]), draft=st.booleans())
    ),
    conflicts=st.sampled_from([None, (), ("a.py",)]),
)
VERDICTS = st.tuples(st.sampled_from(list(Verdict)), st.sampled_from(list(Verdict)))


@given(st.lists(CHANGES, max_size=4), VERDICTS, st.booleans())
def test_completed_means_merged_and_every_criterion_met(changes, verdicts, on_main):
    state = state_of(*changes, verdicts=verdicts, on_main=on_main)

    assert state.status in STATUSES
    if state.status == "completed":
        assert set(verdicts) == {Verdict.MET}
        assert not [each for each in changes if each.state == OPEN]
        assert on_main or [each for each in changes if each.state == MERGED]
    if state.status == "regressed":
        assert set(verdicts) & {Verdict.UNMET, Verdict.BROKEN}


@given(st.lists(CHANGES, max_size=4), VERDICTS)
def test_work_that_belongs_to_another_task_changes_nothing(changes, verdicts):
    other = [replace(each, links=(replace(LINK, task="A"),)) for each in changes]

    assert state_of(*other, verdicts=verdicts).status == state_of(verdicts=verdicts).status
