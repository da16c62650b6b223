"""The OpenAPI description holds: it is valid, and it declares the headers that clients back off by."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator
from typing import Any

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.domain.rate_limit import Family, Match
from pytest_coordguard.facts.openapi.document import Unreadable, read_document
from pytest_coordguard.facts.openapi.headers import Asked, Declared, declared_headers
from pytest_coordguard.facts.openapi.kinds import METHODS
from pytest_coordguard.facts.openapi.structure import knows_dialect
from pytest_coordguard.facts.openapi.validity import Examined, examine, open_description
from pytest_coordguard.facts.repository import Repository

COUNTED = ("operation", "schema", "response", "parameter")


@guardrail("openapi.valid", remedy="Run the generator again, then fix the first error it names, at its source.")
def test_spec_validates(spec: list[RepoPath], repo: Repository, evidence: Evidence) -> None:
    """The OpenAPI description is what its version's specification says, with the files it refers to."""
    examined = [examine(repo, path) for path in chosen(repo, spec)]
    judged = descriptions(examined, spec, evidence)
    evidence.measured("descriptions examined", len(judged))
    for kind in COUNTED:
        evidence.measured(f"{kind}s", sum(one.count(kind) for one in judged))
    _note_references(judged, evidence)
    findings = [finding for one in judged for finding in one.findings]
    evidence.measured("errors", len(findings), at_most=0)
    require_none(findings)
    if empty := [one.path for one in judged if not _says_something(one)]:
        raise Vacuous(f"no operation in {', '.join(empty)}")


@guardrail("openapi.headers", remedy="Declare the headers once under components.headers, and refer to them.")
def test_rate_limit_headers_declared(
    spec: list[RepoPath],
    repo: Repository,
    evidence: Evidence,
    families: list[Family] | None = None,
    match: Match = "all",
    exempt: list[str] | None = None,
    retry_after: bool = True,
) -> None:
    """Each 2xx, 4xx and 5xx response declares the rate-limit headers, and the 429 when to come back."""
    asked = Asked(tuple(families or ("x-ratelimit", "openai")), match, tuple(exempt or ()), retry_after)
    opened = descriptions([open_description(repo, path) for path in chosen(repo, spec)], spec, evidence)
    unread = [finding for one in opened if one.description is None for finding in one.findings]
    declared = [declared_headers(one.description, asked) for one in opened if one.description]
    responses = sum(one.responses for one in declared)
    evidence.measured("descriptions examined", len(opened))
    evidence.measured("operations examined", sum(one.operations for one in declared))
    evidence.measured("responses examined", responses, at_least=1)
    findings = [*unread, *(finding for one in declared for finding in one.findings)]
    require_none([*findings, *_unused(asked, declared, opened[0].path)])
    if not responses:
        raise Vacuous(f"no response in {', '.join(one.path for one in opened)}")


def chosen(repo: Repository, spec: list[RepoPath]) -> list[str]:
    """Return the files that the plan names.

    Raises:
        Vacuous: a path or pattern of the plan names no file.

    """
    if missing := [pattern for pattern in spec if not repo.select([pattern])]:
        raise Vacuous(f"no such file: {', '.join(missing)}")
    if not spec:
        raise Vacuous("the plan names no file")
    names = tuple(
        path for path in repo.select(spec) if path in spec or path.lower().endswith((".json", ".yaml", ".yml"))
    )
    return sorted(names)


def descriptions(examined: list[Examined], spec: list[RepoPath], evidence: Evidence) -> list[Examined]:
    """Leave out files that a pattern brought in and that are no descriptions: parts which others refer to.

    Raises:
        Vacuous: nothing is left.

    """
    kept = [one for one in examined if one.is_description or posixpath.normpath(one.path) in spec]
    if len(kept) < len(examined):
        evidence.remark(f"{len(examined) - len(kept)} of {len(examined)} files have no `openapi` or `swagger` field")
    if not kept:
        raise Vacuous(f"no OpenAPI description among {', '.join(spec)}")
    return kept


