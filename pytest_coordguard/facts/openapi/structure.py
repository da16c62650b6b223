"""The shape of a description, by the official schema of its version (https://spec.openapis.org/oas/#schema-iterations).

The schemas are data of the installed openapi-spec-validator, read without importing it (its import costs 0.5 s of
CPU); the validator is jsonschema-rs. Where a shipped schema refuses what its specification allows, it is put right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.openapi.description import Description, Fault, Site, short
from pytest_coordguard.facts.openapi.places import Place, step_into

if TYPE_CHECKING:
    from jsonschema_rs import Draft4Validator, Draft202012Validator, ValidationError

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
OAS_DIALECT = re.compile(
    r"https://spec\.openapis\.org/oas/3\.[12]/dialect/"
)  # OAS 3.1.1, section "Specifying Schema Dialects"
# The fields that OpenAPI adds to a schema (OAS 3.2.0, sections "Schema", "Discriminator" and "XML Object").
OAS_VOCABULARY = {
    "type": ["object", "boolean"],
    "properties": {
        "discriminator": {
            "type": "object",
            "required": ["propertyName"],
            "properties": {
                "propertyName": {"type": "string"},
                "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
                "defaultMapping": {"type": "string"},
            },
        },
        "xml": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "namespace": {"type": "string"},
                "prefix": {"type": "string"},
                "attribute": {"type": "boolean"},
                "wrapped": {"type": "boolean"},
            },
            "not": {"required": ["nodeType"], "anyOf": [{"required": ["attribute"]}, {"required": ["wrapped"]}]},
        },
        "externalDocs": {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}},
    },
}
# Names of the definitions for objects that only a reference leads to: Swagger 2.0, OpenAPI 3.0, 3.1 and 3.2.
DEFINITIONS_2 = {"path item": "pathItem", "parameter": "parameter", "response": "response", "schema": "schema"}
DEFINITIONS_30 = {
    "path item": "PathItem", "parameter": "Parameter", "response": "Response", "schema": "Schema", "header": "Header",
    "request body": "RequestBody", "example": "Example", "link": "Link", "callback": "Callback",
    "security scheme": "SecurityScheme",
}  # fmt: skip
DEFINITIONS_31 = {
    "path item": "path-item", "parameter": "parameter", "response": "response", "schema": "schema", "header": "header",
    "request body": "request-body", "example": "example", "link": "link", "callback": "callbacks",
    "security scheme": "security-scheme", "media type": "media-type",
}  # fmt: skip


def shape_faults(description: Description) -> Iterator[Fault]:
    """Yield what the schemas of the description's version find: in the document, and in what it refers to elsewhere.

    Raises:
        CannotJudge: no schema of this version is installed, or the document is beyond the validator (nested too deep).

    """
    yield from _faults(description, description.root, "")
    for site in description.foreign:
        yield from _faults(description, site, _definition(description.version, site.kind))


def knows_dialect(description: Description) -> bool:
    """Tell whether Schema Objects are held to JSON Schema 2020-12; not when the document names another dialect."""
    return _is_2020(description.root.value.get("jsonSchemaDialect", JSON_SCHEMA))


def _is_2020(dialect: object) -> bool:
    return isinstance(dialect, str) and (dialect == JSON_SCHEMA or OAS_DIALECT.match(dialect) is not None)


def _definition(version: str, kind: str) -> str:
    if version == "2.0":
        return f"#/definitions/{DEFINITIONS_2[kind]}"
    return f"#/definitions/{DEFINITIONS_30[kind]}" if version == "3.0" else f"#/$defs/{DEFINITIONS_31[kind]}"


def _faults(description: Description, site: Site, definition: str) -> Iterator[Fault]:
    validator = _validator(description.version, definition, with_schemas=knows_dialect(description))
    try:
        errors = list(validator.iter_errors(site.value))
    except (ValueError, OverflowError) as error:
        raise CannotJudge(f"{site.resource.document.path}: cannot be validated ({str(error)[:200]})") from error
    for one in errors:
        deepest, path = _deepest(one, list(one.instance_path))
        steps = _steps(site.value, path)
        if description.modern and _other_dialect(site.value, steps):
            continue
        value = _value(site.value, steps)
        found = _message(deepest, value)
        if deepest.kind.name in ("enum", "const"):
            found = f"{short(value)} is none of {', '.join(_options(one, path))}"
        yield Fault(_at(site, steps), found, "openapi.shape")


def _options(error: ValidationError, path: Sequence[str | int]) -> list[str]:
    """Return what may stand at a path, over all alternatives: each branch knows its own values alone."""
    kind: Any = error.kind
    here = list(error.instance_path)
    if kind.name in ("enum", "const") and here == list(path)[-len(here) :]:
        options = kind.options if kind.name == "enum" else [kind.expected_value]
        return [short(option) for option in options]
    branches = kind.context if kind.name in ("oneOf", "anyOf") else []
    return list(dict.fromkeys(option for branch in branches for one in branch for option in _options(one, path)))


def _at(site: Site, steps: Sequence[str]) -> Site:
    place: Place = site.place
    for step in steps:
        place = (place, step)
    return site._replace(place=place)


def _steps(value: object, path: Sequence[str | int]) -> list[str]:
    """Return the true steps of a path as the validator tells it: it reads "007" as 7, and leaves out empty keys."""
    steps: list[str] = []
    for told in path:
        key = _key(value, told)
        while key is None and isinstance(value, dict) and "" in value:
            steps.append("")
            value = value[""]
            key = _key(value, told)
        if key is None:
            break
        steps.append(key)
        value = step_into(value, key)
    return steps


def _key(value: object, told: str | int) -> str | None:
    if isinstance(value, list) or (isinstance(value, dict) and str(told) in value):
        return str(told)
    keys = value if isinstance(value, dict) and isinstance(told, int) else ()
    return next((key for key in keys if key.isascii() and key.lstrip("+").isdigit() and int(key) == told), None)


def _value(value: object, steps: Sequence[str]) -> object:
    for step in steps:
        value = step_into(value, step)
    return value


def _other_dialect(value: object, steps: Sequence[str]) -> bool:
    """Tell whether a `$schema` on the way says that other rules than 2020-12's hold there."""
    for length in range(len(steps), -1, -1):
        here = _value(value, steps[:length])
        if isinstance(here, dict) and isinstance(here.get("$schema"), str):
            return not _is_2020(here["$schema"])
    return False


