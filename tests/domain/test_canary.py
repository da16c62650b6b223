"""A secret is found in a text however it is spelt, and nothing else is taken for one."""

import base64
import json
import secrets
import string
from itertools import count
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.canary import (
    LENGTH,
    PLACES,
    Text,
    beginning_of,
    carries,
    in_base64,
    pattern_of,
    percent,
    probe,
)

DRAWN = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))
SECRET = "sk-" + DRAWN
PATH = "/v1/" + quote(SECRET + "/x", safe="")
ENDPOINT = ask("POST /v1/chat?a=1").with_json({"model": "m"})


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (f"token={SECRET}", "as it is"),
        (f"GET /v1?q={percent(SECRET)} 404", "URL-encoded"),
        (f"GET /v1?q={percent(SECRET).lower()} 404", "URL-encoded"),
        (f'{{"a": "{SECRET.replace("-", chr(92) + "u002d")}"}}', "escaped"),
        (f"b'{SECRET.replace('-', chr(92) + 'x2d')}'", "escaped"),
        (base64.b64encode(SECRET.encode()).decode(), "in Base64"),
        (f"Basic {base64.b64encode(f'ana:{SECRET}'.encode()).decode()}", "in Base64"),
        (base64.b64encode(SECRET[:20].encode()).decode(), "in Base64"),
        (f"token={SECRET[:12]}…", "with its first 12 characters"),
        (f"token={SECRET[:11]}…", ""),
        (f"token=…{SECRET[-8:]}", ""),
        ("a harmless line", ""),
        ("", ""),
    ],
    ids=map(str, count()),  # the same in each worker, unlike what is drawn
)
def test_a_secret_is_found_as_it_is_spelt(text, how):
    assert Text(text).shows(SECRET, beginning_of("sk-{fresh}")) == how


@given(st.binary(max_size=9), st.binary(max_size=9))
def test_base64_hides_nothing_whatever_stands_around(before, behind):
    """In both of its alphabets."""
    raw = before + SECRET.encode() + behind

    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert any(piece in encode(raw).decode() for piece in in_base64(SECRET))


@given(st.text(max_size=200))
def test_no_text_breaks_the_search_or_is_taken_for_the_secret(text):
    assert Text(text).shows(SECRET, 12) == ""


def test_the_beginning_is_more_than_what_all_secrets_share():
    """Else each line with a golden token would be one."""
    assert [beginning_of(shape) for shape in ("{fresh}", "sk-{fresh}", "test-golden-token-{fresh}")] == [12, 12, 27]


def test_a_shape_is_known_again():
    assert pattern_of("k.{fresh}!").search(f"a k.{DRAWN}! b")[0] == f"k.{DRAWN}!"
    assert not pattern_of("k.{fresh}!").search(f"a kx{DRAWN}! b")


@pytest.mark.parametrize("place", PLACES)
def test_each_place_carries_the_secret_and_the_word(place):
    """The word stands in header and query, the secret once where it is said to be."""
    made = probe(place, ask("POST /crash", headers={"X-A": "{canary}"}), SECRET, "coordguard-0123").ask

    assert made.headers["X-Request-ID"] == "coordguard-0123"
    assert made.path.endswith(("?coordguard=coordguard-0123", "&coordguard=coordguard-0123"))
    where = f"{made.path} {dict(made.headers)} {made.content.decode()}"
    assert Text(where).shows(SECRET, 12) == ("in Base64" if place == "basic" else "as it is")
    assert made.auth == ("none" if place in ("bearer", "other-scheme", "no-scheme", "basic") else "plan")


def test_the_request_of_the_plan_stays_what_it_is():
    """Its query, its body, and its method where that has a body."""
    assert probe("path", ENDPOINT, SECRET, "n").ask.path == f"/v1/chat/{SECRET}?a=1&coordguard=n"
    assert json.loads(probe("json", ENDPOINT, SECRET, "n").ask.content) == {
        "model": "m",
        "api_key": SECRET,
        "user": {"password": SECRET},
    }
    assert probe("json", ask("GET /v1/models"), SECRET, "n").ask.method == "POST"
    assert probe("query", ask("GET /v1/models"), SECRET, "n").ask.method == "GET"


def test_the_plan_says_where_a_secret_goes():
    """In the path it is encoded."""
    asks = [
        ask("GET /a/{canary}"),
        ask("POST /a").with_json({"x": "{canary}"}),
        ask("GET /a", headers={"X-A": "k {canary}"}),
    ]

    assert [carries(one) for one in (*asks, ask("GET /a"))] == [True, True, True, False]
    assert probe("exception", asks[0], "a/b", "n").ask.path == "/a/a%2Fb?coordguard=n"
    assert probe("exception", asks[1], "a/b", "n").ask.content == b'{"x": "a/b"}'
    assert probe("exception", asks[2], "a/b", "n").ask.headers["X-A"] == "k a/b"
