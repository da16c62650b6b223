"""What the example promises, each as a function that asks a running service, and the switches that break it."""

import base64
import json
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import quote

from facade_service import CHAT, events_of, exhausted, provoke, token

X_FAMILY = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
OPENAI_FAMILY = tuple(f"{name}-{unit}" for name in X_FAMILY for unit in ("requests", "tokens"))
STATUSES = (400, 401, 403, 404, 405, 422, 429, 500, 503)
EMBED = {"model": "facade-embed", "input": "a"}
ASK = {"model": "facade-large", "input": "a thing"}


def serves_its_endpoints(facade):
    mine = token()
    models = facade.get("/v1/models", token=mine)
    assert models.status_code == 200
    assert [model["id"] for model in models.json()["data"]] == ["facade-large", "facade-small", "facade-embed"]
    assert models.headers["content-type"] == "application/json"
    assert facade.get("/v1/models/facade-small", token=mine).json()["id"] == "facade-small"
    chat = facade.post("/v1/chat/completions", json=CHAT, token=mine).json()
    assert chat.get("choices", [{}])[0].get("message", {}).get("content", "").startswith("You said 2 words")
    first, second = (facade.post("/v1/embeddings", json=EMBED, token=mine) for _ in range(2))
    assert first.status_code == 200
    assert first.json() == second.json()
    assert facade.post("/v1/responses", json=ASK, token=mine).json()["object"] == "response"


def never_stumbles(facade):
    for body in (EMBED | {"input": "é"}, EMBED | {"dimensions": 1024}):
        assert facade.post("/v1/embeddings", json=body, token=token()).status_code == 200


def tells_errors(facade, status):
    answer = provoke(facade, status)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    error = answer.json().get("error")
    assert isinstance(error, dict)
    assert {"message", "type", "param", "code"} <= error.keys()
    assert error["message"]


def tells_quota(facade, status):
    headers = provoke(facade, status).headers
    assert [name for name in (*X_FAMILY, *OPENAI_FAMILY) if name not in headers] == []
    assert 0 <= int(headers["x-ratelimit-remaining"]) <= int(headers["x-ratelimit-limit"])
    assert re.fullmatch(r"\d+", headers["x-ratelimit-reset"])
    assert re.fullmatch(r"(\d+m)?[\d.]+m?s", headers["x-ratelimit-reset-requests"])
    assert int(headers["x-ratelimit-limit-tokens"]) > 0


def counts_down(facade):
    mine = token()
    first, second = (facade.get("/v1/models", token=mine).headers for _ in range(2))
    for name in ("x-ratelimit-remaining", "x-ratelimit-remaining-requests"):
        assert int(first[name]) - int(second[name]) == 1
    third, fourth = (facade.post("/v1/chat/completions", json=CHAT, token=mine).headers for _ in range(2))
    assert int(third["x-ratelimit-remaining-tokens"]) > int(fourth["x-ratelimit-remaining-tokens"])


def tells_when_to_come_back(facade):
    answer, mine = exhausted(facade)
    assert answer.status_code == 429
    seconds = answer.headers.get("retry-after", "")
    assert re.fullmatch(r"\d+", seconds)
    assert answer.headers["retry-after-ms"] == f"{seconds}000"
    assert answer.json()["error"].get("retry_after") == int(seconds)
    time.sleep(int(seconds))
    assert facade.get("/v1/models", token=mine).status_code == 200


def streams(facade):
    body = CHAT | {"stream": True, "stream_options": {"include_usage": True}}
    with facade.stream("/v1/chat/completions", json=body, token=token()) as answer:
        pieces = [*answer.iter_raw()]
    assert [name for name in (*X_FAMILY, *OPENAI_FAMILY) if name not in answer.headers] == []
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert len(pieces) > 3
    text = b"".join(pieces).decode()
    assert text.endswith("data: [DONE]\n\n")
    said = "".join(choice["delta"].get("content", "") for one in events_of(text) for choice in one["choices"])
    assert said == "You said 2 words, and the last was: there."
    assert events_of(text)[-1]["usage"]["completion_tokens"] == len(said.split())
    assert re.search(r"^: x-ratelimit-remaining-tokens: \d+$", text, re.MULTILINE)


def tells_errors_before_a_stream(facade):
    body = CHAT | {"stream": True}
    for more, status in (({}, 401), ({"token": token("models:read")}, 403)):
        answer = facade.post("/v1/chat/completions", json=body, **more)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json"
        assert {*X_FAMILY, *OPENAI_FAMILY} <= answer.headers.keys()


