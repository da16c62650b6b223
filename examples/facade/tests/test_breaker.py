"""The breaker opens, is seen to be open, lets one through, and closes; the fallback says that it is one."""

import json
import logging

import pytest

CHAT = {"model": "facade-large", "messages": [{"role": "user", "content": "hello there"}]}


@pytest.fixture
def chat(service, may_all):
    return lambda **more: service("POST", "/v1/chat/completions", headers=may_all, json=CHAT | more)


def states(service):
    """Return the state as /healthz has it, and the two figures of /metrics."""
    lines = service("GET", "/metrics").text.splitlines()
    figures = [
        line.rpartition(" ")[2] for line in lines if line.startswith("facade_breaker_") and "created" not in line
    ]
    return service("GET", "/healthz").json()["breaker"]["state"], *map(float, figures)


def test_it_trips_falls_back_and_recovers(service, chat):
    assert states(service) == ("closed", 0, 0)
    service.parts.upstream.fault = "error"
    answers = [chat() for _ in range(4)]

    assert [answer.headers["x-facade-fallback"] for answer in answers] == ["upstream_error"] * 3 + ["breaker_open"]
    assert states(service) == ("open", 1, 1)
    service.parts.upstream.fault = "none"
    service.let_the_breaker_wait()
    assert states(service) == ("half-open", 2, 1)
    assert "x-facade-fallback" not in chat().headers
    assert states(service) == ("closed", 0, 1)


def test_a_call_that_fails_half_open_opens_it_again(service, chat):
    service.parts.upstream.fault = "error"
    for _ in range(3):
        chat()
    service.let_the_breaker_wait()
    chat()

    assert states(service) == ("open", 1, 2)


@pytest.mark.parametrize("fault", ["error", "timeout"])
def test_a_fallback_keeps_its_provenance_and_is_logged(start, may_all, caplog, fault):
    service = start(upstream_timeout=0.05)
    service.parts.upstream.fault = fault
    with caplog.at_level(logging.ERROR):
        answer = service("POST", "/v1/chat/completions", headers=may_all | {"X-Request-ID": "r-1"}, json=CHAT)

    assert answer.json()["fallback"] == "upstream_error"
    assert answer.json()["provenance"] == {
        "source": "fallback",
        "chain": [
            {"step": "facade", "request": "r-1"},
            {"step": "upstream", "failed": "upstream_error"},
            {"step": "fallback"},
        ],
    }
    assert [record.message for record in caplog.records] == ["upstream failed"]


def test_a_fallback_is_streamed_as_one(service, chat):
    service.parts.upstream.fault = "error"
    answer = chat(stream=True)
    first = json.loads(answer.text.partition("\n")[0].removeprefix("data: "))

    assert answer.headers["x-facade-fallback"] == first["fallback"] == "upstream_error"
    assert first["provenance"]["source"] == "fallback"


def test_what_has_no_fallback_says_when_to_come_back(service, may_all):
    service.parts.upstream.fault = "error"
    answer = service("POST", "/v1/embeddings", headers=may_all, json={"model": "facade-embed", "input": "a"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "upstream_error")
    assert answer.headers["retry-after"] == str(answer.json()["error"]["retry_after"])


def test_a_mistake_of_our_own_does_not_open_it(service, chat):
    service.parts.upstream.fault = "crash"
    for _ in range(4):
        assert chat().status_code == 500

    assert states(service) == ("closed", 0, 0)
