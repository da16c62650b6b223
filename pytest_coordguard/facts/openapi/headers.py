"""Which rate-limit headers each response of each operation declares, references looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.rate_limit import FAMILIES, Match
from pytest_coordguard.facts.openapi.description import Description, Fault, Site
from pytest_coordguard.facts.openapi.semantics import operations
from pytest_coordguard.facts.openapi.validity import located

LIMITED = ("429", "4XX", "default")  # what describes a 429, the most specific first (OAS, "Responses Object")
VALUES = frozenset({"number", "integer", "string"})  # what a header's text can be read as
DEEPEST = 8  # schemas within schemas, as allOf in anyOf


@dataclass(frozen=True, slots=True)
class Asked:
    """What each response has to declare."""

    families: tuple[str, ...] = ("x-ratelimit", "openai")
    match: Match = "all"  # of the families
    exempt: tuple[str, ...] = ()  # globs of "METHOD /path"
    retry_after: bool = True  # on the response that describes a 429


@dataclass(frozen=True, slots=True)
class Declared:
    """What was found, and how much was looked at."""

    findings: tuple[Finding, ...]
    operations: int
    responses: int
    exempted: frozenset[str]  # the exemptions that met an operation


def declared_headers(description: Description, asked: Asked) -> Declared:
    """Look at the 2xx, 4xx, 5xx and default responses of each operation under `paths`.

    Callbacks and webhooks are left out: their responses are the client's.
    """
    faults: list[Fault] = []
    exempted: set[str] = set()
    looked = responses = 0
    for method, path, _, operation in operations(description):
        name = f"{method} {path}"
        if met := [glob for glob in asked.exempt if _matches(name, glob)]:
            exempted.update(met)
            continue
        looked += 1
        given = {status: site for status, site in description.children(operation, "responses") if _counts(status)}
        responses += len(given)
        if not given:
            faults.append(Fault(operation, f"{name} declares no response", "openapi.response-missing"))
        for status, site in given.items():
            faults += _lacks(description, site, f"{name} {status}", asked)
        if asked.retry_after:
            faults += _no_retry_after(description, operation, name, given)
    return Declared(tuple(located(faults)), looked, responses, frozenset(exempted))


def _matches(name: str, glob: str) -> bool:
    method, _, path = glob.strip().partition(" ")
    return fnmatchcase(name, f"{method.upper()} {path.strip()}")


def _counts(status: str) -> bool:
    return status == "default" or (len(status) == len("200") and status[0] in "245")


def _lacks(description: Description, response: Site, name: str, asked: Asked) -> Iterator[Fault]:
    headers = _headers(description, response)
    if headers is None:
        yield Fault(response, f"{name} leads nowhere", "openapi.reference")
        return
    lacking = {
        family: [header for header in FAMILIES[family] if header.lower() not in headers] for family in asked.families
    }
    if asked.match == "any" and not all(lacking.values()):
        return
    if any(lacking.values()):
        found = "; ".join(", ".join(missing) for missing in lacking.values() if missing)
        yield Fault(response, f"{name} lacks {found}", "openapi.header-missing")
    wanted = {header.lower() for family in asked.families for header in FAMILIES[family]}
    for header in sorted(wanted & headers.keys()):
        yield from _empty(description, headers[header], f"{name} {_written(headers[header])}")


def _no_retry_after(description: Description, operation: Site, name: str, given: Mapping[str, Site]) -> Iterator[Fault]:
    status = next((status for status in LIMITED if status in given), None)
    if status is None:
        yield Fault(operation, f"{name} declares no 429 (nor 4XX, nor default)", "openapi.429-missing")
        return
    headers = _headers(description, given[status])
    if headers is None:
        return  # said already
    if "retry-after" not in headers:
        yield Fault(given[status], f"{name} {status} lacks Retry-After", "openapi.retry-after-missing")
    else:
        yield from _empty(description, headers["retry-after"], f"{name} {status} Retry-After")


def _headers(description: Description, response: Site) -> dict[str, Site] | None:
    """Return a response's headers by lower-case name; None when the response leads nowhere."""
    target = description.follow(response)
    if target is None:
        return None
    return {name.lower(): header for name, header in description.children(target, "headers")}


def _written(header: Site) -> str:
    return header.place[1] if header.place else ""


def _empty(description: Description, header: Site, name: str) -> Iterator[Fault]:
    """Yield a fault when a header is declared but says nothing that a client could read."""
    target = description.follow(header)
    if target is None:
        yield Fault(header, f"{name} leads nowhere", "openapi.reference")
    elif not _is_value(description, target):
        yield Fault(header, f"{name} has no schema of a number or text", "openapi.header-type")


def _is_value(description: Description, header: Site) -> bool:
    if description.version == "2.0":
        return str(header.value.get("type")) in VALUES
    schemas = [site for _, site in description.children(header, "schema")]
    for _, media_type in description.children(header, "content"):
        if (target := description.follow(media_type)) is not None:
            schemas += [site for _, site in description.children(target, "schema")]
    return any(_describes_value(description, schema, 0) for schema in schemas)


def _describes_value(description: Description, schema: Site, depth: int) -> bool:
    target = description.follow(schema)
    if target is None or depth > DEEPEST:
        return False
    types = target.value.get("type")
    if types is not None:
        names = set(map(str, types)) if isinstance(types, list) else {str(types)}
        return bool(names & VALUES) and names <= VALUES | {"null"}
    examples: list[Any] = [target.value[key] for key in ("const",) if key in target.value]
    examples += target.value["enum"] if isinstance(target.value.get("enum"), list) else []
    if examples:
        return all(isinstance(value, (str, int, float)) and not isinstance(value, bool) for value in examples)
    parts: Sequence[Site] = [
        part for field in ("allOf", "anyOf", "oneOf") for _, part in description.children(target, field)
    ]
    return any(_describes_value(description, part, depth + 1) for part in parts)
