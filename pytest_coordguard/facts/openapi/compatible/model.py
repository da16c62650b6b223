"""What an operation asks for and gives, in one shape for Swagger 2.0 and OpenAPI 3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pytest_coordguard.facts.openapi.compatible.forms import Forms
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.description import Description, Site
from pytest_coordguard.facts.openapi.kinds import METHODS

VARIABLE = re.compile(r"\{([^{}]*)\}")
STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}  # OAS 3.1.1, "Parameter Object"
IGNORED_HEADERS = {"accept", "content-type", "authorization"}  # "the parameter definition SHALL be ignored"
Named = tuple[str, str]  # where a parameter is, and its name; that of a path is its position


@dataclass(frozen=True, slots=True)
class Media:
    """A body in one media type."""

    site: Site
    schema: Node | None
    encoding: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, or a header of a response."""

    name: str
    place: str
    required: bool
    site: Site
    schema: Node | None
    content: Mapping[str, Media] = field(default_factory=dict)
    style: str = "simple"
    explode: bool = False
    empty: bool = False  # may be sent without a value


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries."""

    site: Site
    required: bool
    content: Mapping[str, Media]


@dataclass(frozen=True, slots=True)
class Response:
    """What comes back under one status."""

    site: Site
    headers: Mapping[str, Parameter]
    content: Mapping[str, Media]


@dataclass(slots=True)
class Operation:
    """One method of one path, callback or webhook."""

    method: str
    path: str
    site: Site
    parameters: dict[Named, Parameter]
    body: Body | None
    responses: dict[str, Response]
    security: list[dict[str, frozenset[str]]]  # any of these will do: scheme -> scopes
    servers: list[str]
    callbacks: dict[tuple[str, str], Site] = field(default_factory=dict)  # name and expression -> path item

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    def field(self, name: str) -> object:
        """Return what the operation itself says under a name."""
        return self.site.value.get(name)


class Dialect(Protocol):
    """How a version of the specification writes an operation down."""

    forms: Forms

    def parameters(self, item: Site, operation: Site, path: str) -> dict[Named, Parameter]: ...
    def body(self, item: Site, operation: Site) -> Body | None: ...
    def response(self, operation: Site, site: Site) -> Response: ...
    def servers(self, item: Site, operation: Site) -> list[str]: ...
    def callbacks(self, operation: Site) -> dict[tuple[str, str], Site]: ...
    def schemes(self) -> dict[str, Site]: ...


def shape(path: str) -> str:
    """Return a path with its variables' names left out: they are no part of the contract."""
    return VARIABLE.sub("{}", path)


def followed(description: Description, site: Site) -> Site:
    """Return what a reference leads to; the site itself where that is nowhere known."""
    return description.follow(site) or site


def items_of(description: Description, field: str) -> Iterator[tuple[str, Site]]:
    """Yield path (or webhook) and path item."""
    if field in description.kinds["document"]:
        for path, site in description.children(description.root, field):
            yield path, followed(description, site)


def operations_of(dialect: Dialect, path: str, item: Site) -> Iterator[Operation]:
    """Yield the operations of a path item."""
    if not isinstance(item.value, dict):
        return
    extra = item.value.get("additionalOperations")
    for method in METHODS:
        if isinstance(item.value.get(method), dict):
            yield _operation(
                dialect, method, path, item, Site("operation", item.value[method], (item.place, method), item.resource)
            )
    for method, value in extra.items() if isinstance(extra, dict) else ():
        if isinstance(value, dict):
            place = ((item.place, "additionalOperations"), method)
            yield _operation(dialect, method, path, item, Site("operation", value, place, item.resource))


def _operation(dialect: Dialect, method: str, path: str, item: Site, site: Site) -> Operation:
    description = dialect.forms.description
    responses = {
        str(status): dialect.response(site, followed(description, response))
        for status, response in description.children(site, "responses")
    }
    return Operation(
        method,
        path,
        site,
        dialect.parameters(item, site, path),
        dialect.body(item, site),
        responses,
        _security(description, site),
        dialect.servers(item, site),
        dialect.callbacks(site),
    )


def _security(description: Description, operation: Site) -> list[dict[str, frozenset[str]]]:
    asked = operation.value.get("security", description.root.value.get("security"))
    found = [
        {name: frozenset(map(str, scopes)) for name, scopes in each.items() if isinstance(scopes, list)}
        for each in (asked if isinstance(asked, list) else ())
        if isinstance(each, dict)
    ]
    return found or [{}]


def keyed(parameter_place: str, name: str, path: str) -> Named:
    """Return what a parameter is known by: header names do not tell case apart, and a path's variables are counted."""
    if parameter_place == "header":
        return parameter_place, name.lower()
    if parameter_place == "path" and name in (variables := VARIABLE.findall(path)):
        return parameter_place, str(variables.index(name))
    return parameter_place, name
