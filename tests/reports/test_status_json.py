"""`task_status.json`: the shape that scripts rely on, and what is read back from a file that others touched."""

import json
import shutil
import subprocess
from dataclasses import replace

import pytest

from pytest_coordguard.domain.plan import Task
from pytest_coordguard.domain.record import Record
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.status_json import (
    InvalidStatusError,
    entry,
    status_document,
    status_text,
    validate_status,
)
from pytest_coordguard.reports.status_reader import StatusError, read_entry, read_record, read_status
from tests.reports.report_samples import COMMIT, NOW, OTHER, PLAN, RECORD, RUN, SHA

DOCUMENT = status_document(PLAN, RECORD, NOW)

# As teams kept it by hand before there was a plan.
BY_HAND = {
    "last_updated": "2025-10-15T05:35:00Z",
    "schema_version": "1.0",
    "summary": {"total_tasks": 1, "in_progress": 0, "completed": 1, "not_started": 0, "blocked": 0},
    "tasks": {"top5": {"task1_shadow_diff": {"id": "task1", "status": "completed", "branch": None}}},
    "pre_audit_guardrails": {"state_sweep": {"status": "not_started", "required": True}},
    "metrics": {"hours_spent": 0},
}


def test_the_head_of_the_document():
    """All but the criteria, as scripts read it."""
    assert {key: value for key, value in DOCUMENT.items() if key not in ("criteria", "tasks", "run")} == {
        "last_updated": "2026-11-24T09:15:09Z",
        "schema_version": "1.2",
        "summary": {
            "total_tasks": 3,
            "in_progress": 0,
            "completed": 1,
            "not_started": 2,
            "blocked": 0,
            "review": 0,
            "regressed": 0,
            "empty": 0,
            "completion_percentage": 33,
        },
        "pre_audit_guardrails": {
            "total": 5,
            "met": 1,
            "open": 3,
            "percentage": 40,
            "passed": False,
            "criteria": {
                "1/report": "met",
                "CC-5/spec-validates": "unmet",
                "CC-5/headers": "stale",
                "CC-6/coverage": "waived",
                "CC-6/tests": "not_run",
            },
        },
        "metrics": {
            "total_estimated_hours": 3.33,
            "hours_remaining": 0.83,
            "total_criteria": 6,
            "ticked": 1,
            "proven": 1,
            "flaky": 1,
            "findings": 2,
            "by_verdict": {"awaiting": 1, "met": 1, "not_run": 1, "stale": 1, "unmet": 1, "waived": 1},
        },
    }


def test_a_task_of_the_document():
    """The shape of the hand-kept file, with values that follow from verdicts."""
    plan = replace(PLAN, tasks=tuple(replace(task, branch="main", critical_review=True) for task in PLAN.tasks))
    run = replace(RUN, pull_request=396)
    document = status_document(plan, Record(run), NOW)

    assert list(document["tasks"]) == ["top5", "claude_code"]
    assert document["tasks"]["claude_code"]["task_cc_5"] == {
        "id": "CC-5",
        "name": "OpenAPI parity validation",
        "owner": "coordinator",
        "status": "blocked",
        "priority": "high",
        "estimated_hours": 1 / 3,
        "branch": "main",
        "dependencies": ["1"],
        "pr_number": 396,
        "critical_review": True,
        "progress": {"total_steps": 3, "completed_steps": 0, "percentage": 0},
        "blockers": ["waiting for 1 (not_started)"],
        "reason": "waiting for 1",
        "confidence": "high",
        "evidence": [],
        "started": None,
        "finished": None,
        "spent_hours": None,
    }


