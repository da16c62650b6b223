"""`service.metrics`: met by the example, red for each broken promise, and broken where nothing can be known."""

import pytest
from pytest_coordguard.guardrails.test_service_metrics import test_metrics_are_there_and_move as metrics

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described

CHAT = {"model": "facade-large", "messages": [{"role": "user", "content": "hi"}]}
FAIL = ask("POST /_fault").with_json({"upstream": "error", "breaker": "closed"})
HEAL = ask("POST /_fault").with_json({"upstream": "none", "breaker": "closed"})
TRIP = ask("POST /v1/chat/completions", before=(FAIL,), after=(HEAL,), times=3).with_json(CHAT)
MODELS = ask("GET /v1/models")
GIVEN = {
    "types": {"facade_breaker_state": "gauge", "facade_breaker_trips": "counter"},
    "moves": {
        "facade_breaker_trips": TRIP,
        'facade_policy_decisions{outcome="allow"}': MODELS,
        "facade_http_request_duration_seconds_count": MODELS,
    },
    "changes": {'facade_breaker_state{breaker="upstream"}': TRIP},
}


def found(service, **given):
    evidence = Evidence()
    try:
        metrics(service=service, evidence=evidence, **given)
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings]
    return []


def test_a_service_that_keeps_its_promises_is_green(facade):
    evidence = Evidence()

    metrics(service=facade, evidence=evidence, **GIVEN)

    assert {one.name: one.value > 0 for one in evidence.measures} == {
        "metrics named": True,
        "control: a value that Prometheus can read": True,
        "control: a value that moved": True,
    }
    assert (
        'facade_breaker_state{breaker="upstream"}: 0.0 before POST /v1/chat/completions, 1.0 behind it'
        in evidence.remarks
    )


STATE = 'facade_breaker_state{breaker="upstream"}'
BROKEN = {
    "breaker-metric-missing": [
        "facade_breaker_state is not in /metrics",
        f"{STATE} is not in /metrics",
    ],
    "breaker-metric-frozen": [f"{STATE} does not change by POST /v1/chat/completions"],
    "trips-missing": ["facade_breaker_trips is not in /metrics"],
    "trips-frozen": ["facade_breaker_trips does not rise by POST /v1/chat/completions"],
    "metrics-gone": ["/metrics answers 404"],
    "decisions-uncounted": ['facade_policy_decisions{outcome="allow"} does not rise by GET /v1/models'],
    "breaker-never-opens": [
        f"{STATE} does not change by POST /v1/chat/completions",
        "facade_breaker_trips does not rise by POST /v1/chat/completions",
    ],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_told(facade, name):
    facade.broken(name)

    assert found(facade, **GIVEN) == BROKEN[name]


@pytest.mark.parametrize("violation", described(metrics).violations, ids=lambda one: one.name)
def test_each_fault_on_the_way_is_found(facade, violation):
    with facade.through(violation.changes(service=facade, **GIVEN)) as spoilt:
        assert found(spoilt, **GIVEN)
        assert spoilt.spoilt


def test_a_type_is_told(facade):
    """As is one that nothing is said of, for a bucket has no type of its own."""
    types = {"facade_breaker_trips": "gauge", "facade_http_request_duration_seconds": "histogram"}

    assert found(facade, types=types) == ["facade_breaker_trips is of type counter; meant: gauge"]
    assert found(facade, types={"facade_http_request_duration_seconds_sum": "counter"}) == [
        "facade_http_request_duration_seconds_sum is of type none; meant: counter"
    ]


def test_what_cannot_be_planted_is_told(facade):
    planted = {one.name: one for one in described(metrics).violations}

    with pytest.raises(CannotPlant, match="^the plan names no type$"):
        planted["metric-is-of-another-type"].changes(service=facade)
    with pytest.raises(CannotPlant, match="^the plan names nothing that has to move$"):
        planted["values-stand-still"].changes(service=facade)


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({}, Vacuous, "^the plan names no metric; meant: 'types: {name: counter}', 'moves: {name: GET /path}', or "),
        ({"moves": {"a b": MODELS}}, CannotJudge, "^'a b' names no metric; meant: as trips or "),
        (
            {"moves": {"a": ask("GET /v1/models", before=(ask("POST /nowhere"),))}},
            CannotJudge,
            "^before GET /v1/models: POST /nowhere -> 404 application/json, so that nothing can be moved$",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_neither_green_nor_red(facade, given, error, told):
    with pytest.raises(error, match=told):
        found(facade, **given)


def test_what_prometheus_would_not_read_is_told(facade):
    """With the name of what is amiss, and without its line, which is another at each look."""
    planted = {one.name: one for one in described(metrics).violations}
    told = {}
    for name in ("line-that-prometheus-does-not-read", "page-instead-of-metrics"):
        with facade.through(planted[name].changes(service=facade)) as spoilt:
            told[name] = found(spoilt, types=GIVEN["types"])

    assert told == {
        "line-that-prometheus-does-not-read": [
            "/metrics is not readable for Prometheus: facade_http_requests_total has a value that is no number"
        ],
        "page-instead-of-metrics": ["/metrics answers text/html; meant: text/plain"],
    }
