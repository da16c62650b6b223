"""`service.smoke` and `service.envelope`: what a running service must show, and what each of its faults is told as."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_service import test_endpoints_answer as smoke
from pytest_coordguard.guardrails.test_service_envelope import test_errors_have_the_envelope as envelope

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.domain.service import Auth
from pytest_coordguard.domain.wire import Call, Fault, Together
from pytest_coordguard.domain.wire_faults import Failing, on, rewrite_status, set_header
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service import rest
from pytest_coordguard.facts.service.service import Service

EMBED = ask("POST /v1/embeddings").with_json({"input": "hi"})
ENDPOINTS = [ask("GET /v1/models"), ask("GET /healthz", auth="none"), EMBED]
PROVOKE = {"403": ask("GET /v1/admin"), "5xx": ask("GET /v1/crash")}


def found(check, **given):
    """Return the findings of a check as a reader sees them, and its evidence."""
    evidence = Evidence()
    try:
        check(evidence=evidence, **given)
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings], evidence
    return [], evidence


class OneCaller(Fault):
    """Takes all callers for one, as a limiter does that counts by address."""

    def call(self, call):
        """Ask with one token for all."""
        headers = [pair for pair in call.headers if pair[0].lower() != "authorization"]
        return Call(call.method, call.path, [*headers, ("authorization", "Bearer sk-one")], call.body)


def planted(check, service, **given):
    """Return, for each violation, what the check finds behind it."""
    seen = {}
    for violation in described(check).violations:
        with service.through(violation.changes(service=service, **given)) as spoilt:
            seen[violation.name] = found(check, service=spoilt, **given)[0]
            assert spoilt.spoilt
    return seen


@pytest.fixture
def repo(tmp_path):
    return Repository(tmp_path)


def test_a_service_that_answers_holds(shop, repo):
    """With what it was asked as evidence."""
    findings, evidence = found(smoke, service=shop, repo=repo, endpoints=ENDPOINTS)

    assert findings == []
    assert {measure.name: (measure.value, measure.at_least) for measure in evidence.measures} == {
        "endpoints asked": (3, 1),
        "endpoints at fault": (0, None),
        "control: a success with a token": (2, 1),
    }


def test_a_service_that_fails_everyone_with_a_token_is_red(start, repo):
    """A smoke script was nine of nine green so: it asked nothing with a token."""
    service = Service(start(broken="500-for-tokens"))

    findings, evidence = found(smoke, service=service, repo=repo, endpoints=ENDPOINTS)

    assert findings == ["GET /v1/models: answers 500; meant: 2xx", "POST /v1/embeddings: answers 500; meant: 2xx"]
    assert evidence.remarks[0].startswith('GET /v1/models -> 500 application/json: {"error": {"message": "policy"')


def test_a_plan_that_expects_errors_alone_shows_nothing(shop, repo):
    """Nobody has seen that the service can succeed."""
    with pytest.raises(Vacuous, match="^never saw a success with a token: its silence says nothing$"):
        found(
            smoke,
            service=shop,
            repo=repo,
            endpoints=[ask("GET /v1/models", auth="none", status=(401,)), ask("GET /healthz", auth="none")],
        )


def test_nothing_to_ask_is_vacuous(shop, repo, tmp_path):
    """Neither named nor described."""
    with pytest.raises(Vacuous, match="^the plan names no endpoint; meant: 'endpoints: "):
        found(smoke, service=shop, repo=repo)
    (tmp_path / "api.json").write_text('{"paths": {}}')
    with pytest.raises(Vacuous, match=r"^no GET operation of api.json can be asked as it stands; meant"):
        found(smoke, service=shop, repo=repo, spec="api.json")
    with pytest.raises(CannotJudge, match="^spec: none.json cannot be read"):
        found(smoke, service=shop, repo=repo, spec="none.json")


def test_what_the_document_declares_is_asked_too(shop, repo, tmp_path):
    """An endpoint that is gone, and one that answers with another type; the plan's own word on one comes first."""
    (tmp_path / "api.json").write_text(
        '{"paths": {"/v1/models": {"get": {"responses": {"200": {"content": {"text/html": {}}}}}},'
        ' "/v1/gone": {"get": {"responses": {"200": {}}}}, "/healthz": {"get": {"responses": {"204": {}}}}}}'
    )

    assert found(smoke, service=shop, repo=repo, endpoints=[ask("GET /healthz")], spec="api.json")[0] == [
        "GET /v1/gone: answers 404; meant: 200",
        "GET /v1/models: answers application/json; meant: text/html",
    ]


