"""A request of a plan is read whole, or told with its line and what was meant."""

import pytest

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.ask_type import AskType
from pytest_coordguard.domain.faults import Faults
from pytest_coordguard.domain.provocation import is_status, ways
from pytest_coordguard.domain.service import Auth
from pytest_coordguard.facts.yaml_lines import read_yaml


def read(text):
    """Return what is read of a request, and what is told of it."""
    faults = Faults("coordguard.yaml")
    node = read_yaml(text.encode(), faults)
    return AskType().read(node, "endpoint", faults), [str(finding) for finding in faults.findings]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("GET /v1/models?a=b", Ask("GET", "/v1/models?a=b")),
        ("ask: POST /x\njson: null", Ask("POST", "/x", b"null", "application/json")),
        (
            "ask: POST /x\njson: {a: [1]}\nstatus: 201",
            Ask("POST", "/x", b'{"a": [1]}', "application/json", status=(201,)),
        ),
        (
            "ask: PUT /x\nbody: a=b\ntype: text/plain\nheaders: {X-A: b}",
            Ask("PUT", "/x", b"a=b", "text/plain", {"X-A": "b"}),
        ),
        (
            "ask: GET /x\nauth: none\nstatus: [200, 404]\nanswers: text/html\ntimes: 9",
            Ask("GET", "/x", auth="none", status=(200, 404), answer_type="text/html", times=9),
        ),
        (
            "ask: GET /x\nhas: data.0.id\nbefore: POST /_fault\nafter: [POST /a, {ask: POST /b, json: 1}]",
            Ask(
                "GET",
                "/x",
                has=("data.0.id",),
                before=(Ask("POST", "/_fault"),),
                after=(Ask("POST", "/a"), Ask("POST", "/b", b"1", "application/json")),
            ),
        ),
        (
            "ask: GET /x\nauth: {golden: 'models:read', shape: jwt}",
            Ask("GET", "/x", auth=Auth(golden="models:read", shape="jwt")),
        ),
    ],
)
def test_a_request_is_read(text, meant):
    """As a line, or with more to say."""
    assert read(text) == (meant, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/v1/models", "1: 'endpoint' is '/v1/models'; meant: a method and a path, as GET /v1/models"),
        ("get /v1/models", "1: 'endpoint' is 'get /v1/models'; meant: a method and a path, as GET /v1/models"),
        ("jsn: {}\nask: GET /x", "1: unknown key 'jsn'; meant: json?"),
        ("json: {}", "1: 'endpoint' has no 'ask'; meant: 'ask: …' (Method and path, as POST /v1/embeddings)"),
        ("ask: GET /x\nbefore:\n- ask: GET /y\n  type: 7\n  hsa: a", "5: unknown key 'hsa'; meant: has?"),
        ("ask: GET /x\nhas: a..b", "2: 'has' is 'a..b'; meant: keys and positions with dots between, as data.0.id"),
        ("ask: GET /x\nauth: {}", "2: 'auth' is a mapping; meant: plan or none or garbage or a mapping with keys"),
    ],
)
def test_a_slip_is_told(text, told):
    """With its line and what was meant."""
    assert read(text)[1] == [f"coordguard.yaml:{told}"]


def test_a_status_is_wanted_by_its_number_or_its_class():
    """`5xx` is what the OpenAI documentation says of several."""
    assert [is_status("5xx", 503), is_status("429", 429), is_status("4xx", 503), is_status("42", 429)] == [
        True,
        True,
        False,
        False,
    ]


def test_each_error_has_its_usual_way_and_the_plan_comes_first():
    """Around a request that succeeds; the two that no one can guess are the plan's to tell."""
    post = Ask("POST", "/x", b"{}", "application/json")
    given = {"503": Ask("GET", "/down"), "404": Ask("GET", "/gone")}

    assert {
        status: list(map(str, ways(status, post, given)))
        for status in ("401", "403", "404", "405", "422", "429", "5xx")
    } == {
        "401": ["POST /x", "POST /x"],
        "403": [],
        "404": ["GET /gone"],
        "405": ["DELETE /x", "PATCH /x", "PUT /x", "GET /x"],
        "422": ["POST /x"] * 4,
        "429": ["POST /x"],
        "5xx": ["GET /down"],
    }
    assert ways("400", Ask("GET", "/x"), {}) == []
