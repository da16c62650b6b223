"""What a fault between check and service changes, and that the proxy itself changes nothing."""

import itertools

import pytest

from pytest_coordguard.domain import wire_faults as faults
from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.wire import Dropped, Fault, Together
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.service import Service

EVENTS = ask("GET /events")


@pytest.fixture(scope="module")
def odd(start):
    return Service(start("{python} odd.py {port}"))


def without_date(reply):
    return [(name, value) for name, value in reply.headers if name.lower() != "date"]


def test_without_a_fault_nothing_changes(odd, shop):
    """Status, headers in their order and case, body, events and how they end: else a fault would be the proxy's."""
    with odd.through(Fault()) as through:
        for path in ("/twice", "/healthz", "/early-error"):
            direct, passed = odd.get(path), through.get(path)
            assert (passed.status, without_date(passed), passed.body) == (
                direct.status,
                without_date(direct),
                direct.body,
            )
        direct, passed = odd.stream(EVENTS), through.stream(EVENTS)
        assert [event.data for event in passed.events] == [event.data for event in direct.events]
        assert without_date(passed.reply) == without_date(direct.reply)
        assert through.stream(ask("GET /broken-events")).truncated
        with pytest.raises(NoAnswer):
            through.get("/short")
        assert through.stream(ask("GET /trailer-events")).trailers == (("X-Done", "1"), ("X-Left", "2"))
        assert through.spoilt == 0
    with shop.through(Fault()) as through:
        assert through.post("/v1/embeddings", {"input": "hi"}).json() == {
            "object": "list",
            "data": [{"embedding": [0.5]}],
        }
        assert through.send(ask("DELETE /v1/models")).status == 405


def test_a_stream_passes_piece_by_piece(odd):
    """A proxy that held it back would find every service at fault."""
    with odd.through(Fault()) as through:
        stream = through.stream(EVENTS)
    assert stream.events[0].at < stream.events[1].at < stream.ended_at

    with odd.through(faults.buffer_streams()) as through:
        held = through.stream(EVENTS)
        assert through.spoilt == 1
    assert held.reply.headers_at > stream.events[1].at
    assert [event.data for event in held.events] == [event.data for event in stream.events]


def test_logs_and_restart_are_the_real_ones(start):
    """A fault lies between, and moves with the service when that starts anew."""
    service = Service(start("{python} odd.py {port}"))
    with service.through(Fault()) as through:
        mark = through.logs.mark()
        through.get("/healthz")
        assert "GET /healthz" in through.logs.since(mark)
        through.restart()
        assert through.get("/counts").text == "1"


def spoilt(service, fault, *paths, **headers):
    with service.through(fault) as through:
        replies = [through.get(path, **headers) for path in paths]
        assert through.spoilt
    return replies


def test_headers_are_taken_set_edited_frozen(odd):
    """By name or family, whatever their case."""
    [reply] = spoilt(odd, faults.strip_headers("x-ratelimit-*"), "/counts")
    assert not reply.has("X-RateLimit-Remaining")

    [reply] = spoilt(odd, faults.set_header("X-RateLimit-Remaining", "7"), "/counts")
    assert [value for name, value in reply.headers if name.lower() == "x-ratelimit-remaining"] == ["7"]

    [reply] = spoilt(odd, faults.edit_headers(["x-limit"], str.upper), "/twice")
    assert [value for name, value in reply.headers if name == "X-Limit"] == ["A", "B"]

    with odd.through(faults.freeze_headers("x-ratelimit-*")) as through:
        first, second = through.get("/counts"), through.get("/counts")
    assert first.header("x-ratelimit-remaining") == second.header("x-ratelimit-remaining")
    assert first.text != second.text


def test_only_the_answers_that_are_meant_change(shop):
    """By status or its class, path, method, token and media type."""
    conditions = {
        "401": faults.on(401),
        "4xx": faults.on(4),
        "path": faults.on(paths=["/healthz"]),
        "method": faults.on(methods=["POST"]),
        "token": faults.on(authorized=True),
        "type": faults.on(media_type="text/html"),
    }
    asked = {
        "healthz": ask("GET /healthz", auth="none"),
        "models": ask("GET /v1/models"),
        "no token": ask("GET /v1/models", auth="none"),
    }
    found = {}
    for name, where in conditions.items():
        with shop.through(faults.rewrite_status(299, where=where)) as through:
            found[name] = [one for one, asking in asked.items() if through.send(asking).status == 299]

    assert found == {
        "401": ["no token"],
        "4xx": ["no token"],
        "path": ["healthz"],
        "method": [],
        "token": ["models"],
        "type": [],
    }


