"""The OpenAPI description stays compatible: what clients of the base do goes on working."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.parameters import RepoFile
from pytest_coordguard.facts.change import ELSEWHERE, Change
from pytest_coordguard.facts.openapi.compatible.comparison import Compared, compare
from pytest_coordguard.facts.openapi.compatible.level import Level
from pytest_coordguard.facts.openapi.compatible.options import Options
from pytest_coordguard.facts.openapi.compatible.places import Difference
from pytest_coordguard.facts.openapi.compatible.rules import Profile, level_of
from pytest_coordguard.facts.openapi.compatible.sides import READABLE, base_of, description_of
from pytest_coordguard.facts.openapi.compatible.values import in_words
from pytest_coordguard.facts.openapi.compatible.versions import hint
from pytest_coordguard.facts.openapi.document import Unreadable, read_document
from pytest_coordguard.facts.openapi.kinds import METHODS
from pytest_coordguard.facts.repository import Repository

RULE = "openapi.compatible"
Weight = Literal["ignore", "warn", "fail"]
LEVELS = {"ignore": Level.INFO, "warn": Level.WARNING, "fail": Level.ERROR}
NAMED = 3  # operations in a finding
REMARKED = 20  # changes of a kind that are listed as remarks


@guardrail(
    "openapi.compatible",
    remedy="Keep what clients use and add beside it, or deprecate it with an `x-sunset` date first; an intended break "
    "goes into `allow` as `rule-id` or `rule-id METHOD /path`, with its reason.",
)
def test_openapi_compatible(
    spec: RepoFile,
    repo: Repository,
    change: Change,
    evidence: Evidence,
    base: str | None = None,
    against: RepoFile | None = None,
    profile: Profile = "contract",
    allow: dict[str, str] | None = None,
    warnings: Literal["warn", "fail"] = "warn",
    operation_ids: Weight = "warn",
    tags: Weight = "ignore",
    sunset_days: int = 0,
) -> None:
    """No client of the base breaks: the OpenAPI description asks for no more, and answers with nothing else.

    Args:
        spec: the description as the change has it.
        base: a git ref; what is compared with is where HEAD left it. Default: the base of the change.
        against: a recorded description to compare with instead.
        profile: `contract` weighs by what the description promises; `oasdiff` as that tool's catalogue does.
        allow: breaking changes that are meant: `rule-id`, or `rule-id METHOD /path` (a glob), to the reason.
        warnings: whether changes that may break a client fail too.
        operation_ids: what an `operationId` that is gone or another one weighs.
        tags: what a tag that is gone weighs.
        sunset_days: days between a deprecation and its `x-sunset`, which it then must have; 0 asks for none.

    """
    source = base_of(repo, change, spec, base, against)
    if not source.is_recorded and not base and not change.files(repo):
        raise Vacuous(
            f"the change is empty: HEAD is its base, so the description was compared with nothing; {ELSEWHERE}"
        )
    before = description_of(source.repo, source.path, source.name, READABLE, evidence.remark)
    after = description_of(repo, spec, spec)
    today = datetime.now(UTC).date()
    compared = compare(before, after, Options(today, sunset_days, turned=profile == "contract"))
    scale = Scale(profile, operation_ids, tags, fails=Level.WARNING if warnings == "fail" else Level.ERROR)
    exceptions = Exceptions(allow or {})
    broken = [each for each in compared.differences if scale.fails(each) and not exceptions.cover(each)]
    _say_how_much(compared, scale, evidence)
    evidence.measured("breaking changes", len(broken), at_most=0)
    worst = max((scale.level(each) for each in compared.differences), default=Level.NONE)
    evidence.remark(hint(before, after, worst))
    require_none([*(_finding(each) for each in broken), *exceptions.faults()])
    if not compared.operations:
        raise Vacuous(f"no operation in {source.name}")


class Scale:
    """What each difference weighs, by the profile and the plan's options."""

    def __init__(self, profile: Profile, operation_ids: Weight, tags: Weight, fails: Level) -> None:
        self.profile = profile
        self.chosen = {"operation-id-changed": LEVELS[operation_ids], "tag-removed": LEVELS[tags]}
        self.least = fails

    def level(self, difference: Difference) -> Level:
        return self.chosen.get(difference.rule) or level_of(difference.rule, self.profile)

    def fails(self, difference: Difference) -> bool:
        return self.level(difference) >= self.least