def is_strict(facade):
    assert facade.get("/v1/models").status_code == 401
    assert facade.get("/v1/models", token=secrets.token_hex(12)).status_code == 401
    assert facade.get("/v1/models", token=token("")).status_code == 403
    assert facade.get("/v1/models", token=token()).status_code == 200


def is_permissive(facade):
    assert facade.get("/healthz").json()["mode"] == "permissive"
    assert facade.get("/v1/models").status_code == 401
    assert facade.get("/v1/models", token=secrets.token_hex(12)).status_code == 200
    assert facade.get("/v1/models", token=token("")).status_code == 200


def replays(facade):
    mine, key = token(), {"Idempotency-Key": secrets.token_hex(8)}
    respond = partial(facade.post, "/v1/responses", token=mine)
    assert respond(json=ASK).json()["id"] != respond(json=ASK).json()["id"]
    first, second = (respond(json=ASK, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers.get("idempotent-replayed") == "true"
    assert len(facade.get("/v1/responses", token=mine).json()["data"]) == 3
    assert respond(json=ASK | {"input": "another thing"}, headers=key).status_code == 422
    other = facade.post("/v1/responses", json=ASK, headers=key, token=token())
    assert other.json()["id"] != first.json()["id"]


def acts_once_for_two_at_once(facade):
    mine, key = token(), {"Idempotency-Key": secrets.token_hex(8)}
    facade.order(upstream="slow")
    try:
        with ThreadPoolExecutor(2) as both:
            sent = [both.submit(facade.post, "/v1/responses", json=ASK, headers=key, token=mine) for _ in range(2)]
            answers = [one.result().json() for one in sent]
    finally:
        facade.order(upstream="none")
    assert answers[0] == answers[1]
    assert len(facade.get("/v1/responses", token=mine).json()["data"]) == 1


def breaks_the_circuit(facade):
    facade.order(upstream="none", breaker="closed")
    trips = facade.metric("facade_breaker_trips_total")
    assert trips is not None
    assert _state(facade) == ("closed", 0)
    try:
        facade.order(upstream="error")
        for _ in range(3):
            _fell_back(facade, "upstream_error")
        _fell_back(facade, "breaker_open")
        assert _state(facade) == ("open", 1)
        assert facade.metric("facade_breaker_trips_total") == trips + 1
        facade.order(upstream="none")
        _until(lambda: _state(facade) == ("half-open", 2))
        assert "fallback" not in facade.post("/v1/chat/completions", json=CHAT, token=token()).json()
        assert _state(facade) == ("closed", 0)
    finally:
        facade.order(upstream="none", breaker="closed")


def _fell_back(facade, reason):
    answer = facade.post("/v1/chat/completions", json=CHAT, token=token())
    assert answer.status_code == 200
    assert answer.headers.get("x-facade-fallback") == reason
    assert answer.json()["fallback"] == reason
    assert answer.json().get("provenance", {}).get("source") == "fallback"
    assert [step["step"] for step in answer.json()["provenance"]["chain"]] == ["facade", "upstream", "fallback"]


def _state(facade):
    return facade.get("/healthz").json().get("breaker", {}).get("state"), facade.metric("facade_breaker_state")


def _until(holds):
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until, "it never came to hold"
        time.sleep(0.02)


def logs_each_failure(facade):
    offset = facade.log.stat().st_size
    provoke(facade, 503)
    lines = [json.loads(line) for line in facade.log_since(offset).splitlines() if '"upstream failed"' in line]
    assert [(line["levelname"], line["kind"]) for line in lines] == [("ERROR", "UpstreamError")]


def counts_decisions(facade):
    assert facade.get("/metrics").status_code == 200
    before = facade.metric('facade_policy_decisions_total{outcome="deny"}') or 0
    facade.get("/v1/models", token=token("chat:write"))
    assert facade.metric('facade_policy_decisions_total{outcome="deny"}') == before + 1


def keeps_secrets_out_of_the_log(facade):
    """Each canary is of its own, sent as a secret is sent; what is harmless and sent the same way must be found."""
    canaries = [f"sk-{place}-{secrets.token_urlsafe(18)}" for place in ("a", "b", "c", "d", "e", "f", "g", "h")]
    bearer, key, query, path, cookie, field, broken, said = canaries
    nonce = f"nonce-{secrets.token_hex(8)}"
    offset = facade.log.stat().st_size
    facade.get("/v1/models", token=bearer, headers={"X-Api-Key": key, "X-Nonce": nonce})
    facade.get("/v1/models", params={"api_key": query, "nonce": nonce})
    facade.get(f"/v1/models/{path}", token=token())
    facade.get("/v1/models", headers={"Cookie": f"session={cookie}; theme={nonce}"})
    facade.post("/v1/embeddings", json=EMBED | {"password": field}, token=token())
    facade.post(
        "/v1/embeddings",
        content=f'{{"password": "{broken}',
        headers={"Content-Type": "application/json"},
        token=token(),
    )
    facade.order(upstream="crash")
    try:
        facade.post("/v1/embeddings", json=EMBED | {"input": f"{nonce} {said}"}, token=token())
    finally:
        facade.order(upstream="none", breaker="closed")
    text = facade.log_since(offset)
    assert text.count(nonce) >= 3
    assert [one for canary in canaries for one in _traces(canary) if one in text] == []
    assert "test-golden" not in text


def _traces(canary):
    return (canary, canary[:14], quote(canary, safe=""), base64.b64encode(canary.encode()).decode().rstrip("="))


STRICT = {
    "serves its endpoints": serves_its_endpoints,
    "never stumbles": never_stumbles,
    **{f"tells errors: {status}": partial(tells_errors, status=status) for status in STATUSES},
    **{f"tells the quota: {status}": partial(tells_quota, status=status) for status in (200, *STATUSES)},
    "counts down": counts_down,
    "tells when to come back": tells_when_to_come_back,
    "streams": streams,
    "tells errors before a stream": tells_errors_before_a_stream,
    "is strict": is_strict,
    "replays": replays,
    "acts once for two at once": acts_once_for_two_at_once,
    "breaks the circuit": breaks_the_circuit,
    "logs each failure": logs_each_failure,
    "counts decisions": counts_decisions,
    "keeps secrets out of the log": keeps_secrets_out_of_the_log,
}

# switch -> the promises that it breaks, for a running service
SWITCHES = {
    **dict.fromkeys(
        ["endpoint-gone", "authenticated-500", "wrong-envelope", "models-empty", "json-as-text"], "serves its endpoints"
    ),
    "crash-on-odd-input": "never stumbles",
    **dict.fromkeys(
        [
            "string-envelope",
            "error-as-200",
            *(f"envelope-missing-{name}" for name in ("message", "type", "param", "code")),
        ],
        "tells errors: 404",
    ),
    **{f"{status}-as-{what}": f"tells errors: {status}" for status in STATUSES for what in ("html", "detail")},
    **dict.fromkeys(["no-openai-family", "no-x-family", "no-tokens-headers", "zero-tokens"], "tells the quota: 200"),
    **{
        f"no-{family}-family-on-{status}": f"tells the quota: {status}"
        for status in (200, *STATUSES)
        for family in ("x", "openai")
    },
    **dict.fromkeys(["remaining-above-limit", "garbled-reset"], "tells the quota: 200"),
    "frozen-remaining": "counts down",
    **dict.fromkeys(
        [
            *("never-limits", "no-retry-after", "no-envelope-retry-after", "lying-retry-after", "garbled-retry-after"),
            *("disagreeing-retry-after", "disagreeing-retry-after-ms"),
        ],
        "tells when to come back",
    ),
    **dict.fromkeys(
        ["stream-no-headers", "buffered-stream", "no-done", "no-trailer", "stream-as-json", "stream-cut"], "streams"
    ),
    **dict.fromkeys(["stream-error-no-headers", "stream-error-as-200"], "tells errors before a stream"),
    **dict.fromkeys(["strict-lets-unscoped", "strict-lets-garbage", "no-token-needed"], "is strict"),
    **dict.fromkeys(
        ["replay-recomputes", "replay-second-effect", "replay-unmarked", "replay-across-callers", "conflict-accepted"],
        "replays",
    ),
    "concurrent-twice": "acts once for two at once",
    **dict.fromkeys(
        [
            *("breaker-never-opens", "never-half-open", "breaker-hidden-in-healthz", "breaker-frozen-in-healthz"),
            *("breaker-metric-missing", "breaker-metric-frozen", "trips-missing", "trips-frozen"),
            *("silent-fallback", "provenance-dropped"),
        ],
        "breaks the circuit",
    ),
    "silent-upstream-fault": "logs each failure",
    **dict.fromkeys(["metrics-gone", "decisions-uncounted"], "counts decisions"),
    **dict.fromkeys(
        [
            *("log-secret-header", "log-secret-query", "log-secret-path", "log-secret-cookie", "log-secret-body"),
            *("log-secret-malformed", "log-secret-exception", "log-secret-prefix", "log-secret-base64", "no-logs"),
        ],
        "keeps secrets out of the log",
    ),
}
AT_START = {"unknown-mode-lax", "forget-on-restart", "mode-dead-knob"}  # tried with services of their own
