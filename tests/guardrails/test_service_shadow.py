"""`service.shadow`: a service beside a reference that runs, was recorded, or is described by OpenAPI."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_service_shadow import test_answers_are_as_the_reference_has_them as shadow

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import described
from pytest_coordguard.domain.shadow.picture import HEADERS
from pytest_coordguard.domain.shadow.recording import Recording, names_of, suite_of, written
from pytest_coordguard.domain.shadow.reference import Reference
from pytest_coordguard.domain.wire import Dropped, Fault
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service.pictures import reference_pictures
from pytest_coordguard.facts.service.probe import NoAnswer

EXAMPLE = Path(__file__).parents[2] / "examples" / "facade"
CHAT = {"model": "facade-large", "messages": [{"role": "user", "content": "hello there"}]}
ASKS = [
    ask("GET /v1/models"),
    ask("POST /v1/chat/completions").with_json(CHAT),
    ask("POST /v1/chat/completions", answer_type="text/event-stream").with_json({**CHAT, "stream": True}),
    ask("POST /v1/embeddings", status=(422,)).with_json({"model": "facade-embed"}),
    ask("GET /v1/models", status=(401,), auth="none"),
    ask("GET /v1/models", status=(429,), times=40),
    ask("GET /v1/nowhere", status=(404,)),
]


def found(service, repo=None, **given):
    """Return the findings as a reader sees them, and the evidence."""
    evidence = Evidence()
    repo = repo or Repository(EXAMPLE)
    try:
        shadow(service=service, repo=repo, evidence=evidence, **{"asks": ASKS, **given})
    except Unmet as unmet:
        return [str(finding) for finding in unmet.findings], evidence
    return [], evidence


@pytest.fixture
def itself(facade):
    """The example a second time, on a port of its own: nothing of it is ever broken."""
    return Reference(service=facade.settings)


@pytest.fixture
def recording(facade, tmp_path):
    """Return a function that writes a recording of the example, changed as a test wants."""
    asked = names_of(ASKS)

    def record(**changes):
        pictures = reference_pictures(facade, asked, [*HEADERS])
        made = Recording(datetime.now(UTC), "facade.example", suite_of(ASKS), pictures)
        (tmp_path / "shadow.json").write_text(written(replace(made, **changes)))
        return {"repo": Repository(tmp_path), "reference": Reference(recording="shadow.json")}

    return record


def test_a_reference_beside_itself_is_clean(facade, itself):
    """Else each difference found elsewhere may be one of the harness."""
    findings, evidence = found(facade, reference=itself)

    assert findings == []
    assert {measure.name: measure.value for measure in evidence.measures} == {
        "requests compared": 7,
        "differences": 0,
        "differences accepted": 0,
        "control: a success of both": 3,
    }


def test_the_report_has_a_row_for_each_place_and_no_value(facade, itself):
    _, evidence = found(facade, reference=itself, asks=ASKS[:1])

    assert sorted(evidence.pages) == [
        "shadow/envelope_comparison.md",
        "shadow/headers_comparison.md",
        "shadow/shadow.json",
    ]
    assert evidence.pages["shadow/envelope_comparison.md"].startswith(
        "# Envelopes beside the reference\n\n"
        "Reference: `{python} -m uvicorn facade.app:app --host 127.0.0.1 --port {port}`. "
        "Requests compared: 1, differences: 0, not accepted: 0.\n\n"
        "## GET /v1/models\n\n"
        "| what | reference | this service | |\n| --- | --- | --- | --- |\n"
        "| status | 200 | 200 |  |\n"
        "| media type | application/json | application/json |  |\n"
        "| body the whole | object | object |  |\n"
    )
    assert "| header x-ratelimit-reset | moment | moment |  |" in evidence.pages["shadow/headers_comparison.md"]
    assert "facade-large" not in "".join(evidence.pages.values())


def test_the_report_marks_what_differs_and_why_it_may(facade, itself):
    facade.broken("envelope-missing-code", "no-retry-after")
    accepted = {"GET /v1/models (429): header retry-after*": "clients read the body"}

    findings, evidence = found(facade, reference=itself, asks=[ASKS[0], ASKS[5]], allow=accepted)

    assert findings == ["GET /v1/models (429): body error.code: absent; the reference: text"]
    assert "| body error.code | text | absent | **differs** |" in evidence.pages["shadow/envelope_comparison.md"]
    assert (
        "| header retry-after | number | (none) | accepted: clients read the body |"
        in evidence.pages["shadow/headers_comparison.md"]
    )
    (_, row) = json.loads(evidence.pages["shadow/shadow.json"])["compared"]
    assert [(one["what"], one["accepted"]) for one in row["differences"]] == [
        ("body error.code", None),
        ("header retry-after", "clients read the body"),
        ("header retry-after-ms", "clients read the body"),
    ]


BROKEN = {
    "wrong-envelope": [
        "POST /v1/chat/completions: body answers: list; the reference: absent",
        "POST /v1/chat/completions: body choices: absent; the reference: list",
    ],
    "string-envelope": [
        "GET /v1/models (401): body error: text; the reference: object",
        "GET /v1/models (429): body error: text; the reference: object",
        "GET /v1/nowhere (404): body error: text; the reference: object",
        "POST /v1/embeddings (422): body error: text; the reference: object",
    ],
    "error-as-200": [
        "GET /v1/models (401): status: 200; the reference: 401",
        "GET /v1/models (429): status: 200; the reference: 429",
        "GET /v1/nowhere (404): status: 200; the reference: 404",
        "POST /v1/embeddings (422): status: 200; the reference: 422",
    ],
    "404-as-html": [
        "GET /v1/nowhere (404): media type: text/html; the reference: application/json",
    ],
    "no-retry-after": [
        "GET /v1/models (429): header retry-after-ms: absent; the reference: number",
        "GET /v1/models (429): header retry-after: absent; the reference: number",
    ],
    "no-done": [
        "POST /v1/chat/completions (text/event-stream): end of the stream: without [DONE]; the reference: [DONE]",
    ],
    "stream-as-json": [
        "POST /v1/chat/completions (text/event-stream): media type: application/json; the reference: text/event-stream",
    ],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_told(facade, itself, name):
    facade.broken(name)

    assert found(facade, reference=itself)[0] == BROKEN[name]


def test_each_header_of_a_family_that_is_gone_is_told(facade, itself):
    facade.broken("no-x-family-on-404")

    assert found(facade, reference=itself, asks=[ASKS[0], ASKS[6]])[0] == [
        "GET /v1/nowhere (404): header x-ratelimit-limit: absent; the reference: number",
        "GET /v1/nowhere (404): header x-ratelimit-remaining: absent; the reference: number",
        "GET /v1/nowhere (404): header x-ratelimit-reset: absent; the reference: moment",
    ]


def test_a_header_in_another_form_is_told(facade, itself):
    facade.broken("garbled-reset")

    assert (
        "GET /v1/models: header x-ratelimit-reset: text; the reference: moment"
        in found(facade, reference=itself, asks=ASKS[:1])[0]
    )


def test_what_is_accepted_without_reason_or_need_is_told(facade, itself):
    """It would hide the next difference at the same place."""
    allow = {"GET /v1/nowhere*": "gone", "GET /v1/models: status": " "}

    assert found(facade, reference=itself, asks=[ASKS[0]], allow=allow)[0] == [
        "allow: 'GET /v1/models: status' has no reason",
        "allow: 'GET /v1/nowhere*' excuses nothing",
    ]


def test_a_recording_of_the_service_itself_is_clean(facade, recording):
    assert found(facade, **recording())[0] == []


def test_a_recording_holds_no_value(facade, recording, tmp_path):
    recording()
    text = (tmp_path / "shadow.json").read_text()

    assert "facade-large" not in text
    assert "Bearer" not in text
    assert sorted(json.loads(text)) == ["answers", "coordguard_shadow", "recorded_at", "source", "suite"]


def test_a_difference_from_a_recording_is_told(facade, recording):
    given = recording()
    facade.broken("models-empty", "404-as-detail")

    assert found(facade, **given)[0] == [
        "GET /v1/nowhere (404): body detail: text; the reference: absent",
        "GET /v1/nowhere (404): body error: absent; the reference: object",
    ]


def test_a_recording_that_says_nothing_of_today_is_not_compared_with(facade, recording, tmp_path):
    old = recording(at=datetime.now(UTC) - timedelta(days=91))
    with pytest.raises(
        CannotJudge, match=r"shadow.json is 91 days old; at most 90 are allowed; meant: record it again"
    ):
        found(facade, **old)
    with pytest.raises(CannotJudge, match="recorded in the future"):
        found(facade, **recording(at=datetime.now(UTC) + timedelta(days=3)))
    with pytest.raises(CannotJudge, match="was recorded for other requests"):
        found(facade, **recording(), asks=ASKS[:2])
    with pytest.raises(CannotJudge, match="has no answer to GET /v1/models"):
        found(facade, **recording(pictures={}))
    (tmp_path / "shadow.json").write_text("{}")
    with pytest.raises(CannotJudge, match=r"is no recording \(KeyError: 'coordguard_shadow'\)"):
        found(facade, repo=Repository(tmp_path), reference=Reference(recording="shadow.json"))
    with pytest.raises(CannotJudge, match=r"no file absent.json; .* `coordguard shadow --record absent.json`"):
        found(facade, repo=Repository(tmp_path), reference=Reference(recording="absent.json"))


def test_the_answers_are_as_the_own_document_has_them(facade):
    assert found(facade, reference=Reference(spec="openapi/facade.json"), asks=ASKS[:6])[0] == []


def test_a_difference_from_a_document_is_told(facade):
    facade.broken("wrong-envelope", "string-envelope", "no-tokens-headers")

    told = found(facade, reference=Reference(spec="openapi/facade.json"), asks=ASKS[:6])[0]

    assert "POST /v1/chat/completions: body choices: absent; the reference: list" in told
    assert "GET /v1/models (401): body error: text; the reference: object" in told
    assert "GET /v1/models: header x-ratelimit-remaining-tokens: absent; the reference: moment or number" in told


def test_a_document_that_says_nothing_of_a_request_is_no_reference(facade):
    with pytest.raises(Vacuous, match=r"says nothing of 1 of 1 requests: GET /v1/nowhere \(404\): no operation"):
        found(facade, reference=Reference(spec="openapi/facade.json"), asks=ASKS[6:])


def test_who_is_down_matches_nobody(facade, itself, recording):
    """A comparison that failed on both sides is none."""
    gone = replace(facade.settings, serve="", env={}, url="http://127.0.0.1:9")
    with pytest.raises(CannotJudge, match="the service at http://127.0.0.1:9 is not ready"):
        found(facade, reference=Reference(service=gone))
    dropped = described(shadow).violations[0]
    assert dropped.name == "status-differs"
    with facade.through(Cut()) as cut, pytest.raises(NoAnswer):
        found(cut, reference=itself)


class Cut(Fault):
    """Breaks every connection."""

    def call(self, call):
        raise Dropped


def test_nothing_compared_is_nothing_known(facade, itself):
    with pytest.raises(Vacuous, match="asks: no request to compare"):
        found(facade, reference=itself, asks=[])
    with pytest.raises(Vacuous, match="the reference itself answers 404; meant: 2xx"):
        found(facade, reference=itself, asks=[ask("GET /v1/nowhere")])
    with pytest.raises(Vacuous, match="never saw a success of both"):
        found(facade, reference=itself, asks=[ask("GET /v1/nowhere", status=(404,))])


@pytest.mark.parametrize("violation", described(shadow).violations, ids=lambda one: one.name)
def test_each_fault_on_the_way_is_found(facade, itself, violation):
    given = {"reference": itself, "asks": [ASKS[0], ASKS[3]]}
    with facade.through(violation.changes(service=facade, **given)) as spoilt:
        assert found(spoilt, **given)[0]
        assert spoilt.spoilt
