"""`service.modes`: met by the example, red for each way in which a mode lets in whom it should not or is none."""

import pytest
from pytest_coordguard.guardrails.test_service_modes import test_modes_refuse_whom_they_should as modes

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.domain.service import Auth
from pytest_coordguard.domain.service import Service as Settings
from pytest_coordguard.facts.service.service import Running, Service

MODES = {"strict": {"FACADE_MODE": "strict"}, "permissive": {"FACADE_MODE": "permissive"}}
EMBED = ask("POST /v1/embeddings").with_json({"model": "facade-embed", "input": "hi"})
GIVEN = {"modes": MODES, "endpoints": [ask("GET /v1/models"), EMBED]}


def found(service, **given):
    evidence = Evidence()
    try:
        modes(service=service, evidence=evidence, **{**GIVEN, **given})
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings], evidence
    return [], evidence


def test_modes_that_refuse_whom_they_should_are_green(facade):
    """The matrix is in the evidence, and so is what an unknown mode does."""
    refusal = "facade.settings.WrongSetting: FACADE_MODE: 'coordguard-no-such-mode' is unknown; "
    refusal += "meant: strict or permissive"

    findings, evidence = found(facade)

    assert findings == []
    assert [remark for remark in evidence.remarks if not remark.startswith("started with")] == [
        "strict: GET /v1/models: none 401, garbage 401, unscoped 403, valid 200",
        "strict: POST /v1/embeddings: none 401, garbage 401, unscoped 403, valid 200",
        "permissive: GET /v1/models: none 401, garbage 200, unscoped 200, valid 200",
        "permissive: POST /v1/embeddings: none 401, garbage 200, unscoped 200, valid 200",
        f"an unknown mode stops the service: {refusal}",
    ]


@pytest.fixture
def broken(facade):
    """Return a function that breaks a promise of the service in both modes, until the test ends."""

    def break_(*names):
        for env in MODES.values():
            with facade.started_with(env) as started:
                assert started.post("/_fault", {"breaks": names}).status == 200

    yield break_
    break_()


BROKEN = {
    "strict-lets-unscoped": [
        "strict: GET /v1/models: lets a token without scopes in",
        "strict: POST /v1/embeddings: lets a token without scopes in",
    ],
    "strict-lets-garbage": [
        "strict: GET /v1/models: lets a token that is none in",
        "strict: POST /v1/embeddings: lets a token that is none in",
    ],
    "no-token-needed": [
        "strict: GET /v1/models: lets a token that is none in",
        "strict: GET /v1/models: lets no token in",
        "strict: POST /v1/embeddings: lets a token that is none in",
        "strict: POST /v1/embeddings: lets no token in",
    ],
    "mode-dead-knob": ["strict and permissive answer alike: the mode changes nothing"],
    "authenticated-500": [
        "permissive: GET /v1/models: answers 500 to a valid token",
        "permissive: POST /v1/embeddings: answers 500 to a valid token",
        "strict: GET /v1/models: answers 500 to a token without scopes; meant: 401 or 403",
        "strict: GET /v1/models: answers 500 to a valid token",
        "strict: POST /v1/embeddings: answers 500 to a token without scopes; meant: 401 or 403",
        "strict: POST /v1/embeddings: answers 500 to a valid token",
    ],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_told(facade, broken, name):
    broken(name)

    assert found(facade)[0] == BROKEN[name]


def test_a_mode_that_is_not_known_must_not_be_laxer_than_the_strict_one(facade):
    """What a typing error in the environment would do to a service in production."""
    lax = {"FACADE_MODE": "srtict", "FACADE_BREAK": "unknown-mode-lax"}

    assert found(facade, unknown=lax)[0] == [
        "an unknown mode: GET /v1/models: lets a token that is none in; strict does not",
        "an unknown mode: GET /v1/models: lets a token without scopes in; strict does not",
        "an unknown mode: POST /v1/embeddings: lets a token that is none in; strict does not",
        "an unknown mode: POST /v1/embeddings: lets a token without scopes in; strict does not",
    ]


@pytest.mark.parametrize("violation", described(modes).violations, ids=lambda one: one.name)
def test_each_fault_on_the_way_is_found(facade, violation):
    with facade.through(violation.changes(service=facade, **GIVEN)) as spoilt:
        assert found(spoilt)[0]
        assert spoilt.spoilt


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"modes": {"strict": {}}}, "fewer than two modes"),
        ({"endpoints": []}, "endpoints: none is named that needs a scope"),
        ({"strict": "srtict"}, "'srtict' is none of the modes; meant: one of strict, permissive"),
        ({"refuses": {"lax": ["none"]}}, "'lax' is none of the modes"),
    ],
)
def test_a_plan_that_asks_for_nothing_is_not_green(facade, given, told):
    with pytest.raises(CannotJudge if "none of the modes" in told else Vacuous, match=told):
        found(facade, **given)


def test_what_the_permissive_mode_refuses_may_be_told_too(facade):
    assert found(facade, refuses={"permissive": ["garbage"]})[0] == [
        "permissive: GET /v1/models: lets a token that is none in",
        "permissive: POST /v1/embeddings: lets a token that is none in",
    ]


def test_a_service_whose_tokens_cannot_be_made_needs_one_without_scopes(tmp_path):
    service = Service(
        Running(Settings(serve="true {port}", auth=Auth(token="t-{fresh}")), tmp_path, Runner(), tmp_path)
    )

    with pytest.raises(CannotJudge, match="no token without scopes is known; meant: 'unscoped: {env: …}'"):
        found(service)


def test_a_service_that_runs_already_has_one_mode(tmp_path):
    settings = Settings(url="http://127.0.0.1:9", auth=Auth(golden="a"))

    with pytest.raises(CannotJudge, match="is not started otherwise; meant: 'serve' or 'asgi'"):
        found(Service(Running(settings, tmp_path, Runner(), tmp_path)))