def test_no_answer_is_a_fault_of_the_service(start, repo):
    """It answered when it was started."""
    service = Service(start("{python} odd.py {port}"))

    assert found(smoke, service=service, repo=repo, endpoints=[ask("POST /breaks-once"), ask("GET /healthz")])[0] == [
        "POST /breaks-once: no answer (connection closed without an answer)"
    ]


def test_each_planted_fault_is_found_in_smoke(shop, repo):
    """Whatever the plan asks."""
    assert planted(smoke, shop, repo=repo, endpoints=ENDPOINTS) == {
        "authenticated-calls-fail": [
            "GET /v1/models: answers 500; meant: 2xx",
            "POST /v1/embeddings: answers 500; meant: 2xx",
        ],
        "endpoint-gone": ["POST /v1/embeddings: answers 404; meant: 2xx"],
        "body-is-no-json": [f"{one}: says that it is JSON, and is none" for one in sorted(map(str, ENDPOINTS))],
        "page-instead-of-an-answer": ["GET /v1/models: says that it is JSON, and is none"],
    }


def test_errors_in_the_envelope_hold(shop):
    """All eight, each shown in the evidence."""
    findings, evidence = found(envelope, service=shop, endpoint=EMBED, provoke=PROVOKE)

    assert findings == []
    assert [remark.partition(",")[0] for remark in evidence.remarks] == [
        "400: POST /v1/embeddings -> 400 application/json",
        "401: POST /v1/embeddings -> 401 application/json",
        "403: GET /v1/admin -> 403 application/json",
        "404: GET /coordguard-no-such-path -> 404 application/json",
        "405: DELETE /v1/embeddings -> 405 application/json",
        "422: POST /v1/embeddings -> 422 application/json",
        "5xx: GET /v1/crash -> 500 application/json",
        "429: POST /v1/embeddings -> 429 application/json",
    ]


def test_one_error_out_of_the_envelope_is_told(start):
    """As slowapi answers; it must not break the check either."""
    service = Service(start(broken="sentence"))

    assert found(envelope, service=service, endpoint=EMBED, provoke=PROVOKE)[0] == [
        "429: POST /v1/embeddings has text for 'error'; meant: an object with message, type, param, code"
    ]


def test_a_crash_over_what_the_caller_did_wrong_is_told(shop):
    """A real service had 500 for a body that is no JSON and 400 for another: the second alone was looked at."""
    crash = rewrite_status(500, where=lambda call, _: call.body == b'{"')

    with shop.through(crash) as spoilt:
        assert found(envelope, service=spoilt, endpoint=EMBED, statuses=["400"])[0] == [
            "400: POST /v1/embeddings answers 500 to what the caller did wrong"
        ]


def test_a_service_that_tells_no_callers_apart_is_judged_all_the_same(start, monkeypatch):
    """It counts by address, so that one check uses up the limit of the next."""
    told = set_header("Retry-After", "1", where=on(429))
    service = Service(start())
    monkeypatch.setattr(rest, "sleep", lambda _: service.restart())

    with service.through(Together([told, OneCaller()])) as spoilt:
        first, before = found(envelope, service=spoilt, endpoint=EMBED, statuses=["404", "429"])
        second, after = found(envelope, service=spoilt, endpoint=EMBED, statuses=["404", "429"])

    assert (first, second) == ([], [])
    waited = "POST /v1/embeddings: refused at the first call, and asked again after 1 s as it said"
    assert (waited in before.remarks, waited in after.remarks) == (False, True)


def test_who_is_refused_from_the_start_is_told_how_callers_are_told_apart(shop):
    """Where the wait is not told, or takes too long."""
    with (
        shop.through(Failing(429, b"no", paths=["/v1/embeddings"])) as spoilt,
        pytest.raises(
            Vacuous, match=r"-> 429 text/plain\), so that its errors say nothing; meant: a token or header w"
        ),
    ):
        found(envelope, service=spoilt, endpoint=EMBED, statuses=["404"])


