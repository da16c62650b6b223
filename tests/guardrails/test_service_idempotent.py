"""`service.idempotent`: met by the example, red for each broken promise, and broken where nothing can be known."""

import shutil

import pytest
from pytest_coordguard.guardrails.test_service_idempotency import test_same_key_has_one_effect as idempotent

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.domain.service import Auth
from pytest_coordguard.domain.service import Service as Settings
from pytest_coordguard.facts.service.service import Running, Service
from tests.guardrails.conftest import EXAMPLE, QUICK, SCOPES

THINK = ask("POST /v1/responses").with_json({"model": "facade-large", "input": "rain"})
SNOW = ask("POST /v1/responses").with_json({"model": "facade-large", "input": "snow"})
SLOW = THINK.with_headers(X_Facade_Fault="slow")
GIVEN = {"endpoint": THINK, "other": SNOW, "effects": ask("GET /v1/responses"), "count": "data"}
SAME_VECTOR = ask("POST /v1/embeddings").with_json({"model": "facade-embed", "input": "rain"})
OTHER_VECTOR = ask("POST /v1/embeddings").with_json({"model": "facade-embed", "input": "snow"})
WHO = "POST /v1/responses"


def found(service, **given):
    evidence = Evidence()
    try:
        idempotent(service=service, evidence=evidence, **given)
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings]
    return []


def test_a_service_that_keeps_its_promises_is_green(facade):
    """With what was seen as evidence: how a replay is known, and that two requests were really on their way at once."""
    evidence = Evidence()

    idempotent(service=facade, evidence=evidence, **GIVEN, marker="Idempotent-Replayed")

    assert {measure.name: measure.value > 0 for measure in evidence.measures if measure.name != "faults"} == {
        "control: two answers without a key that are successes": True,
        "control: a replay that can be told from a second answer": True,
        "control: a success of the other body": True,
        "control: two at once": True,
        "control: an effect that is counted": True,
    }
    assert "replay: 200, marked by Idempotent-Replayed; without a key, answers differ: True" in evidence.remarks


