"""GitHub's own description of its API: makes objects of its shape, and judges requests and answers by it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonschema_rs

from github.fetch import OPENAPI

STAND_IN_ONLY = {400, 401, 403, 404, 405, 409, 410, 422, 429, 500, 502, 503, 504}  # any call may end so
MAPS = ("properties", "patternProperties", "definitions")
DROPPED = ("example", "examples", "discriminator", "xml", "externalDocs", "readOnly", "deprecated")


@dataclass
class Description:
    """The part of it that is asked for, as JSON Schema of today."""

    document: dict[str, Any]
    _validators: dict[str, Any] = field(default_factory=dict)
    _components: dict[str, Any] | None = None

    def operation(self, method: str, template: str) -> dict[str, Any]:
        """Return an operation; its absence is an error of the stand-in."""
        return self.document["paths"][template][method.lower()]

    # -- objects -------------------------------------------------------------------------------------------

    def shaped(self, schema: str, **known: object) -> dict[str, Any]:
        """Return an object of a named schema: all that it requires, with what is known put over it."""
        found = self.document["components"]["schemas"][schema]
        strange = set(known) - set(self._properties(found))
        assert not strange, f"{schema} has no {', '.join(sorted(strange))}"
        return _over(self._filled({**self._resolved(found), "nullable": False}), known)

    def _properties(self, schema: dict[str, Any]) -> dict[str, Any]:
        schema = self._resolved(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            found |= self._properties(part)
        return found

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            where: Any = self.document
            for name in schema["$ref"].removeprefix("#/").split("/"):
                where = where[name.replace("~1", "/")]
            schema = where
        return schema

    def _filled(self, schema: dict[str, Any]) -> Any:
        schema = self._resolved(schema)
        if schema.get("nullable"):
            return None
        if "enum" in schema:
            return schema["enum"][0]
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                return self._filled(schema[choice][0])
        if "allOf" in schema:
            parts = [self._filled(part) for part in schema["allOf"]]
            return {key: value for part in parts for key, value in part.items()}
        return self._plain(schema)

    def _plain(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type", "object")
        if kind == "object":
            known = self._properties(schema)
            return {name: self._filled(known.get(name, {})) for name in schema.get("required", [])}
        if kind == "string":
            formats = {"uri": "https://github.invalid/", "date-time": "2026-11-24T09:00:00Z"}
            return formats.get(schema.get("format", ""), "")
        return {"array": [], "integer": 0, "number": 0, "boolean": False}[kind]

    # -- judging -------------------------------------------------------------------------------------------

    def request_troubles(self, method: str, template: str, query: dict[str, str], body: object) -> list[str]:
        """Return what GitHub does not know in a request."""
        operation = self.operation(method, template)
        known = {each["name"]: each for each in map(self._resolved, operation.get("parameters", []))}
        troubles = [f"no parameter {name!r}" for name in query if name not in known or known[name].get("in") != "query"]
        for name, text in query.items():
            if name in known:
                schema = known[name]["schema"]
                value = int(text) if self._resolved(schema).get("type") == "integer" and text.isdecimal() else text
                troubles += self._troubles(f"{method} {template} ?{name}", schema, value)
        content = self._resolved(operation.get("requestBody", {})).get("content", {}).get("application/json")
        if content and body is not None:
            troubles += self._troubles(f"{method} {template} body", content["schema"], body)
        elif body is not None:
            troubles.append("a body where none is known")
        return troubles

    def answer_troubles(self, method: str, template: str, status: int, body: object) -> list[str]:
        """Return in what an answer is not GitHub's."""
        responses = self.operation(method, template)["responses"]
        if str(status) not in responses:
            return [] if status in STAND_IN_ONLY else [f"{method} {template} never answers {status}"]
        content = self._resolved(responses[str(status)]).get("content", {}).get("application/json")
        if content is None:
            return []
        return self._troubles(f"{method} {template} {status}", content["schema"], body)

    def _troubles(self, key: str, schema: dict[str, Any], value: object) -> list[str]:
        if key not in self._validators:
            wrapped = {"components": {"schemas": self._schemas(schema)}, **_json_schema(schema)}
            self._validators[key] = jsonschema_rs.Draft202012Validator(wrapped, validate_formats=True)
        return [
            f"{key}: {'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
            for error in self._validators[key].iter_errors(value)
        ]

    def _schemas(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the named schemas that one refers to, and theirs."""
        known = self.document["components"]["schemas"]
        wanted, found = list(_names(schema)), {}
        while wanted:
            name = wanted.pop()
            if name not in found:
                found[name] = _json_schema(known[name])
                wanted += _names(known[name])
        return found


def _names(schema: object) -> list[str]:
    return re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(schema))


def _json_schema(schema: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as one of JSON Schema, in which null is a type."""
    if isinstance(schema, list):
        return [_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    nullable = schema.get("nullable")
    found = {
        key: {name: _json_schema(each) for name, each in value.items()} if key in MAPS else _json_schema(value)
        for key, value in schema.items()
        if key not in (*DROPPED, "nullable", "enum", "default") and not key.startswith("x-")
    }
    if "enum" in schema:
        found["enum"] = [*schema["enum"], None] if nullable else schema["enum"]
    if nullable and isinstance(found.get("type"), str):
        return found | {"type": [found["type"], "null"]}
    return {"anyOf": [found, {"type": "null"}]} if nullable else found


def _over(found: Any, known: Any) -> Any:
    """Return what was filled in with what is known put over it, level by level."""
    if not (isinstance(found, dict) and isinstance(known, dict)):
        return known
    return {**found, **{key: _over(found.get(key), value) for key, value in known.items()}}


@cache
def description() -> Description:
    """Return GitHub's description; `fetch.OPENAPI.why_not` says whether it is there."""
    return Description(json.loads(OPENAPI.file.read_bytes()))
