"""What each operation asks of its caller: schemes and scopes, by its own `security` or that of the document.

Sources: Security Requirement and Security Scheme Object, https://spec.openapis.org/oas/v3.1.1#security-requirement-object
and https://spec.openapis.org/oas/v2.html#security-requirement-object. One of the requirements in a list is enough;
all schemes in one of them are needed; an empty one makes security optional, an empty list takes it away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_coordguard.facts.openapi.description import Description, Fault, Site, short
from pytest_coordguard.facts.openapi.kinds import METHODS


@dataclass(frozen=True, slots=True)
class Needs:
    """One operation, and the ways in which it can be called."""

    name: str  # as "GET /pets"
    site: Site
    ways: tuple[frozenset[str], ...]  # the scopes of each way in; one without scopes may still need a key
    is_open: bool  # it can be called by anyone

    @property
    def scopes(self) -> frozenset[str]:
        """All scopes of all its ways."""
        return frozenset[str]().union(*self.ways)


@dataclass(frozen=True, slots=True)
class Security:
    """The operations of a description and what they need, and where it contradicts itself."""

    operations: tuple[Needs, ...]
    faults: tuple[Fault, ...]


def security_of(description: Description, extension: str | None = None) -> Security:
    """Return what each operation under `paths` needs; webhooks and callbacks are calls of the service itself.

    `extension` names a field of operations, as `x-scopes`, whose scopes are needed beside those of `security`.
    """
    schemes = _schemes(description)
    operations: list[Needs] = []
    faults: list[Fault] = []
    for name, site in _operations(description):
        holder = site if "security" in site.value else description.root
        given = holder.value.get("security")
        requirements = given if isinstance(given, list) else []
        extra = _extra(site.value.get(extension)) if extension else frozenset[str]()
        ways = [_scopes(one) | extra for one in requirements if isinstance(one, dict)]
        is_open = not extra and (not requirements or {} in requirements)
        operations.append(Needs(name, site, tuple(ways) or ((extra,) if extra else ()), is_open))
        place = site._replace(place=(holder.place, "security"), resource=holder.resource)
        faults += [Fault(place, words, rule) for words, rule in _undefined(name, requirements, schemes)]
    return Security(tuple(operations), tuple(faults))


def _operations(description: Description) -> Iterator[tuple[str, Site]]:
    for path, reference in description.children(description.root, "paths"):
        item = description.follow(reference)
        for method in METHODS if item else ():
            value = item.value.get(method) if item else None
            if item and isinstance(value, dict):
                yield f"{method.upper()} {path}", Site("operation", value, (item.place, method), item.resource)


def _schemes(description: Description) -> dict[str, frozenset[str] | None]:
    """Return for each scheme the scopes that it defines, None when it is of a kind that lists none."""
    if description.version == "2.0":
        holder = description.root
        field = "securityDefinitions"
    else:
        components = description.root.value.get("components")
        if not isinstance(components, dict):
            return {}
        holder = Site("components", components, (None, "components"), description.root.resource)
        field = "securitySchemes"
    found: dict[str, frozenset[str] | None] = {}
    for name, reference in description.children(holder, field):
        scheme = description.follow(reference)
        found[name] = _defined(scheme.value) if scheme else None
    return found


def _defined(scheme: dict[str, Any]) -> frozenset[str] | None:
    if scheme.get("type") != "oauth2":
        return None
    flows = scheme.get("flows")
    holders = [scheme, *(flows.values() if isinstance(flows, dict) else ())]
    scopes = [holder.get("scopes") for holder in holders if isinstance(holder, dict)]
    return frozenset(name for one in scopes if isinstance(one, dict) for name in one)


def _scopes(requirement: dict[str, Any]) -> frozenset[str]:
    lists = [scopes for scopes in requirement.values() if isinstance(scopes, list)]
    return frozenset(scope for scopes in lists for scope in scopes if isinstance(scope, str))


def _extra(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()


def _undefined(
    name: str, requirements: list[Any], schemes: dict[str, frozenset[str] | None]
) -> Iterator[tuple[str, str]]:
    for requirement in requirements:
        for scheme, scopes in requirement.items() if isinstance(requirement, dict) else ():
            if scheme not in schemes:
                yield f"{name} asks for the scheme {short(scheme)}, which is not defined", "openapi.scheme-undefined"
                continue
            known = schemes[scheme]
            for scope in scopes if isinstance(scopes, list) and known is not None else ():
                if scope not in (known or ()):
                    words = (
                        f"{name} asks for the scope {short(scope)}, which the scheme {short(scheme)} does not define"
                    )
                    yield words, "openapi.scope-undefined"
