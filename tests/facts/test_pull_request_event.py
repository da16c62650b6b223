"""The event of a workflow tells what it has, and of what it has not it says so."""

import json

import pytest

from pytest_coordguard.domain.pull_request import Account, Side
from pytest_coordguard.facts.pull_request.event import event_facts

PULL = {
    "number": 7,
    "title": "Do it",
    "body": None,
    "state": "open",
    "draft": False,
    "merged": False,
    "mergeable": None,
    "updated_at": "2026-11-24T12:00:00+02:00",
    "user": {"login": "agent", "id": 9, "type": "Bot"},
    "labels": [{"name": "task:B"}],
    "head": {"sha": "a" * 40, "ref": "topic", "repo": None},
    "base": {"sha": "c" * 40, "ref": "main", "repo": {"full_name": "org/shop"}},
}


@pytest.fixture
def told(tmp_path):
    def build(payload):
        path = tmp_path / "event.json"
        path.write_text(payload if isinstance(payload, str) else json.dumps(payload), encoding="utf-8")
        return event_facts(path, 7)

    return build


def test_an_event_tells_what_it_has(told):
    """The repository of a fork that was deleted is null, and no description is an empty one."""
    found = told({"pull_request": PULL})

    assert found.head.value == Side("a" * 40, "topic", "")
    assert found.author.value == Account("agent[bot]", 9)
    assert found.labels.value == ("task:B",)
    assert found.body.value == ""
    assert found.title.as_of == "2026-11-24T10:00:00Z"
    assert set(found.unknown) == {
        "files", "commits", "reviews", "threads", "checks", "required_checks", "mergeable", "events", "head_seen",
    }  # fmt: skip


SILENT = {
    "no JSON": ("{", "the event is no JSON"),
    "a list": ([], "the event is not of the shape that GitHub promises: the answer is no object"),
    "a push": ({"ref": "refs/heads/main"}, "the event is none of pull request 7"),
    "another pull request": ({"pull_request": {**PULL, "number": 8}}, "the event is of pull request 8"),
    "a comment on an issue": ({"issue": {"number": 7}}, "the event is none of pull request 7"),
    "a comment on it": (
        {"issue": {"number": 7, "pull_request": {}}},
        "the event of a comment tells neither head nor base",
    ),
    "a workflow's end": (
        {"workflow_run": {"pull_requests": [{"number": 7}]}},
        "the event of a workflow's end tells its pull request by number alone",
    ),
    "a head without a commit": (
        {"pull_request": {**PULL, "head": {}}},
        "the event is not of the shape that GitHub promises: head or base has no sha",
    ),
    "a title that is none": (
        {"pull_request": {**PULL, "title": 7}},
        "the event is not of the shape that GitHub promises: title is no text",
    ),
    "an endless nest": ("[" * 100_000, "the event is no JSON"),
}


@pytest.mark.parametrize(("payload", "why"), SILENT.values(), ids=SILENT)
def test_what_tells_nothing_says_why(told, payload, why):
    found = told(payload)

    assert set(found.unknown.values()) == {why}
    assert len(found.unknown) == len(list(found.facts()))
