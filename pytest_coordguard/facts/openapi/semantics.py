"""What no schema can see of paths, operations, parameters, security, links and servers. One function a rule.

Sources: OAS 3.0.4, 3.1.1, 3.2.0 and Swagger 2.0, in the section named after the object.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from pytest_coordguard.facts.openapi.description import Description, Fault, Site, short
from pytest_coordguard.facts.openapi.kinds import METHODS
from pytest_coordguard.facts.openapi.places import pointer_of, written
from pytest_coordguard.facts.openapi.references import Dangling, Remote

VARIABLE = re.compile(r"\{([^{}]*)\}")
COMPONENT_NAME = re.compile(r"[a-zA-Z0-9._-]+")  # OAS 3.0.4, section "Components Object"
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
NO_EXAMPLE_AND_EXAMPLES = ("parameter", "header", "media type")


def semantic_faults(description: Description) -> Iterator[Fault]:
    """Yield what is wrong though its shape is right."""
    for rule in RULES:
        yield from rule(description)


def operations(description: Description) -> Iterator[tuple[str, str, Site, Site]]:
    """Yield method, path, path item and operation of each operation under `paths`, path items looked up."""
    for path, reference in description.children(description.root, "paths"):
        item = description.follow(reference)
        for method, operation in operations_of(item, reference):
            yield method, path, item or reference, operation


def operations_of(*items: Site | None) -> Iterator[tuple[str, Site]]:
    """Yield method and operation of path items; of one field in two of them, the first."""
    seen: set[str] = set()
    for item in items:
        if item is None or not isinstance(item.value, dict):
            continue
        methods = [(method, item.value.get(method), (item.place, method)) for method in METHODS]
        more = item.value.get("additionalOperations")
        for method, operation in more.items() if isinstance(more, dict) else ():
            methods.append((method, operation, ((item.place, "additionalOperations"), method)))
        for method, operation, place in methods:
            if isinstance(operation, dict) and method not in seen:
                seen.add(method)
                yield method.upper(), Site("operation", operation, place, item.resource)


def _templates(description: Description) -> Iterator[Fault]:
    """Braces pair up, each variable stands once, and no two templates say the same."""
    seen: dict[str, str] = {}
    for path, item in description.children(description.root, "paths"):
        names = VARIABLE.findall(path)
        if "{" in VARIABLE.sub("", path) or "}" in VARIABLE.sub("", path) or "" in names:
            yield Fault(item, f"the braces of {short(path)} do not pair around names", "openapi.path-template")
        for name in _twice(names):
            yield Fault(item, f"{{{name}}} stands twice in {short(path)}", "openapi.path-template")
        other = seen.setdefault(VARIABLE.sub("{}", path), path)
        if other != path and description.version != "2.0":
            yield Fault(item, f"{short(path)} and {short(other)} are the same template", "openapi.path-identical")


def _path_parameters(description: Description) -> Iterator[Fault]:
    """The template's variables and the path parameters of each operation are the same names."""
    for path, reference in description.children(description.root, "paths"):
        item = description.follow(reference)
        names = set(VARIABLE.findall(path))
        for place in filter(None, {reference.place: reference, (item or reference).place: item}.values()):
            yield from _not_in_template(description, place, path, names)
        for method, operation in operations_of(item, reference):
            yield from _not_in_template(description, operation, path, names)
            declared = {
                parameter.value.get("name")
                for holder in (reference, item, operation)
                for _, parameter in _parameters(description, holder)
                if parameter.value.get("in") == "path" and isinstance(parameter.value.get("name"), str)
            }
            if _all_known(description, reference, item, operation):
                for name in sorted(names - declared - {""}):
                    found = f"{method} {short(path)} declares no path parameter {name!r}"
                    yield Fault(operation, found, "openapi.path-parameter")


def _all_known(description: Description, *holders: Site | None) -> bool:
    """Tell whether every parameter could be looked up; one that could not may be the missing one."""
    return all(
        description.follow(parameter)
        for holder in filter(None, holders)
        for _, parameter in _given(description, holder)
    ) and all(holder is not None for holder in holders)


def _given(description: Description, holder: Site) -> Iterator[tuple[str, Site]]:
    yield from description.children(holder, "parameters")


def _parameters(description: Description, holder: Site | None) -> Iterator[tuple[Site, Site]]:
    """Yield where each parameter stands, and the parameter it means."""
    for _, given in _given(description, holder) if holder else ():
        if (parameter := description.follow(given)) is not None:
            yield given, parameter


def _not_in_template(description: Description, holder: Site, path: str, names: set[str]) -> Iterator[Fault]:
    for given, parameter in _parameters(description, holder):
        name = parameter.value.get("name")
        if parameter.value.get("in") == "path" and isinstance(name, str) and name not in names:
            yield Fault(given, f"{short(path)} has no variable {{{name}}}", "openapi.path-parameter")


