"""What is wrong within Schema Objects though their shape is right: defaults, array items, discriminators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pytest_coordguard.facts.openapi.description import Description, Fault, Site, short
from pytest_coordguard.facts.openapi.places import Place
from pytest_coordguard.facts.openapi.references import Dangling, Remote

NAME = re.compile(r"[a-zA-Z0-9._-]+")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
TYPED_IN_2 = ("parameter", "items", "header")  # Swagger 2.0 puts a schema's fields into the object itself


def schema_faults(description: Description) -> Iterator[Fault]:
    """Yield the faults of all schemas, those that only a reference leads to among them."""
    sites = description.sites["schema"]
    if description.version == "2.0":
        sites = [*sites, *(site for kind in TYPED_IN_2 for site in description.sites[kind])]
    for site in sites:
        value = site.value
        if "default" in value:
            yield from _default(description, site)
        if value.get("type") == "array" and "items" not in value and _needs_items(description, site.kind):
            yield Fault(site, "is an array without items", "openapi.array-items")
        if "discriminator" in value and isinstance(value["discriminator"], dict):
            yield from _discriminator(description, site)


def _needs_items(description: Description, kind: str) -> bool:
    """Tell whether an array must name its items: in 3.0's schemas, and where Swagger 2.0 has no Schema Object."""
    return description.version == "3.0" if kind == "schema" else description.version == "2.0"


def _default(description: Description, site: Site) -> Iterator[Fault]:
    default = site.value["default"]
    found = _misfit(description, site, default, 0)
    if found:
        yield Fault(site._replace(place=(site.place, "default")), f"{short(default)} {found}", "openapi.default")


def _misfit(description: Description, site: Site, value: object, depth: int) -> str:
    """Return why a value does not fit a schema's type and enum; "" when it does, or nothing is said about it."""
    target = description.follow(site) if site.kind == "schema" else site
    schema = site.value if target is None or description.modern else target.value
    if (
        value is None
        and not description.modern
        and (schema.get("nullable") is True or schema.get("x-nullable") is True)
    ):
        return ""
    types = schema.get("type")
    names = [types] if isinstance(types, str) else types if isinstance(types, list) else []
    if names and not any(_is(value, name, modern=description.modern) for name in names):
        return f"is not of type {' or '.join(map(str, names))}"
    if isinstance(schema.get("enum"), list) and not _among(value, schema["enum"]):
        return f"is none of {short(schema['enum'])}"
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict) and depth < len(TYPES):
        inner = site._replace(value=items)
        misfits = (_misfit(description, inner, item, depth + 1) for item in value)
        return next((f"holds an item that {misfit}" for misfit in misfits if misfit), "")
    return ""


def _is(value: object, name: object, *, modern: bool) -> bool:
    known = TYPES.get(name) if isinstance(name, str) else None
    if known is None:
        return True  # `file` of Swagger 2.0; what is no type at all is the schema's to find
    if isinstance(value, bool):
        return bool in known
    if isinstance(value, float) and name == "integer":
        return modern and value.is_integer()  # 2.0 is an integer since draft 6 of JSON Schema; OAS 3.0 has draft 5
    return isinstance(value, known)


def _among(value: object, allowed: list[Any]) -> bool:
    """JSON's equality: 1 and 1.0 are equal, 1 and true are not."""
    return any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in allowed)


def _discriminator(description: Description, site: Site) -> Iterator[Fault]:
    discriminator = site.value["discriminator"]
    mapping = discriminator.get("mapping")
    here: Place = (site.place, "discriminator")
    targets: list[tuple[Place, str, Any]] = (
        [((here, "mapping"), key, value) for key, value in mapping.items()] if isinstance(mapping, dict) else []
    )
    if "defaultMapping" in discriminator:
        targets.append((here, "defaultMapping", discriminator["defaultMapping"]))
    for place, key, value in targets:
        if isinstance(value, str) and (found := _no_schema(description, site, value)):
            yield Fault(site._replace(place=(place, key)), f"{short(value)} {found}", "openapi.discriminator")


def _no_schema(description: Description, site: Site, value: str) -> str:
    """Return why a mapping's value leads to no schema. It is a name, or else a URI (OAS 3.1.1, "Discriminator")."""
    components = description.root.value.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if NAME.fullmatch(value) and isinstance(schemas, dict) and value in schemas:
        return ""
    try:
        target = description.library.resolve(site.resource, value)
    except Dangling as why:
        return "is no schema's name" if NAME.fullmatch(value) else f"leads nowhere: {why}"
    except Remote as where:
        description.remote.add(str(where))
        return ""
    met = description.kinds_met.get(id(target.value))
    return "" if isinstance(target.value, (dict, bool)) and (not met or "schema" in met) else "leads to no schema"