def test_a_criterion_and_the_run_of_the_document():
    """Flat, with its evidence and its own provenance."""
    assert DOCUMENT["criteria"][0] == {
        "id": "1/report",
        "task": "1",
        "text": "Shadow report has no difference",
        "gates": ["preaudit", "review_gate"],
        "check": "service.shadow",
        "stale": False,
        "verdict": "met",
        "message": "",
        "remedy": "",
        "duration": 1.25,
        "commit": COMMIT,
        "dirty": False,
        "checked_at": "2026-11-24T09:15:02Z",
        "run": "r1",
        "evidence": {
            "findings": [],
            "measures": [{"name": "differences", "value": 0, "at_most": 0, "at_least": None, "unit": ""}],
            "remarks": ["2 operations have no example"],
            "tools": {"coordguard": "0.1.0"},
            "artefacts": {"docs/audits/shadow/report.json": SHA},
        },
        "waiver": "",
        "proven": True,
        "tests": [],
        "flaky": False,
    }
    assert {**DOCUMENT["run"], "verdicts_digest": ""} == {
        "id": "r1",
        "gate": "preaudit",
        "state": "complete",
        "exit_status": 1,
        "started": "2026-11-24T09:15:00Z",
        "duration": 8.5,
        "commit": COMMIT,
        "branch": "main",
        "dirty": False,
        "pull_request": None,
        "range": None,
        "plan_digest": SHA,
        "versions": {"pytest": "9.2.0", "pytest-coordguard": "0.1.0"},
        "problems": [],
        "artefacts": [],
        "verdicts_digest": "",
    }


def test_two_ids_that_give_one_key_are_both_there():
    """`CC-5` and `cc.5` are two tasks; neither may take the place of the other."""
    plan = replace(PLAN, tasks=(Task("CC-5", "a", 1), Task("cc.5", "b", 2), Task("cc 5", "c", 3)))
    tasks = status_document(plan, Record(RUN), NOW)["tasks"]["tasks"]

    assert {key: task["id"] for key, task in tasks.items()} == {
        "task_cc_5": "CC-5",
        "task_cc_5_2": "cc.5",
        "task_cc_5_3": "cc 5",
    }


def test_the_record_is_read_back():
    """The next run starts from it: each verdict with its commit, its time and what it rests on."""
    found = read_status(status_text(DOCUMENT), "x")

    assert found.run == RUN
    assert found.criteria[:5] == RECORD.criteria
    assert (found.criteria[5].id, found.criteria[5].verdict) == ("CC-6/tests", Verdict.NOT_RUN)


def test_an_entry_of_the_journal_is_read_back():
    """A verdict that was found and not yet in the status file."""
    assert [read_entry(json.loads(json.dumps(entry(each)))) for each in RECORD.criteria] == list(RECORD.criteria)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "met"},
        {"commit": COMMIT, "verdict": "met"},
        {"dirty": True},
        {"checked_at": "2026-11-25T00:00:00Z"},
    ],
)
def test_a_tick_by_hand_is_none(change):
    """Whoever edits a verdict in the file, by editor or by `jq`, gains nothing: no run has found it."""
    document = json.loads(status_text(DOCUMENT))
    document["criteria"][1].update(change)
    found = read_record(document)

    assert not [each.id for each in found.criteria if each.verdict.opens]
    assert found.of("1/report").message == "its verdict was changed by hand after the run that found it"
    assert found.of("CC-5/reviewed").verdict is Verdict.AWAITING


def test_a_criterion_taken_out_by_hand_takes_the_other_ticks_with_it():
    """The list is no longer the one that was written."""
    document = json.loads(status_text(DOCUMENT))
    del document["criteria"][1]

    assert not [each for each in read_record(document).criteria if each.verdict.opens]


def test_a_file_that_was_kept_by_hand_holds_no_verdict():
    """Its `completed` is someone's word."""
    found = read_record(BY_HAND)

    assert found.criteria == ()
    assert (found.run.id, found.run.state) == ("", "incomplete")


def test_what_others_add_is_passed_over():
    """A dashboard of the team's own may keep its notes in the same file."""
    document = {**json.loads(status_text(DOCUMENT)), "notes": ["mine"], "last_updated": "now"}
    document["run"]["colour"] = "red"
    document["criteria"][0]["note"] = {"a": 1}

    assert read_record(document).criteria[:5] == RECORD.criteria


