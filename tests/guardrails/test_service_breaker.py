"""`service.breaker`: met by the example, red for each broken promise, and broken where nothing can be known."""

import pytest
from pytest_coordguard.guardrails.test_service_breaker import test_breaker_opens_and_closes as breaker

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.repository import Repository
from tests.guardrails.conftest import EXAMPLE

CHAT = ask("POST /v1/chat/completions").with_json(
    {"model": "facade-large", "messages": [{"role": "user", "content": "hi"}]}
)
EMBED = ask("POST /v1/embeddings").with_json({"model": "facade-embed", "input": "hi"})
FAIL = ask("POST /_fault").with_json({"upstream": "error"})
HEAL = ask("POST /_fault").with_json({"upstream": "none"})
STATE = 'facade_breaker_state{breaker="upstream"}'
GIVEN = {
    "endpoint": CHAT,
    "trip": [FAIL],
    "heal": [HEAL],
    "metrics": {"closed": f"{STATE} 0", "open": f"{STATE} 1", "half-open": f"{STATE} 2"},
    "fallback": "fallback",
    "fallback_header": "X-Facade-Fallback",
    "provenance": "provenance.source",
    "log": ["upstream failed", "UpstreamError"],
    "reset": 1.0,
    "within": 1.0,
}


def run(service, evidence, **given):
    breaker(service=service, repo=Repository(EXAMPLE), evidence=evidence, **{**GIVEN, **given})


def found(service, **given):
    try:
        run(service, Evidence(), **given)
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings]
    return []


def test_a_service_that_keeps_its_promises_is_green(facade):
    """Each state was seen, in order, in both places; the upstream works again afterwards."""
    evidence = Evidence()

    run(facade, evidence)

    assert "seen: closed, open, half-open, closed" in evidence.remarks
    assert {one.name: one.value for one in evidence.measures} == {
        "failures until it opens": 3,
        "calls while the upstream failed": 4,
        "control: a success before the fault": 1,
        "control: an answer while the breaker was open": 1,
        "control: a success after it closed": 1,
    }
    assert not facade.send(CHAT).has("X-Facade-Fallback")


def test_an_error_is_no_silence(facade):
    """Vectors have no fallback."""
    assert found(facade, endpoint=EMBED, provenance="") == []


BROKEN = {
    "breaker-never-opens": ["the breaker stays closed however often POST /v1/chat/completions fails"],
    "never-half-open": ["the breaker does not close again when the upstream works"],
    "breaker-hidden-in-healthz": ["/healthz has nothing at breaker.state"],
    "breaker-frozen-in-healthz": [
        "/healthz says closed and /metrics says open",
        "failures of the upstream have no line in the log with 'upstream failed', 'UpstreamError'",
        "the breaker stays closed however often POST /v1/chat/completions fails",
    ],
    "breaker-metric-missing": ["/metrics lacks facade_breaker_state"],
    "breaker-metric-frozen": [
        "/healthz says half-open and /metrics says closed",
        "/healthz says open and /metrics says closed",
    ],
    "metrics-gone": ["/metrics answers 404"],
    "silent-fallback": [
        "a call that meets the breaker open is answered 200 without a mark: a silent failure",
        "a failed call is answered 200 without a mark: a silent failure",
    ],
    "provenance-dropped": ["a fallback has nothing at provenance.source"],
    "silent-upstream-fault": [
        "failures of the upstream have no line in the log with 'upstream failed', 'UpstreamError'"
    ],
    "no-logs": ["failures of the upstream have no line in the log with 'upstream failed', 'UpstreamError'"],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_told(facade, name):
    facade.broken(name)
    passing = "/healthz says closed and /metrics says half-open"  # seen when the calls take long enough

    assert [one for one in found(facade) if one != passing] == BROKEN[name]


WIRE = [one for one in described(breaker).violations if one.name != "failures-cannot-be-traced"]


@pytest.mark.parametrize("violation", WIRE, ids=[one.name for one in WIRE])
def test_each_fault_on_the_way_is_found(facade, violation):
    with facade.through(violation.changes(service=facade, **GIVEN)) as spoilt:
        assert found(spoilt)
        assert spoilt.spoilt


@pytest.mark.parametrize("header", ["", "X-Facade-Fallback"])
def test_a_lost_origin_is_found_by_either_mark(facade, header):
    (losing,) = (one for one in WIRE if one.name == "provenance-is-lost")
    given = GIVEN | {"fallback_header": header}

    with facade.through(losing.changes(service=facade, **given)) as spoilt:
        assert found(spoilt, **given) == ["a fallback has nothing at provenance.source"]


def test_a_failure_is_found_by_its_call(facade):
    """By the header that goes with it, which the example's line of the request has; not so when it is lost."""
    log = ["X-Facade-Nonce".lower(), "{nonce}", '"status": 200']
    given = GIVEN | {"log": log, "trace": "X-Facade-Nonce"}
    (losing,) = (one for one in described(breaker).violations if one.name == "failures-cannot-be-traced")

    assert found(facade, **given) == []
    with facade.through(losing.changes(**given)) as spoilt:
        assert found(spoilt, **given) == [
            "failures of the upstream have no line in the log with 'x-facade-nonce', '{nonce}', '\"status\": 200'"
        ]


def test_what_has_no_place_is_not_planted(facade):
    planted = {one.name: one for one in described(breaker).violations}

    for name, told in {
        "metrics-stand-still": "the plan names no line of /metrics",
        "state-is-not-in-metrics": "the plan names no line of /metrics",
        "provenance-is-lost": "the plan names no provenance, or no mark of a fallback",
        "failures-cannot-be-traced": "no line is looked for by its call; a log cannot be spoilt from outside",
    }.items():
        with pytest.raises(CannotPlant, match=f"^{told}$"):
            planted[name].changes(service=facade, endpoint=CHAT)
    with pytest.raises(CannotPlant, match="^the plan does not ask to see half-open$"):
        planted["half-open-is-not-shown"].changes(service=facade, half_open=False)


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"trip": []}, CannotJudge, "^neither failing nor working again can be brought about; meant: 'trip: …' and "),
        ({"heal": [], "heal_run": ""}, CannotJudge, "^neither failing nor working again can be brought about"),
        ({"trip": [ask("POST /nowhere")]}, CannotJudge, "^trip: POST /nowhere -> 404 .*; meant: a request that succ"),
        ({"endpoint": ask("GET /nowhere")}, Vacuous, r"^the endpoint does not succeed \(GET /nowhere -> 404 "),
        ({"metrics": {"shut": "a 1"}}, CannotJudge, "^metrics: 'shut' is no state; meant: closed, open, half-open$"),
        ({"metrics": {"open": "a"}}, CannotJudge, "^metrics: a has no value; meant: a line of /metrics, as "),
        ({"trip_run": "false"}, CannotJudge, "^trip_run: 'false' ended with exit status 1$"),
    ],
)
def test_what_cannot_be_known_is_neither_green_nor_red(facade, given, error, told):
    with pytest.raises(error, match=told):
        found(facade, **given)


def test_a_state_in_words_of_its_own_is_read(facade):
    """None is taken for a state that the plan does not name."""
    assert found(facade, healthz="status", says={"closed": "ok"}) == [
        "/healthz has no state at status; meant: closed, open, half-open"
    ]