BROKEN = {
    "replay-recomputes": [
        f"{WHO}: 2 at once with one key are answered each for itself",
        f"{WHO}: 2 at once with one key have 2 effects; meant: 1",
        f"{WHO}: a replay is answered anew, and not as the first request was",
        f"{WHO}: a request and its replay have 2 effects; meant: 1",
        f"{WHO}: another body with the same key has an effect",
        f"{WHO}: another body with the same key is answered 200; meant: 409 or 422",
    ],
    "replay-second-effect": [
        f"{WHO}: 2 at once with one key have 2 effects; meant: 1",
        f"{WHO}: a request and its replay have 2 effects; meant: 1",
    ],
    "replay-across-callers": [f"{WHO}: another caller with the same key is given the first one's answer"],
    "conflict-accepted": [
        f"{WHO}: another body with the same key is answered 200 with the first one's answer; meant: 409 or 422"
    ],
    "concurrent-twice": [  # seen in an answer that takes 0.3 s, for its store is asked and told in one go
        f"{WHO}: 2 at once with one key are answered each for itself",
        f"{WHO}: 2 at once with one key have 2 effects; meant: 1",
    ],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_told(facade, name):
    facade.broken(name)

    assert found(facade, **GIVEN, at_once=SLOW) == BROKEN[name]


def test_a_replay_that_is_not_marked_is_told_where_the_plan_asks_for_the_mark(facade):
    facade.broken("replay-unmarked")

    assert found(facade, **GIVEN) == []
    assert found(facade, **GIVEN, marker="Idempotent-Replayed") == [
        f"{WHO}: Idempotent-Replayed does not tell a replay from the first answer"
    ]


WIRE = [one for one in described(idempotent).violations if one.name != "keys-end-with-the-process"]


@pytest.mark.parametrize("violation", WIRE, ids=[one.name for one in WIRE])
def test_each_fault_on_the_way_is_found(facade, violation):
    with facade.through(violation.changes(service=facade, **GIVEN)) as spoilt:
        assert found(spoilt, **GIVEN)
        assert spoilt.spoilt


def test_what_has_no_place_is_not_planted(facade):
    """No effects to count, no restart, one caller alone."""
    planted = {one.name: one for one in described(idempotent).violations}
    alone = Service(Running(Settings(url="http://127.0.0.1:1", auth=Auth(token="one")), EXAMPLE, Runner(), EXAMPLE))
    alone.running._url = "http://127.0.0.1:1"

    for name, told in {
        "second-effect-behind-the-answer": "the plan does not say how effects are counted",
        "keys-end-with-the-process": "the plan asks for no restart",
        "first-answer-to-another-caller": "the plan knows one caller alone",
    }.items():
        with pytest.raises(CannotPlant, match=f"^{told}$"):
            planted[name].changes(service=alone, endpoint=THINK)


def test_an_answer_that_is_always_the_same_shows_nothing(facade):
    """A replay cannot be told from a second answer: vectors are the same for the same text."""
    facade.broken("conflict-accepted")
    with pytest.raises(Vacuous, match="^never saw a replay that can be told from a second answer: "):
        found(facade, endpoint=SAME_VECTOR, other=OTHER_VECTOR, refused=[200])


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"endpoint": ask("GET /nowhere")}, Vacuous, r"^the endpoint does not succeed \(GET /nowhere -> 404"),
        ({"other": THINK}, CannotJudge, "^other: is the same request as 'endpoint'; meant: one with another body$"),
        (
            {"other": THINK.with_json({"input": 7})},
            Vacuous,
            r"^other: does not succeed with a key of its own \(POST /v1/responses -> 422",
        ),
        (
            {"count": "datum"},
            CannotJudge,
            "^effects: GET /v1/responses -> 200 application/json has neither number nor list at 'datum'; meant: ",
        ),
        (
            {"effects": ask("GET /v1/models")},
            Vacuous,
            "^effects: GET /v1/models counts 0 for two requests without a key; meant: 2$",
        ),
    ],
    ids=["no-success", "same-request", "other-never-succeeds", "no-count", "count-stands-still"],
)
def test_what_cannot_be_known_is_neither_green_nor_red(facade, given, error, told):
    with pytest.raises(error, match=told):
        found(facade, **{**GIVEN, **given})


needs_redis = pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server on this machine")


@pytest.fixture
def stored(tmp_path):
    """Return a function that starts the example with a real Redis beside it."""
    running = []

    def start(**env):
        settings = Settings(
            serve="{python} -m uvicorn facade.app:app --host 127.0.0.1 --port {port}",
            ready="/healthz",
            beside={"redis": "redis-server --port {port} --bind 127.0.0.1 --dir {scratch} --save '' --appendonly no"},
            env={
                "FACADE_POLICIES": "policies/policies.dev.yaml",
                "FACADE_FAULTS": "1",
                "REDIS_URL": "redis://127.0.0.1:{redis}/0",
                **QUICK,
                **env,
            },
            auth=Auth(golden=SCOPES, shape="jwt"),
        )
        running.append(Running(settings, EXAMPLE, Runner(), tmp_path / str(len(running))))
        return Service(running[-1])

    yield start
    for one in running:
        one.stop()


@needs_redis
def test_an_answer_outlives_a_restart(stored):
    """With a real Redis, which goes on; and the fault that forgets is found on it."""
    service = stored()
    (forgetting,) = (one for one in described(idempotent).violations if one.name == "keys-end-with-the-process")

    assert found(service, **GIVEN, restart=True) == []
    with service.through(forgetting.changes(service=service, restart=True)) as spoilt:
        assert found(spoilt, **GIVEN, restart=True) == [
            f"{WHO}: after a restart, a replay has an effect",
            f"{WHO}: after a restart, a replay is answered anew: the key is forgotten",
        ]


@needs_redis
def test_an_answer_that_a_restart_forgets_is_told(stored):
    """What it counts is gone too, and counted anew."""
    assert found(stored(FACADE_BREAK="forget-on-restart"), **GIVEN, restart=True) == [
        f"{WHO}: after a restart, a replay has an effect",
        f"{WHO}: after a restart, a replay is answered anew: the key is forgotten",
    ]
