"""Each question is asked afresh, and its answer is kept as it came."""

import pytest

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.service import Auth
from pytest_coordguard.facts.service import connection
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.service import Service


@pytest.fixture(scope="module")
def odd(start):
    return Service(start("{python} odd.py {port}", headers={"X-Tenant": "t-{fresh}"}))


def sent(reply):
    """Return the headers that the service saw."""
    return dict(line.split(": ", 1) for line in reply.text.splitlines())


def test_each_caller_has_a_token_of_its_own_and_one_caller_keeps_it(odd):
    """One check's burst must not use up another's limit; a burst itself needs one token."""
    first, second = sent(odd.get("/headers")), sent(odd.get("/headers"))
    caller = odd.caller()

    assert first["authorization"].startswith("Bearer sk-")
    assert first["authorization"] != second["authorization"]
    assert first["x-tenant"] == first["authorization"].replace("Bearer sk-", "t-")
    assert sent(caller.get("/headers")) == sent(caller.get("/headers"))


def test_the_caller_is_who_was_asked_for(odd):
    """No token, one that no service accepts, a golden one, one in another header."""

    def seen(auth):
        return {
            name: value
            for name, value in sent(odd.send(ask("GET /headers", auth=auth))).items()
            if name in ("authorization", "x-key")
        }

    assert seen("none") == {}
    assert seen("garbage") == {"authorization": "Bearer not-a-token"}
    assert seen(Auth(token="k", header="X-Key", scheme="")) == {"x-key": "k"}
    golden = seen(Auth(golden="models:read"))["authorization"]
    assert golden.startswith("Bearer test-golden-token-models-read-tenant-test-")
    assert golden != seen(Auth(golden="models:read"))["authorization"]
    assert seen(Auth(golden="a", seed="7")) == seen(Auth(golden="a", seed="7"))


def test_neither_cookies_nor_proxies_of_others_are_used(odd, monkeypatch):
    """The answer to one check must not depend on another, nor on the machine's settings."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert odd.get("/cookie").header("set-cookie") == "seen=1; Path=/"
    assert "cookie" not in sent(odd.get("/headers"))


def test_repeated_headers_are_kept_apart(odd):
    """Joined, two values would look like one."""
    reply = odd.get("/twice")

    assert [value for name, value in reply.headers if name.lower() == "x-limit"] == ["a", "b"]
    assert (reply.header("x-LIMIT"), reply.has("X-Limit"), reply.has("x-none")) == ("a", True, False)


def test_a_broken_connection_is_tried_once_more_and_told(odd):
    """uvicorn closes a connection behind an unhandled exception without a word."""
    reply = odd.get("/breaks-once")

    assert reply.text == "the second time"
    assert reply.retried == "connection closed without an answer"


def test_what_may_have_had_an_effect_is_not_sent_twice(odd):
    """A second order would be the check's own doing."""
    with pytest.raises(NoAnswer, match=r"^POST /breaks-once: no answer \(connection closed without an answer\)$"):
        odd.post("/breaks-once", {})


def test_half_an_answer_is_none(odd):
    """Less came than its length says."""
    with pytest.raises(NoAnswer, match=r"^GET /short: no answer \(connection closed inside the answer\)$"):
        odd.get("/short")


def test_a_service_that_does_not_answer_is_waited_for_so_long_and_not_asked_again(odd, monkeypatch):
    """It is slow, not gone: a second try takes as long."""
    monkeypatch.setattr(connection, "READ", 0.3)

    with pytest.raises(NoAnswer, match=r"^GET /slow: no answer \(nothing came for 0.3 s\)$"):
        odd.get("/slow")


@pytest.mark.parametrize("path", ["trickles", "trickling-body", "interim-for-ever"])
def test_an_answer_in_small_pieces_ends_in_time(odd, monkeypatch, path):
    """Each piece comes soon enough, and the whole never."""
    monkeypatch.setattr(connection, "WHOLE", 0.4)

    with pytest.raises(NoAnswer, match=rf"^GET /{path}: no answer \(no end in 0.4 s\)$"):
        odd.get(f"/{path}")


def test_an_interim_answer_is_not_the_answer(odd):
    """Servers send 103 before it, with what a browser may load meanwhile."""
    reply = odd.get("/early-hints")

    assert (reply.status, reply.text) == (200, "the answer")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("tls", "what came is no HTTP: bytes that are no text"),
        ("no-http", "what came is no HTTP: '-ERR unknown command'"),
        ("many-headers", "HTTPException: got more than 100 headers"),
        ("reset", "connection reset"),
        ("brotli", "encoded as 'br', which nobody asked for"),
        ("false-gzip", "says that it is encoded as 'gzip', and is not"),
    ],
)
def test_what_cannot_be_read_is_told_in_the_same_words_each_time(odd, path, words):
    """A finding whose words change is news to `--prove`."""
    with pytest.raises(NoAnswer) as told:
        odd.get(f"/{path}")

    assert str(told.value) == f"GET /{path}: no answer ({words})"


def test_an_answer_that_is_compressed_unasked_is_read(odd):
    """A client that did not ask for it can read it all the same."""
    assert odd.get("/gzip").json() == {"zipped": True}
    assert odd.get("/deflate").text == "deflated"


def test_a_stream_that_falls_silent_is_an_answer_all_the_same(odd, monkeypatch):
    """As long as nobody wants its events; streams wait for what is new."""
    monkeypatch.setattr(connection, "READ", 0.3)

    reply = odd.get("/silent-events")
    stream = odd.stream(ask("GET /silent-events"))

    assert (reply.status, reply.text, reply.cut) == (200, "data: one\n\n", True)
    assert ([event.data for event in stream.events], stream.ended, stream.truncated) == (
        ["one"],
        "nothing came for 0.3 s",
        True,
    )


def test_a_stream_is_read_as_it_comes(odd):
    """Headers before the first event, the first event before the end; a line separator inside JSON splits nothing."""
    stream = odd.stream(ask("GET /events"))

    assert [event.data for event in stream.events] == ["one\u2028more", "two", "[DONE]"]
    assert (stream.is_stream, stream.ended, stream.truncated) == (True, "end", False)
    assert stream.reply.headers_at <= stream.events[0].at < stream.events[1].at < stream.events[2].at <= stream.ended_at


@pytest.mark.parametrize(
    ("path", "ended", "data"),
    [("cut-events", "end", ["one"]), ("broken-events", "connection closed inside the answer", ["one"])],
    ids=["no blank line", "broken off"],
)
def test_a_stream_that_is_not_whole_is_truncated(odd, path, ended, data):
    """A last event without a blank line was never sent to its end: HTML, section 9.2.6."""
    stream = odd.stream(ask(f"GET /{path}"))

    assert [event.data for event in stream.events] == data
    assert stream.truncated
    assert stream.ended.startswith(ended)


def test_fields_behind_a_stream_are_kept(odd):
    """Where a service says what it only knows at the end."""
    assert odd.stream(ask("GET /trailer-events")).trailers == (("X-Done", "1"), ("X-Left", "2"))


def test_an_endless_stream_is_read_so_far(odd):
    """By count."""
    stream = odd.stream(ask("GET /endless-events"), most=3)

    assert ([event.data for event in stream.events], stream.ended, stream.truncated) == (
        ["0", "1", "2"],
        "limit",
        False,
    )


def test_an_answer_that_is_no_stream_keeps_its_status_and_body(odd):
    """An early error has to be seen as what it is."""
    stream = odd.stream(ask("GET /early-error"))

    assert (stream.is_stream, stream.reply.status, stream.reply.json(), stream.events) == (
        False,
        429,
        {"error": {}},
        (),
    )
