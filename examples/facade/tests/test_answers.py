"""What is answered: errors in one shape, quotas on every path, streams with their end, repeated requests once."""

import json

import pytest

CHAT = {"model": "facade-large", "messages": [{"role": "user", "content": "hello there"}]}
JSON = {"Content-Type": "application/json"}
NAMES = {
    *(f"x-ratelimit-{what}" for what in ("limit", "remaining", "reset")),
    *(f"x-ratelimit-{what}-{unit}" for what in ("limit", "remaining", "reset") for unit in ("requests", "tokens")),
}


@pytest.mark.parametrize(
    ("status", "code", "request_"),
    [
        (400, "invalid_json", ("POST", "/v1/embeddings", {"content": "{", "headers": JSON})),
        (400, None, ("POST", "/v1/embeddings", {"content": "model=a"})),
        (404, "not_found", ("GET", "/v1/nothing", {})),
        (404, "model_not_found", ("GET", "/v1/models/none", {})),
        (405, "method_not_allowed", ("PUT", "/v1/models", {})),
        (422, "invalid_value", ("POST", "/v1/embeddings", {"json": {"model": "facade-embed", "input": []}})),
        (
            400,
            "context_length_exceeded",
            ("POST", "/v1/embeddings", {"json": {"model": "facade-embed", "input": "a " * 5000}}),
        ),
    ],
    ids=["malformed", "no-json", "no-path", "no-model", "no-method", "does-not-fit", "too-long"],
)
def test_each_error_has_one_shape_and_tells_the_quota(service, may_all, status, code, request_):
    method, path, more = request_
    answer = service(method, path, **(more | {"headers": may_all | more.get("headers", {})}))

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
    assert answer.headers.keys() >= NAMES


def test_a_mistake_of_our_own_is_answered_like_any_error(service, may_all):
    service.parts.upstream.fault = "crash"
    answer = service("POST", "/v1/embeddings", headers=may_all, json={"model": "facade-embed", "input": "a"})

    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")
    assert answer.headers.keys() >= NAMES


def test_requests_and_tokens_are_counted_and_refused(start, may_all):
    service = start(requests=3, tokens=30)
    first, second = (service("POST", "/v1/chat/completions", headers=may_all, json=CHAT).headers for _ in range(2))

    assert (first["x-ratelimit-remaining"], second["x-ratelimit-remaining-requests"]) == ("2", "1")
    assert (first["x-ratelimit-remaining-tokens"], second["x-ratelimit-remaining-tokens"]) == ("19", "8")
    long = CHAT | {"messages": [{"role": "user", "content": [{"type": "text", "text": "word " * 20}]}]}
    for body in (long, CHAT):  # the first has too many tokens, the second is one request too many
        refused = service("POST", "/v1/chat/completions", headers=may_all, json=body)
        assert refused.status_code == 429
        seconds = int(refused.headers["retry-after"])
        assert refused.json()["error"]["retry_after"] == seconds
        assert refused.headers["retry-after-ms"] == str(1000 * seconds)


def test_a_stream_ends_with_its_usage_its_quota_and_done(service, may_all):
    body = CHAT | {"stream": True, "stream_options": {"include_usage": True}}
    answer = service("POST", "/v1/chat/completions", headers=may_all, json=body)
    *events, quota, done = answer.text.strip().split("\n\n")
    data = [json.loads(event.removeprefix("data: ")) for event in events]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers.keys() >= NAMES
    assert "".join(choice["delta"].get("content", "") for one in data for choice in one["choices"]).endswith("there.")
    assert data[-1]["usage"] == {"prompt_tokens": 2, "completion_tokens": 9, "total_tokens": 11}
    assert {line.split(": ")[1] for line in quota.lower().splitlines()} == {f"{name}" for name in NAMES}
    assert done == "data: [DONE]"


def test_an_embedding_is_the_same_for_the_same_text_and_has_length_one(service, may_all):
    body = {"model": "facade-embed", "input": ["a", "b", "a"], "dimensions": 16}
    first, other, same = (
        one["embedding"] for one in service("POST", "/v1/embeddings", headers=may_all, json=body).json()["data"]
    )

    assert first == same != other
    assert sum(number * number for number in first) == pytest.approx(1, abs=1e-4)


ASK = {"model": "facade-large", "input": "a thing"}


def test_a_repeated_request_has_one_effect_and_one_answer(service, may_all, authz_headers):
    keyed = may_all | {"Idempotency-Key": "once"}
    sent = [("POST", "/v1/responses", {"headers": keyed, "json": ASK})] * 3
    answers = [*service.together(*sent), service("POST", "/v1/responses", headers=keyed, json=ASK)]

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotent-replayed", "") for answer in answers) == ["", "true", "true", "true"]
    assert len(service("GET", "/v1/responses", headers=may_all).json()["data"]) == 1
    other_body = service("POST", "/v1/responses", headers=keyed, json=ASK | {"input": "another"})
    assert (other_body.status_code, other_body.json()["error"]["code"]) == (422, "idempotency_key_reused")


def test_a_failure_is_no_answer_to_repeat(service, may_all):
    keyed = may_all | {"Idempotency-Key": "once"}
    service.parts.upstream.fault = "error"
    assert service("POST", "/v1/responses", headers=keyed, json=ASK).status_code == 503
    service.parts.upstream.fault = "none"

    assert service("POST", "/v1/responses", headers=keyed, json=ASK).status_code == 200


def test_who_waits_too_long_for_the_first_is_told_to_come_back(service, may_all, monkeypatch):
    monkeypatch.setattr("facade.idempotency.PATIENCE", 0)
    service.parts.upstream.fault = "slow"
    keyed = {"headers": may_all | {"Idempotency-Key": "once"}, "json": ASK}
    answers = service.together(("POST", "/v1/responses", keyed), ("POST", "/v1/responses", keyed))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
