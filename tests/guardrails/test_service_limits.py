"""`service.headers`, `service.stream_headers`, `service.backoff`: met by the example, red for each broken promise."""

import pytest
from pytest_coordguard.guardrails.test_service_backoff import test_refusals_say_when_to_come_back as backoff
from pytest_coordguard.guardrails.test_service_headers import test_headers_are_there_and_true as headers
from pytest_coordguard.guardrails.test_service_streams import test_streams_tell_their_limits_first as streams

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.domain.rate_limit import FAMILIES
from pytest_coordguard.domain.wire_faults import rewrite_status, strip_headers

MODELS = ask("GET /v1/models")
STREAM = ask("POST /v1/chat/completions").with_json(
    {"model": "facade-large", "stream": True, "messages": [{"role": "user", "content": "hello there"}]}
)
X, OPENAI = ", ".join(FAMILIES["x-ratelimit"]), ", ".join(FAMILIES["openai"])
HEADERS = {"endpoint": MODELS, "statuses": ["401", "404", "405", "429"]}
STREAMS = {"endpoint": STREAM, "trailers": None}
BACKOFF = {"endpoint": MODELS}


def found(check, service, **given):
    evidence = Evidence()
    try:
        check(service=service, evidence=evidence, **given)
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings]
    return []


@pytest.mark.parametrize(("check", "given"), [(headers, HEADERS), (streams, STREAMS), (backoff, BACKOFF)])
def test_a_service_that_keeps_its_promises_is_green(facade, check, given):
    assert found(check, facade, **given) == []


BROKEN = {
    "no-openai-family-on-404": (headers, HEADERS, [f"GET /coordguard-no-such-path: 404 lacks {OPENAI}"]),
    "no-x-family-on-429": (headers, HEADERS, [f"GET /v1/models: 429 lacks {X}"]),
    "no-x-family-on-200": (headers, HEADERS, [f"GET /v1/models: success lacks {X}"]),
    "frozen-remaining": (
        headers,
        HEADERS,
        [
            "GET /v1/models: refuses with 429 while each counter says that some is left",
            "GET /v1/models: what is left of the requests of openai does not fall from call to call",
            "GET /v1/models: what is left of the requests of x-ratelimit does not fall from call to call",
        ],
    ),
    "never-limits": (headers, HEADERS, ["GET /v1/models: goes on answering when nothing is left: no 429 comes"]),
    "stream-no-headers": (streams, STREAMS, [f"POST /v1/chat/completions: at its start lacks {X}, {OPENAI}"]),
    "buffered-stream": (
        streams,
        STREAMS,
        ["POST /v1/chat/completions: all events come at once, at the end: the stream is held back"],
    ),
    "no-done": (
        streams,
        STREAMS,
        ["POST /v1/chat/completions: the stream ends without [DONE] or response.completed or message_stop"],
    ),
    "stream-cut": (
        streams,
        STREAMS,
        [
            "POST /v1/chat/completions: the stream breaks off within an event",
            "POST /v1/chat/completions: the stream ends without [DONE] or response.completed or message_stop",
        ],
    ),
    "stream-as-json": (
        streams,
        STREAMS,
        ["POST /v1/chat/completions: answers application/json; meant: text/event-stream"],
    ),
    "stream-error-as-200": (
        streams,
        STREAMS,
        ["POST /v1/chat/completions: what should end in 401 is a success with status 200"],
    ),
    "no-retry-after": (backoff, BACKOFF, ["GET /v1/models: 429 has no Retry-After"]),
    "no-envelope-retry-after": (backoff, BACKOFF, ["GET /v1/models: 429: the body has no number at error.retry_after"]),
    "disagreeing-retry-after-ms": (
        backoff,
        BACKOFF,
        ["GET /v1/models: 429: retry-after-ms and Retry-After differ by more than a second"],
    ),
    "lying-retry-after": (
        backoff,
        BACKOFF,
        ["GET /v1/models: who waits as told is refused again with 429"],
    ),
    "garbled-retry-after": (
        backoff,
        BACKOFF,
        ["GET /v1/models: 429: Retry-After is neither seconds nor a date to come"],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_told(facade, name):
    check, given, expected = BROKEN[name]
    facade.broken(name)

    assert found(check, facade, **given) == expected


def test_a_trailer_that_does_not_come_is_told(facade):
    """No HTTP client of Python hands trailers on; the example sends its quota behind the last event."""
    trailer = "x-ratelimit-remaining-tokens"
    assert found(streams, facade, endpoint=STREAM, trailers=[trailer], statuses=[]) == []
    facade.broken("no-trailer")

    assert found(streams, facade, endpoint=STREAM, trailers=[trailer], statuses=[]) == [
        f"POST /v1/chat/completions: no trailer {trailer} behind the content"
    ]


FAULTS = [
    (check, given, violation)
    for check, given in ((headers, HEADERS), (streams, STREAMS), (backoff, BACKOFF))
    for violation in described(check).violations
]


@pytest.mark.parametrize(("check", "given", "violation"), FAULTS, ids=[one[2].name for one in FAULTS])
def test_each_fault_on_the_way_is_found(facade, check, given, violation):
    with facade.through(violation.changes(service=facade, **given)) as spoilt:
        assert found(check, spoilt, **given)
        assert spoilt.spoilt


def test_an_endpoint_that_fails_says_nothing(facade):
    nowhere = ask("GET /nowhere")
    for check, given in ((headers, {"statuses": []}), (streams, {"statuses": []}), (backoff, {})):
        with pytest.raises(Vacuous, match="the endpoint does not succeed"):
            found(check, facade, endpoint=nowhere, **given)


def test_a_limit_that_is_not_met_is_not_known(facade):
    """Neither green nor red: nobody was refused."""
    with facade.through(rewrite_status(200)) as spoilt, pytest.raises(Vacuous, match=r"no 429 in \d+ calls"):
        found(backoff, spoilt, endpoint=MODELS)


def test_a_wait_that_is_too_long_is_not_sat_out(facade):
    with pytest.raises(CannotJudge, match=r"Retry-After asks for 2 s; meant: 'within' of at least that"):
        found(backoff, facade, endpoint=MODELS, within=0.5)


def test_a_family_that_is_not_asked_for_is_not_missed(facade):
    with facade.through(strip_headers(*FAMILIES["openai"])) as spoilt:
        assert found(headers, spoilt, endpoint=MODELS, statuses=[], families=["x-ratelimit"]) == []
        assert found(headers, spoilt, endpoint=MODELS, statuses=[], match="any") == []
