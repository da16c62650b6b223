"""No secret of a request is in a line that is written while it is answered, in whatever spelling."""

import base64
import contextvars
import json
import logging
from urllib.parse import quote

import pytest

from facade import logs


@pytest.fixture
def line():
    """Return a function that formats a message as it would be logged."""

    def format_(message, error=None):
        told = (type(error), error, None) if error else None
        record = logging.LogRecord("facade", logging.INFO, __file__, 1, message, (), told)
        return logs.Redacting("%(levelname)s %(message)s").format(record)

    return format_


def answering(secrets, function, *arguments):
    """Call a function as if a request with these secrets were being answered."""

    def told():
        logs.remember(secrets)
        return function(*arguments)

    return contextvars.copy_context().run(told)


SECRET = "open sesame/" + '"now"'


@pytest.mark.parametrize(
    "spelt",
    [
        SECRET,
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
    ids=["plain", "url", "base64", "base64url"],
)
def test_what_a_request_presents_as_a_secret_is_in_no_line(line, spelt):
    written = answering([SECRET], line, f"before {spelt} after")

    assert json.loads(written)["message"].startswith("before [redacted]")
    assert json.loads(written)["message"].rstrip("=").endswith("after")


def test_nor_is_it_in_a_traceback(line):
    written = answering([SECRET], line, "failed", ValueError(f"cannot read {SECRET}"))

    assert "open sesame" not in written
    assert "ValueError: cannot read [redacted]" in written


@pytest.mark.parametrize(
    "text",
    ["Bearer abc", "sk-" + "a" * 20, "ghp_" + "a1" * 10, "AKIA" + "Q" * 16, "eyJhbGciOiJub25lIn0.e30.", "aB3" * 8],
    ids=["bearer", "sk", "github", "cloud", "jwt", "mixed"],
)
def test_what_looks_like_a_secret_is_in_no_line_whoever_writes_it(line, text):
    assert json.loads(line(f"saw {text}"))["message"] == "saw [redacted]"


@pytest.mark.parametrize(
    "text", ["nonce-0123456789abcdef", "0123456789abcdef" * 2, "/v1/chat/completions", "facade-large"]
)
def test_what_is_harmless_stays(line, text):
    assert json.loads(line(text))["message"] == text


@pytest.mark.parametrize(
    ("body", "secrets"),
    [
        (b'{"user": {"password": "one two", "name": "Ana"}, "input": "a"}', {"one two"}),
        (b'{"tokens": 3, "token": ["a-b-c", 1234567]}', {"a-b-c", "1234567"}),
        (b'{"api_key": "abcd", "inp', {"abcd"}),
        (b"password=one%20two&name=Ana", {"one two"}),
        (b"\xff\xfe", set()),
    ],
    ids=["nested", "list", "malformed", "form", "bytes"],
)
def test_the_secrets_of_a_body_are_found_by_their_names(body, secrets):
    assert set(logs.secrets_in_body(body)) == secrets


def test_the_secrets_of_headers_and_queries_are_found_by_their_names():
    pairs = [("Authorization", "Digest abcd"), ("Cookie", "a=1234; b=5678"), ("X-Api-Key", "efgh"), ("Accept", "*/*")]

    assert {"abcd", "1234", "5678", "efgh"} <= set(logs.secrets_in_pairs(pairs))
    assert "*/*" not in set(logs.secrets_in_pairs(pairs))


def test_the_line_of_a_request_has_none_and_is_there(service, may_all, caplog):
    with caplog.at_level(logging.INFO):
        service("GET", "/v1/models?api_key=abcdefgh&page=2", headers=may_all)
    (record,) = (one for one in caplog.records if one.name == "facade.requests")
    token = may_all["Authorization"].removeprefix("Bearer ")
    written = answering([token, "abcdefgh"], logs.Redacting().format, record)

    assert token not in written
    assert "abcdefgh" not in written
    assert (record.path, record.query["page"], record.status, record.tenant) == ("/v1/models", "2", 200, "tenant-test")


def test_all_loggers_write_through_one_handler():
    before = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.configure()
        (handler,) = logging.getLogger().handlers
        assert isinstance(handler.formatter, logs.Redacting)
        assert not logging.getLogger("uvicorn.access").propagate
    finally:
        logging.getLogger().handlers[:], level = before
        logging.getLogger().setLevel(level)