def test_an_error_that_calls_itself_a_success_is_told(start):
    """It is the answer that should have had the status: a client that looks at that goes on as if all were well."""
    service = Service(start(broken="error-as-200"))

    assert found(envelope, service=service, endpoint=EMBED, statuses=["429"])[0] == [
        "429: POST /v1/embeddings answers 200 with an error in it"
    ]
    many = [replace(EMBED, auth=Auth(token="sk-one"))] * 21
    repo = Repository(Path(__file__).parent)
    assert found(smoke, service=service, repo=repo, endpoints=many)[0] == [
        "POST /v1/embeddings: answers 200 with an error in it"
    ]


def test_a_fault_is_switched_on_and_off_around_a_provocation(start):
    """A service that breaks on demand is asked to, and asked to stop, whatever came of it."""
    service = Service(start())
    on, off = (ask("POST /_fault", auth="none").with_json({"crash": crash}) for crash in (True, False))
    switched = {"500": replace(EMBED, before=(on,), after=(off,))}
    missing = {"500": replace(EMBED, before=(ask("POST /nowhere"),))}

    assert found(envelope, service=service, endpoint=EMBED, provoke=switched, statuses=["500"])[0] == []
    assert service.send(EMBED).status == 200
    with pytest.raises(
        Vacuous, match=r"^not seen: 500 \(answered before it, POST /nowhere: 404, POST /v1/embeddings: 200\)"
    ):
        found(envelope, service=service, endpoint=EMBED, provoke=missing, statuses=["500"])


def test_places_of_the_answer_must_be_there(shop, repo):
    """An answer of another shape is one that no client reads."""
    embed = replace(EMBED, has=("data.0.embedding.0", "object", "data.1", "choices", "object.x"))
    endpoints = [embed, ask("GET /v1/models", has=("data",)), ask("GET /healthz", has=("status",))]

    assert found(smoke, service=shop, repo=repo, endpoints=endpoints)[0] == [
        "GET /v1/models: has nothing at data",
        "POST /v1/embeddings: has nothing at choices",
        "POST /v1/embeddings: has nothing at data.1",
        "POST /v1/embeddings: has nothing at object.x",
    ]


def test_an_error_that_was_not_seen_is_not_verified(shop):
    """Nobody knows its envelope."""
    with pytest.raises(Vacuous) as told:
        found(
            envelope,
            service=shop,
            endpoint=EMBED,
            provoke={"5xx": ask("GET /v1/models")},
            statuses=["404", "403", "5xx"],
        )

    assert str(told.value) == (
        "not seen: 403 (nothing is known that leads to it); 5xx (answered GET /v1/models: 200). "
        "Meant: 'provoke: {403: …}', or 'statuses' without it"
    )


def test_an_endpoint_that_never_succeeds_says_nothing(shop):
    """Its errors may have another reason than the one that was provoked."""
    with pytest.raises(Vacuous, match=r"^the endpoint does not succeed \(GET /nowhere -> 404 application/json\)"):
        found(envelope, service=shop, endpoint=ask("GET /nowhere"), statuses=["404"])


def test_a_status_that_is_none_is_told(shop):
    """A slip of the plan."""
    with pytest.raises(CannotJudge, match="^'4x' is no status; meant: as 429, or 5xx"):
        found(envelope, service=shop, endpoint=EMBED, statuses=["4x"])


def test_each_planted_fault_is_found_in_the_envelope(shop):
    """Whatever the service does right."""
    seen = planted(envelope, shop, endpoint=EMBED, provoke=PROVOKE)

    assert {name: (len(told), told[-1]) for name, told in seen.items()} == {
        "error-is-a-sentence": (
            8,
            "5xx: GET /v1/crash has text for 'error'; meant: an object with message, type, param, code",
        ),
        "error-of-the-framework": (3, "405: DELETE /v1/embeddings has no 'error' (it has detail)"),
        "error-without-param": (8, "5xx: GET /v1/crash has no error.param"),
        "code-is-a-number": (8, "5xx: GET /v1/crash has a number for error.code; meant: text or null"),
        "errors-as-successes": (8, "5xx: GET /v1/crash answers 200 with an error in it"),
        "error-is-a-page": (16, "5xx: GET /v1/crash is text/html, not application/json"),
    }
