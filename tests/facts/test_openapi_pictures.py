"""What an OpenAPI document says an answer looks like, as a picture to compare with."""

import json

import pytest

from pytest_coordguard.domain.ask import ask
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.shadow.picture import HEADERS
from pytest_coordguard.domain.shadow.shape import misfits, shape_of, written
from pytest_coordguard.facts.openapi.pictures import Reader
from pytest_coordguard.facts.repository import Repository


def picture(tmp_path, schema, *, path="/v1/things", asked="GET /v1/things", status="200", components=None, **answer):
    response = {"description": "d", "content": {"application/json": {"schema": schema}}, **answer}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {path: {"get": {"responses": {status: response}}}},
        "components": components or {},
    }
    (tmp_path / "api.json").write_text(json.dumps(document))
    return Reader(Repository(tmp_path), "api.json").picture(ask(asked), HEADERS)


OBJECT = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "data", "expected"),
    [
        (OBJECT, {"a": 1}, []),
        (OBJECT, {"b": "x"}, ["a: absent"]),
        (OBJECT, {"a": 1, "b": None}, ["b: null"]),
        (OBJECT, {"a": 1, "z": 1}, ["z: number"]),
        ({**OBJECT, "additionalProperties": {"type": "string"}}, {"a": 1, "z": 1}, ["z: number"]),
        ({**OBJECT, "additionalProperties": True}, {"a": 1, "z": 1}, []),
        ({"type": "object"}, {"z": 1}, []),
        ({"type": "array", "items": OBJECT}, [{"a": 1}, {"a": "x"}], ["[].a: number or text"]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, None, []),
        ({"type": "string", "nullable": True}, None, []),
        ({"type": ["string", "null"]}, 7, ["the whole: number"]),
        ({"allOf": [OBJECT, {"type": "object", "required": ["c"], "properties": {"c": {"type": "null"}}}]},
         {"a": 1, "c": 1}, ["c: number"]),
        ({"oneOf": [OBJECT, {"type": "object", "properties": {"c": {"type": "null"}}}]}, {"c": None}, []),
        ({"$ref": "#/components/schemas/Tree"}, {"below": {"below": {"below": 7}}}, ["below.below.below: number"]),
        ({"enum": ["x", 1]}, True, ["the whole: truth value"]),
        ({}, [1], []),
    ],
)  # fmt: skip
def test_a_schema_says_what_may_stand_where(tmp_path, schema, data, expected):
    tree = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Tree"}}}
    found = picture(tmp_path, schema, components={"schemas": {"Tree": tree}})

    assert [f"{written(place)}: {there}" for place, _, there in misfits(found.shape, shape_of(data))] == expected


@pytest.mark.parametrize(
    ("path", "asked", "status", "expected"),
    [
        ("/v1/things/{id}", "GET /v1/things/7?x=1", "200", 200),
        ("/things/{id}", "GET /v1/things/7", "2XX", 200),
        ("/v1/things", "GET /v1/things", "default", 200),
        ("/v1/things", "GET /v1/others", "200", "no operation GET /v1/others"),
        ("/v1/things", "POST /v1/things", "200", "no operation POST /v1/things"),
        ("/v1/things", "GET /v1/things", "404", "no answer 2xx of GET /v1/things"),
    ],
)
def test_a_request_finds_its_operation_and_answer(tmp_path, path, asked, status, expected):
    found = picture(tmp_path, {}, path=path, asked=asked, status=status)

    assert (found if isinstance(found, str) else found.status) == expected


def test_headers_are_those_that_are_declared(tmp_path):
    headers = {"X-RateLimit-Limit": {"schema": {"type": "integer"}}, "Retry-After": {"schema": {"type": "string"}}}
    found = picture(tmp_path, {}, headers={**headers, "X-Other": {"schema": {"type": "integer"}}})

    assert found.headers["x-ratelimit-limit"] == {"number", "moment"}
    assert sorted(found.headers) == ["retry-after", "x-ratelimit-limit"]
    assert picture(tmp_path, {}).headers is None


def test_a_reference_that_leads_nowhere_is_told(tmp_path):
    with pytest.raises(CannotJudge, match="reference: api.json: #/components/schemas/Gone: there is no 'Gone' there"):
        picture(tmp_path, {"$ref": "#/components/schemas/Gone"}, components={"schemas": {}})