class Exceptions:
    """The breaking changes that the plan allows, and which of them there are."""

    def __init__(self, allow: Mapping[str, str]) -> None:
        self.allow = allow
        self.used: set[str] = set()

    def cover(self, difference: Difference) -> bool:
        """Tell whether all that a difference touches is allowed, and remember the entries that allow it."""
        operations = set(difference.operations)
        for entry in self.allow:
            rule, _, where = entry.partition(" ")
            if rule != difference.rule:
                continue
            if not where:
                self.used.add(entry)
                return True
            met = {name for name in operations if fnmatchcase(name, where.strip())}
            if met:
                self.used.add(entry)
                operations -= met
        return bool(difference.operations) and not operations

    def faults(self) -> Iterator[Finding]:
        """Yield a finding for each entry that covers nothing, and for each without a reason."""
        for entry, reason in self.allow.items():
            if entry not in self.used:
                yield Finding("", 0, f"allow {entry!r} covers no breaking change; take it out", f"{RULE}.allow")
            if not str(reason).strip():
                yield Finding("", 0, f"allow {entry!r} gives no reason", f"{RULE}.allow")


def _finding(difference: Difference) -> Finding:
    return Finding(difference.after.path, difference.after.line, sentence(difference), f"{RULE}.{difference.rule}")


def sentence(difference: Difference) -> str:
    """Return what changed, where on both sides, and what it touches."""
    after, before = difference.after, difference.before
    old = f"{before.path}:{before.line}"
    elsewhere = f" {before.pointer}" if before.pointer != after.pointer else ""
    touched = f"; in {in_words(difference.operations, NAMED)}" if difference.operations else ""
    return f"{after.pointer}: {difference.said} [{difference.rule}]{touched} (base: {old}{elsewhere})"


def _say_how_much(compared: Compared, scale: Scale, evidence: Evidence) -> None:
    evidence.measured("operations of the base", compared.operations)
    evidence.measured("schemas looked into", compared.schemas)
    by_level: dict[Level, list[Difference]] = {level: [] for level in Level}
    for each in compared.differences:
        by_level[scale.level(each)].append(each)
    evidence.measured("changes that may break a client", len(by_level[Level.WARNING]))
    evidence.measured("changes that break none", len(by_level[Level.INFO]))
    for level, what in ((Level.WARNING, "may break a client"), (Level.INFO, "breaks none")):
        for each in by_level[level][:REMARKED]:
            evidence.remark(f"{what}: {each.after.path}:{each.after.line}: {sentence(each)}")
        if len(by_level[level]) > REMARKED:
            evidence.remark(f"{what}: {len(by_level[level]) - REMARKED} more")


def _changed(repo: Repository, spec: str, plant: Callable[[dict[str, Any]], None]) -> Changes:
    try:
        data = read_document(spec, repo.read(spec))[0].data
    except (Unreadable, FileNotFoundError) as error:
        raise CannotPlant(f"{spec} cannot be read") from error
    if not isinstance(data, dict) or not list(_operations(data)):
        raise CannotPlant("the description has no operation of its own")
    plant(data)
    return {spec: json.dumps(data, ensure_ascii=False, indent=2).encode()}


