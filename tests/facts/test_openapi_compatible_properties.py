"""What holds for any schema: another spelling is no change, what narrows breaks requests, and nothing else does."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_coordguard.facts.openapi.compatible.comparison import compare
from pytest_coordguard.facts.openapi.compatible.level import Level
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.rules import level_of
from pytest_coordguard.facts.openapi.validity import open_description
from pytest_coordguard.facts.repository import Repository

TODAY = date(2026, 1, 1)
NAMES = ("Ant", "Bee", "Cow")
HOME = "#/components/schemas/"

texts = st.fixed_dictionaries(
    {"type": st.just("string")}, optional={"maxLength": st.integers(5, 9), "minLength": st.just(1)}
)
numbers = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number"])},
    optional={"minimum": st.integers(-9, 0), "maximum": st.integers(5, 9)},
)
choices = st.builds(
    lambda values: {"type": "string", "enum": values}, st.lists(st.sampled_from("abcdef"), min_size=2, unique=True)
)
references = st.sampled_from([{"$ref": HOME + name} for name in NAMES])
leaves = st.one_of(texts, numbers, choices, st.just({"type": "boolean"}))


def objects(inner):
    properties = st.dictionaries(st.sampled_from("pqrs"), inner, max_size=3)
    return properties.flatmap(
        lambda found: st.builds(
            lambda required: {"type": "object", "properties": found, "required": required},
            st.lists(st.sampled_from(sorted(found)), unique=True) if found else st.just([]),
        )
    )


def larger(inner):
    arrays = st.builds(
        lambda items, most: {"type": "array", "items": items, "maxItems": most}, inner, st.integers(3, 9)
    )
    nullable = st.builds(lambda schema: {"anyOf": [schema, {"type": "null"}]}, inner)
    unions = st.builds(
        lambda a, b: {"oneOf": [{"type": "array", "items": a}, {"type": "object", "properties": {"v": b}}]},
        inner,
        inner,
    )
    return st.one_of(objects(inner), arrays, nullable, unions)


schemas = st.recursive(st.one_of(leaves, references), larger, max_leaves=6)
components = st.fixed_dictionaries({name: objects(st.one_of(leaves, references)) for name in NAMES})


def document(request, response, parts):
    body = {"content": {"application/json": {"schema": request}}}
    answer = {"description": "d", "content": {"application/json": {"schema": response}}}
    post = {"requestBody": body, "responses": {"200": answer, "400": {"description": "e"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": post}, "/b": {"post": post}},
        "components": {"schemas": parts},
    }


def opened(data, name="a.json", text=None):
    content = (text or json.dumps(data)).encode()
    return open_description(Repository(Path()).with_changes({name: content}), name).description


def told(before, after):
    """Return what is said of a step, as far as it weighs anything."""
    found = compare(before, after, Options(TODAY)).differences
    return [each for each in found if level_of(each.rule, "contract") is not Level.NONE]


def breaking(before, after):
    return [each for each in told(opened(before), opened(after)) if level_of(each.rule, "contract") is Level.ERROR]


def reordered(value, rng):
    if isinstance(value, dict):
        items = [(key, reordered(each, rng)) for key, each in value.items()]
        rng.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        found = [reordered(each, rng) for each in value]
        rng.shuffle(found)
        return found
    return value


def mapped(value, of_reference):
    if isinstance(value, dict):
        if "$ref" in value:
            return of_reference(value["$ref"])
        return {key: mapped(each, of_reference) for key, each in value.items()}
    return [mapped(each, of_reference) for each in value] if isinstance(value, list) else value


def inlined(data, depth):
    """Write out what references lead to, as deep as this."""
    parts = data["components"]["schemas"]

    def of_reference(reference, left):
        if not left:
            return {"$ref": reference}
        return mapped(parts[reference.removeprefix(HOME)], lambda inner: of_reference(inner, left - 1))

    return {**data, "paths": mapped(data["paths"], lambda reference: of_reference(reference, depth))}


def renamed(data):
    parts = {f"New{name}": each for name, each in data["components"]["schemas"].items()}
    moved = {**data, "components": {"schemas": parts}}
    return mapped(moved, lambda reference: {"$ref": reference.replace(HOME, HOME + "New")})


@settings(max_examples=60, deadline=None)
@given(schemas, schemas, components, st.randoms(use_true_random=False))
def test_a_description_is_as_it_was_however_it_is_spelled(request_, response, parts, rng):
    data = document(request_, response, parts)
    spelled = {
        "itself": opened(data),
        "reordered": opened(reordered(data, rng)),
        "as YAML": opened(data, "a.yaml", json.dumps(reordered(data, random.Random(1)), indent=3)),
        "references written out": opened(inlined(data, 2)),
        "components renamed": opened(renamed(data)),
        "allOf of one": opened(mapped(data, lambda reference: {"allOf": [{"$ref": reference}]})),
    }

    assert {how: told(opened(data), other) + told(other, opened(data)) for how, other in spelled.items()} == {
        how: [] for how in spelled
    }


def narrower(schema, draw):
    """Return a schema that fewer values meet: this one, or one within it, narrowed in one place."""
    kind = schema.get("type")
    ways = []
    if "$ref" in schema:
        ways.append(lambda: {"allOf": [schema, {"required": ["brandNew"]}]})
    elif "anyOf" in schema:
        ways += [
            lambda: schema["anyOf"][0],
            lambda: {"anyOf": [narrower(schema["anyOf"][0], draw), schema["anyOf"][1]]},
        ]
    elif "oneOf" in schema:
        ways += [
            lambda: {"oneOf": schema["oneOf"][:1]},
            lambda: {"oneOf": [narrower(schema["oneOf"][0], draw), schema["oneOf"][1]]},
        ]
    elif "enum" in schema:
        ways.append(lambda: {**schema, "enum": schema["enum"][1:]})
    elif kind == "string":
        ways += [
            lambda: {**schema, "maxLength": 4},
            lambda: {**schema, "pattern": "^a"},
            lambda: {**schema, "enum": ["abc"]},
        ]
    elif kind in ("integer", "number"):
        ways += [
            lambda: {**schema, "minimum": 2},
            lambda: {**schema, "exclusiveMaximum": 4},
            lambda: {**schema, "multipleOf": 7},
        ]
    elif kind == "array":
        ways += [
            lambda: {**schema, "maxItems": 2},
            lambda: {**schema, "items": narrower(schema["items"], draw)},
            lambda: {**schema, "minItems": 1},
        ]
    elif kind == "object":
        ways += [
            lambda: {**schema, "required": [*schema.get("required", ()), "brandNew"]},
            lambda: {**schema, "additionalProperties": False},
        ]
        for name, inner in schema["properties"].items():
            ways.append(
                lambda n=name, i=inner: {**schema, "properties": {**schema["properties"], n: narrower(i, draw)}}
            )
    else:
        ways.append(lambda: {"type": "boolean", "const": True})
    return draw(st.sampled_from(ways))()


# An array of a nullable item narrowed to the item alone is narrower too; null within null is not.
plain = schemas.filter(lambda schema: "null" not in json.dumps(schema) or json.dumps(schema).count("anyOf") == 1)


@settings(max_examples=60, deadline=None)
@given(plain, components, st.data())
def test_what_narrows_breaks_a_request_and_what_widens_a_response(schema, parts, data):
    less = narrower(schema, data.draw)
    wide, narrow = ({"type": "object", "properties": {"it": each}} for each in (schema, less))
    same = {"type": "boolean"}

    assert breaking(document(wide, same, parts), document(narrow, same, parts)), (schema, less)
    assert breaking(document(same, narrow, parts), document(same, wide, parts)), (schema, less)


@settings(max_examples=60, deadline=None)
@given(plain, components, st.data())
def test_what_widens_a_request_or_narrows_a_response_breaks_none(schema, parts, data):
    less = narrower(schema, data.draw)
    wide, narrow = ({"type": "object", "properties": {"it": each}} for each in (schema, less))
    same = {"type": "boolean"}

    assert breaking(document(narrow, same, parts), document(wide, same, parts)) == []
    assert breaking(document(same, wide, parts), document(same, narrow, parts)) == []
