"""Operations as Swagger 2.0 writes them, put into the shape of OpenAPI 3."""

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

STYLE_OF = {"ssv": "spaceDelimited", "pipes": "pipeDelimited", "tsv": "tabDelimited"}  # csv and multi are `form`
FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}
JSON = "application/json"  # what a body is in where nothing is said
FORM = "application/x-www-form-urlencoded"


class Swagger2:
    """Reads the operations of one description."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms
        self.description = forms.description
        self._kept: list[Any] = []  # made-up objects are known by their identity

    def parameters(self, item: Site, operation: Site, path: str) -> dict[Named, Parameter]:
        found: dict[Named, Parameter] = {}
        for site in self._parameters(item, operation):
            name, place = site.value["name"], site.value["in"]
            if place in STYLES and (place != "header" or name.lower() not in IGNORED_HEADERS):
                found[keyed(place, name, path)] = self._parameter(site, name, place)
        return found

    def body(self, item: Site, operation: Site) -> Body | None:
        form = [site for site in self._parameters(item, operation) if site.value["in"] == "formData"]
        for site in self._parameters(item, operation):
            if site.value["in"] == "body":
                media = Media(site, self._schema(site))
                required = site.value.get("required") is True
                return Body(site, required, dict.fromkeys(self._types(operation, "consumes", JSON), media))
        if not form:
            return None
        media = Media(operation, self._form(operation, form))
        required = any(site.value.get("required") is True for site in form)
        return Body(operation, required, dict.fromkeys(self._types(operation, "consumes", FORM), media))

    def response(self, operation: Site, site: Site) -> Response:
        schema = self._schema(site)
        media = Media(site, schema)
        content = dict.fromkeys(self._types(operation, "produces", JSON), media) if schema else {}
        headers = site.value.get("headers") if isinstance(site.value, dict) else None
        found = {}
        for name, value in headers.items() if isinstance(headers, dict) else ():
            place = ((site.place, "headers"), name)
            found[name.lower()] = self._parameter(Site("header", value, place, site.resource), name, "header")
        return Response(site, found, content)

    def servers(self, item: Site, operation: Site) -> list[str]:
        del item  # the scheme stands at the operation or at the root, the rest at the root
        root = self.description.root.value
        base = str(root.get("basePath", "")).rstrip("/")
        if not root.get("host"):
            return [base or "/"]
        schemes = operation.value.get("schemes") or root.get("schemes") or ["https"]
        return [f"{scheme}://{root['host']}{base}" for scheme in schemes]

    def callbacks(self, operation: Site) -> dict[tuple[str, str], Site]:
        del operation  # there are none in Swagger 2.0
        return {}

    def schemes(self) -> dict[str, Site]:
        root = self.description.root
        return {name: self._scheme(site) for name, site in self.description.children(root, "securityDefinitions")}

    def _scheme(self, site: Site) -> Site:
        value = dict(site.value) if isinstance(site.value, dict) else {}
        if value.get("type") == "basic":
            value = {"type": "http", "scheme": "basic"}
        elif value.get("type") == "oauth2":
            flow = {key: value[key] for key in ("authorizationUrl", "tokenUrl", "scopes") if key in value}
            value = {"type": "oauth2", "flows": {FLOWS.get(value.get("flow", ""), value.get("flow", "")): flow}}
        return site._replace(value=value)

    def _parameters(self, item: Site, operation: Site) -> list[Site]:
        found: dict[tuple[str, str], Site] = {}
        for holder in (item, operation):
            for _, site in self.description.children(holder, "parameters"):
                real = followed(self.description, site)
                if isinstance(real.value, dict) and isinstance(real.value.get("name"), str) and "in" in real.value:
                    found[real.value["in"], real.value["name"]] = real
        return list(found.values())

    def _parameter(self, site: Site, name: str, place: str) -> Parameter:
        value = site.value if isinstance(site.value, dict) else {}
        format_ = value.get("collectionFormat", "csv")
        style = STYLE_OF.get(format_, STYLES[place]) if value.get("type") == "array" else STYLES[place]
        explode = format_ == "multi" if value.get("type") == "array" else style == "form"
        required = value.get("required") is True
        node = Node((site._replace(kind="schema", value=value),))
        return Parameter(name, place, required, site, node, {}, style, explode, value.get("allowEmptyValue") is True)

    def _schema(self, site: Site) -> Node | None:
        value = site.value.get("schema") if isinstance(site.value, dict) else None
        return self.forms.node(site, value, "schema") if isinstance(value, dict) else None

    def _form(self, operation: Site, fields: list[Site]) -> Node:
        """Return the object that a form is: its fields are properties, each at home where it is declared."""
        for site in fields:
            self.forms.homes[id(site.value)] = site._replace(kind="schema")
        value = {
            "type": "object",
            "properties": {site.value["name"]: site.value for site in fields},
            "required": [site.value["name"] for site in fields if site.value.get("required") is True],
        }
        self._kept.append(value)
        return Node((Site("schema", value, (operation.place, "parameters"), operation.resource),))

    def _types(self, operation: Site, field: str, otherwise: str) -> list[str]:
        types = operation.value.get(field, self.description.root.value.get(field))
        return [str(each).lower() for each in types] if isinstance(types, list) and types else [otherwise]