def _note_references(judged: list[Examined], evidence: Evidence) -> None:
    known = [one.description for one in judged if one.description]
    evidence.measured("references looked up", sum(len(one.references) for one in known))
    remote = {uri for one in known for uri in one.remote}
    if remote:
        evidence.remark(f"{len(remote)} references lead to the network and were not looked up, as {min(remote)[:80]}")
    for one in known:
        if not knows_dialect(one):
            dialect = str(one.root.value["jsonSchemaDialect"])[:80]
            evidence.remark(
                f"{one.root.resource.document.path}: schemas are of the dialect {dialect}, and were not judged"
            )


def _says_something(examined: Examined) -> bool:
    """Tell whether there was anything to judge. Since 3.1 a description may hold components alone."""
    description = examined.description
    if description is None or examined.count("operation"):
        return True
    components = description.root.value.get("components")
    return description.modern and isinstance(components, dict) and any(components.values())


def _unused(asked: Asked, declared: list[Declared], path: str) -> Iterator[Finding]:
    met = {glob for one in declared for glob in one.exempted}
    for glob in asked.exempt:
        if glob not in met:
            yield Finding(path, 0, f"the exemption {glob!r} meets no operation", "openapi.exemption-unused")


@violation(test_spec_validates)
def dangling_reference(repo: Repository, spec: list[RepoPath]) -> Changes:
    """Let a response refer to what is not there."""

    def plant(data: dict[str, Any]) -> None:
        _responses(data)["218"] = {"$ref": f"#/{_home(data)}/CoordguardNowhere"}

    return _changed(repo, spec, plant)


@violation(test_spec_validates)
def duplicate_operation_id(repo: Repository, spec: list[RepoPath]) -> Changes:
    """Give two operations one id."""

    def plant(data: dict[str, Any]) -> None:
        _operations(data)[-1]["operationId"] = "coordguardTwice"
        data["paths"]["/coordguard-twice"] = {"get": {"operationId": "coordguardTwice", "responses": _fine()}}

    return _changed(repo, spec, plant)


@violation(test_spec_validates)
def undeclared_path_parameter(repo: Repository, spec: list[RepoPath]) -> Changes:
    """Add a path whose variable no parameter declares."""

    def plant(data: dict[str, Any]) -> None:
        data["paths"]["/coordguard/{nowhere}"] = {"get": {"responses": _fine()}}

    return _changed(repo, spec, plant)


@violation(test_spec_validates)
def duplicate_key(repo: Repository, spec: list[RepoPath]) -> Changes:
    """Write the title twice, as a merge that went wrong does."""
    path, data = _first(repo, spec)
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return {path: text.replace("{", '{\n  "info": {"title": "first", "version": "1"},', 1).encode()}


@violation(test_rate_limit_headers_declared)
def header_missing_on_one_response(repo: Repository, spec: list[RepoPath]) -> Changes:
    """Add a response without headers to each operation: whichever are exempt, others are not."""

    def plant(data: dict[str, Any]) -> None:
        for operation in _operations(data):
            operation["responses"]["218"] = _fine()["200"]

    return _changed(repo, spec, plant)


def _changed(repo: Repository, spec: list[RepoPath], plant: Callable[[dict[str, Any]], None]) -> Changes:
    path, data = _first(repo, spec)
    plant(data)
    return {path: json.dumps(data, ensure_ascii=False, indent=2).encode()}


def _first(repo: Repository, spec: list[RepoPath]) -> tuple[str, dict[str, Any]]:
    """Return the first description with an operation. It is written back as JSON, which is YAML too."""
    for path in repo.select(spec):
        try:
            data = read_document(path, repo.read(path))[0].data
        except Unreadable:
            continue
        if isinstance(data, dict) and _operations(data):
            return path, data
    raise CannotPlant("no description with an operation of its own")


def _operations(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations under `paths` that have responses and stand there themselves."""
    items = data["paths"].values() if isinstance(data.get("paths"), dict) else ()
    operations = [item.get(method) for item in items if isinstance(item, dict) for method in METHODS]
    return [one for one in operations if isinstance(one, dict) and isinstance(one.get("responses"), dict)]


def _responses(data: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = _operations(data)[-1]["responses"]
    return responses


def _home(data: dict[str, Any]) -> str:
    return "responses" if "swagger" in data else "components/responses"


def _fine() -> dict[str, Any]:
    return {"200": {"description": "planted"}}
