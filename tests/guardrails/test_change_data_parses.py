"""`change.data_parses`: what a change touches of JSON, YAML, TOML and workflows can be read."""

from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_change_data import test_change_data_parses as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Plan

check.__test__ = False
PLAN = Plan("coordguard.yaml", "")
SAMPLES = Path(__file__).parents[1] / "samples" / "change.data_parses"


def samples(kind):
    return [pytest.param(folder, id=folder.name) for folder in sorted((SAMPLES / kind).iterdir())]


def files_of(folder):
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "expected.txt"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("folder", samples("good"))
def test_what_its_readers_can_read_is_met(changed, folder):
    repo, change = changed({}, files_of(folder))

    check(repo, Evidence(), change, PLAN)


@pytest.mark.parametrize("folder", samples("bad"))
def test_what_they_cannot_read_is_named_with_its_line(changed, folder):
    repo, change = changed({}, files_of(folder))

    with pytest.raises(Unmet) as unmet:
        check(repo, Evidence(), change, PLAN)

    assert str(unmet.value) == (folder / "expected.txt").read_text().rstrip("\n")


def test_only_what_the_change_touches_is_read(changed):
    """Old trouble is another task's."""
    repo, change = changed({"old.json": b"{", "gone.json": b"{"}, {"new.json": b"{}", "gone.json": None})
    evidence = Evidence()

    check(repo, evidence, change, PLAN)

    assert [(measure.name, measure.value) for measure in evidence.measures] == [("json files", 1), ("troubles", 0)]


def test_a_change_without_data_is_met_and_says_so(changed):
    repo, change = changed({}, {"a.py": b"x = 1\n"})
    evidence = Evidence()

    check(repo, evidence, change, PLAN)

    assert evidence.remarks == ["the change touches no data file that is to be read"]


def test_what_is_left_out_is_said(changed):
    repo, change = changed(
        {}, files_of(SAMPLES / "good" / "helm-template") | files_of(SAMPLES / "good" / "pointer-of-git-lfs")
    )
    (repo.root / "link.json").symlink_to("nowhere")
    evidence = Evidence()

    check(repo, evidence, change, PLAN)

    assert evidence.remarks == [
        "big.json: git LFS keeps its content elsewhere",
        "chart/templates/a.yaml: is a template, which becomes data when it is filled in",
        "link.json: is a link, whose aim is looked at where it is changed",
    ]


def test_the_plan_can_leave_files_out_and_allow_comments(changed):
    repo, change = changed({}, {"fixtures/broken.json": b"{", "a.json": b"{} // end\n"})

    check(repo, Evidence(), change, PLAN, exclude=["fixtures/"], comments=["*.json"])


def test_no_change_is_nothing_to_judge(changed):
    repo, change = changed({"a.json": b"{"}, {})

    with pytest.raises(Vacuous, match="the change is empty"):
        check(repo, Evidence(), change, PLAN)


def test_every_violation_is_seen(changed):
    repo, change = changed({}, {"a.json": b"{}"})
    check(repo, Evidence(), change, PLAN)
    seen = {}
    for violation in described(check).violations:
        with pytest.raises(Unmet) as raised:
            check(repo.with_changes(violation.changes(repo=repo)), Evidence(), change, PLAN)
        seen[violation.name] = str(raised.value)

    assert seen == {
        "broken-json": "planted_data.json:1: is no JSON: Expecting property name enclosed in double quotes",
        "key-twice-in-json": "planted_data.json:1: has the key 'c' twice in one object; readers keep one of the two",
        "broken-yaml": "planted_data.yaml:4: is no YAML: did not find expected ',' or ']'",
        "key-twice-in-yaml": "planted_data.yaml:3: has the key 'b' twice in one mapping; readers keep one of the two",
        "broken-toml": "planted_data.toml:3: is no TOML: Cannot overwrite a value",
        "workflow-without-jobs": ".github/workflows/planted.yml: is no workflow: it has no `jobs`",
        "unresolved-conflict": "planted_data.yaml:1: holds a merge conflict that nobody resolved",
    }


def test_what_the_plan_leaves_out_cannot_be_planted(changed):
    repo, _ = changed({}, {})

    for violation in described(check).violations:
        with pytest.raises(CannotPlant, match="the plan leaves .* out"):
            violation.changes(repo=repo, exclude=["."])