def test_bodies_are_replaced_and_json_is_edited(shop):
    """And the length agrees with what is sent."""
    [reply] = spoilt(shop, faults.replace_body(b"<p>", "text/html"), "/healthz")
    assert (reply.text, reply.media_type, reply.header("content-length")) == ("<p>", "text/html", "3")

    [reply] = spoilt(shop, faults.set_json("error.code", 7), "/nowhere")
    assert reply.json()["error"]["code"] == 7

    [reply] = spoilt(shop, faults.drop_json("error.param"), "/nowhere")
    assert sorted(reply.json()["error"]) == ["code", "message", "type"]


def test_streams_lose_their_end(odd):
    """The event that says so, or all behind a point."""
    with odd.through(faults.strip_terminator()) as through:
        stream = through.stream(EVENTS)
    assert ([event.data for event in stream.events], stream.truncated) == (["one\u2028more", "two"], False)

    with odd.through(faults.cut_stream(1)) as through:
        stream = through.stream(EVENTS)
    assert ([event.data for event in stream.events], stream.truncated) == (["one\u2028more"], True)


def test_fields_behind_a_stream_are_lost(odd):
    """By name or family, held back or not."""
    for fault in (faults.strip_trailers("x-d*"), Together([faults.strip_trailers("x-d*"), faults.buffer_streams()])):
        with odd.through(fault) as through:
            assert through.stream(ask("GET /trailer-events")).trailers == (("X-Left", "2"),)


def test_the_service_fails_forgets_and_replays(odd, shop):
    """Without being asked, without its key, and without looking at the body."""
    with odd.through(faults.Failing(503, paths=["/counts"], after=1)) as through:
        assert [through.get(path).status for path in ("/counts", "/counts", "/healthz")] == [200, 503, 200]
    with odd.through(faults.Forgetful("x-key")) as through:
        assert "x-key" not in through.get("/headers", X_Key="a").text
        assert through.spoilt == 1
    with shop.through(faults.Replaying(lambda call: call.header("x-key") or None)) as through:
        first = through.post("/v1/embeddings", {"input": "hi"}, X_Key="a")
        other = through.post("/v1/embeddings", {}, X_Key="a")
        fresh = through.post("/v1/embeddings", {}, X_Key="b")
    assert [(reply.status, reply.body == first.body) for reply in (first, other, fresh)] == [
        (200, True),
        (200, True),
        (422, False),
    ]


def test_connections_break_and_answers_wait(odd):
    """A fault that only time shows counts as planted too."""
    with odd.through(faults.Dropping(paths=["/healthz"])) as through:
        with pytest.raises(NoAnswer, match="connection closed without an answer"):
            through.get("/healthz")
        assert through.get("/counts").status == 200
    with odd.through(faults.Delaying(0.2)) as through:
        assert through.get("/healthz").seconds >= 0.2
        assert through.spoilt == 1


def test_several_faults_at_once(odd):
    """Each does its part."""
    both = Together([faults.set_header("X-A", "1"), faults.Failing(503)])
    [reply] = spoilt(odd, both, "/healthz")
    assert (reply.status, reply.has("x-a")) == (503, False)

    [reply] = spoilt(odd, Together([faults.set_header("X-A", "1"), faults.rewrite_status(418)]), "/healthz")
    assert (reply.status, reply.header("x-a")) == (418, "1")


def test_a_fault_that_is_broken_itself_breaks_the_check(odd):
    """Else its guardrail would get the credit for finding it."""

    class Broken(Fault):
        def answer(self, call, answer):
            raise KeyError("mistyped")

    def ask_through():
        with odd.through(Broken()) as through:
            through.get("/healthz")

    with pytest.raises(RuntimeError, match="the fault raised KeyError"):
        ask_through()


def test_a_fault_may_break_off_inside_a_body(odd):
    """As a service does that dies over its answer."""

    class Half(Fault):
        def answer(self, call, answer):
            answer.body = self.half()
            return answer

        def half(self):
            yield b"f"
            raise Dropped

    with odd.through(Half()) as through, pytest.raises(NoAnswer, match="connection closed"):
        through.get("/healthz")


def test_many_at_once(odd):
    """A burst must meet the service, not the proxy's backlog."""
    from concurrent.futures import ThreadPoolExecutor

    with odd.through(Fault()) as through, ThreadPoolExecutor(32) as pool:
        counts = [int(reply.text) for reply in pool.map(through.get, itertools.repeat("/counts", 64))]

    assert len(set(counts)) > 60  # the service's own counter is not exact under threads
