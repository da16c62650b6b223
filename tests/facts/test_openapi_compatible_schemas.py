"""Schemas compared: each row is a step, what it means in a request's body, and what in a response's."""

from __future__ import annotations

import json
import math
from datetime import date

import pytest

from pytest_coordguard.facts.openapi.compatible.comparison import compare
from pytest_coordguard.facts.openapi.compatible.level import Level
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.rules import ASPECTS, level_of
from pytest_coordguard.facts.openapi.compatible.schema.widths import widths
from pytest_coordguard.facts.openapi.validity import open_description
from pytest_coordguard.facts.repository import Repository

TODAY = date(2026, 1, 1)
MARK = {Level.NONE: "#", Level.INFO: "", Level.WARNING: "~", Level.ERROR: "!"}
COMPONENTS = {
    "Cat": {"type": "object", "required": ["meow"], "properties": {"meow": {"type": "boolean"}}},
    "Dog": {"type": "object", "required": ["bark"], "properties": {"bark": {"type": "string"}}},
    "Kitty": {"type": "object", "required": ["meow"], "properties": {"meow": {"type": "boolean"}}},
    "Tree": {
        "type": "object",
        "properties": {"below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    },
}
CAT, DOG, KITTY = ({"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog", "Kitty"))
STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


def described(repo_root, name, schema, version, **components):
    media = {"application/json": {"schema": schema}}
    operation = {"requestBody": {"content": media}, "responses": {"200": {"description": "d", "content": media}}}
    data = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": operation}},
        "components": {"schemas": {**COMPONENTS, **components}},
    }
    repo = Repository(repo_root).with_changes({name: json.dumps(data).encode()})
    return open_description(repo, name).description


def rules(tmp_path, before, after, versions=("3.1.0", "3.1.0"), profile="contract"):
    """Return the rules of a step, "!" before those that break a client and "~" before those that may."""
    old, new = (
        described(tmp_path, name, schema, version)
        for name, schema, version in zip(("before.json", "after.json"), (before, after), versions, strict=True)
    )
    found = compare(old, new, Options(TODAY)).differences
    return sorted(f"{MARK[level_of(each.rule, profile)]}{each.rule}" for each in found)


def obj(required=(), **properties):
    return {"type": "object", "required": list(required), "properties": properties}


def closed(schema):
    return {**schema, "additionalProperties": False}


# before, after, what it is forwards, what it is backwards: aspects that narrow, or that widen
STEPS = [
    ("type", STRING, INTEGER, "type-changed", "type-changed"),
    ("type-list", {"type": ["string", "integer"]}, STRING, "type-narrowed", "type-widened"),
    ("integer-is-number", NUMBER, INTEGER, "type-narrowed", "type-widened"),
    ("any-type", {}, STRING, "type-narrowed", "type-widened"),
    ("null", {"type": ["string", "null"]}, STRING, "null-refused", "null-allowed"),
    ("null-in-a-branch", {"anyOf": [STRING, {"type": ["integer", "null"]}]}, {"anyOf": [STRING, INTEGER]},
     "null-refused", "null-allowed"),
    ("nothing-but-null", {"type": ["string", "null"]}, {"anyOf": [{"type": "null"}]}, "type-narrowed", "type-widened"),
    ("bound-of-one-type", {"type": ["string", "integer"]}, {"anyOf": [STRING, {**INTEGER, "minimum": 1}]},
     "union-branch-removed", "union-branch-added"),
    ("format", STRING, {"type": "string", "format": "uuid"}, "format-set", "format-removed"),
    ("format-range", {**INTEGER, "format": "int64"}, {**INTEGER, "format": "int32"},
     "format-narrowed", "format-widened"),
    ("false", {}, False, "schema-refuses-all", "schema-admits-some"),
    ("enum", STRING, {"type": "string", "enum": ["a"]}, "enum-set", "enum-removed"),
    ("enum-value", {"enum": ["a", "b"]}, {"enum": ["a"]}, "enum-value-removed", "enum-value-added"),
    ("const", STRING, {"type": "string", "const": "a"}, "enum-set", "const-removed"),
    ("minimum", INTEGER, {**INTEGER, "minimum": 1}, "minimum-set", "minimum-removed"),
    ("minimum-up", {**INTEGER, "minimum": 1}, {**INTEGER, "minimum": 2}, "minimum-raised", "minimum-lowered"),
    ("exclusive", {**NUMBER, "minimum": 1}, {**NUMBER, "exclusiveMinimum": 1}, "minimum-raised", "minimum-lowered"),
    ("maximum", {**NUMBER, "maximum": 2}, {**NUMBER, "exclusiveMaximum": 2}, "maximum-lowered", "maximum-raised"),
    ("min-length", STRING, {**STRING, "minLength": 1}, "min-length-set", "min-length-removed"),
    ("max-length", {**STRING, "maxLength": 9}, {**STRING, "maxLength": 5}, "max-length-lowered", "max-length-raised"),
    ("max-items", {"type": "array"}, {"type": "array", "maxItems": 5}, "max-items-set", "max-items-removed"),
    ("min-properties", {"type": "object"}, {"type": "object", "minProperties": 1},
     "min-properties-set", "min-properties-removed"),
    ("multiple", INTEGER, {**INTEGER, "multipleOf": 5}, "multiple-of-set", "multiple-of-removed"),
    ("multiples", {**INTEGER, "multipleOf": 5}, {**INTEGER, "multipleOf": 10},
     "multiple-of-narrowed", "multiple-of-widened"),
    ("pattern", STRING, {**STRING, "pattern": "^a"}, "pattern-set", "pattern-removed"),
    ("became-required", obj(a=STRING), obj("a", a=STRING), "property-became-required", "property-became-optional"),
    ("new-required", obj(), obj("a", a=STRING), "required-property-added", "required-property-removed"),
    ("closed", obj(), closed(obj()), "additional-properties-refused", "additional-properties-admitted"),
    ("rest", obj(), {**obj(), "additionalProperties": STRING},
     "additional-properties-constrained", "additional-properties-freed"),
    ("closed-property", closed(obj(a=STRING)), closed(obj()), "property-refused", "property-admitted"),
    ("pattern-properties", obj(), {**obj(), "patternProperties": {"^x": STRING}},
     "pattern-property-added", "pattern-property-removed"),
    ("closed-pattern", closed({**obj(), "patternProperties": {"^x": STRING}}), closed(obj()),
     "pattern-property-refused", "pattern-property-admitted"),
    ("names", obj(), {**obj(), "propertyNames": {"maxLength": 3}},
     "property-names-constrained", "property-names-freed"),
    ("dependent", obj(), {**obj(), "dependentRequired": {"a": ["b"]}},
     "dependent-required-added", "dependent-required-removed"),
    ("dependent-schema", obj(), {**obj(), "dependentSchemas": {"a": {"required": ["b"]}}},
     "dependent-schema-added", "dependent-schema-removed"),
    ("unevaluated", obj(), {**obj(), "unevaluatedProperties": False},
     "unevaluated-properties-refused", "unevaluated-properties-admitted"),
    ("items", {"type": "array"}, {"type": "array", "items": STRING}, "items-constrained", "items-freed"),
    ("contains", {"type": "array"}, {"type": "array", "contains": STRING}, "contains-constrained", "contains-freed"),
    ("unique", {"type": "array"}, {"type": "array", "uniqueItems": True}, "unique-items-set", "unique-items-removed"),
    ("prefix", {"type": "array"}, {"type": "array", "prefixItems": [STRING]},
     "prefix-item-added", "prefix-item-removed"),
    ("tuple", {"type": "array", "items": False, "prefixItems": [STRING]}, {"type": "array", "items": False},
     "prefix-item-refused", "prefix-item-admitted"),
    ("branch", {"oneOf": [CAT, DOG]}, {"oneOf": [CAT]}, "union-branch-removed", "union-branch-added"),
    ("union", obj(a=STRING), {**obj(a=STRING), "anyOf": [CAT, DOG]}, "union-set", "union-removed"),
    ("not", {}, {"not": STRING}, "not-set", "not-removed"),
    ("not-more", {"not": {"type": "string", "maxLength": 1}}, {"not": {"type": "string", "maxLength": 2}},
     "not-widened", "not-narrowed"),
    ("then", {}, {"if": STRING, "then": {"maxLength": 3}}, "then-set", "then-removed"),
    ("else", {}, {"if": STRING, "else": {"maximum": 3}}, "else-set", "else-removed"),
    ("content", STRING, {**STRING, "contentSchema": INTEGER}, "content-schema-set", "content-schema-removed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "narrows", "widens"), [row[1:] for row in STEPS], ids=[r[0] for r in STEPS]
)
def test_what_narrows_breaks_requests_and_what_widens_breaks_responses(tmp_path, before, after, narrows, widens):
    assert rules(tmp_path, before, after)[:1] == [f"!request-{narrows}"]
    assert f"response-{narrows}" in [rule.strip("!~#") for rule in rules(tmp_path, before, after)]
    assert f"!response-{widens}" in rules(tmp_path, after, before)
    backwards = [rule for rule in rules(tmp_path, after, before) if "request" in rule]
    both = narrows == widens
    assert [rule for rule in backwards if rule.startswith("!")] == ([f"!request-{widens}"] if both else [])


BOTH = [
    ("format", {**STRING, "format": "uuid"}, {**STRING, "format": "email"}, ["format-changed"]),
    ("pattern", {**STRING, "pattern": "^a"}, {**STRING, "pattern": "^b"}, ["pattern-changed"]),
    ("multiple", {**INTEGER, "multipleOf": 4}, {**INTEGER, "multipleOf": 6}, ["multiple-of-changed"]),
    ("const", {"const": 1}, {"const": 2}, ["const-changed"]),
    ("media", {**STRING, "contentMediaType": "text/xml"}, {**STRING, "contentMediaType": "text/csv"},
     ["content-media-type-changed"]),
    ("not", {"not": STRING}, {"not": INTEGER}, ["not-changed"]),
    ("if", {"if": STRING, "then": {"minLength": 1}}, {"if": {"const": "a"}, "then": {"minLength": 1}}, ["if-changed"]),
    ("discriminator", {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a"}},
     {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "b"}}, ["discriminator-property-changed"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "aspects"), [row[1:] for row in BOTH], ids=[row[0] for row in BOTH])
def test_what_does_both_breaks_both(tmp_path, before, after, aspects):
    assert rules(tmp_path, before, after) == sorted(f"!{side}-{a}" for side in ("request", "response") for a in aspects)


SAME = [
    ("all-of-one", CAT, {"allOf": [CAT]}),
    ("any-of-one", CAT, {"anyOf": [CAT]}),
    ("inlined", CAT, COMPONENTS["Cat"]),
    ("renamed", CAT, KITTY),
    ("merged", {"allOf": [CAT, DOG]}, obj(["meow", "bark"], meow={"type": "boolean"}, bark=STRING)),
    ("reordered", {"oneOf": [CAT, DOG]}, {"oneOf": [DOG, CAT]}),
    ("renamed-branch", {"oneOf": [CAT, DOG]}, {"oneOf": [KITTY, DOG]}),
    ("required-order", obj(["a", "b"], a=STRING, b=STRING), obj(["b", "a"], b=STRING, a=STRING)),
    ("enum-order", {"enum": ["a", "b"]}, {"enum": ["b", "a"]}),
    ("enum-of-one", {"type": "string", "enum": ["a"]}, {"const": "a"}),
    ("type-of-enum", {"type": "string", "enum": ["a", "b"]}, {"enum": ["a", "b"]}),
    ("null-branch", {"type": ["string", "null"], "maxLength": 3},
     {"anyOf": [{**STRING, "maxLength": 3}, {"type": "null"}]}),
    ("null-reference", {"oneOf": [CAT, {"type": "null"}]}, {"anyOf": [{"type": "null"}, KITTY]}),
    ("null-branch-with-a-note", {"oneOf": [CAT, {"type": "null", "x-note": "n"}]}, {"oneOf": [CAT, {"type": "null"}]}),
    ("types", {"type": ["string", "integer"]}, {"oneOf": [STRING, INTEGER]}),
    ("types-of-which-one-is-nested", {"type": ["string", "integer"]}, {"anyOf": [STRING, {"anyOf": [INTEGER]}]}),
    ("constants", {"enum": ["a", "b"]}, {"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}),
    ("number", {"type": ["integer", "number"]}, NUMBER),
    ("integer-bound", {**INTEGER, "minimum": 1}, {**INTEGER, "exclusiveMinimum": 0}),
    ("min-properties-that-are-required", obj(["a"], a=STRING), {**obj(["a"], a=STRING), "minProperties": 1}),
    ("no-bound", STRING, {**STRING, "minLength": 0}),
    ("items", {"type": "array"}, {"type": "array", "items": {}}),
    ("open", obj(), {**obj(), "additionalProperties": True}),
    ("unique", {"type": "array"}, {"type": "array", "uniqueItems": False}),
    ("booleans", {"type": "boolean"}, {"type": "boolean", "enum": [True, False]}),
    ("words", STRING, {**STRING, "description": "d", "example": "x", "title": "t"}),
    ("pattern-of-all", STRING, {**STRING, "pattern": "^.*$"}),
    ("password", STRING, {**STRING, "format": "password"}),
    ("unreached", {"then": STRING}, {}),
    ("mapping-written-out", {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a"}},
     {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a", "mapping": {
         "Cat": "#/components/schemas/Cat", "Dog": "#/components/schemas/Dog"}}}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_another_spelling_is_no_change(tmp_path, before, after):
    for step in ((before, after), (after, before)):
        assert [rule for rule in rules(tmp_path, *step) if not rule.startswith("#")] == []


DIALECTS = [
    ("nullable", {**STRING, "nullable": True}, {"type": ["string", "null"]}),
    ("nullable-reference", {"nullable": True, "allOf": [CAT], "type": "object"}, {"allOf": [CAT]}),
    ("exclusive", {**NUMBER, "minimum": 1, "exclusiveMinimum": True}, {**NUMBER, "exclusiveMinimum": 1}),
    ("not-exclusive", {**NUMBER, "maximum": 1, "exclusiveMaximum": False}, {**NUMBER, "maximum": 1}),
    ("enum", {**STRING, "enum": ["a"]}, {"const": "a"}),
    (
        "nullable-enum",
        {**STRING, "nullable": True, "enum": ["a", None]},
        {"type": ["string", "null"], "enum": ["a", None]},
    ),
    ("ignored-sibling", {**CAT, "maxProperties": 1}, CAT),
]


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in DIALECTS], ids=[row[0] for row in DIALECTS])
def test_the_dialects_of_3_0_and_3_1_say_the_same(tmp_path, old, new):
    for before, after, versions in ((old, new, ("3.0.3", "3.1.0")), (new, old, ("3.1.0", "3.0.3"))):
        assert rules(tmp_path, before, after, versions) == []


def test_the_same_words_say_another_thing_in_another_dialect(tmp_path):
    """`nullable` is a keyword of 3.0 alone: who only raises the version takes null away."""
    name = {"Name": {"type": "string", "nullable": True}}
    reference = {"$ref": "#/components/schemas/Name"}
    before = described(tmp_path, "a.json", reference, "3.0.3", **name)
    after = described(tmp_path, "b.json", reference, "3.1.0", **name)

    assert [each.rule for each in compare(before, after, Options(TODAY)).differences] == [
        "request-null-refused",
        "response-null-refused",
    ]


OTHERS = [
    ("gone", obj(a=STRING), obj(), ["~request-property-removed", "~response-property-removed"]),
    ("new", obj(), obj(a=STRING), ["request-property-added", "response-property-added"]),
    ("required-gone", obj("a", a=STRING), obj(),
     ["!response-required-property-removed", "request-required-property-removed", "~request-property-removed"]),
    ("open-list", {"x-extensible-enum": ["a", "b"]}, {"x-extensible-enum": ["a"]},
     ["!request-extensible-value-removed", "response-extensible-value-removed"]),
    ("open-list-longer", {"x-extensible-enum": ["a"]}, {"x-extensible-enum": ["a", "b"]},
     ["request-extensible-value-added", "response-extensible-value-added"]),
    ("read-only-required", obj(a=STRING), obj("a", a={**STRING, "readOnly": True}),
     ["response-property-became-required", "~request-property-became-hidden"]),
    ("read-only", obj(a={**STRING, "readOnly": True}), obj(a={**STRING, "readOnly": True, "maxLength": 1}),
     ["response-max-length-set"]),
    ("write-only", obj(a={**STRING, "writeOnly": True}), obj(a={**STRING, "writeOnly": True, "maxLength": 1}),
     ["!request-max-length-set"]),
    ("write-only-now", obj("a", a=STRING), obj("a", a={**STRING, "writeOnly": True}),
     ["!response-required-property-became-hidden"]),
    ("read-only-lifted", obj("a", a={**STRING, "readOnly": True}), obj("a", a=STRING),
     ["!request-required-property-became-shown"]),
    ("default", {**STRING, "default": "a"}, {**STRING, "default": "b"},
     ["!request-default-changed", "response-default-changed"]),
    ("default-new", STRING, {**STRING, "default": "b"}, ["response-default-added", "~request-default-added"]),
    ("one-of", {"anyOf": [CAT, DOG]}, {"oneOf": [CAT, DOG]},
     ["response-union-kind-changed", "~request-union-kind-changed"]),
    ("deprecated", STRING, {**STRING, "deprecated": True}, ["request-deprecated", "response-deprecated"]),
    ("no-date", STRING, {**STRING, "deprecated": True, "x-sunset": "soon"},
     ["!request-sunset-unreadable", "!response-sunset-unreadable", "request-deprecated", "response-deprecated"]),
    ("less-stable", {**STRING, "x-stability-level": "beta"}, {**STRING, "x-stability-level": "alpha"},
     ["~request-stability-lowered", "~response-stability-lowered"]),
    ("null-and-type", {}, STRING, ["!request-type-narrowed", "response-type-narrowed"]),
    ("wrapped", CAT, {"oneOf": [CAT, DOG]},
     ["!response-union-branch-added", "request-union-branch-added", "request-wrapped-in-union",
      "response-wrapped-in-union"]),
    ("covered-when-wrapped", {**STRING, "maxLength": 3}, {"oneOf": [{**STRING, "maxLength": 5}, INTEGER]},
     ["!response-union-branch-added", "!response-union-branch-added", "request-union-branch-added",
      "request-union-branch-added", "request-wrapped-in-union", "response-wrapped-in-union"]),
    ("wrapped-twice", CAT, {"oneOf": [CAT, KITTY]},
     ["!request-union-overlaps", "request-wrapped-in-union", "response-union-overlaps", "response-wrapped-in-union"]),
    ("wrapped-in-null", CAT, {"oneOf": [CAT, {"type": "null"}]}, ["!response-null-allowed", "request-null-allowed"]),
    ("covered", {"anyOf": [STRING, {**STRING, "maxLength": 3}]}, {"anyOf": [STRING]}, []),
    ("value-gone", {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a", "mapping": {
        "c": "#/components/schemas/Cat", "d": "#/components/schemas/Dog", "e": "#/components/schemas/Dog"}}},
     {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a", "mapping": {
         "c": "#/components/schemas/Cat", "d": "#/components/schemas/Dog"}}},
     ["!request-discriminator-value-removed", "response-discriminator-value-removed"]),
    ("renamed-under-discriminator", {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a"}},
     {"oneOf": [KITTY, DOG], "discriminator": {"propertyName": "a"}},
     ["!request-discriminator-value-removed", "!response-discriminator-value-added",
      "request-discriminator-value-added", "response-discriminator-value-removed"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_other_steps(tmp_path, before, after, expected):
    assert rules(tmp_path, before, after) == expected


def test_a_recursive_schema_is_compared_once(tmp_path):
    tree = {"$ref": "#/components/schemas/Tree"}
    deeper = {"type": "object", "properties": {"below": {"type": "array", "items": tree, "maxItems": 3}}}
    before = described(tmp_path, "a.json", tree, "3.1.0")
    after = described(tmp_path, "b.json", tree, "3.1.0", Tree=deeper)

    found = compare(before, after, Options(TODAY)).differences

    assert [(each.rule, each.said, each.operations) for each in found] == [
        ("request-max-items-set", "maxItems 3 is set", ("POST /a",)),
        ("response-max-items-set", "maxItems 3 is set", ("POST /a",)),
    ]


def test_each_rule_of_schemas_is_shown(tmp_path):
    """A rule that no row of this file meets is one that nobody has seen work."""
    rows = [(row[1], row[2]) for row in (*STEPS, *BOTH, *OTHERS)]
    steps = [*rows, *((after, before) for before, after in rows), *MORE]
    met = {rule.strip("!~#").partition("-")[2] for step in steps for rule in rules(tmp_path, *step)}

    assert sorted(ASPECTS.keys() - met) == ["reference-unknown", "sunset-missing"]


ARRAY = {"type": "array"}
HOLDING = {**ARRAY, "contains": STRING}
SOON = {**STRING, "deprecated": True, "x-sunset": "2026-05-01"}
MORE = [  # steps that differ from rows above in the keyword alone
    *((({**base, low: 2}), {**base, low: 3}) for base, low in (
        (STRING, "minLength"), (ARRAY, "minItems"), (obj(), "minProperties"), (HOLDING, "minContains"))),
    *((({**base, low: 3}), {**base, low: 2}) for base, low in (
        (STRING, "minLength"), (ARRAY, "minItems"), (obj(), "minProperties"), (HOLDING, "minContains"))),
    *((({**base, high: 2}), {**base, high: 3}) for base, high in (
        (STRING, "maxLength"), (ARRAY, "maxItems"), (obj(), "maxProperties"), (HOLDING, "maxContains"))),
    *((({**base, high: 3}), {**base, high: 2}) for base, high in (
        (STRING, "maxLength"), (ARRAY, "maxItems"), (obj(), "maxProperties"), (HOLDING, "maxContains"))),
    *(step for base, word in (
        (INTEGER, "maximum"), (STRING, "maxLength"), (ARRAY, "minItems"), (obj(), "maxProperties"),
        (HOLDING, "maxContains"), (HOLDING, "minContains"))
      for step in ((base, {**base, word: 5}), ({**base, word: 5}, base))),
    *(step for word in ("items", "unevaluatedItems", "contains") for step in (
        (ARRAY, {**ARRAY, word: False}), ({**ARRAY, word: False}, ARRAY),
        (ARRAY, {**ARRAY, word: STRING}), ({**ARRAY, word: STRING}, ARRAY))),
    *(step for word in ("propertyNames", "unevaluatedProperties") for step in (
        (obj(), {**obj(), word: False}), ({**obj(), word: False}, obj()),
        (obj(), {**obj(), word: {"minLength": 1}}), ({**obj(), word: {"minLength": 1}}, obj()))),
    ({**STRING, "contentEncoding": "base64"}, STRING),
    ({"anyOf": [CAT, KITTY]}, {"anyOf": [CAT]}),
    ({"oneOf": [CAT]}, {"oneOf": [CAT, KITTY]}),
    ({"oneOf": [CAT, KITTY, DOG]}, {"oneOf": [CAT, DOG]}),
    ({"oneOf": [CAT, DOG]}, {"oneOf": [CAT, DOG, KITTY]}),
    ({"allOf": [CAT]}, {"allOf": [CAT, DOG]}),
    ({"allOf": [CAT, DOG]}, {"allOf": [CAT]}),
    ({"oneOf": [CAT, DOG]}, {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a"}}),
    ({"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a"}}, {"oneOf": [CAT, DOG]}),
    ({"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a", "mapping": {
        "c": "#/components/schemas/Cat", "d": "#/components/schemas/Dog"}}},
     {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "a", "mapping": {
         "c": "#/components/schemas/Dog", "d": "#/components/schemas/Cat"}}}),
    (SOON, {**SOON, "x-sunset": "2025-12-31"}),
    (SOON, {**STRING, "deprecated": True}),
    (STRING, {**SOON, "x-sunset": "2025-12-31"}),
]  # fmt: skip


SID = {"type": "string", "pattern": "^AC[0-9a-f]{32}$"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({**SID, "maxLength": 34}, SID, []),
        ({**SID, "minLength": 34}, {**SID, "minLength": 33}, []),
        (
            {**SID, "maxLength": 34},
            {**STRING, "maxLength": 34},
            ["!response-pattern-removed", "request-pattern-removed"],
        ),
        (SID, {**SID, "maxLength": 33}, ["!request-max-length-set", "response-max-length-set"]),
    ],
    ids=["dropped", "moved", "pattern-gone", "tighter"],
)
def test_a_length_that_a_pattern_says_as_well_is_no_news(tmp_path, before, after, said):
    assert rules(tmp_path, before, after) == said


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        (r"^[a-z]{2,4}\d?$", 2, 5),
        ("^x{3,}$", 3, math.inf),
        ("^(ab|c)$", 0, math.inf),
        ("^a|b$", 0, math.inf),
        ("ab", 0, math.inf),
        (r"^a\$", 0, math.inf),
        (r"^\u0041$", 0, math.inf),
    ],
)
def test_the_width_of_a_pattern_is_told_where_it_is_plain(pattern, least, most):
    assert widths(pattern) == (least, most)