@pytest.mark.parametrize(
    "text, message",
    [
        (
            '{\n  "tasks": {},\n  oops\n}',
            "s.json:3: is not JSON (Expecting property name enclosed in double quotes, column 3)",
        ),
        ("", "s.json:1: is not JSON (Expecting value, column 1)"),
        ("[1]", "s.json:1: holds a list where an object with .tasks was meant"),
        ("3", "s.json:1: holds a number where an object with .tasks was meant"),
        ("{}", "s.json: has neither .tasks nor .criteria, so it is no task status"),
        ('{"criteria": {}}', "s.json: .criteria: holds an object where a list was meant"),
        ('{"criteria": [{"verdict": "met"}]}', "s.json: .criteria[0]: has no .id"),
        (
            '{"criteria": [{"id": "a", "verdict": "great"}]}',
            (
                's.json: .criteria[0].verdict: "great" is none of '
                "met, waived, awaiting, not_run, unclaimed, unmet, broken"
            ),
        ),
        (
            '{"criteria": [{"id": "a", "verdict": "met", "message": 3}]}',
            "s.json: .criteria[0].message: holds a number where a text was meant",
        ),
        (
            '{"tasks": {}, "run": {"state": "done"}}',
            's.json: .run.state: "done" is none of running, complete, incomplete',
        ),
        (
            '{"tasks": {}, "run": {"exit_status": 1.5}}',
            "s.json: .run.exit_status: holds 1.5 where a whole number was meant",
        ),
    ],
)
def test_a_file_that_is_not_ours_is_told_with_its_place(text, message):
    """So that the one who reads it can mend it; the caller keeps a copy."""
    with pytest.raises(StatusError) as caught:
        read_status(text, "s.json")

    assert str(caught.value) == message


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x80", b"[" * 100_000], ids=["utf-16", "latin", "deep"])
def test_bytes_that_are_no_text_are_told(raw):
    """A truncated or foreign file is no crash."""
    with pytest.raises(StatusError, match=r"^s\.json"):
        read_status(raw, "s.json")


def test_a_document_of_another_shape_is_not_written():
    """The schema is strict: an unknown key is a fault, and so is a wrong word."""
    document = json.loads(status_text(DOCUMENT))
    document["criteria"][2]["verdict"] = "passed"
    with pytest.raises(
        InvalidStatusError, match=r'^task_status\.json: \.criteria\[2\]\.verdict: "passed" is not one of'
    ):
        validate_status(document)
    with pytest.raises(InvalidStatusError):
        validate_status({**DOCUMENT, "extra": 1})


def jq(program, text, *arguments):
    return subprocess.run(["jq", *arguments, program], input=text, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: apt-get install jq")
@pytest.mark.parametrize(
    "program, answer",
    [
        (".summary.total_tasks", "3"),
        (".summary.in_progress", "0"),
        (".summary.completed", "1"),
        (".summary.not_started", "2"),
        (".summary.blocked", "0"),
        (".summary.completion_percentage", "33"),
        (".tasks.claude_code.task_cc_5.status", '"not_started"'),
        ('[.tasks[][] | select(.status == "completed") | .id] | join(" ")', '"1"'),
        ('[.criteria[] | select(.verdict == "unmet") | .id][0]', '"CC-5/spec-validates"'),
        ('.pre_audit_guardrails.criteria["CC-5/headers"]', '"stale"'),
    ],
)
def test_scripts_read_it_with_jq(program, answer):
    """The lines of a team's own snapshot script go on working."""
    assert jq(program, status_text(DOCUMENT)).strip() == answer


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: apt-get install jq")
def test_a_script_may_stamp_it_with_jq():
    """`jq` writes the whole file anew, numbers and all; no verdict is lost by it."""
    stamped = jq(".last_updated = $timestamp", status_text(DOCUMENT), "--arg", "timestamp", "2026-11-25T00:00:00Z")

    assert json.loads(stamped)["last_updated"] == "2026-11-25T00:00:00Z"
    assert read_status(stamped, "x").criteria[:5] == RECORD.criteria


def test_a_verdict_of_another_commit_is_stale_in_the_document():
    """And the pre-audit mapping says so in place of `met`."""
    document = status_document(PLAN, RECORD, replace(NOW, commit=OTHER))

    assert [each["stale"] for each in document["criteria"]] == [True, True, False, True, True, True]
    assert document["pre_audit_guardrails"]["criteria"]["1/report"] == "stale"
    assert document["summary"]["completed"] == 0
