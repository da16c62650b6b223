"""The scopes that the OpenAPI description asks for are those that the policies grant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoPath
from pytest_coordguard.facts.openapi.description import Fault
from pytest_coordguard.facts.openapi.document import Unreadable, read_document
from pytest_coordguard.facts.openapi.kinds import METHODS
from pytest_coordguard.facts.openapi.security import Needs, Security, security_of
from pytest_coordguard.facts.openapi.validity import located, open_description
from pytest_coordguard.facts.policies import SCOPES, Entry, policies
from pytest_coordguard.facts.repository import Repository

DESCRIPTIONS = (".json", ".yaml", ".yml")


@guardrail(
    "openapi.scopes",
    remedy="Grant the scope in a policy, or take it out of the description; "
    "an operation that anyone may call goes into `public` with its reason.",
)
def test_scopes_align(
    repo: Repository,
    evidence: Evidence,
    spec: list[RepoPath],
    policies: list[RepoPath],
    scopes_at: list[str] | None = None,
    extension: str | None = None,
    public: dict[str, str] | None = None,
    reserved: dict[str, str] | None = None,
) -> None:
    """Each operation's scopes are granted by a policy, and each scope of a policy is needed by an operation.

    An operation that anyone may call is a fault, as is a scope that its own scheme does not define. In a policy
    `models:*` stands for all scopes that begin so.

    Args:
        spec: OpenAPI descriptions.
        policies: YAML, JSON or TOML files that grant scopes.
        scopes_at: where scopes stand in them, as `#/roles/*/may`; any `…scopes`, `scope` or `permissions` if left out.
        extension: a field of operations that names scopes too, as `x-scopes`.
        public: operations that anyone may call, as `GET /healthz` or `* /docs*` -> the reason.
        reserved: scopes that a policy grants and no operation needs -> the reason.

    """
    granted = _granted(repo, policies, scopes_at or SCOPES)
    opened = [open_description(repo, path) for path in _chosen(repo, spec)]
    opened = [one for one in opened if one.is_description or one.path in spec]  # a folder has other files, too
    unread = [finding for one in opened if one.description is None for finding in one.findings]
    known = [security_of(one.description, extension) for one in opened if one.description]
    operations = [operation for one in known for operation in one.operations]
    evidence.measured("operations examined", len(operations))
    evidence.measured("scopes needed", len({scope for one in operations for scope in one.scopes}))
    evidence.measured("scopes granted", len({entry.text for entry in granted}))
    if not operations and not unread:
        raise Vacuous(f"no operation in {', '.join(one.path for one in opened)}")
    without = sum(not one.scopes and not one.is_open for one in operations)
    if without:
        evidence.remark(f"{without} operations need a caller who is known, and no scope")
    findings = [*unread, *located([*_ungranted(known, granted), *_open(known, public or {})])]
    findings += _unneeded(operations, granted, reserved or {})
    require_none([*findings, *_unused(operations, granted, public or {}, reserved or {})])
    if not any(one.scopes for one in operations):
        raise Vacuous("no operation needs a scope, and no policy grants one")


def _chosen(repo: Repository, spec: Sequence[str]) -> tuple[str, ...]:
    if missing := [pattern for pattern in spec if not repo.select([pattern])]:
        raise Vacuous(f"spec: no such file: {', '.join(missing)}")
    if not spec:
        raise Vacuous("spec: the plan names no file")
    return tuple(path for path in repo.select(spec) if path in spec or path.lower().endswith(DESCRIPTIONS))


def _granted(repo: Repository, patterns: Sequence[str], places: Sequence[str]) -> list[Entry]:
    if missing := [pattern for pattern in patterns if not repo.select([pattern])]:
        raise Vacuous(f"policies: no such file: {', '.join(missing)}")
    return [entry for policy in policies(repo, patterns) for entry in policy.entries(places)]


def _covers(granted: str, scope: str) -> bool:
    """Tell whether a scope of a policy is this one, or a wildcard for it."""
    return granted == scope or ("*" in granted and fnmatchcase(scope, re.sub(r"[\[?]", lambda s: f"[{s[0]}]", granted)))


def _ungranted(known: Sequence[Security], granted: Sequence[Entry]) -> Iterator[Fault]:
    texts = sorted({entry.text for entry in granted})
    for security in known:
        yield from security.faults
        for one in security.operations:
            lacking = [sorted(s for s in way if not any(_covers(text, s) for text in texts)) for way in one.ways]
            if lacking and all(lacking):
                words = " or ".join(dict.fromkeys(" and ".join(way) for way in lacking))
                yield Fault(one.site, f"{one.name} needs {words}, which no policy grants", "openapi.scope-ungranted")


def _open(known: Sequence[Security], public: Mapping[str, str]) -> Iterator[Fault]:
    for security in known:
        for one in security.operations:
            if one.is_open and not any(_names(pattern, one) for pattern in public):
                words = "may be called without security" if one.ways else "has no security"
                yield Fault(one.site, f"{one.name} {words}, and `public` does not name it", "openapi.operation-open")


def _names(pattern: str, operation: Needs) -> bool:
    method, _, path = pattern.strip().partition(" ")
    return fnmatchcase(operation.name, f"{method.upper()} {path.strip()}")


def _unneeded(operations: Sequence[Needs], granted: Sequence[Entry], reserved: Mapping[str, str]) -> Iterator[Finding]:
    needed = {scope for one in operations for scope in one.scopes}
    for entry in granted:
        if entry.text in reserved or any(_covers(entry.text, scope) for scope in needed):
            continue
        words = "stands for no scope that an operation needs" if "*" in entry.text else "is needed by no operation"
        yield Finding(entry.path, entry.line, f"the scope {entry.text!r} {words}", "openapi.scope-unneeded")


def _unused(
    operations: Sequence[Needs], granted: Sequence[Entry], public: Mapping[str, str], reserved: Mapping[str, str]
) -> Iterator[Finding]:
    for pattern in public:
        if not any(_names(pattern, one) and one.is_open for one in operations):
            yield Finding("", 0, f"public: {pattern!r} is no operation without security", "openapi.public-unused")
    for scope in reserved:
        if scope not in {entry.text for entry in granted}:
            yield Finding("", 0, f"reserved: no policy grants {scope!r}", "openapi.reserved-unused")


# Violations


@violation(test_scopes_align)
def _scope_that_no_policy_grants(repo: Repository, spec: list[str]) -> Changes:
    """An operation needs a scope that is in no policy, and its scheme defines it."""

    def plant(data: dict[str, Any]) -> None:
        holder = data if "swagger" in data else data.setdefault("components", {})
        field = "securityDefinitions" if "swagger" in data else "securitySchemes"
        holder.setdefault(field, {})["coordguardPlanted"] = _scheme("swagger" in data)
        _operation(data)["security"] = [{"coordguardPlanted": ["coordguard:planted"]}]

    return _changed(repo, spec, plant)


@violation(test_scopes_align)
def _operation_without_security(repo: Repository, spec: list[str]) -> Changes:
    """A new operation says that it needs no security."""

    def plant(data: dict[str, Any]) -> None:
        responses = {"200": {"description": "planted"}}
        data["paths"]["/coordguard-planted"] = {"get": {"security": [], "responses": responses}}

    return _changed(repo, spec, plant)


@violation(test_scopes_align)
def _policy_scope_that_no_operation_needs(
    repo: Repository, policies: list[str], scopes_at: list[str] | None = None
) -> Changes:
    """A scope in a policy has another name, which no operation needs."""
    for entry in _granted(repo, policies, scopes_at or SCOPES):
        lines = repo.read_text(entry.path).splitlines(keepends=True)
        if "*" not in entry.text and entry.text in lines[entry.line - 1]:
            lines[entry.line - 1] = lines[entry.line - 1].replace(entry.text, "coordguard-planted")
            return {entry.path: "".join(lines).encode()}
    raise CannotPlant("no policy names a scope")


def _scheme(old: bool) -> dict[str, Any]:
    flow = {"tokenUrl": "https://example.org/token", "scopes": {"coordguard:planted": "planted"}}
    if old:
        return {"type": "oauth2", "flow": "application", **flow}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def _operation(data: dict[str, Any]) -> dict[str, Any]:
    items = [item for item in data["paths"].values() if isinstance(item, dict)]
    found = [item[method] for item in items for method in METHODS if isinstance(item.get(method), dict)]
    if not found:
        raise CannotPlant("no operation stands in the description itself")
    first: dict[str, Any] = found[0]
    return first


def _changed(repo: Repository, spec: Sequence[str], plant: Callable[[dict[str, Any]], None]) -> Changes:
    """Plant a fault in the first description that has paths; it is written back as JSON, which is YAML too."""
    for path in repo.select(spec):
        try:
            data = read_document(path, repo.read(path))[0].data
        except Unreadable:
            continue
        if isinstance(data, dict) and isinstance(data.get("paths"), dict):
            plant(data)
            return {path: json.dumps(data, ensure_ascii=False, indent=2).encode()}
    raise CannotPlant("no description has paths")
