"""The envelope is judged in words that are the same at each run, whatever a service puts in its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.envelope import envelope_faults
from pytest_coordguard.domain.reply import Reply

WHOLE = {"message": "no token", "type": "authentication_error", "param": None, "code": "invalid_api_key"}


def faults(body, media_type="application/json"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(envelope_faults(Reply(ask("GET /x"), 401, (("Content-Type", media_type),), content)))


@pytest.mark.parametrize("change", [{}, {"param": "input"}, {"code": None}, {"more": 1}], ids=str)
def test_an_envelope_is_one_with_or_without_param_and_code(change):
    """Both may be null; fields beside the four do no harm."""
    assert faults({"error": {**WHOLE, **change}}) == []
    assert faults({"error": {**WHOLE, **change}}, "application/problem+json; charset=utf-8") == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {"error": "Rate limit exceeded: 3 per 1 minute"},
            ["has text for 'error'; meant: an object with message, type, param, code"],
        ),
        ({"detail": "Not Found"}, ["has no 'error' (it has detail)"]),
        ({}, ["has no 'error' (it has nothing)"]),
        ([], ["has a list for a body; meant: an object with 'error'"]),
        ({"error": None}, ["has null for 'error'; meant: an object with message, type, param, code"]),
        ({"error": {**WHOLE, "code": 401}}, ["has a number for error.code; meant: text or null"]),
        ({"error": {**WHOLE, "message": " "}}, ["has an empty text for error.message; meant: words"]),
        ({"error": {**WHOLE, "type": None}}, ["has null for error.type; meant: words"]),
        ({"error": {"type": "x", "message": "y", "code": "x"}}, ["has no error.param"]),
        (
            {"error": {**WHOLE, "message": "{'error': {'type': 'a'}}"}},
            ["has a printed object for error.message; meant: a sentence"],
        ),
        ({"error": {**WHOLE, "message": "Traceback (most recent call last): …"}}, ["shows a Python traceback"]),
        (b"Internal Server Error", ["has a body that is no JSON"]),
        (b"", ["has a body that is no JSON"]),
    ],
    ids=[
        "a sentence",
        "of FastAPI",
        "nothing",
        "a list",
        "null",
        "a number",
        "blank",
        "no type",
        "no param",
        "printed",
        "traceback",
        "text",
        "empty",
    ],
)
def test_what_services_put_in_its_place_is_told(body, told):
    """Each of them was seen at a real service."""
    if isinstance(body, dict) and "Traceback" in str(body):
        body = json.loads(json.dumps(body).replace("\\u2026", "..."))
    assert faults(body) == told


def test_a_page_is_told_as_one():
    """As a proxy in front answers."""
    assert faults(b"<html>", "text/html") == ["is text/html, not application/json", "has a body that is no JSON"]
    assert faults(b"", "")[0] == "is of no media type, not application/json"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["error", *WHOLE]), inner),
)


@given(JSON)
def test_whatever_is_answered_is_judged(data):
    """It never breaks on a body: each is an envelope or is told in a sentence."""
    for told in (*faults(data), *faults({"error": data})):
        assert told
        assert "\n" not in told