def _parameter_lists(description: Description) -> Iterator[Fault]:
    """No parameter stands twice in a list, and no list holds two bodies, or a body and a form."""
    for holder in (*description.sites["path item"], *description.sites["operation"]):
        seen: set[object] = set()
        places: Counter[object] = Counter()
        for given, parameter in _parameters(description, holder):
            key = (short(parameter.value.get("name")), short(parameter.value.get("in")))
            if key in seen:
                yield Fault(given, f"the {parameter.value.get('in')} parameter {key[0]} is in this list already",
                            "openapi.parameter-twice")  # fmt: skip
            seen.add(key)
            places[key[1]] += 1
        yield from _bodies(holder, places, description.version)


def _bodies(holder: Site, places: Counter[object], version: str) -> Iterator[Fault]:
    site = holder._replace(place=(holder.place, "parameters"))
    if version == "2.0" and places["'body'"] > 1:
        yield Fault(site, "has two body parameters; there can be one", "openapi.body")
    if version == "2.0" and places["'body'"] and places["'formData'"]:
        yield Fault(site, "has a body and form parameters; there can be one of the two", "openapi.body")
    if version == "3.2" and (places["'querystring'"] > 1 or (places["'querystring'"] and places["'query'"])):
        yield Fault(site, "has a querystring parameter and another of the query", "openapi.body")


def _operation_ids(description: Description) -> Iterator[Fault]:
    """Unique among all operations, those of callbacks and webhooks too."""
    seen: dict[str, Site] = {}
    for operation in sorted(description.sites["operation"], key=lambda site: pointer_of(site.place)):
        name = operation.value.get("operationId")
        if not isinstance(name, str):
            continue
        first = seen.setdefault(name, operation)
        if first is not operation:
            other = written(pointer_of(first.place))
            here = operation._replace(place=(operation.place, "operationId"))
            yield Fault(here, f"{short(name)} is the operationId of {other} already", "openapi.operation-id")


def _links(description: Description) -> Iterator[Fault]:
    """A link leads to an operation that is there."""
    ids = {operation.value.get("operationId") for operation in description.sites["operation"]
           if isinstance(operation.value.get("operationId"), str)}  # fmt: skip
    for link in description.sites["link"]:
        name, reference = link.value.get("operationId"), link.value.get("operationRef")
        if isinstance(name, str) and name not in ids:
            here = link._replace(place=(link.place, "operationId"))
            yield Fault(here, f"no operation has the operationId {short(name)}", "openapi.link")
        if isinstance(reference, str) and (found := _no_operation(description, link, reference)):
            yield Fault(link._replace(place=(link.place, "operationRef")), found, "openapi.link")


def _no_operation(description: Description, link: Site, reference: str) -> str:
    try:
        target = description.library.resolve(link.resource, reference)
    except Dangling as why:
        return f"{short(reference)} leads nowhere: {why}"
    except Remote as where:
        description.remote.add(str(where))
        return ""
    known = description.kinds_met.get(id(target.value), set())
    same_file = target.resource.document is description.root.resource.document
    if not isinstance(target.value, dict) or (same_file and "operation" not in known):
        return f"{short(reference)} leads to no operation"
    return ""


def _security(description: Description) -> Iterator[Fault]:
    """Schemes and scopes that are asked for are defined."""
    root = description.root.value
    if description.version == "2.0":
        holder, field = description.root, "securityDefinitions"
    else:
        components = root.get("components")
        holder = Site("components", components if isinstance(components, dict) else {}, None, description.root.resource)
        field = "securitySchemes"
    schemes = {name: description.follow(scheme) for name, scheme in description.children(holder, field)}
    for requirement in description.sites["security requirement"]:
        for name, scopes in requirement.value.items():
            here = requirement._replace(place=(requirement.place, name))
            if name in schemes:
                if (scheme := schemes[name]) is not None and isinstance(scopes, list):
                    yield from _scopes(description, here, scheme, scopes)
            elif not (description.version == "3.2" and _is_scheme(description, requirement, name)):
                yield Fault(here, f"no security scheme is called {short(name)}", "openapi.security")


def _is_scheme(description: Description, requirement: Site, uri: str) -> bool:
    """Tell whether a name is the URI of a scheme, as OpenAPI 3.2 allows."""
    try:
        return isinstance(description.library.resolve(requirement.resource, uri).value, dict)
    except Dangling:
        return False
    except Remote as where:
        description.remote.add(str(where))
        return True


def _scopes(description: Description, here: Site, scheme: Site, scopes: list[object]) -> Iterator[Fault]:
    kind = scheme.value.get("type")
    if kind == "oauth2":
        declared = _declared(scheme)
        for scope in scopes:
            if isinstance(scope, str) and scope not in declared:
                yield Fault(here, f"the scheme declares no scope {short(scope)}", "openapi.scope")
    elif kind != "openIdConnect" and scopes and not description.modern:
        yield Fault(here, f"a scheme of type {short(kind)} has no scopes", "openapi.scope")


