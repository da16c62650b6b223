"""The rules: each is shown by a sample or a row here, each has its weight, and the page names those that there are."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from pytest_coordguard.facts.openapi.compatible.comparison import compare
from pytest_coordguard.facts.openapi.compatible.effects import AREAS
from pytest_coordguard.facts.openapi.compatible.level import Level
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.rules import ASPECTS, RULES, level_of
from pytest_coordguard.facts.openapi.compatible.versions import asked_for, stated
from pytest_coordguard.facts.openapi.validity import open_description
from pytest_coordguard.facts.repository import Repository

TESTS = Path(__file__).parents[1]
SAMPLES = TESTS / "samples" / "openapi.compatible"
PAGE = TESTS.parent / "docs" / "compatible.md"
OPTIONS = Options(date(2026, 1, 1), 30)
OK = {"200": {"description": "d"}}
TEXT = {"schema": {"type": "string"}}


def differences(before, after, options=OPTIONS):
    return compare(before, after, options).differences


def sample(folder, name):
    return open_description(Repository(folder), name).description


def operation(**fields):
    paths = {"/a": {"get": {"responses": OK, **fields}}}
    data = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    return open_description(
        Repository(Path()).with_changes({"a.json": json.dumps(data).encode()}), "a.json"
    ).description


def answer(**fields):
    return {"responses": {"200": {"description": "d", **fields}}}


def asks(**parameter):
    return {"parameters": [{"name": "q", "in": "query", **TEXT, **parameter}]}


SUNSET = {"deprecated": True, "x-sunset": "2027-01-01"}
CALL = {"{$url}": {"post": {"requestBody": {"content": {"text/plain": TEXT}}, "responses": OK}}}
STEPS = [
    ({}, {"operationId": "a", "tags": ["t"]}, {"operation-id-added", "tag-added"}),
    ({"operationId": "a", "tags": ["t"]}, {}, {"operation-id-changed", "tag-removed"}),
    ({}, {"deprecated": True}, {"deprecated", "sunset-missing"}),
    ({"deprecated": True}, {}, {"deprecation-removed"}),
    ({}, {"deprecated": True, "x-sunset": "soon"}, {"deprecated", "sunset-unreadable"}),
    ({}, {"deprecated": True, "x-sunset": "2026-01-15"}, {"deprecated", "sunset-too-soon"}),
    ({}, SUNSET, {"deprecated"}),
    (SUNSET, {"deprecated": True, "x-sunset": "2026-06-01"}, set()),
    ({"x-stability-level": "beta"}, {"x-stability-level": "alpha"}, {"stability-lowered"}),
    ({"x-stability-level": "beta"}, {}, {"stability-raised"}),
    ({}, {"x-stability-level": "gold"}, {"stability-unknown"}),
    (asks(allowEmptyValue=True), asks(), {"parameter-empty-refused"}),
    (asks(), asks(allowEmptyValue=True), {"parameter-empty-allowed"}),
    (asks(), {"parameters": [{"name": "q", "in": "query", "content": {"application/json": TEXT}}]},
     {"parameter-form-changed"}),
    (asks(required=True), asks(), {"parameter-became-optional"}),
    (asks(deprecated=True), {}, {"parameter-removed-deprecated"}),
    (asks(**SUNSET), {}, {"parameter-removed-before-sunset"}),
    ({}, {"requestBody": {"content": {"text/plain": TEXT}}}, {"request-body-optional-added"}),
    ({}, {"requestBody": {"required": True, "content": {"text/plain": TEXT}}}, {"request-body-required-added"}),
    ({"requestBody": {"content": {"text/plain": TEXT}}}, {}, {"request-body-removed"}),
    ({"requestBody": {"required": True, "content": {"text/plain": TEXT}}},
     {"requestBody": {"content": {"text/plain": TEXT}}}, {"request-body-became-optional"}),
    ({"requestBody": {"content": {"text/plain": TEXT}}}, {"requestBody": {"content": {"text/*": TEXT}}},
     {"request-media-type-generalized"}),
    ({"requestBody": {"content": {"text/plain": {}}}}, {"requestBody": {"content": {"text/plain": TEXT, "a/b": {}}}},
     {"request-body-constrained", "request-media-type-added"}),
    ({"requestBody": {"content": {"text/plain": TEXT}}}, {"requestBody": {"content": {"text/plain": {}}}},
     {"request-body-freed"}),
    (answer(content={"text/plain": TEXT}), answer(content={"text/*": TEXT}), {"response-media-type-generalized"}),
    (answer(content={"text/plain": TEXT}), answer(content={"text/plain": {}, "a/b": {}}),
     {"response-body-freed", "response-media-type-added"}),
    (answer(content={"text/plain": {}}), answer(content={"text/plain": TEXT}), {"response-body-constrained"}),
    (answer(content={"multipart/mixed": {**TEXT, "encoding": {"a": {"contentType": "a/b"}}}}),
     answer(content={"multipart/mixed": {**TEXT, "encoding": {"a": {"contentType": "a/c"}}}}),
     {"response-encoding-changed"}),
    (answer(headers={"A": TEXT}), answer(headers={"B": TEXT}),
     {"response-header-optional-removed", "response-header-added"}),
    (answer(headers={"A": TEXT}), answer(headers={"A": {**TEXT, "required": True}}),
     {"response-header-became-required"}),
    ({}, {"responses": {**OK, "201": {"description": "d"}, "404": {"description": "d"}}},
     {"response-success-added", "response-failure-added"}),
    ({"responses": {**OK, "404": {"description": "d"}}}, {}, {"response-failure-removed"}),
    ({"servers": [{"url": "/a"}, {"url": "/b"}]}, {"servers": [{"url": "/a"}]}, {"server-removed"}),
    ({"security": [{"k": ["a"]}]}, {"security": [{"k": ["a", "b"]}]}, {"security-tightened"}),
    ({"security": [{"k": ["a", "b"]}]}, {"security": [{"k": ["a"]}]}, {"security-relaxed"}),
    ({"responses": {**OK, "default": {"description": "d"}}}, {"responses": {"default": {"description": "d"}}},
     {"response-success-removed"}),
    ({"requestBody": {"content": {"multipart/form-data": {"schema": {"type": "integer"}}}}},
     {"requestBody": {"content": {"multipart/form-data": TEXT}}}, {"request-type-widened"}),
    ({"requestBody": {"content": {"application/json": {"schema": {"type": "integer"}}}}},
     {"requestBody": {"content": {"application/json": TEXT}}}, {"request-type-changed"}),
    ({}, {"callbacks": {"c": CALL}}, {"callback-added"}),
    ({"callbacks": {"c": CALL}}, {"callbacks": {"c": {"{$url}": {"post": {"responses": OK}}}}},
     {"called-body-removed"}),
    ({"callbacks": {"c": {"{$url}": {"post": {"responses": OK}}}}}, {"callbacks": {"c": CALL}}, {"called-body-added"}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), STEPS)
def test_steps_of_an_operation(before, after, expected):
    assert {each.rule for each in differences(operation(**before), operation(**after))} == expected


def test_each_rule_of_operations_is_shown():
    """A rule that neither a sample, forwards or backwards, nor a row here meets is one that nobody has seen work."""
    met = {rule for _, _, rules in STEPS for rule in rules}
    for folder in (*SAMPLES.glob("good/*"), *SAMPLES.glob("bad/*")):
        pair = sample(folder, "before.yaml"), sample(folder, "after.yaml")
        met |= {each.rule for step in (pair, pair[::-1]) for each in differences(*step)}
    of_schemas = {f"{area.name}-{aspect}" for area in AREAS for aspect in ASPECTS}

    assert sorted(RULES.keys() - of_schemas - met) == ["path-removed-deprecated"]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "path-removed"),
        ({"deprecated": True}, "path-removed-deprecated"),
        ({"deprecated": True, "x-sunset": "2025-12-31"}, "path-removed-deprecated"),
        ({"deprecated": True, "x-sunset": "2026-01-02T00:00:00Z"}, "path-removed-before-sunset"),
        ({"deprecated": True, "x-sunset": "some day"}, "path-removed-before-sunset"),
    ],
)
def test_a_path_may_go_when_its_time_is_up(fields, rule):
    empty = operation()
    empty.root.value["paths"].clear()

    assert [each.rule for each in differences(operation(**fields), empty)] == [rule]


def test_who_calls_and_who_answers_change_places_in_a_callback():
    """What the API sends may be narrower, and not wider; in oasdiff's view a callback is not looked at."""
    longer = {"schema": {"type": "string", "maxLength": 9}}
    shorter = {"schema": {"type": "string", "maxLength": 5}}

    def sends(media):
        return operation(
            callbacks={"c": {"{$url}": {"post": {"requestBody": {"content": {"text/plain": media}}, "responses": OK}}}}
        )

    rules = [
        [(each.rule, level_of(each.rule, "contract").name) for each in differences(sends(before), sends(after))]
        for before, after in ((shorter, longer), (longer, shorter))
    ]

    assert rules == [[("response-max-length-raised", "ERROR")], [("response-max-length-lowered", "INFO")]]
    assert differences(sends(shorter), sends(longer), Options(OPTIONS.today, turned=False)) == ()


def test_the_page_names_rules_that_there_are():
    rows = re.findall(r"^\| `[a-z-]+` \| (?:error|warning) \| `([a-z-]+)` \| (\w+) \|", PAGE.read_text(), re.MULTILINE)

    assert len(rows) > 200
    assert [
        (rule, level) for rule, level in rows if rule not in RULES or RULES[rule].contract.name.lower() != level
    ] == []


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("1.2.3", "2.0.0", "major"), ("1.2.3", "1.3.0", "minor"), ("1.2.3", "1.2.4", "patch"), ("1", "1.0.0", "none"),
        ("v1", "v2", "major"), ("2.0", "1.9", ""), ("2026-01-01", "x", ""),
    ],
)  # fmt: skip
def test_versions_tell_their_step(before, after, step):
    assert stated(before, after) == step


def test_the_worst_change_asks_for_a_step():
    assert {level.name: asked_for(level) for level in Level} == {
        "NONE": "patch", "INFO": "minor", "WARNING": "minor", "ERROR": "major",
    }  # fmt: skip
