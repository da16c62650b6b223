"""A limit that an earlier check used up is waited out once, when the service says how long."""

import pytest

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.facts.service import rest
from pytest_coordguard.facts.service.rest import Rest

MODELS = ask("GET /v1/models")


@pytest.fixture
def slept(monkeypatch):
    """Return what was waited, which takes no time here."""
    waits = []
    monkeypatch.setattr(rest, "sleep", waits.append)
    return waits


def answers(*replies):
    """Return a question that is answered so, one after the other."""
    left = list(replies)
    return lambda: left.pop(0)


def refused(after, asked=MODELS):
    """Return a 429 that says so."""
    return Reply(asked, 429, (("Retry-After", after),) if after else (), at=0.0)


GOOD = Reply(MODELS, 200)


def test_a_refusal_at_the_first_call_is_waited_out_and_told(slept):
    """A service that counts by address takes all checks for one caller."""
    evidence = Evidence()

    assert Rest(evidence).reply(answers(refused("4"), GOOD)) == GOOD
    assert slept == [5.0]
    assert evidence.remarks == [
        "GET /v1/models: refused at the first call, and asked again after 4 s as it said",
    ]


@pytest.mark.parametrize(
    "reply",
    [GOOD, refused(""), refused("soon"), refused("3600"), refused("4", ask("GET /v1/models", status=(429,)))],
    ids=["success", "no wait told", "no number", "an hour", "wanted so"],
)
def test_what_is_no_such_refusal_stays(slept, reply):
    """A 429 that is expected, or that nobody can wait out."""
    assert Rest(Evidence()).reply(answers(reply)) == reply
    assert slept == []


def test_one_check_waits_once(slept):
    """A service that refuses everyone would hold up each question."""
    one = Rest(Evidence())
    ask_once = answers(refused("4"), refused("4"), refused("4"))

    assert [one.reply(ask_once).status, one.reply(ask_once).status] == [429, 429]
    assert slept == [5.0]
