"""`service.redacts_logs`: met by the example, red for each leak, and broken where the log is not seen."""

import pytest
from pytest_coordguard.guardrails.test_service_redaction import test_no_secret_is_logged as redacts

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.canary import PLACES
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.domain.service import Service as Settings
from pytest_coordguard.facts.service.service import Running, Service

CHAT = ask("POST /v1/chat/completions").with_json(
    {"model": "facade-large", "messages": [{"role": "user", "content": "hi"}]}
)
CRASH = (
    ask("POST /v1/chat/completions")
    .with_json({"model": "facade-large", "messages": [{"role": "user", "content": "{canary}"}]})
    .with_headers(X_Facade_Fault="crash")
)
GIVEN = {"endpoint": CHAT, "crash": CRASH}


def found(service, **given):
    try:
        redacts(service=service, evidence=Evidence(), **{**GIVEN, **given})
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings]
    return []


def test_a_service_that_keeps_its_promises_is_green(facade):
    """Each request was seen in the log, and the one that should crash did."""
    evidence = Evidence()

    redacts(service=facade, evidence=evidence, **GIVEN)

    assert {one.name: one.value for one in evidence.measures if one.name != "log read"} == {
        "secrets sent": len(PLACES),
        "control: a success of the endpoint": 1,
        "control: a harmless word of a request in the log": len(PLACES),
        "control: a crash": 1,
    }
    assert "a request that crashes: answered 500" in evidence.remarks


def leaks(how, *places):
    return [f"the secret of {place} is in the log, {how}" for place in places]


BODIES = ("a JSON body", "a body that is no JSON", "a form", "a request that crashes")
BROKEN = {
    "log-secret-header": [
        *leaks("in Base64", "a password of Basic authentication"),
        *leaks("as it is", "a bearer token", "a token behind an unknown scheme", "a token without a scheme"),
        *leaks("as it is", "the caller's own token"),
    ],
    "log-secret-query": leaks("as it is", "the query"),
    "log-secret-path": leaks("as it is", "the path"),
    "log-secret-cookie": leaks("as it is", "a cookie"),
    "log-secret-body": leaks("as it is", *BODIES),
    "log-secret-malformed": leaks("as it is", "a body that is no JSON", "a form"),
    "log-secret-exception": leaks("as it is", "a request that crashes"),
    "log-secret-prefix": leaks(
        "with its first 12 characters",
        "a bearer token",
        "a token behind an unknown scheme",
        "a token without a scheme",
    ),
    "log-secret-base64": [
        *leaks(
            "in Base64",
            "a bearer token",
            "a token behind an unknown scheme",
            "a token without a scheme",
            "the caller's own token",
        ),
    ],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_leak_is_told_by_its_place_and_its_spelling(facade, name):
    """And never the secret itself."""
    facade.broken(name)

    assert found(facade) == sorted(BROKEN[name])


def test_without_a_log_nothing_is_known(facade):
    """No secret is in it, either."""
    facade.broken("no-logs")

    with pytest.raises(Vacuous, match="^never saw a harmless word of a request in the log: its silence says nothing$"):
        found(facade, places=["bearer"])


def test_the_log_of_another_is_not_seen(tmp_path):
    """Of one that runs already."""
    running = Running(Settings(url="http://127.0.0.1:9"), tmp_path, Runner(), tmp_path)

    with pytest.raises(CannotJudge, match="^the logs of a service that runs already are not seen; meant: 'serve' or"):
        found(Service(running))


WIRE = {one.name: one for one in described(redacts).violations}


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("secret-where-the-log-looks", "URL-encoded"),
        ("beginning-where-the-log-looks", "with its first 12 characters"),
    ],
)
def test_a_secret_that_reaches_the_log_on_the_way_is_found(facade, name, how):
    """Although the example takes secrets out of its lines, by value and by shape. One within Basic goes unchanged."""
    words = ("a bearer token", "a token behind an unknown scheme", "a token without a scheme", "X-Api-Key", "a cookie")

    with facade.through(WIRE[name].changes()) as spoilt:
        assert found(spoilt) == sorted(leaks(how, *words, "the query", "the path", *BODIES))


def test_errors_that_repeat_a_secret_are_found(facade):
    """The example's own 404 says which path it does not know."""
    assert found(facade, places=["path", "query"], bodies=True) == ["an error repeats the secret of the path, as it is"]
    with facade.through(WIRE["errors-repeat-secrets"].changes(bodies=True)) as spoilt:
        assert found(spoilt, places=["bearer", "query"], bodies=True) == [
            "an error repeats the secret of a bearer token, as it is"
        ]
        assert found(spoilt, places=["bearer", "query"]) == []
    with pytest.raises(CannotPlant, match="^the plan does not ask for what errors say$"):
        WIRE["errors-repeat-secrets"].changes()


def test_a_log_that_is_not_seen_is_told(facade):
    with facade.through(WIRE["log-is-not-seen"].changes()) as spoilt:
        with pytest.raises(Vacuous, match="^never saw a harmless word of a request in the log"):
            found(spoilt, places=["bearer"])
        assert spoilt.spoilt


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"endpoint": ask("GET /nowhere")}, Vacuous, r"^the endpoint does not succeed \(GET /nowhere -> 404 "),
        (
            {"crash": ask("GET /v1/models")},
            CannotJudge,
            r"^crash: GET /v1/models does not say where the secret goes; meant: \{canary\} in path, headers or json$",
        ),
        ({"crash": ask("GET /v1/models/{canary}")}, Vacuous, "^never saw a crash: its silence says nothing$"),
        (
            {"crash": None, "places": ["exception"]},
            CannotJudge,
            "^places: exception needs a request that ends in one; meant: 'crash: …'$",
        ),
        ({"shape": "sk"}, CannotJudge, r"^shape: 'sk' has no place for what is drawn; meant: one \{fresh\} in it, as "),
    ],
    ids=["no-success", "no-place", "no-crash", "no-request", "no-shape"],
)  # fmt: skip
def test_what_cannot_be_known_is_neither_green_nor_red(facade, given, error, told):
    with pytest.raises(error, match=told):
        found(facade, **given)
