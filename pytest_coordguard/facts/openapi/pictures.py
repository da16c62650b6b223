"""The answers of a service as its OpenAPI document has them: pictures to compare with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.domain.shadow.picture import NUMBERS, VALUES, Picture
from pytest_coordguard.domain.shadow.shape import ABSENT, ANY_KEY, ANYTHING, ITEM, LIST, OBJECT, Place, Shape, joined
from pytest_coordguard.domain.wire import matches
from pytest_coordguard.facts.openapi.document import Unreadable
from pytest_coordguard.facts.openapi.references import Dangling, Library, Remote, Resource
from pytest_coordguard.facts.repository import Repository

KINDS = {"string": "text", "integer": "number", "number": "number", "boolean": "truth value", "null": "null",
         "array": LIST, "object": OBJECT, "file": "text"}  # fmt: skip
DEEPEST = 12  # schemas within schemas; what lies deeper may be anything
USUAL = 200
EVENTS = "text/event-stream"
OPEN: Shape = {(): frozenset({ANYTHING})}


@dataclass(frozen=True, slots=True)
class Site:
    """A part of a document, and what its references are relative to."""

    value: Any
    home: Resource

    def at(self, *keys: str) -> Site:
        """Return the part below these keys; an empty one where there is none."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return Site(value, self.home)


class Reader:
    """Reads the pictures of one document."""

    def __init__(self, repo: Repository, path: str) -> None:
        """Open it.

        Raises:
            CannotJudge: it cannot be read.

        """
        self._library = Library(repo)
        try:
            root = self._library.open(path)
        except (FileNotFoundError, Unreadable) as error:
            raise CannotJudge(f"reference: {path} cannot be read ({error})") from error
        self._root = Site(root.root, root)
        self.path = path

    def picture(self, asked: Ask, headers: Iterable[str]) -> Picture | str:
        """Return what the document says of the answer to a request; in words, where it says nothing."""
        operation = self._operation(asked)
        if operation is None:
            return f"no operation {asked.method} {asked.path.partition('?')[0]}"
        status, response = self._response(operation, asked.status)
        if response is None:
            return f"no answer {' or '.join(map(str, asked.status)) or '2xx'} of {asked.method} {asked.path}"
        media_type, shape = self._content(response, asked)
        return Picture(status, media_type, shape, self._headers(response, list(headers)))

    def _operation(self, asked: Ask) -> Site | None:
        paths = self._root.at("paths")
        path = asked.path.partition("?")[0]
        known = [name for name in paths.value or () if isinstance(paths.value, dict) and _fits(str(name), path)]
        for name in sorted(known, key=lambda name: (name.count("{"), -len(name), name)):
            found = self._followed(paths.at(name)).at(asked.method.lower())
            if isinstance(found.value, dict):
                return found
        return None

    def _response(self, operation: Site, wanted: tuple[int, ...]) -> tuple[int | None, Site | None]:
        given = operation.at("responses").value
        known = {str(name).upper(): name for name in given} if isinstance(given, dict) else {}
        statuses = wanted or tuple(sorted(int(name) for name in known if name.isdigit() and name.startswith("2")))
        for status in statuses or (USUAL,):
            for name in (str(status), f"{status // 100}XX", "DEFAULT"):
                if name in known:
                    return status, self._followed(Site(given[known[name]], operation.home))
        return None, None

    def _content(self, response: Site, asked: Ask) -> tuple[str | None, Shape | None]:
        content = response.at("content").value
        if "schema" in (response.value or {}):  # Swagger 2.0
            return None, self._shape(response.at("schema"), 0)
        if not isinstance(content, dict) or not content:
            return None, OPEN if response.value else None
        types = {str(name).partition(";")[0].strip().lower(): name for name in content}
        chosen = asked.answer_type if asked.answer_type in types else next(iter(types))
        if len(types) > 1 and b'"stream": true' not in asked.content and "application/json" in types:
            chosen = asked.answer_type or "application/json"
        elif EVENTS in types and b'"stream": true' in asked.content:
            chosen = EVENTS
        if chosen not in types or not (chosen.endswith("json") or chosen == EVENTS):
            return chosen, None
        schema = response.at("content", types[chosen], "schema")
        shape = self._shape(schema, 0) if schema.value is not None else OPEN
        is_of_text = chosen == EVENTS and OBJECT not in shape.get((), frozenset())  # the stream, and not one event
        return chosen, OPEN if is_of_text else shape

    def _headers(self, response: Site, patterns: list[str]) -> Mapping[str, frozenset[str]] | None:
        """Return the declared headers; None where the document declares none, and so says nothing of them."""
        given = response.at("headers").value
        names = [str(name) for name in given if matches(str(name), patterns)] if isinstance(given, dict) else []
        return {name.lower(): self._header(response.at("headers", name)) for name in names} or None

    def _header(self, site: Site) -> frozenset[str]:
        """Return what a header's value may be written as: not nothing, and a number where it is one."""
        header = self._followed(site)
        kinds = self._shape(header.at("schema"), 0).get((), frozenset({ANYTHING}))
        return NUMBERS if kinds == {"number"} or header.at("type").value in ("integer", "number") else VALUES

    def _followed(self, site: Site) -> Site:
        """Follow references to what they mean.

        Raises:
            CannotJudge: one leads nowhere.

        """
        for _ in range(DEEPEST):
            if not isinstance(site.value, dict) or not isinstance(site.value.get("$ref"), str):
                break
            try:
                target = self._library.resolve(site.home, site.value["$ref"])
            except (Dangling, Remote) as error:
                raise CannotJudge(f"reference: {self.path}: {site.value['$ref']}: {error}") from error
            site = Site(target.value, target.resource)
        return site

    def _shape(self, site: Site, depth: int) -> Shape:
        """Return which kinds a schema lets stand where (JSON Schema: type, properties, items and combinations)."""
        site = self._followed(site)
        schema = site.value
        if depth > DEEPEST or not isinstance(schema, dict) or not schema:
            return OPEN
        shapes = [self._own(site, depth)] if _says_itself(schema) else []
        parts = [Site(part, site.home) for part in _listed(schema.get("allOf"))]
        shapes += [self._shape(part, depth + 1) for part in parts]
        for name in ("anyOf", "oneOf"):
            if options := [self._shape(Site(part, site.home), depth + 1) for part in _listed(schema.get(name))]:
                shapes.append(joined(options))
        found = _all_of(shapes) if shapes else OPEN
        return _or_null(found) if schema.get("nullable") is True or schema.get("x-nullable") is True else found

    def _own(self, site: Site, depth: int) -> Shape:
        schema = site.value
        found: dict[Place, frozenset[str]] = {(): frozenset(_kinds(schema))}
        required = set(map(str, _listed(schema.get("required"))))
        for name, inner in self._properties(site):
            below = self._shape(inner, depth + 1)
            found |= {(name, *place): kinds for place, kinds in below.items()}
            if name not in required:
                found[(name,)] |= {ABSENT}
        others = schema.get("additionalProperties")
        if (others is not None and others is not False) or (OBJECT in found[()] and len(found) == 1):
            below = self._shape(Site({} if others is True else others, site.home), depth + 1)
            found |= {(ANY_KEY, *place): kinds for place, kinds in below.items()}
        if LIST in found[()] and schema.get("items") is not None:
            below = self._shape(site.at("items"), depth + 1)
            found |= {(ITEM, *place): kinds for place, kinds in below.items()}
        return found

    def _properties(self, site: Site) -> Iterator[tuple[str, Site]]:
        given = site.value.get("properties")
        for name in given if isinstance(given, dict) else ():
            yield str(name), Site(given[name], site.home)


