"""How often `openapi.compatible` is right on mutants of real descriptions, by labels that do not come from it.

    python benchmarks/openapi_compatible_mutants.py [--mutants N] [--seed S] [--show K] DOCUMENT...

Each mutant is one operation of a document, and the same with one change at one place. A change of a schema is labelled
by trying (`contract_truth.py`): `breaking` when a request that the old contract admits is refused by the new one, or a
response that the new one admits is refused by the old one. A change of the operation around the schemas is labelled by
what the standard says of it. Needs `hypothesis` and `jsonschema_rs`.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from contract_changes import CHANGES, METHODS, Doc, Node, around, operation_of
from contract_truth import EXAMPLES, IN_LISTS, RANGES, Contract, Sampler, refused, resolved

from pytest_coordguard.facts.openapi.compatible.comparison import compare
from pytest_coordguard.facts.openapi.compatible.level import Level
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.rules import level_of
from pytest_coordguard.facts.openapi.validity import open_description
from pytest_coordguard.facts.repository import Repository

UNKNOWN = re.compile(rf', "format": "(?!(?:{"|".join([*EXAMPLES, *RANGES])})")[^"]*"')  # nobody here can judge them
LARGEST = 300_000  # bytes of an operation with all that it refers to
FEWEST = 8  # values tried before a change counts as fine


class Root(NamedTuple):
    """Where a schema stands on the wire."""

    sender: str
    pointer: tuple[Any, ...]


class Place(NamedTuple):
    """A schema that a root leads to by `steps`; it stands at `pointer`, maybe in a component."""

    root: Root
    steps: tuple[Any, ...]
    pointer: tuple[Any, ...]


def at(doc: Any, pointer: tuple[Any, ...]) -> Any:
    for step in pointer:
        doc = doc[step]
    return doc


def where(schema: Any, pointer: tuple[Any, ...], doc: Doc) -> tuple[Any, ...]:
    while isinstance(schema, dict) and str(schema.get("$ref", "")).startswith("#/"):
        pointer = tuple(part.replace("~1", "/").replace("~0", "~") for part in schema["$ref"][2:].split("/"))
        schema = at(doc, pointer)
    return pointer


# Operations, each a document of its own


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def slices(doc: Doc, rng: random.Random) -> Iterator[Doc]:
    """Yield, without end, documents of one operation with all that it refers to."""
    operations = [(path, method) for path, item in doc["paths"].items() for method in METHODS if method in item]
    known: dict[tuple[str, str], Doc | None] = {}
    while operations:
        key = rng.choice(operations)
        if key not in known:
            known[key] = slice_of(doc, *key)
        if known[key] is not None:
            yield known[key]
        else:
            operations.remove(key)


def slice_of(doc: Doc, path: str, method: str) -> Doc | None:
    item = {key: value for key, value in doc["paths"][path].items() if key in (method, "parameters")}
    out: Doc = {"openapi": str(doc["openapi"]), "info": {"title": "t", "version": "1"}, "paths": {path: item}}
    item[method] = {key: value for key, value in item[method].items() if key not in ("callbacks", "servers")}
    out["components"] = {"securitySchemes": doc.get("components", {}).get("securitySchemes", {})}
    todo, seen = [*references(item)], set()
    while todo:
        reference = todo.pop()
        parts = reference.removeprefix("#/").split("/")
        if reference in seen:
            continue
        if not reference.startswith("#/components/") or len(parts) != 3:
            return None
        seen.add(reference)
        part = doc["components"].get(parts[1], {}).get(parts[2])
        if part is None:
            return None
        out["components"].setdefault(parts[1], {})[parts[2]] = part
        todo += references(part)
    text = UNKNOWN.sub("", json.dumps(out))
    return json.loads(text) if len(text) < LARGEST and '"discriminator"' not in text else None


def roots(doc: Doc) -> Iterator[Root]:
    path, item = next(iter(doc["paths"].items()))
    method = next(each for each in METHODS if each in item)
    here = ("paths", path, method)
    operation = item[method]
    for base, parameters in (((*here, "parameters"), operation.get("parameters", [])),
                             (("paths", path, "parameters"), item.get("parameters", []))):  # fmt: skip
        for index, each in enumerate(parameters):
            pointer = where(each, (*base, index), doc)
            if "schema" in at(doc, pointer):
                yield Root("parameter", (*pointer, "schema"))
    if "requestBody" in operation:
        yield from _contents(doc, "client", (*here, "requestBody"))
    for status in operation.get("responses", {}):
        yield from _contents(doc, "server", (*here, "responses", status))


def _contents(doc: Doc, sender: str, pointer: tuple[Any, ...]) -> Iterator[Root]:
    pointer = where(at(doc, pointer), pointer, doc)
    for media, content in (at(doc, pointer).get("content") or {}).items():
        if "json" in media and "schema" in content:
            yield Root(sender, (*pointer, "content", media, "schema"))


def places(doc: Doc, root: Root) -> list[Place]:
    found: list[Place] = []
    todo: list[tuple[tuple[Any, ...], tuple[Any, ...], frozenset[Any]]] = [((), root.pointer, frozenset())]
    hidden = {"client": "readOnly", "server": "writeOnly"}.get(root.sender, "")
    while todo and len(found) < 3000:
        steps, pointer, above = todo.pop(0)
        pointer = where(at(doc, pointer), pointer, doc)
        schema = at(doc, pointer)
        if not isinstance(schema, dict) or pointer in above or schema.get(hidden) or "not" in schema:
            continue
        found.append(Place(root, steps, pointer))
        if root.sender == "parameter":
            continue
        for step, inner in _below(schema):
            todo.append(((*steps, step), (*pointer, *inner), above | {pointer}))
    return found


def unlabelled(doc: Doc) -> set[str]:
    """Return the components that lead to where no label reaches: bodies other than JSON, headers, within parameters."""
    covered = [at(doc, root.pointer) for root in roots(doc)]
    inner = [each for root, each in zip(roots(doc), covered, strict=True) if root.sender == "parameter"]
    todo = [*references([{key: value for key, value in each.items() if key != "$ref"} for each in inner])]
    todo += references([answer.get("headers") for answer in holders_of(doc)])
    todo += [
        reference
        for holder in holders_of(doc)
        for media, content in (holder.get("content") or {}).items()
        if "json" not in media
        for reference in references(content)
    ]
    seen: set[str] = set()
    while todo:
        reference = todo.pop()
        if reference not in seen:
            seen.add(reference)
            todo += references(resolved({"$ref": reference}, doc))
    return {reference.rpartition("/")[2] for reference in seen}


def holders_of(doc: Doc) -> list[Node]:
    operation = operation_of(doc)[1]
    held = [*operation.get("responses", {}).values(), *operation.get("parameters", []), operation.get("requestBody")]
    return [resolved(each, doc) for each in held if each]


def _below(schema: Node) -> Iterator[tuple[tuple[str, Any], tuple[Any, ...]]]:
    for name in schema.get("properties", {}):
        yield ("properties", name), ("properties", name)
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield (keyword, None), (keyword,)
    for keyword in IN_LISTS:
        for index in range(len(schema.get(keyword, []))):
            yield (keyword, index), (keyword, index)


# Labels, and what is found


class Mutant(NamedTuple):
    name: str
    before: Doc
    after: Doc
    label: str
    why: str


def mutant_of(doc: Doc, rng: random.Random) -> Mutant | None:
    after = copy.deepcopy(doc)
    if rng.random() < 0.25:
        made = around(after, rng)
        return Mutant(made[0], doc, after, made[1], "by the standard") if made else None
    found = [place for root in roots(doc) for place in places(doc, root)]
    if not found:
        return None
    name = rng.choice([*CHANGES])
    beyond = unlabelled(doc)
    found = [place for place in found if not (place.pointer[0] == "components" and place.pointer[2] in beyond)]
    rng.shuffle(found)
    for place in found[:30]:
        after = copy.deepcopy(doc)
        if CHANGES[name](at(after, place.pointer), rng, str(doc["openapi"])[:3].replace("3.0", "")) and after != doc:
            same = [each for each in found if each.pointer == place.pointer]
            label, why = label_of(doc, after, same[:6], rng)
            return Mutant(f"{name} ({place.root.sender})", doc, after, label, why) if label else None
    return None


def label_of(before: Doc, after: Doc, touched: list[Place], rng: random.Random) -> tuple[str, str]:
    """Return `breaking` with a value that shows it, `fine`, or "" when no value could be made to try."""
    tried = 0
    for place in touched:
        sides = (before, after) if place.root.sender != "server" else (after, before)
        sender = "server" if place.root.sender == "server" else "client"
        contracts = [Contract(side, sender) for side in sides]
        nodes = tuple(at(side, place.pointer) for side in sides)
        pair = tuple(at(side, place.root.pointer) for side in sides)
        try:
            if place.root.sender == "parameter":
                count, value = written(contracts, pair, nodes, rng)
            else:
                count, value = refused(*contracts, pair, place.steps, nodes, rng)
        except ValueError:  # a pattern or schema that the validator does not read
            return "", ""
        if value is not None or count < 0:
            return "breaking", f"{place.root.pointer[-2:]} {place.steps}: {json.dumps(value)[:200]}"
        if count < FEWEST:
            return "", ""
        tried += count
    return ("fine", f"{tried} values") if tried else ("", "")


def written(contracts: list[Contract], pair: Any, nodes: Any, rng: random.Random) -> tuple[int, Any]:
    """As `refused`, of parameters: they are written as texts, so a text is valid when any reading of it is."""
    mine, theirs = (each.validator(schema) for each, schema in zip(contracts, pair, strict=True))
    tried = 0
    for node, contract in zip(nodes, contracts, strict=True):
        for value in Sampler(contract, rng).around(node):
            if value is None or not mine.is_valid(value):
                continue
            tried += 1
            if not any(theirs.is_valid(each) for each in readings(value)):
                return tried, value
    return tried, None


def readings(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, int | float):
        yield str(value)
    elif isinstance(value, str):
        try:
            yield json.loads(value)
        except ValueError:
            return


def said(mutant: Mutant) -> list[Any]:
    sides = []
    for data in (mutant.before, mutant.after):
        repo = Repository(Path()).with_changes({"a.json": json.dumps(data).encode()})
        sides.append(open_description(repo, "a.json").description)
    found = compare(*sides, Options(date(2026, 1, 1))).differences
    return [each for each in found if level_of(each.rule, "contract") is Level.ERROR]


def load(path: Path) -> Doc:
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)


def measure(documents: list[Path], count: int, seed: int, show: int) -> None:
    rng = random.Random(seed)
    streams = [slices(load(path), rng) for path in documents]
    counted: Counter[tuple[str, bool]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    made = unknown = 0
    while made < count and streams:
        stream = rng.choice(streams)
        doc = next(stream, None)
        if doc is None:  # no operation of it is small enough
            streams.remove(stream)
            continue
        mutant = mutant_of(doc, rng)
        if mutant is None:
            unknown += 1
            continue
        made += 1
        errors = said(mutant)
        counted[mutant.label, bool(errors)] += 1
        if bool(errors) != (mutant.label == "breaking"):
            wrong[mutant.name, mutant.label] += 1
            if sum(wrong.values()) <= show:
                told(mutant, errors)
    print(f"{made} mutants of {len(documents)} documents, seed {seed}; {unknown} could not be made or labelled")
    for label, what in (("breaking", "found"), ("fine", "false alarms")):
        of = counted[label, True] + counted[label, False]
        print(f"{label}: {of} mutants, {what} {counted[label, True]} ({100 * counted[label, True] / max(of, 1):.1f} %)")
    print("wrong by family:", dict(wrong.most_common()))


def told(mutant: Mutant, errors: list[Any]) -> None:
    path, item = next(iter(mutant.before["paths"].items()))
    print(f"- {mutant.name} at {[*item]} {path}: {mutant.label} ({mutant.why}), and here {errors[:2] or 'fine'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", nargs="+", type=Path)
    parser.add_argument("--mutants", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    measure(options.documents, options.mutants, options.seed, options.show)


if __name__ == "__main__":
    main()
