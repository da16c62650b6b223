"""Which kind of object stands where in an OpenAPI document.

Sources: the field tables of Swagger 2.0, OpenAPI 3.0.4, 3.1.1 and 3.2.0 (https://spec.openapis.org/oas/). One table
serves 3.0 to 3.2: a field that a version does not know is found by that version's schema. What no table names
(examples, defaults, enums, extensions) is data, and a `$ref` inside it is a plain member.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias


class Shape(Enum):
    """How many objects of a kind a field holds."""

    ONE = 1
    LIST = 2
    MAP = 3  # by any name
    FIELDS = 4  # by name, where names beginning with x- are extensions


ONE, LIST, MAP, FIELDS = Shape
Fields: TypeAlias = dict[str, tuple[Shape, str]]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
EVERY = "*"  # stands for each field that is no extension

_OPERATIONS: Fields = dict.fromkeys(METHODS, (ONE, "operation"))
_SCHEMA: Fields = {
    "properties": (MAP, "schema"),
    "patternProperties": (MAP, "schema"),
    "additionalProperties": (ONE, "schema"),
    "items": (ONE, "schema"),
    "allOf": (LIST, "schema"),
    "anyOf": (LIST, "schema"),
    "oneOf": (LIST, "schema"),
    "not": (ONE, "schema"),
}
_SCHEMA_2020: Fields = {  # JSON Schema 2020-12, used since OpenAPI 3.1
    "if": (ONE, "schema"),
    "then": (ONE, "schema"),
    "else": (ONE, "schema"),
    "prefixItems": (LIST, "schema"),
    "contains": (ONE, "schema"),
    "propertyNames": (ONE, "schema"),
    "dependentSchemas": (MAP, "schema"),
    "$defs": (MAP, "schema"),
    "definitions": (MAP, "schema"),
    "unevaluatedItems": (ONE, "schema"),
    "unevaluatedProperties": (ONE, "schema"),
    "contentSchema": (ONE, "schema"),
}

KINDS_3: dict[str, Fields] = {
    "document": {
        "servers": (LIST, "server"),
        "paths": (FIELDS, "path item"),
        "webhooks": (MAP, "path item"),
        "components": (ONE, "components"),
        "security": (LIST, "security requirement"),
    },
    "components": {
        "schemas": (MAP, "schema"),
        "responses": (MAP, "response"),
        "parameters": (MAP, "parameter"),
        "examples": (MAP, "example"),
        "requestBodies": (MAP, "request body"),
        "headers": (MAP, "header"),
        "securitySchemes": (MAP, "security scheme"),
        "links": (MAP, "link"),
        "callbacks": (MAP, "callback"),
        "pathItems": (MAP, "path item"),
        "mediaTypes": (MAP, "media type"),
    },
    "path item": {
        **_OPERATIONS,
        "additionalOperations": (MAP, "operation"),
        "servers": (LIST, "server"),
        "parameters": (LIST, "parameter"),
    },
    "operation": {
        "parameters": (LIST, "parameter"),
        "requestBody": (ONE, "request body"),
        "responses": (FIELDS, "response"),
        "callbacks": (MAP, "callback"),
        "security": (LIST, "security requirement"),
        "servers": (LIST, "server"),
    },
    "callback": {EVERY: (ONE, "path item")},
    "parameter": {"schema": (ONE, "schema"), "content": (MAP, "media type"), "examples": (MAP, "example")},
    "header": {"schema": (ONE, "schema"), "content": (MAP, "media type"), "examples": (MAP, "example")},
    "request body": {"content": (MAP, "media type")},
    "media type": {
        "schema": (ONE, "schema"),
        "itemSchema": (ONE, "schema"),
        "examples": (MAP, "example"),
        "encoding": (MAP, "encoding"),
        "prefixEncoding": (LIST, "encoding"),
        "itemEncoding": (ONE, "encoding"),
    },
    "encoding": {
        "headers": (MAP, "header"),
        "encoding": (MAP, "encoding"),
        "prefixEncoding": (LIST, "encoding"),
        "itemEncoding": (ONE, "encoding"),
    },
    "response": {"headers": (MAP, "header"), "content": (MAP, "media type"), "links": (MAP, "link")},
    "link": {"server": (ONE, "server")},
    "schema": {**_SCHEMA, **_SCHEMA_2020},
    "example": {},
    "server": {},
    "security requirement": {},
    "security scheme": {},
}

KINDS_2: dict[str, Fields] = {
    "document": {
        "paths": (FIELDS, "path item"),
        "definitions": (MAP, "schema"),
        "parameters": (MAP, "parameter"),
        "responses": (MAP, "response"),
        "securityDefinitions": (MAP, "security scheme"),
        "security": (LIST, "security requirement"),
    },
    "path item": {**_OPERATIONS, "parameters": (LIST, "parameter")},
    "operation": {
        "parameters": (LIST, "parameter"),
        "responses": (FIELDS, "response"),
        "security": (LIST, "security requirement"),
    },
    "parameter": {"schema": (ONE, "schema"), "items": (ONE, "items")},
    "items": {"items": (ONE, "items")},
    "response": {"schema": (ONE, "schema"), "headers": (MAP, "header")},
    "header": {"items": (ONE, "items")},
    "schema": _SCHEMA,
    "security requirement": {},
    "security scheme": {},
}

# Where a Reference Object may stand in place of the object itself.
MAY_BE_REFERENCE_2 = frozenset({"path item", "parameter", "response", "schema"})
MAY_BE_REFERENCE_3 = frozenset(
    {"path item", "parameter", "response", "schema", "header", "request body", "example", "link", "callback",
     "security scheme", "media type"}
)  # fmt: skip
