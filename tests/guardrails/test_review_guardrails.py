"""`review.*` and `pr.*`: what each says of a pull request, and that it finds each of its planted faults."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_coordguard.guardrails import test_pull_request as on_pulls
from pytest_coordguard.guardrails import test_review as on_reviews

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulls import AUTHOR, HEAD, NOW, OLD, OTHER, event, known, pull, review

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Awaiting, CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Critical, Plan, Task
from pytest_coordguard.domain.pull_request import Check, Fact, Mergeable, PullFile

CRITICAL = on_reviews.test_critical_changes_are_reviewed
APPROVED = on_reviews.test_it_is_approved
WITHIN = on_reviews.test_it_is_reviewed_in_time
MERGEABLE = on_pulls.test_it_can_be_merged
CHECKS = on_pulls.test_checks_are_green
DESCRIBED = on_pulls.test_it_is_described
for function in (CRITICAL, APPROVED, WITHIN, MERGEABLE, CHECKS, DESCRIBED):
    function.__test__ = False

TASK = Task("CC-3", "Breaker", 1, branch="breaker", critical_review=True)
PLAN = Plan("coordguard.yaml", "", critical=Critical(("core/", "lib/*.key"), ("coordinator",), 3600.0), tasks=(TASK,))
UNKNOWN = Fact(why="git alone tells of none")
CORE = (PullFile("core/engine.py", "core/engine.py"),)


def says(check, facts, **given):
    """Return the class of the verdict, "" when it is met, and what it says."""
    wanted = described(check).function.__annotations__
    fixtures = {"plan": PLAN, "repo": None, "change": None} | given
    try:
        check(evidence=Evidence(), pull=facts, **{name: value for name, value in fixtures.items() if name in wanted})
    except (Unmet, CannotJudge, Vacuous) as told:
        return type(told).__name__, str(told)
    return "", ""


@pytest.mark.parametrize(
    ("files", "more", "reason"),
    [
        (CORE, {}, "core/engine.py: it touches the critical core/: core/engine.py"),
        (
            (PullFile("Core/b.py"),),
            {},
            "Core/b.py: it touches the critical core/: Core/b.py, written with other letter case than 'core/'",
        ),
        ((PullFile("a.py", "core/a.py"),), {}, "core/a.py: it touches the critical core/: core/a.py"),
        ((PullFile("lib/a.key"),), {}, "lib/a.key: it touches the critical lib/*.key: lib/a.key"),
        (
            (PullFile("CODEOWNERS"),),
            {},
            "CODEOWNERS: it touches what this gate goes by, CODEOWNERS: CODEOWNERS",
        ),
        ((PullFile("b.py"),), {"labels": known(("Critical",))}, "it has the label 'Critical'"),
        (
            (PullFile("b.py"),),
            {"head": known(replace(pull().head.value, ref="breaker"))},
            "it is work on CC-3, which asks for it (branch breaker, which the plan names)",
        ),
    ],
    ids=["a path", "its letter case", "renamed out of it", "a glob", "code owners", "a label", "its task"],
)
def test_what_is_critical_awaits_the_reviewer(files, more, reason):
    facts = pull(files=files, **more)
    kind, told = says(CRITICAL, facts)

    assert kind == "Awaiting"
    assert reason in told.splitlines()
    assert says(CRITICAL, replace(facts, reviews=known((review(),)))) == ("", "")


@pytest.mark.parametrize("path", ["tests/core/a.py", "score/a.py", "core.py", "lib/sub/a.key"])
def test_a_path_that_only_looks_like_it_is_not_critical(path):
    assert says(CRITICAL, pull(files=(PullFile(path),))) == ("", "")


def test_a_label_takes_nothing_away():
    """`not-critical`, or a label that was taken off: the path still says it."""
    assert says(CRITICAL, pull(files=CORE, labels=("not-critical", "skip-review")))[0] == "Awaiting"


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (pull(files=CORE, reviews=UNKNOWN), "Awaiting"),
        (pull(files=UNKNOWN), "CannotJudge"),
        (pull(review(), files=CORE, commits=UNKNOWN), "CannotJudge"),
        (pull(review(state="CHANGES_REQUESTED"), files=CORE), "Unmet"),
        (pull(review(OTHER), files=CORE), "Awaiting"),
    ],
    ids=["no review is known", "no file is known", "no commit is known", "changes are requested", "another reviewer"],
)
def test_what_is_not_known_is_never_met(facts, kind):
    assert says(CRITICAL, facts)[0] == kind


def test_a_plan_that_calls_nothing_critical_is_vacuous():
    assert says(CRITICAL, pull(), plan=Plan("coordguard.yaml", ""))[0] == "Vacuous"


def test_approvals_are_counted_and_named():
    assert says(APPROVED, pull(review(), review(OTHER)), count=2) == ("", "")
    assert says(APPROVED, pull(review(), review(AUTHOR)), count=2)[0] == "Awaiting"
    assert says(APPROVED, pull(review()), by=["bo"])[1].splitlines() == [
        "coordinator: its reviewer is not one of those who are asked",
        "the approval of aaaaaaaaa by bo is not there yet",
    ]


def test_time_is_judged_apart_from_the_approval():
    assert says(WITHIN, pull(review(at="2026-11-24T09:30:00Z"))) == ("", "")
    assert says(WITHIN, pull(review(at="2026-11-24T10:30:00Z"))) == (
        "Unmet",
        "1.5 h since 2026-11-24T09:00:00Z, 1.0 h allowed",
    )
    assert says(WITHIN, pull(review(at="2026-11-24T10:30:00Z"), events=(event("ready_for_review", NOW),))) == ("", "")
    assert says(WITHIN, pull())[0] == "Unmet"
    assert says(WITHIN, pull(head_seen="9999-01-01T00:00:00Z"))[0] == "Awaiting"
    assert says(WITHIN, pull(head_seen=UNKNOWN))[0] == "CannotJudge"


def test_conflicts_and_drafts_keep_it_from_being_merged():
    assert says(MERGEABLE, pull()) == ("", "")
    assert says(MERGEABLE, pull(mergeable=Mergeable(clean=False, conflicts=("a.py",)), draft=True)) == (
        "Unmet",
        "a.py: conflicts with the base\nit is a draft",
    )
    assert says(MERGEABLE, pull(mergeable=UNKNOWN))[0] == "CannotJudge"


def ran(name="tests", conclusion="success", at=NOW, app="github-actions", required=None):
    return Check(name, app, conclusion, at, required)


LATER = "2026-11-24T13:00:00Z"
CHECKED = {
    "green": ((ran(),), {}, ""),
    "red": ((ran(conclusion="failure"),), {}, "tests: ended as failure (github-actions)"),
    "red, then green": ((ran(conclusion="failure"), ran(at=LATER)), {}, ""),
    "green, then red": (
        (ran(), ran(conclusion="timed_out", at=LATER)),
        {},
        "tests: ended as timed_out (github-actions)",
    ),
    "both in one second": ((ran(), ran(conclusion="failure")), {}, "tests: ended as failure (github-actions)"),
    "green of one app, red of another": (
        (ran(), ran(conclusion="failure", app="other")),
        {},
        "tests: ended as failure (other)",
    ),
    "it runs": ((ran(conclusion=""),), {}, "tests: still runs"),
    "skipped": ((ran(conclusion="skipped"),), {}, "tests: ended as skipped (github-actions)"),
    "skipped, which is allowed": ((ran(conclusion="skipped"),), {"neutral": True}, ""),
    "missing": ((ran("lint"),), {"required": ["tests"]}, "tests: is required, and was not reported"),
    "reported by another app": (
        (ran(app="mallory"),),
        {"required": ["tests"], "by": "github-actions"},
        "tests: is required, and was not reported by github-actions",
    ),
    "our own is red": ((ran(), ran("coordguard", "failure")), {}, ""),
    "our own by another name": ((ran(), ran("gate", "")), {"ours": ["Gate"]}, ""),
}


@pytest.mark.parametrize(("checks", "given", "told"), CHECKED.values(), ids=CHECKED)
def test_the_newest_report_of_each_check_counts(checks, given, told):
    assert says(CHECKS, pull(checks=checks), **given) == ("Unmet" if told else "", told)
    assert says(CHECKS, pull(checks=tuple(reversed(checks))), **given) == ("Unmet" if told else "", told)


def test_checks_that_nobody_reported_are_not_green():
    assert says(CHECKS, pull())[0] == "Vacuous"
    assert says(CHECKS, pull(checks=(ran("coordguard"),)))[0] == "Vacuous"
    assert says(CHECKS, pull(checks=UNKNOWN))[0] == "CannotJudge"
    assert says(CHECKS, pull(checks=(ran("a"),), required_checks=("tests",)))[1] == (
        "tests: is required, and was not reported"
    )


BODY = "## Why\n\nIt was slow.\n\n- [x] tested\n- [ ] documented\n\n```\n- [ ] code\n```\n<!-- - [ ] hint -->\n"


def test_open_boxes_are_faults_and_those_of_code_and_comments_are_none():
    assert says(DESCRIBED, pull(body=BODY)) == ("Unmet", "a box of its description is open: documented")
    assert says(DESCRIBED, pull(body=BODY), boxes=False) == ("", "")


def test_a_description_says_enough():
    assert says(DESCRIBED, pull(body="")) == ("Unmet", "its description has 0 words, 1 wanted")
    assert says(DESCRIBED, pull(body="## Why\n\n## Risk\n\nlow\n"), sections_wanted=["risk", "Why", "Tests"])[1] == (
        "its description has no section 'Tests'\nits description has nothing in its section 'Why'"
    )
    assert says(DESCRIBED, pull(body=UNKNOWN))[0] == "CannotJudge"


def test_a_claim_is_held_against_the_files(changed):
    repo, change = changed({"a.py": b"A = 1\n", "b.py": b"B = 1\n"}, {"a.py": b"A = 2\n", "b.py": b"B=1\n"})
    facts = pull(title="Tidy up: No functional  change")

    assert says(DESCRIBED, facts, repo=repo, change=change) == (
        "Unmet",
        "a.py: differs by runtime, and it says 'No functional change'",
    )
    assert says(DESCRIBED, facts, repo=repo, change=change, claims="remark") == ("", "")
    assert says(DESCRIBED, pull(), repo=repo, change=change) == ("", "")


@pytest.mark.parametrize("check", [CRITICAL, APPROVED, WITHIN, MERGEABLE, CHECKS, DESCRIBED])
def test_each_planted_fault_is_found(check):
    facts = pull(review(at="2026-11-24T09:30:00Z"), files=CORE, checks=(ran(),), body="It is done.")
    given = {"plan": PLAN, "repo": None, "change": None}
    assert says(check, facts, **given) == ("", "")
    for violation in described(check).violations:
        assert says(check, violation.changes(pull=facts, **given), **given)[0] in {"Unmet", "Awaiting"}, violation.name


def test_a_fault_without_a_place_is_not_planted():
    with pytest.raises(CannotPlant):
        described(APPROVED).violations[1].changes(pull=pull())


def test_an_approval_of_an_older_head_is_told_by_its_commit():
    assert f"it was given for {OLD[:9]}, and {HEAD[:9]} is the head" in says(APPROVED, pull(review(commit=OLD)))[1]
    assert issubclass(Awaiting, Unmet)