def _operations(data: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    paths = data.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS if isinstance(item, dict) else ():
            if isinstance(item.get(method), dict) and item[method].get("deprecated") is not True:
                yield path, method, item[method]


def _first(data: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    return next(_operations(data))


def _schemas(data: dict[str, Any], within: object) -> Iterator[dict[str, Any]]:
    """Yield the objects in a part of a description, and those that its local references lead to, each once."""
    todo, seen = [within], set[int]()
    while todo:
        value = todo.pop(0)
        if id(value) in seen or not isinstance(value, (dict, list)):
            continue
        seen.add(id(value))
        todo += value.values() if isinstance(value, dict) else value
        if isinstance(value, dict):
            yield value
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/"):
                todo.append(_at(data, reference))


def _at(data: object, reference: str) -> object:
    for step in reference[2:].split("/"):
        data = data.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(data, dict) else None
    return data


def _asked(operation: dict[str, Any]) -> list[object]:
    body = [each for each in operation.get("parameters", ()) if isinstance(each, dict)]
    return [operation.get("requestBody"), *body]


@violation(test_openapi_compatible)
def removed_path(repo: Repository, spec: RepoFile) -> Changes:
    """Take a path away that was not deprecated."""
    return _changed(repo, spec, lambda data: data["paths"].pop(_first(data)[0]))


@violation(test_openapi_compatible)
def removed_operation(repo: Repository, spec: RepoFile) -> Changes:
    """Take one method of a path away."""

    def plant(data: dict[str, Any]) -> None:
        path, method, _ = _first(data)
        del data["paths"][path][method]

    return _changed(repo, spec, plant)


@violation(test_openapi_compatible)
def new_required_parameter(repo: Repository, spec: RepoFile) -> Changes:
    """Ask for a header that no client sends yet."""

    def plant(data: dict[str, Any]) -> None:
        typed: dict[str, Any] = {"type": "string"}
        parameter = {"name": "X-Coordguard", "in": "header", "required": True}
        parameter |= typed if "swagger" in data else {"schema": typed}
        operation = _first(data)[2]
        operation["parameters"] = [*operation.get("parameters", ()), parameter]

    return _changed(repo, spec, plant)


@violation(test_openapi_compatible)
def new_required_field(repo: Repository, spec: RepoFile) -> Changes:
    """Ask for a field in a request that no client sends yet."""

    def plant(data: dict[str, Any]) -> None:
        for _, _, operation in _operations(data):
            for schema in _schemas(data, _asked(operation)):
                if isinstance(schema.get("properties"), dict) and schema.get("readOnly") is not True:
                    schema["properties"]["coordguard"] = {"type": "string"}
                    schema["required"] = [*schema.get("required", ()), "coordguard"]
                    return
        raise CannotPlant("no request has a body with properties")

    return _changed(repo, spec, plant)


@violation(test_openapi_compatible)
def removed_enum_value(repo: Repository, spec: RepoFile) -> Changes:
    """Refuse a value that requests could have."""

    def plant(data: dict[str, Any]) -> None:
        for _, _, operation in _operations(data):
            for schema in _schemas(data, _asked(operation)):
                if isinstance(schema.get("enum"), list) and len(schema["enum"]) > 1 and "type" in schema:
                    schema["enum"] = schema["enum"][1:]
                    return
        raise CannotPlant("no request has a value of a list")

    return _changed(repo, spec, plant)


@violation(test_openapi_compatible)
def removed_success(repo: Repository, spec: RepoFile) -> Changes:
    """Answer with another status than the one that clients wait for."""

    def plant(data: dict[str, Any]) -> None:
        for _, _, operation in _operations(data):
            responses = operation.get("responses", {})
            status = next((each for each in responses if each.startswith("2")), None)
            if status:
                del responses[status]
                responses["418"] = {"description": "planted"}
                return
        raise CannotPlant("no operation has a success")

    return _changed(repo, spec, plant)


@violation(test_openapi_compatible)
def other_type_in_response(repo: Repository, spec: RepoFile) -> Changes:
    """Answer with a number where a text was promised, or with a text where it was not."""

    def plant(data: dict[str, Any]) -> None:
        for _, _, operation in _operations(data):
            answers = [each for status, each in operation.get("responses", {}).items() if status.startswith("2")]
            for schema in _schemas(data, answers):
                for field in (schema.get("properties") or {}).values() if "type" in schema else ():
                    if isinstance(field, dict) and isinstance(field.get("type"), str) and "writeOnly" not in field:
                        kind = "number" if field["type"] == "string" else "string"
                        field.clear()
                        field["type"] = kind
                        return
        raise CannotPlant("no response has a body with typed properties")

    return _changed(repo, spec, plant)
