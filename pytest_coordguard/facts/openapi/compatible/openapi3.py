"""Operations as OpenAPI 3.0 to 3.2 write them."""

from __future__ import annotations

from typing import Any

from pytest_coordguard.facts.openapi.compatible.forms import Forms
from pytest_coordguard.facts.openapi.compatible.model import (
    IGNORED_HEADERS,
    STYLES,
    Body,
    Media,
    Named,
    Parameter,
    Response,
    followed,
    keyed,
)
from pytest_coordguard.facts.openapi.compatible.nodes import Node
from pytest_coordguard.facts.openapi.description import Site


class OpenApi3:
    """Reads the operations of one description."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms
        self.description = forms.description

    def parameters(self, item: Site, operation: Site, path: str) -> dict[Named, Parameter]:
        found: dict[Named, Parameter] = {}
        for holder in (item, operation):  # the operation's own come last: they take the place of the path's
            for _, site in self.description.children(holder, "parameters"):
                real = followed(self.description, site)
                name, place = real.value.get("name"), real.value.get("in")
                if not isinstance(name, str) or not isinstance(place, str):
                    continue
                if place != "header" or name.lower() not in IGNORED_HEADERS:
                    found[keyed(place, name, path)] = self._parameter(real, name, place)
        return found

    def body(self, item: Site, operation: Site) -> Body | None:
        del item  # no body stands there since OpenAPI 3
        for _, site in self.description.children(operation, "requestBody"):
            real = followed(self.description, site)
            if isinstance(real.value, dict):
                return Body(real, real.value.get("required") is True, self._content(real))
        return None

    def response(self, operation: Site, site: Site) -> Response:
        del operation  # a response names its own media types
        headers = {
            name.lower(): self._parameter(followed(self.description, header), name, "header")
            for name, header in self._children(site, "headers")
            if name.lower() != "content-type"  # "SHALL be ignored" in a response's headers
        }
        return Response(site, headers, self._content(site))

    def servers(self, item: Site, operation: Site) -> list[str]:
        for holder in (operation, item, self.description.root):
            servers = holder.value.get("servers")
            if isinstance(servers, list) and servers:
                return [url for each in servers if isinstance(each, dict) for url in _urls(each)]
        return ["/"]

    def callbacks(self, operation: Site) -> dict[tuple[str, str], Site]:
        return {
            (name, expression): followed(self.description, item)
            for name, callback in self._children(operation, "callbacks")
            for expression, item in self._items(followed(self.description, callback))
        }

    def schemes(self) -> dict[str, Site]:
        components = self.description.root.value.get("components")
        if not isinstance(components, dict):
            return {}
        site = Site("components", components, (None, "components"), self.description.root.resource)
        return {name: followed(self.description, each) for name, each in self._children(site, "securitySchemes")}

    def _items(self, callback: Site) -> list[tuple[str, Site]]:
        return [
            (name, Site("path item", value, (callback.place, name), callback.resource))
            for name, value in callback.value.items()
            if isinstance(value, dict) and not name.startswith("x-")
        ]

    def _children(self, site: Site, field: str) -> list[tuple[str, Site]]:
        return list(self.description.children(site, field)) if isinstance(site.value, dict) else []

    def _parameter(self, site: Site, name: str, place: str) -> Parameter:
        value = site.value if isinstance(site.value, dict) else {}
        style = value.get("style", STYLES.get(place, "form"))
        explode = value.get("explode", style in ("form", "cookie"))
        required = value.get("required") is True
        empty = value.get("allowEmptyValue") is True
        schema, content = self._schema(site), self._content(site)
        return Parameter(name, place, required, site, schema, content, style, explode is True, empty)

    def _schema(self, site: Site) -> Node | None:
        value = site.value.get("schema") if isinstance(site.value, dict) else None
        return self.forms.node(site, value, "schema") if isinstance(value, (dict, bool)) else None

    def _content(self, site: Site) -> dict[str, Media]:
        found = {}
        for name, each in self._children(site, "content"):
            real = followed(self.description, each)
            if isinstance(real.value, dict):
                encoding = real.value.get("encoding")
                found[name.lower()] = Media(real, self._schema(real), encoding if isinstance(encoding, dict) else {})
        return found


def _urls(server: dict[str, Any]) -> list[str]:
    """Return a server's URLs: one for each value that its variables may have, as far as they are listed."""
    urls = [str(server.get("url", "/"))]
    variables = server.get("variables")
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        values = (variable.get("enum") or [variable.get("default")]) if isinstance(variable, dict) else []
        if "{" + name + "}" in urls[0] and len(urls) * len(values) <= MOST_URLS:
            urls = [url.replace("{" + name + "}", str(value)) for url in urls for value in values]
    return [url.rstrip("/") or "/" for url in urls]


MOST_URLS = 200  # of one server
