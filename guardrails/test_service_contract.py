"""The running service keeps to its OpenAPI description when it is asked for what nobody thought of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pytest_coordguard.domain.control import Control
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, guardrail, violation
from pytest_coordguard.domain.parameters import RepoFile, Seconds
from pytest_coordguard.domain.rate_limit import FAMILIES, Family
from pytest_coordguard.domain.wire import Fault
from pytest_coordguard.domain.wire_faults import on, rewrite_status, strip_headers
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.service.contract import Order, Tried, command_of, tried
from pytest_coordguard.facts.service.service import Service

RULE = "service.contract"
SUCCESS = "a success of an operation"
OURS = "coordguard_headers"
EXAMPLES = 5  # requests that failed, in the evidence
REFUSED = (401, 403, 429)

Phase = Literal["examples", "coverage", "fuzzing", "stateful"]
Check = Literal[
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
]


@guardrail(
    RULE,
    remedy="Send the request that the evidence shows, and let a wrong one end in a 4xx that the description names.",
)
def test_the_contract_holds(
    service: Service,
    repo: Repository,
    evidence: Evidence,
    spec: RepoFile | None = None,
    path: str = "/openapi.json",
    max_time: Seconds = Seconds(20.0),
    cases: int = 0,
    phases: list[Phase] | None = None,
    checks: list[Check] | None = None,
    headers: list[Family] | None = None,
    exempt: dict[str, str] | None = None,
    unreached: dict[str, str] | None = None,
    seed: int = 1,
    command: str = "",
    config: RepoFile | None = None,
    cut: bool = False,
) -> None:
    """No request that the description allows, and none beside it, makes the service fail or break its contract.

    Schemathesis makes the requests, as a command in a process of its own.

    Args:
        spec: the OpenAPI description; without it, the one that the service gives at `path`.
        path: where the service gives its own.
        max_time: how long requests are made, to operations in turn.
        cases: how many for an operation in each phase; they take the place of the time, so that all runs are alike.
        phases: `examples`, `coverage`, `fuzzing`, `stateful`; without it the first three.
        checks: schemathesis' own checks by name; without it `not_a_server_error`.
        headers: families of rate-limit headers that each answer must have, as for `service.headers`.
        exempt: operation, as `GET /healthz` -> why its answers need none of them.
        unreached: operation -> why no request of this kind can succeed; the others have to, once at least.
        seed: of chance; the same requests at each run, as far as the time allows.
        command: how schemathesis is called, where it is neither on PATH nor beside this interpreter.
        config: a file of schemathesis' own settings, as for values of parameters.
        cut: whether the time may be too short for each operation.

    """
    found = tried(
        service,
        command_of(command, repo.root),
        Order(
            str(repo.root / spec) if spec else service.url + path,
            max(1, round(max_time)),
            phases or ["examples", "coverage", "fuzzing"],
            [*(checks or ["not_a_server_error"]), *([OURS] if headers else [])],
            seed,
            [name for family in headers or () for name in FAMILIES[family]],
            [*(exempt or ())],
            str(repo.root / config) if config else "",
            cases,
        ),
    )
    control = Control(evidence)
    _tell(found, evidence, seed)
    require_none(_failures(found))
    _require_whole(found.report, cut=cut)
    require_none(_idle(found, exempt or {}, unreached or {}))
    control.saw(SUCCESS, sum(any(map(_is_success, statuses)) for statuses in found.calls.values()))
    control.require(SUCCESS)
    _require_reached(found, unreached or {})


def _tell(found: Tried, evidence: Evidence, seed: int) -> None:
    report, operations = found.report, _operations(found.report)
    evidence.tool("schemathesis", str(report.get("schemathesis_version", "")))
    evidence.measured("operations tested", operations["tested"], at_least=max(1, operations["selected"]))
    evidence.measured("cases generated", _cases(report), at_least=1)
    evidence.measured("requests sent", sum(statuses.total() for statuses in found.calls.values()), at_least=1)
    evidence.remark(f"seed {seed}; ended by {report.get('stop_reason')}")
    for label, statuses in sorted(found.calls.items()):
        told = ", ".join(f"{count} x {status or 'no answer'}" for status, count in sorted(statuses.items()))
        evidence.remark(f"{label}: {told}")
    for curl in re.findall(r"^\s+(curl .*)$", found.output, re.MULTILINE)[:EXAMPLES]:
        evidence.remark(re.sub(r"127\.0\.0\.1:[0-9]+", "127.0.0.1:PORT", curl))


def _failures(found: Tried) -> Iterator[Finding]:
    for failure in found.report.get("failures") or ():
        if OURS in str(failure.get("title")):
            continue
        for label in failure.get("operations") or [""]:
            yield Finding("", 0, f"{label}: {failure.get('title')} ({failure.get('code')})", RULE)
    for label, missing in found.lacking.items():
        yield from (Finding("", 0, f"{label}: {one}", RULE) for one in missing)
    for label, statuses in found.calls.items():
        if statuses[0]:
            yield Finding("", 0, f"{label}: a request gets no answer", RULE)


def _idle(found: Tried, exempt: Mapping[str, str], unreached: Mapping[str, str]) -> Iterator[Finding]:
    """Find what is excused without need or reason."""
    for name, given in (("exempt", exempt), ("unreached", unreached)):
        for label, why in given.items():
            if label not in found.calls:
                yield Finding("", 0, f"{name}: no operation {label!r} was asked", RULE)
            elif not why.strip():
                yield Finding("", 0, f"{name}: {label!r} has no reason", RULE)
    for label in unreached:
        if any(map(_is_success, found.calls.get(label, ()))):
            yield Finding("", 0, f"unreached: {label!r} succeeds", RULE)


def _require_whole(report: Mapping[str, Any], *, cut: bool) -> None:
    """Return when all was tried that was to be tried.

    Raises:
        Vacuous: it was not.

    """
    operations, errors = _operations(report), report.get("errors") or []
    if not operations["selected"]:
        raise Vacuous("the description has no operation")
    if errors:
        raise Vacuous(f"schemathesis could not try all: {', '.join(str(one.get('title')) for one in errors)}")
    if operations["tested"] != operations["selected"] and not cut:
        raise Vacuous(
            f"{operations['tested']} of {operations['selected']} operations were tried; meant: more 'max_time'"
        )
    if report.get("complete") is not True and not cut:
        raise Vacuous(f"it was cut short by {report.get('stop_reason')}; meant: more 'max_time', or 'cut: true'")
    if not _cases(report):
        raise Vacuous("not a single case was made")


def _require_reached(found: Tried, unreached: Mapping[str, str]) -> None:
    """Return when each operation succeeded once: what lies behind a refusal was not tried.

    Raises:
        Vacuous: one never did.

    """
    never = {
        label: statuses
        for label, statuses in sorted(found.calls.items())
        if label not in unreached and not any(map(_is_success, statuses))
    }
    if never:
        told = "; ".join(f"{label} ({', '.join(map(str, sorted(one)))})" for label, one in never.items())
        limited = any(status in REFUSED for one in never.values() for status in one)
        meant = "'auth' of a caller with all scopes" if limited else "examples in the description, or 'config'"
        raise Vacuous(f"never a success: {told}. Meant: {meant}, or 'unreached' with the reason")


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004  # RFC 9110, section 15.3


def _operations(report: Mapping[str, Any]) -> dict[str, int]:
    given = report.get("operations") or {}
    return {name: int(given.get(name) or 0) for name in ("selected", "tested")}


def _cases(report: Mapping[str, Any]) -> int:
    return int((report.get("test_cases") or {}).get("generated") or 0)


@violation(test_the_contract_holds)
def an_operation_crashes(path: str = "/openapi.json") -> Fault:
    """Answer 500 where the service refuses what it was sent."""
    return rewrite_status(500, where=lambda call, answer: answer.status in (400, 404, 422) and call.path != path)


@violation(test_the_contract_holds)
def headers_are_gone(headers: list[Family] | None = None) -> Fault:
    """Leave a family of headers out of errors."""
    if not headers:
        raise CannotPlant("the plan asks for no headers")
    return strip_headers(*FAMILIES[headers[-1]], where=on(4))
