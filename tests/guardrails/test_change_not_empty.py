"""`change.not_empty`: a merge whose tree is its base's delivers nothing, nor do reports and white space."""

import pytest
from pytest_coordguard.guardrails.test_change import test_change_is_not_empty as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.repository import Repository

check.__test__ = False
PLAN = Plan("coordguard.yaml", "")


def unmet(repo, change, **options):
    with pytest.raises(Unmet) as raised:
        check(repo, Evidence(), change, PLAN, **options)
    return str(raised.value)


def test_a_file_with_other_words_is_something(changed):
    evidence = Evidence()
    repo, change = changed({"a": b"a\n", "b": b"b\n"}, {"a": b"b\n", "b": b"b\n\n"})

    check(repo, evidence, change, PLAN)

    assert {measure.name: measure.value for measure in evidence.measures} == {
        "files of the change": 2,
        "files that deliver something": 1,
    }


def test_a_commit_that_leaves_every_file_as_it_was_delivers_nothing(changed):
    """As a merge with `-s ours`, or a commit and its revert."""
    repo, change = changed({"a": b"a\n"}, {}, commit=True)

    assert unmet(repo, change) == f"the change delivers nothing: every file is as {change.base[:9]}, its base, has it"


def test_reports_of_this_tool_are_no_work(changed):
    repo, change = changed({"a": b"a\n"}, {"docs/plans/task_status.json": b"{}", "docs/audits/live/x.json": b"{}"})

    assert unmet(repo, change) == (
        "the change delivers nothing but reports, or what the plan calls nothing: "
        "docs/audits/live/x.json, docs/plans/task_status.json"
    )


def test_white_space_is_something_by_option_alone(changed):
    repo, change = changed({"a": b"a\nb\n"}, {"a": b"a  \n\n\nb\n"})

    assert unmet(repo, change) == "the change delivers nothing but white space: a"
    check(repo, Evidence(), change, PLAN, white_space=True)


def test_indentation_is_something(changed):
    """In Python, YAML and make it decides what runs."""
    repo, change = changed({"a.py": b"if x:\n    y()\nz()\n"}, {"a.py": b"if x:\n    y()\n    z()\n"})

    check(repo, Evidence(), change, PLAN)


@pytest.mark.parametrize("after", [{"a": None}, {"a": None, "b": b"a\n"}, {"c": b""}], ids=["gone", "renamed", "new"])
def test_a_file_gone_renamed_or_new_is_something(changed, after):
    repo, change = changed({"a": b"a\n"}, after, commit=True)

    check(repo, Evidence(), change, PLAN)


def test_what_the_plan_calls_nothing_is_nothing(changed):
    repo, change = changed({"a": b"a\n"}, {"logs/today.txt": b"x"})

    assert "logs/today.txt" in unmet(repo, change, besides=["logs/"])


def test_the_base_itself_is_no_change(changed):
    repo, change = changed({"a": b"a\n"}, {})

    with pytest.raises(Vacuous, match=r"^there is no change: \w{9}, the base, is checked out, and nothing is altered$"):
        check(repo, Evidence(), change, PLAN)


def test_without_a_base_nothing_is_known(tmp_path):
    with pytest.raises(CannotJudge, match="there is nothing to compare with"):
        check(Repository(tmp_path), Evidence(), Change(tmp_path, None, "no base", asked=False, note="?"), PLAN)


@pytest.mark.parametrize("after", [{"a": b"b\n"}, {"a": None, "new": b"other words\n"}], ids=["altered", "replaced"])
def test_every_violation_is_seen(changed, after):
    repo, change = changed({"a": b"a\n", "same": b"same\n"}, after, commit=True)
    known = {"repo": repo, "change": change, "plan": PLAN}
    check(repo, Evidence(), change, PLAN)
    seen = {}
    for violation in described(check).violations:
        planted = violation.changes(**known)
        seen[violation.name] = unmet(repo.with_changes(planted), change).partition(": ")[0]

    assert seen == {
        "everything-as-in-the-base": "the change delivers nothing",
        "reports-alone": "the change delivers nothing but reports, or what the plan calls nothing",
        "white-space-alone": "the change delivers nothing but white space",
    }
