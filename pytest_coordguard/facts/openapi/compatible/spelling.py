"""Unions that say what a plain keyword says: of one branch, of bare types, of listed values, with null beside."""

from __future__ import annotations

from typing import Any, NamedTuple

from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.compatible.values import as_json, listed
from pytest_coordguard.facts.openapi.description import Site

NULL = "null"
ANNOTATIONS = {"title", "description", "example", "examples", "deprecated", "$comment", "externalDocs"}
EXTENSIONS = {"x-nullable", "x-extensible-enum"}  # that say which values are valid


class Union(NamedTuple):
    """An `anyOf` or `oneOf`: its branches, those that are null alone left out."""

    keyword: str
    branches: tuple[Node, ...]
    null: bool
    site: Site  # the object that holds it
    said: tuple[str, Any] | None = None  # the plain keyword that says the same, and its value


def branches_of(site: Site, keyword: str) -> list[Node]:
    """Return the schemas in a list of them."""
    value = site.value[keyword]
    return [
        Node((Site("schema", branch, ((site.place, keyword), str(index)), site.resource),))
        for index, branch in enumerate(value if isinstance(value, list) else ())
        if isinstance(branch, (dict, bool))
    ]


def read_union(site: Site, keyword: str) -> Union | None:
    """Return a union; None when it has no branch, and so says nothing."""
    branches = branches_of(site, keyword)
    if not branches:
        return None
    real = tuple(branch for branch in branches if not _is_null(branch.home.value))
    null = len(real) < len(branches)
    said = _types(keyword, real, null=null) or _values(keyword, real, null=null)
    return Union(keyword, real, null, site, said)


def _telling(value: dict[str, Any]) -> set[str]:
    """Return the keywords that say which values are valid."""
    return {word for word in value if word not in ANNOTATIONS and (word in EXTENSIONS or not word.startswith("x-"))}


def _is_null(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    said = _telling(value)
    if said == {"type"}:
        return listed(value["type"]) == [NULL]
    if said in ({"enum"}, {"enum", "nullable"}, {"enum", "type"}):
        return bool(value["enum"] == [None])
    return said == {"const"} and value["const"] is None


def _types(keyword: str, branches: tuple[Node, ...], *, null: bool) -> tuple[str, Any] | None:
    """Return `type` for branches that are types alone; each other than the rest where just one may hold."""
    names: list[str] = []
    for branch in branches:
        value = branch.home.value
        if not isinstance(value, dict) or _telling(value) != {"type"}:
            return None
        names += listed(value["type"])
    if keyword == "oneOf" and (len(set(names)) < len(names) or {"integer", "number"} <= set(names)):
        return None
    return "type", [*names, *([NULL] if null else [])]


def _values(keyword: str, branches: tuple[Node, ...], *, null: bool) -> tuple[str, Any] | None:
    """Return `enum` for branches that list values, of a type or not; each other than the rest in a `oneOf`."""
    values: list[Any] = []
    for branch in branches:
        value = branch.home.value
        if not isinstance(value, dict):
            return None
        said = _telling(value) - {"type"}
        if said == {"const"}:
            values.append(value["const"])
        elif said == {"enum"} and isinstance(value["enum"], list):
            values += value["enum"]
        else:
            return None
    if keyword == "oneOf" and len({as_json(value) for value in values}) < len(values):
        return None
    return "enum", [*values, *([None] if null else [])]
