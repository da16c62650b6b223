"""One change at one place of a description: families that narrow, widen, or say the same in other words."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from contract_truth import HOME, IN_LISTS, resolved

Doc = dict[str, Any]
Node = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
TYPES = ("string", "integer", "number", "boolean", "array", "object")


# Changes of a schema: each returns whether it could be made here


Change = Callable[[Node, random.Random, str], bool]  # the last one is the version, and empty before 3.1
CHANGES: dict[str, Change] = {}


def change(function: Change) -> Change:
    CHANGES[function.__name__.strip("_")] = function
    return function


def kinds(node: Node) -> list[str]:
    kind = node.get("type")
    return [kind] if isinstance(kind, str) else [each for each in kind or [] if each != "null"]


@change
def _type_other(node: Node, rng: random.Random, _: str) -> bool:
    if len(kinds(node)) != 1 or kinds(node)[0] in ("object", "array") or {"enum", "default"} & node.keys():
        return False
    node["type"] = rng.choice([each for each in TYPES[:4] if each != node["type"]])
    for key in ("format", "pattern", "example"):
        node.pop(key, None)
    return True


@change
def _integer_and_number(node: Node, _: random.Random, __: str) -> bool:
    other = {"integer": "number", "number": "integer"}.get(str(node.get("type")))
    node["type"] = other or node.get("type")
    return other is not None and node.get("format") is None and "enum" not in node


@change
def _type_dropped(node: Node, _: random.Random, __: str) -> bool:
    """Where other keywords tell the type, it is the same without (docs/compatible.md)."""
    return isinstance(node.pop("type", None), str) and not {"properties", "items", "additionalProperties"} & node.keys()


@change
def _null_toggled(node: Node, _: random.Random, modern: str) -> bool:
    if not node.get("type") or "enum" in node:
        return False
    if not modern:
        node["nullable"] = not node.get("nullable", False)
    elif isinstance(node["type"], list):
        node["type"] = [each for each in node["type"] if each != "null"]
        return bool(node["type"])
    else:
        node["type"] = [node["type"], "null"]
    return True


@change
def _enum_more(node: Node, _: random.Random, __: str) -> bool:
    if not all(isinstance(each, str) for each in node.get("enum", [None])):
        return False
    node["enum"] = [*node["enum"], "zz-new"]
    return True


@change
def _enum_less(node: Node, rng: random.Random, __: str) -> bool:
    if len(node.get("enum", [])) < 2 or "default" in node:
        return False
    node["enum"] = rng.sample(node["enum"], len(node["enum"]) - 1)
    return True


@change
def _enum_dropped(node: Node, _: random.Random, __: str) -> bool:
    return bool(node.pop("enum", None))


@change
def _enum_set(node: Node, _: random.Random, __: str) -> bool:
    if node.get("type") != "string" or {"enum", "format", "pattern", "default", "const"} & node.keys():
        return False
    node["enum"] = ["aa", "bb"]
    return True


SIZES = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems"),
         "integer": ("minimum", "maximum"), "number": ("minimum", "maximum"),
         "object": ("minProperties", "maxProperties")}  # fmt: skip


@change
def _bound_set(node: Node, rng: random.Random, _: str) -> bool:
    for kind in kinds(node)[:1]:
        keyword = rng.choice(SIZES.get(kind, ("",)))
        if keyword and keyword not in node and not {"enum", "format", "exclusiveMinimum"} & node.keys():
            node[keyword] = 1 if keyword.startswith("min") else max(3, _least(node, kind) + 1)
            return True
    return False


def _least(node: Node, kind: str) -> int:
    return int(node.get(SIZES[kind][0], len(node.get("required", []))))


@change
def _bound_dropped(node: Node, rng: random.Random, _: str) -> bool:
    there = [key for pair in SIZES.values() for key in pair if key in node and "xclusive" not in str(node.keys())]
    return bool(there) and node.pop(rng.choice(there)) is not None


@change
def _bound_moved(node: Node, rng: random.Random, _: str) -> bool:
    there = [key for pair in SIZES.values() for key in pair if isinstance(node.get(key), int) and node[key] < 150]
    if not there or "format" in node:  # no address is one letter long: the bound would mean nothing
        return False
    keyword = rng.choice(there)
    node[keyword] = max(0, node[keyword] + rng.choice((-1, 1)))
    low, high = next(pair for pair in SIZES.values() if keyword in pair)
    return bool(node.get(low, 0) <= node.get(high, 10**9))


@change
def _strict_bound(node: Node, rng: random.Random, modern: str) -> bool:
    keyword = rng.choice(("minimum", "maximum"))
    strict = f"exclusive{keyword.capitalize()}"
    if not isinstance(node.get(keyword), int) or strict in node:
        return False
    node[strict] = node.pop(keyword) if modern else True
    return True


@change
def _multiple_of(node: Node, rng: random.Random, _: str) -> bool:
    if node.get("type") not in ("integer", "number") or "enum" in node:
        return False
    if "multipleOf" in node:
        del node["multipleOf"]
    else:
        node["multipleOf"] = rng.choice((2, 5)) if node["type"] == "number" else rng.choice((1, 2, 5))
    return True


@change
def _unique_toggled(node: Node, _: random.Random, __: str) -> bool:
    if node.get("type") != "array":
        return False
    node["uniqueItems"] = not node.get("uniqueItems", False)
    return True


@change
def _pattern_toggled(node: Node, _: random.Random, __: str) -> bool:
    if node.get("type") != "string" or {"enum", "format"} & node.keys():
        return False
    if node.pop("pattern", None) is None:
        node["pattern"] = "^[a-f]+$"
    return True


@change
def _format_toggled(node: Node, rng: random.Random, _: str) -> bool:
    if {"enum", "pattern"} & node.keys() or node.get("type") not in ("string", "integer"):
        return False
    names = ("date", "date-time", "uuid", "email", "ipv4") if node["type"] == "string" else ("int32", "int64")
    if node.get("format") not in (None, *names):
        return False
    if node.pop("format", None) is None or rng.random() < 0.3:
        node["format"] = rng.choice(names)
    return True


@change
def _required_more(node: Node, rng: random.Random, _: str) -> bool:
    free = [name for name in node.get("properties", {}) if name not in node.get("required", [])]
    if not free:
        return False
    node["required"] = [*node.get("required", []), rng.choice(free)]
    return True


@change
def _required_less(node: Node, rng: random.Random, _: str) -> bool:
    if len(node.get("required", [])) < 1 or not isinstance(node["required"], list):
        return False
    node["required"] = rng.sample(node["required"], len(node["required"]) - 1)
    return True


@change
def _property_more(node: Node, rng: random.Random, _: str) -> bool:
    if not node.get("properties"):
        return False
    node["properties"]["zz_new"] = {"type": rng.choice(TYPES[:4])}
    if rng.random() < 0.4:
        node["required"] = [*node.get("required", []), "zz_new"]
    return True


@change
def _property_less(node: Node, rng: random.Random, _: str) -> bool:
    if len(node.get("properties", {})) < 2:
        return False
    name = rng.choice([*node["properties"]])
    del node["properties"][name]
    node["required"] = [each for each in node.get("required", []) if each != name]
    if not node["required"]:
        del node["required"]
    return True


@change
def _extras(node: Node, rng: random.Random, _: str) -> bool:
    if "properties" not in node:
        return False
    now = node.get("additionalProperties", True)
    node["additionalProperties"] = rng.choice([each for each in (True, False, {"type": "string"}) if each != now])
    return True


@change
def _not_set(node: Node, _: random.Random, __: str) -> bool:
    if node.get("type") != "string" or {"enum", "format", "pattern"} & node.keys():
        return False
    node["not"] = {"enum": ["a"]}
    return True


@change
def _branch_less(node: Node, rng: random.Random, _: str) -> bool:
    for keyword in IN_LISTS:
        if len(node.get(keyword, [])) > 1:
            del node[keyword][rng.randrange(len(node[keyword]))]
            return True
    return False


@change
def _branch_more(node: Node, rng: random.Random, _: str) -> bool:
    for keyword in ("anyOf", "oneOf"):
        if node.get(keyword):
            node[keyword].append(rng.choice([{"type": "boolean"}, {"type": "string", "maxLength": 3}, {"type": "array", "items": {}}]))  # fmt: skip # noqa: E501
            return True
    return False


@change
def _member_more(node: Node, rng: random.Random, _: str) -> bool:
    extra = {"string": {"maxLength": 4}, "integer": {"minimum": 3}, "array": {"maxItems": 1}}.get(str(node.get("type")))
    if extra is None or {"enum", "format"} & node.keys():
        return False
    node["allOf"] = [*node.get("allOf", []), rng.choice([extra, {"description": "nothing"}, {"type": node["type"]}])]
    return True


@change
def _union_of_two(node: Node, rng: random.Random, _: str) -> bool:
    if {"anyOf", "oneOf", "enum", "nullable"} & node.keys() or not isinstance(node.get("type"), str):
        return False
    whole = dict(node)
    node.clear()
    node[rng.choice(("anyOf", "oneOf"))] = [whole, {"type": rng.choice(TYPES[:4])}]
    return True


@change
def _hidden_toggled(node: Node, rng: random.Random, _: str) -> bool:
    if not node.get("properties"):
        return False
    name = rng.choice([*node["properties"]])
    schema = node["properties"][name]
    if not isinstance(schema, dict) or "$ref" in schema:
        return False
    keyword = rng.choice(("readOnly", "writeOnly"))
    if {"readOnly", "writeOnly"} & schema.keys():
        schema.pop("readOnly", None), schema.pop("writeOnly", None)
    else:
        schema[keyword] = True
    return True


# Other spellings: by trying as well, and no value may tell them apart


@change
def _wrapped(node: Node, rng: random.Random, _: str) -> bool:
    if not node.get("type") or node.get("nullable"):
        return False
    whole = dict(node)
    node.clear()
    node[rng.choice(IN_LISTS)] = [whole]
    return True


@change
def _words(node: Node, _: random.Random, __: str) -> bool:
    node["description"], node["x-note"], node["example"] = "Other words", {"a": 1}, "other"
    return True


@change
def _reordered(node: Node, rng: random.Random, __: str) -> bool:
    for key in ("required", "enum", "anyOf", "oneOf", "allOf"):
        if isinstance(node.get(key), list):
            rng.shuffle(node[key])
    for key in ("properties",):
        node[key] = dict(rng.sample([*node.get(key, {}).items()], len(node.get(key, {}))))
    return True


@change
def _split_in_members(node: Node, _: random.Random, __: str) -> bool:
    if len(node.get("properties", {})) < 2 or "allOf" in node or "additionalProperties" in node:
        return False
    names = [*node["properties"]]
    half = {name: node["properties"].pop(name) for name in names[: len(names) // 2]}
    node["allOf"] = [{"type": "object", "properties": half}]
    return "required" not in node or isinstance(node["required"], list)


@change
def _null_beside(node: Node, rng: random.Random, modern: str) -> bool:
    if not modern or not isinstance(node.get("type"), list) or "null" not in node["type"] or "enum" in node:
        return False
    whole = {**node, "type": [each for each in node["type"] if each != "null"]}
    node.clear()
    node[rng.choice(("anyOf", "oneOf"))] = [whole, {"type": "null"}]
    return True


@change
def _one_value(node: Node, _: random.Random, modern: str) -> bool:
    if not modern or len(node.get("enum", [])) != 1:
        return False
    node["const"] = node.pop("enum")[0]
    return True


# Changes around the schemas, with what the standard says of them


def operation_of(doc: Doc) -> tuple[Node, Node]:
    item = next(iter(doc["paths"].values()))
    return item, item[next(each for each in METHODS if each in item)]


def around(doc: Doc, rng: random.Random) -> tuple[str, str] | None:
    """Change something around the schemas; return its name and label, None when it cannot be done here."""
    name = rng.choice([*AROUND])
    item, operation = operation_of(doc)
    label = AROUND[name](item, operation, doc, rng)
    return (name, label) if label else None


def _operation_gone(item: Node, operation: Node, _: Doc, __: random.Random) -> str:
    for method in METHODS:
        item.pop(method, None)
    item["head"] = {"responses": {"200": {"description": "d"}}}
    return "" if operation.get("deprecated") else "breaking"


def _parameter_more(_: Node, operation: Node, __: Doc, rng: random.Random) -> str:
    needed = rng.random() < 0.5
    more = {"name": "zz", "in": rng.choice(("query", "header")), "required": needed, "schema": {"type": "string"}}
    operation["parameters"] = [*operation.get("parameters", []), more]
    return "breaking" if needed else "fine"


def _parameter_required(_: Node, operation: Node, doc: Doc, rng: random.Random) -> str:
    there = [resolved(each, doc) for each in operation.get("parameters", [])]
    there = [each for each in there if each["in"] in ("query", "header")]
    if not there:
        return ""
    chosen = rng.choice(there)
    chosen["required"] = not chosen.get("required", False)
    return "breaking" if chosen["required"] else "fine"


def _parameters_reordered(_: Node, operation: Node, __: Doc, rng: random.Random) -> str:
    rng.shuffle(operation.setdefault("parameters", []))
    return "fine"


def _body_required(_: Node, operation: Node, doc: Doc, __: random.Random) -> str:
    body = resolved(operation.get("requestBody"), doc)
    if not body:
        return ""
    body["required"] = not body.get("required", False)
    return "breaking" if body["required"] else "fine"


def _media_more(_: Node, operation: Node, doc: Doc, __: random.Random) -> str:
    body = resolved(operation.get("requestBody"), doc)
    if not body:
        return ""
    body["content"]["application/zz"] = {"schema": {"type": "object"}}
    return "fine"


def _media_other(_: Node, operation: Node, doc: Doc, rng: random.Random) -> str:
    answers = [each for status, each in operation["responses"].items() if status.startswith("2")]
    holders = [resolved(each, doc) for each in [*answers, operation.get("requestBody")] if each]
    holders = [each for each in holders if each.get("content")]
    if not holders:
        return ""
    content = rng.choice(holders)["content"]
    content["application/zz"] = content.pop(next(iter(content)))
    return "breaking"


def _success_gone(_: Node, operation: Node, __: Doc, ___: random.Random) -> str:
    there = [status for status in operation["responses"] if status.startswith("2")]
    if len(there) != 1 or "299" in operation["responses"]:
        return ""
    operation["responses"]["299"] = operation["responses"].pop(there[0])
    return "breaking"


def _failure_more(_: Node, operation: Node, __: Doc, ___: random.Random) -> str:
    if {"418", "4XX", "default"} & operation["responses"].keys():
        return ""
    operation["responses"]["418"] = {"description": "teapot"}
    return "fine"


def _header_required(_: Node, operation: Node, doc: Doc, __: random.Random) -> str:
    headers = [each for answer in operation["responses"].values() for each in resolved(answer, doc).get("headers", {}).values()]  # fmt: skip # noqa: E501
    if not headers:
        return ""
    chosen = resolved(headers[0], doc)
    chosen["required"] = not chosen.get("required", False)
    return "fine" if chosen["required"] else "breaking"


def _header_more(_: Node, operation: Node, doc: Doc, __: random.Random) -> str:
    answer = resolved(next(iter(operation["responses"].values())), doc)
    answer.setdefault("headers", {})["X-Zz"] = {"schema": {"type": "string"}}
    return "fine"


def _security_more(_: Node, operation: Node, doc: Doc, __: random.Random) -> str:
    doc["components"]["securitySchemes"]["zz"] = {"type": "http", "scheme": "bearer"}
    operation["security"] = [{**each, "zz": []} for each in operation.get("security") or [{}]]
    return "breaking"


def _security_other(_: Node, operation: Node, doc: Doc, __: random.Random) -> str:
    if not operation.get("security"):
        return ""
    doc["components"]["securitySchemes"]["zz"] = {"type": "http", "scheme": "bearer"}
    operation["security"] = [*operation["security"], {"zz": []}]
    return "fine"


def _naming(_: Node, operation: Node, doc: Doc, __: random.Random) -> str:
    operation["summary"], operation["tags"], doc["info"]["version"] = "Other words", ["other"], "2"
    operation["deprecated"] = True
    return "fine"


def _component_renamed(_: Node, __: Node, doc: Doc, rng: random.Random) -> str:
    names = [*doc["components"].get("schemas", {})]
    if not names:
        return ""
    name = rng.choice(names)
    schemas = doc["components"]["schemas"]
    schemas["ZzRenamed"] = schemas.pop(name)
    text = json.dumps(doc).replace(json.dumps(HOME + name), json.dumps(f"{HOME}ZzRenamed"))
    doc.update(json.loads(text))
    return "fine"


def _inlined(_: Node, operation: Node, doc: Doc, __: random.Random) -> str:
    done = False
    for holder in [*operation["responses"].values(), operation.get("requestBody")]:
        for content in (resolved(holder, doc) or {}).get("content", {}).values():
            if "$ref" in content.get("schema", {}):
                content["schema"] = copy.deepcopy(resolved(content["schema"], doc))
                done = True
    return "fine" if done else ""


def _default(_: Node, operation: Node, doc: Doc, rng: random.Random) -> str:
    there = [resolved(each, doc).get("schema", {}) for each in operation.get("parameters", [])]
    there = [each for each in there if isinstance(each.get("default"), int | str) and "enum" not in each]
    if not there:
        return ""
    chosen = rng.choice(there)
    chosen["default"] = chosen["default"] * 2 + type(chosen["default"])(1)
    return "breaking"


AROUND = {function.__name__.strip("_"): function for function in (
    _operation_gone, _parameter_more, _parameter_required, _parameters_reordered, _body_required, _media_more,
    _media_other, _success_gone, _failure_more, _header_required, _header_more, _security_more, _security_other,
    _naming, _component_renamed, _inlined, _default)}  # fmt: skip
