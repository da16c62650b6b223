"""What the contract says of two schemas, by trying: values that one side may send and the other side refuses.

Independent of the engine that it judges: JSON Schema (`jsonschema_rs`, Draft 2020-12) decides, on values that are made
here. "None found" is no proof, so many are tried around the place of the change.
"""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

HOME = "#/components/schemas/"
DEEP = 5
RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
EXAMPLES = {
    "date": ["2024-02-29"],
    "date-time": ["2024-02-29T10:00:00Z"],
    "email": ["a@example.org"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"],
    "uri": ["https://example.org/a"],
    "ipv4": ["192.0.2.1"],
    "ipv6": ["2001:db8::1"],
    "hostname": ["example.org"],
}
PLAIN: list[Any] = [
    None,
    True,
    0,
    1,
    -1,
    7,
    1.5,
    10**12,
    1e30,
    "",
    "a",
    "zz other",
    "x" * 40,
    "x" * 3000,
    "2024-02-29",
    [],
    ["a"],
    {},
]
IN_LISTS = ("allOf", "anyOf", "oneOf")


def resolved(schema: Any, doc: dict[str, Any]) -> Any:
    for _ in range(20):
        if not isinstance(schema, dict) or not str(schema.get("$ref", "")).startswith("#/"):
            return schema
        found: Any = doc
        for step in schema["$ref"][2:].split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


class Contract:
    """The schemas of one document, seen from one side of the wire."""

    def __init__(self, doc: dict[str, Any], sends: str) -> None:
        """Prepare. `sends`: `client` for what requests hold, `server` for what responses hold."""
        self.doc = doc
        self.hidden = "readOnly" if sends == "client" else "writeOnly"
        self.old_style = not str(doc["openapi"]).startswith("3.1")
        self.parts = {name: self._converted(each) for name, each in self._components().items()}

    def _components(self) -> dict[str, Any]:
        found: dict[str, Any] = self.doc.get("components", {}).get("schemas", {})
        return found

    def validator(self, schema: Any) -> Any:
        whole = {"allOf": [self._converted(schema)], "components": {"schemas": self.parts}}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def is_hidden(self, schema: Any) -> bool:
        found = resolved(schema, self.doc)
        return isinstance(found, dict) and found.get(self.hidden) is True

    def _converted(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema and self.old_style:
            return {"$ref": schema["$ref"]}
        out = {key: self._inner(key, value) for key, value in schema.items()}
        if isinstance(out.get("required"), list):
            named = schema.get("properties", {})
            out["required"] = [name for name in out["required"] if not self.is_hidden(named.get(name, {}))]
        if "type" not in out and "enum" not in out:  # a common omission (docs/compatible.md)
            out |= {"type": "object"} if "properties" in out else {"type": "array"} if "items" in out else {}
        if schema.get("format") in RANGES:
            low, high = RANGES[schema["format"]]
            out["allOf"] = [*out.get("allOf", []), {"minimum": low, "maximum": high}]
        return self._modern(out) if self.old_style else out

    def _inner(self, key: str, value: Any) -> Any:
        if key == "properties" and isinstance(value, dict):
            return {name: self._converted(each) for name, each in value.items()}
        if key in IN_LISTS and isinstance(value, list):
            return [self._converted(each) for each in value]
        if key in ("items", "additionalProperties", "not"):
            return self._converted(value)
        return value

    @staticmethod
    def _modern(out: dict[str, Any]) -> dict[str, Any]:
        for bound, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if out.get(strict) is True and bound in out:
                out[strict] = out.pop(bound)
            elif isinstance(out.get(strict), bool):
                del out[strict]
        if out.pop("nullable", None) is True and isinstance(out.get("type"), str):
            out["type"] = [out["type"], "null"]
        return out


class Sampler:
    """Makes values that a schema is likely to admit; a validator has the last word."""

    def __init__(self, contract: Contract, rng: random.Random) -> None:
        """Draw from `rng` alone, so that a seed gives the same again."""
        self.contract, self.rng = contract, rng

    def flat(self, schema: Any, branch: tuple[str, int] | None = None) -> dict[str, Any]:
        """Return the keywords of a schema with its members and one branch of its unions merged in."""
        schema = resolved(schema, self.contract.doc)
        if not isinstance(schema, dict):
            return {}
        out: dict[str, Any] = {}
        for keyword in IN_LISTS:
            members = schema.get(keyword) or []
            if keyword != "allOf" and members:
                chosen = branch[1] if branch and branch[0] == keyword else self.rng.randrange(len(members))
                members = [members[chosen]]
            for member in members:
                _merge(out, self.flat(member))
        _merge(out, {key: value for key, value in schema.items() if key not in IN_LISTS})
        return out

    def value(self, schema: Any, depth: int = 0, steps: tuple[Any, ...] = (), leaf: Any = None) -> Any:
        """Return a value; along `steps` it leads to `leaf`."""
        step, rest = (steps[0], steps[1:]) if steps else (None, ())
        if steps and step[0] in IN_LISTS:
            member = resolved(schema, self.contract.doc)[step[0]][step[1]]
            made = self.value(member, depth, rest, leaf) if rest else leaf
            beside = self._shaped(self.flat(schema, step), depth, (), None) if isinstance(made, dict) else None
            return {**beside, **made} if isinstance(beside, dict) else made
        if depth > DEEP and not steps:
            return self._shallow(self.flat(schema))
        return self._shaped(self.flat(schema), depth, steps, leaf)

    def _shaped(self, flat: dict[str, Any], depth: int, steps: tuple[Any, ...], leaf: Any) -> Any:
        if not steps:
            return self._free(flat, depth)
        (kind, name), rest = steps[0], steps[1:]
        if kind == "properties":
            out = self._object(flat, depth)
            out[name] = self.value(flat["properties"][name], depth + 1, rest, leaf) if rest else leaf
            return out
        if kind == "additionalProperties":
            out = self._object(flat, depth)
            out["zz_extra"] = self.value(flat["additionalProperties"], depth + 1, rest, leaf) if rest else leaf
            return out
        first = self.value(flat["items"], depth + 1, rest, leaf) if rest else leaf
        more = max(0, int(flat.get("minItems", 1)) - 1)
        return [first, *(self.value(flat["items"], depth + 1) for _ in range(more))]

    def _free(self, flat: dict[str, Any], depth: int) -> Any:
        if "const" in flat:
            return flat["const"]
        if flat.get("enum"):
            return self.rng.choice(flat["enum"])
        kind = flat.get("type")
        if isinstance(kind, list):
            kind = self.rng.choice(kind)
        kind = kind or ("object" if "properties" in flat else "array" if "items" in flat else None)
        made = {"object": self._object, "array": self._array}.get(str(kind))
        return made(flat, depth) if made else self.rng.choice([*_scalars(flat, str(kind)), *_scalars(flat, str(kind))])

    def _shallow(self, flat: dict[str, Any]) -> Any:
        return self._free({**flat, "properties": {}, "items": {}} if not flat.get("required") else flat, DEEP)

    def _object(self, flat: dict[str, Any], depth: int, *, everything: bool = False) -> dict[str, Any]:
        out = {}
        needed = flat.get("required") if isinstance(flat.get("required"), list) else []
        for name, schema in (flat.get("properties") or {}).items():
            if self.contract.is_hidden(schema):
                continue
            if name in needed or (depth < DEEP and (everything or self.rng.random() < 0.3)):
                out[name] = self.value(schema, depth + 1)
        for name in needed:
            if name not in out and name not in (flat.get("properties") or {}):
                out[name] = "a"
        return out

    def _array(self, flat: dict[str, Any], depth: int) -> list[Any]:
        count = self._count(flat)
        return [self.value(flat.get("items", {}), depth + 1) for _ in range(count)]

    def _count(self, flat: dict[str, Any]) -> int:
        low = int(flat.get("minItems", 0))
        return self.rng.randint(low, max(low, min(int(flat.get("maxItems", low + 2)), low + 2)))

    def around(self, schema: Any) -> Iterator[Any]:
        """Yield values on and beside the limits of a schema."""
        yield from PLAIN
        for _ in range(8):
            flat = self.flat(schema)
            yield from flat.get("enum") or []
            for kind in ("string", "integer", "number"):
                yield from _scalars(flat, kind)
            yield self._free(flat, 1)
        for _ in range(3):
            flat = self.flat(schema)
            if "properties" in flat or "object" in str(flat.get("type")):
                yield from self._objects(flat)
            if "items" in flat or "array" in str(flat.get("type")):
                yield from self._arrays(flat)

    def _objects(self, flat: dict[str, Any]) -> Iterator[Any]:
        full = self._object(flat, 1, everything=True)
        least = self._object({**flat, "properties": {}}, 1) | {
            name: full[name] for name in flat.get("required") or [] if name in full
        }
        yield from (full, least)
        for name in full:
            yield {key: value for key, value in full.items() if key != name}
            yield {**least, name: full[name]}
        for extra in ("a", 1, None, {"a": 1}, ["a"], True):
            yield {**least, "zz_extra": extra}
            yield {"zz_extra": extra}
        for size in _near(flat, "minProperties", "maxProperties"):
            yield {**least, **{f"zz_{at}": "a" for at in range(max(0, size - len(least)))}}
            yield dict(list(full.items())[:size])

    def _arrays(self, flat: dict[str, Any]) -> Iterator[Any]:
        items = flat.get("items", {})
        for size in {0, 1, 2, *_near(flat, "minItems", "maxItems")}:
            made = [self.value(items, 2) for _ in range(min(size, 40))]
            yield made
            if made:
                yield [made[0]] * len(made)
                yield list({repr(each): each for each in made}.values())
        for extra in PLAIN:
            yield [extra]


def _merge(out: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if key == "properties" and isinstance(value, dict):
            out[key] = {**out.get(key, {}), **value}
        elif key == "required" and isinstance(value, list):
            out[key] = [*out.get(key, []), *value]
        else:
            out[key] = value


def _near(flat: dict[str, Any], *keywords: str) -> list[int]:
    bounds = [int(flat[key]) for key in keywords if isinstance(flat.get(key), int)]
    return sorted({max(0, bound + step) for bound in bounds if bound < 200 for step in (-1, 0, 1)})


def _scalars(flat: dict[str, Any], kind: str) -> list[Any]:
    if kind == "string":
        return _texts(flat)
    if kind in ("integer", "number"):
        return _numbers(flat, kind)
    return [True, False] if kind == "boolean" else [None] if kind == "null" else ["a", 1, True]


def _texts(flat: dict[str, Any]) -> list[Any]:
    if isinstance(flat.get("pattern"), str):
        return [*matching(flat["pattern"]), "zz other"]
    known = EXAMPLES.get(str(flat.get("format")))
    sizes = _near(flat, "minLength", "maxLength") or [1, 5]
    return [*(known or []), *("a" * size for size in sizes)] if known is None else [*known, "no such format"]


def _numbers(flat: dict[str, Any], kind: str) -> list[Any]:
    edges = [flat.get(key) for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")]
    numbers = [edge for edge in edges if isinstance(edge, int | float) and not isinstance(edge, bool)]
    step = flat.get("multipleOf") or 1
    near = [edge + by for edge in numbers for by in (-step, -1, 0, 1, step)] or [0, 1, 5, 2**31, 2**40]
    near += [step * by for by in (1, 2, 3, 5, 7)]
    whole = [int(each) for each in near if float(each).is_integer()]
    return whole if kind == "integer" and whole else [*near, *(each + 0.5 for each in near)]


@cache
def matching(pattern: str) -> list[str]:
    """Return some texts that fit a pattern, none where it is beyond Python's `re`."""
    from hypothesis import strategies as st

    try:
        strategy = st.from_regex(re.compile(pattern.replace("$", r"\Z")))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [strategy.example() for _ in range(4)]
    except Exception:
        return []


def refused(
    before: Contract,
    after: Contract,
    pair: tuple[Any, Any],
    steps: tuple[Any, ...],
    nodes: tuple[Any, Any],
    rng: random.Random,
) -> tuple[int, Any]:
    """Return how many values of the sender were tried, and the first that the receiver's contract refuses.

    None were when a value tells the two places apart, and no whole value could be made around it. `before` is the
    contract that the sender keeps to, `after` the one that is held against it.
    """
    sampler, other = Sampler(before, rng), Sampler(after, rng)
    mine, theirs = before.validator(pair[0]), after.validator(pair[1])
    here, there = before.validator(nodes[0]), after.validator(nodes[1])
    tried = 0
    missed = False
    beyond = _names(other, nodes[1]) - _names(sampler, nodes[0])  # no sender makes up a property that it does not know
    for leaf in [*sampler.around(nodes[0]), *other.around(nodes[1])]:
        if not here.is_valid(leaf) or (isinstance(leaf, dict) and beyond & leaf.keys()):
            continue
        value = next((each for each in _wholes(sampler, pair[0], steps, leaf) if mine.is_valid(each)), NOTHING)
        telling = not there.is_valid(leaf)
        missed |= telling and value is NOTHING
        if value is not NOTHING:
            tried += 1
            if not theirs.is_valid(value):
                return tried, value
    return 0 if missed else tried, None


NOTHING = object()


def _names(sampler: Sampler, schema: Any) -> set[str]:
    return {name for _ in range(6) for name in sampler.flat(schema).get("properties") or {}}


def _wholes(sampler: Sampler, root: Any, steps: tuple[Any, ...], leaf: Any) -> Iterator[Any]:
    """Yield values that lead to the leaf; what stands beside it is drawn anew for each."""
    for _ in range(12 if steps else 1):
        try:
            yield sampler.value(root, 0, steps, leaf) if steps else leaf
        except (KeyError, IndexError, TypeError):  # the way leads through a branch that was not taken
            continue