def _deepest(error: ValidationError, path: list[str | int]) -> tuple[ValidationError, list[str | int]]:
    """Return the error that a reader can act on: of an alternative, the branch that was most likely meant."""
    branches = getattr(error.kind, "context", None) if error.kind.name in ("oneOf", "anyOf") else None
    branches = [branch for branch in branches or () if branch]
    if not branches:
        return error, path
    meant = max(branches, key=_likeness)
    inner = min(meant, key=_severity)
    # Paths of inner errors start where the outer one stands, or at the root; take what they add.
    here = list(inner.instance_path)
    return _deepest(inner, here if here[: len(path)] == path else path + here)


def _likeness(branch: Sequence[ValidationError]) -> tuple[bool, int, int]:
    """Rank a branch: one that fails at once (no `$ref`, another type) was hardly meant."""
    mismatch = any(_severity(error) == 0 and not _missing_one(error) for error in branch)
    reference = any(error.kind.name == "required" and "$ref" in error.message for error in branch)
    return not (mismatch or reference), min(len(error.instance_path) for error in branch), -len(branch)


def _severity(error: ValidationError) -> int:
    return 0 if error.kind.name in ("enum", "const", "type", "required") else 1


def _missing_one(error: ValidationError) -> bool:
    return bool(error.kind.name == "required")


def _message(error: ValidationError, value: object) -> str:
    write = MESSAGES.get(error.kind.name)
    return write(error.kind, value) if write else str(error.message).replace(str(value), short(value))[:200]


MESSAGES: dict[str, Callable[[Any, Any], str]] = {
    "additionalProperties": lambda kind, _: f"{', '.join(map(short, kind.unexpected[:5]))} cannot stand here",
    "unevaluatedProperties": lambda kind, _: f"{', '.join(map(short, kind.unexpected[:5]))} cannot stand here",
    "required": lambda kind, _: f"{short(kind.property)} is missing",
    "type": lambda kind, value: f"{short(value)} is no {' or '.join(_types(kind.types))}{_given(value)}",
    "pattern": lambda kind, value: f"{short(value)} does not match {kind.pattern}",
    "uniqueItems": lambda _, value: f"{short(value)} holds an item twice",
    "minItems": lambda kind, value: f"holds {len(value)} items, and should at least {kind.limit}",
    "minProperties": lambda kind, value: f"holds {len(value)} members, and should at least {kind.limit}",
    "not": lambda _, value: f"{short(sorted(value) if isinstance(value, dict) else value)} may not stand together",
    "oneOf": lambda _, value: f"{short(value)} fits two alternatives, or none; it should fit one",
}


def _types(types: str | Sequence[str]) -> list[str]:
    return [types] if isinstance(types, str) else list(types)


def _given(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return f", but of type {names[type(value)]}" if type(value) in names else ""


@cache
def _validator(version: str, definition: str, *, with_schemas: bool) -> Draft4Validator | Draft202012Validator:
    import jsonschema_rs

    schema = _official(version)
    if version in ("2.0", "3.0"):
        if definition:
            schema = {"$schema": schema["$schema"], "definitions": schema["definitions"], "$ref": definition}
        return jsonschema_rs.Draft4Validator(schema, validate_formats=False)
    # As the official schema-base does: our `$dynamicAnchor` is outermost, so each Schema Object is held to this.
    meta = {"$dynamicAnchor": "meta", "allOf": [{"$ref": JSON_SCHEMA}, OAS_VOCABULARY]} if with_schemas else {}
    own = {"$schema": JSON_SCHEMA, "$id": "coordguard:schema", "$ref": schema["$id"] + definition, "$defs": {"o": meta}}
    registry = jsonschema_rs.Registry([(schema["$id"], schema)])
    return jsonschema_rs.Draft202012Validator(own, registry=registry, validate_formats=False)


@cache
def _official(version: str) -> dict[str, Any]:
    try:
        installed = distribution("openapi-spec-validator")
        path = Path(str(installed.locate_file(f"openapi_spec_validator/resources/schemas/v{version}/schema.json")))
        schema: dict[str, Any] = json.loads(path.read_bytes())
    except (PackageNotFoundError, FileNotFoundError) as error:
        raise CannotJudge(f"no schema of OpenAPI {version}; install openapi-spec-validator 0.9 or newer") from error
    return _put_right_31(schema) if version == "3.1" else schema


def _put_right_31(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow what the schema of 2022-10-07 refuses against its specification, as the one of 2025-11-23 does.

    A link's `server` (it said `body`); a path item's fields beside its `$ref`; further fields of a reference, which
    "SHALL be ignored" (OAS 3.1.1, sections "Link", "Path Item" and "Reference Object").
    """
    definitions = schema["$defs"]
    link = definitions["link"]["properties"]
    link["server"] = {"$ref": "#/$defs/server"}
    link["body"] = True
    definitions["reference"].pop("unevaluatedProperties", None)
    definitions["path-item"]["properties"]["$ref"] = {"type": "string"}
    definitions["path-item-or-reference"] = {"$ref": "#/$defs/path-item"}
    return schema