def _declared(scheme: Site) -> set[str]:
    flows = scheme.value.get("flows")
    holders = list(flows.values()) if isinstance(flows, dict) else [scheme.value]
    tables = [holder.get("scopes") for holder in holders if isinstance(holder, dict)]
    return {scope for table in tables if isinstance(table, dict) for scope in table}


def _servers(description: Description) -> Iterator[Fault]:
    """The variables of a server's URL are defined, and their defaults among their values."""
    for server in description.sites["server"]:
        url, variables = server.value.get("url"), server.value.get("variables", {})
        if not isinstance(url, str) or not isinstance(variables, dict):
            continue
        names, here = VARIABLE.findall(url), server._replace(place=(server.place, "url"))
        if "{" in VARIABLE.sub("", url) or "}" in VARIABLE.sub("", url):
            yield Fault(here, f"the braces of {short(url)} do not pair", "openapi.server")
        for name in sorted(set(names) - set(variables)):
            yield Fault(here, f"the variable {{{name}}} is not defined", "openapi.server")
        for name, variable in variables.items() if description.modern else ():
            if isinstance(variable, dict) and "enum" in variable and variable.get("default") not in variable["enum"]:
                place = (((server.place, "variables"), name), "default")
                found = f"{short(variable.get('default'))} is none of the variable's values"
                yield Fault(server._replace(place=place), found, "openapi.server")


def _examples(description: Description) -> Iterator[Fault]:
    """Of two fields that exclude each other, one is there."""
    for kind in NO_EXAMPLE_AND_EXAMPLES:
        for site in description.sites[kind]:
            if "example" in site.value and "examples" in site.value and description.version != "2.0":
                yield Fault(site, "has both example and examples", "openapi.example")
    for example in description.sites["example"]:
        if "value" in example.value and "externalValue" in example.value:
            yield Fault(example, "has both value and externalValue", "openapi.example")


def _component_names(description: Description) -> Iterator[Fault]:
    components = description.root.value.get("components")
    if description.version == "2.0" or not isinstance(components, dict):
        return
    site = Site("components", components, (None, "components"), description.root.resource)
    for field in description.kinds["components"]:
        for name, component in description.children(site, field):
            if not COMPONENT_NAME.fullmatch(name):
                found = f"the name {short(name)} holds other than letters, digits, '.', '-' and '_'"
                yield Fault(component, found, "openapi.component-name")


def _tags(description: Description) -> Iterator[Fault]:
    """Each tag stands once; since 3.2 its parent is a tag too, and no tag is its own ancestor."""
    tags = description.root.value.get("tags")
    parents: dict[str, object] = {}
    sites: dict[str, Site] = {}
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        name = tag.get("name") if isinstance(tag, dict) else None
        if not isinstance(name, str):
            continue
        site = description.root._replace(place=((None, "tags"), str(index)))
        if name in sites:
            yield Fault(site, f"the tag {short(name)} is here already", "openapi.tag")
        sites.setdefault(name, site)
        parents.setdefault(name, tag.get("parent"))
    for name, site in sites.items() if description.version == "3.2" else ():
        parent = parents[name]
        if isinstance(parent, str) and parent not in parents:
            yield Fault(site, f"no tag is called {short(parent)}, as its parent", "openapi.tag")
        elif _is_own_ancestor(name, parents):
            yield Fault(site, f"the tag {short(name)} is its own ancestor", "openapi.tag")


def _is_own_ancestor(name: str, parents: dict[str, object]) -> bool:
    above = parents[name]
    for _ in parents:
        if above == name:
            return True
        above = parents.get(above) if isinstance(above, str) else None
    return False


def _header_names(description: Description) -> Iterator[Fault]:
    """A header's name is a token (RFC 9110, section 5.1); OpenAPI 3.2 says so."""
    if description.version != "3.2":
        return
    for kind in ("response", "encoding"):
        for holder in description.sites[kind]:
            for name, header in description.children(holder, "headers"):
                if not TOKEN.fullmatch(name):
                    yield Fault(header, f"{short(name)} is no name of a header", "openapi.header-name")
    for parameter in description.sites["parameter"]:
        name = parameter.value.get("name")
        if parameter.value.get("in") == "header" and isinstance(name, str) and not TOKEN.fullmatch(name):
            yield Fault(parameter, f"{short(name)} is no name of a header", "openapi.header-name")


def _twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1 and name]


RULES: tuple[Callable[[Description], Iterator[Fault]], ...] = (
    _templates, _path_parameters, _parameter_lists, _operation_ids, _links, _security, _servers, _examples,
    _component_names, _header_names, _tags,
)  # fmt: skip