def _fits(template: str, path: str) -> bool:
    """Tell whether a path is one of a template, as `/v1/models/{model}`; what stands before it may be the server's."""
    pattern = "".join(
        "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", template)
    )
    return re.fullmatch(rf"(?:/[^?]*)?{pattern}", path) is not None


def _says_itself(schema: Mapping[str, Any]) -> bool:
    return any(
        key in schema for key in ("type", "properties", "items", "enum", "const", "additionalProperties")
    ) or not (any(key in schema for key in ("allOf", "anyOf", "oneOf")))


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    given = schema.get("type")
    names = [str(name) for name in given] if isinstance(given, list) else [given] if given else []
    if not names:
        values = _listed(schema.get("enum")) or ([schema["const"]] if "const" in schema else [])
        if values:
            return {_kind(value) for value in values}
        names = ["object"] if "properties" in schema or "additionalProperties" in schema else []
        names += ["array"] if "items" in schema else []
    return {KINDS.get(name, ANYTHING) for name in names} or {ANYTHING}


def _kind(value: object) -> str:
    names = {bool: "truth value", int: "number", float: "number", str: "text", type(None): "null"}
    return names.get(type(value), ANYTHING)


def _all_of(shapes: list[Shape]) -> Shape:
    """Return the shape of what has all of these: a key that one of them needs is needed."""
    found: dict[Place, frozenset[str]] = {}
    for shape in shapes:
        for place, kinds in shape.items():
            before = found.get(place)
            if before is None or ANYTHING in before:
                found[place] = kinds if before is None else (kinds | (before & {ABSENT}))
            elif ANYTHING not in kinds:
                found[place] = ((before & kinds) - {ABSENT} or before | kinds) - {ABSENT} | (before & kinds & {ABSENT})
    return found


def _or_null(shape: Shape) -> Shape:
    return {**shape, (): shape.get((), frozenset()) | {"null"}}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
