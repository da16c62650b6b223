"""The plan: YAML in, a `Plan` out, or all that is wrong with it at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pytest_coordguard.domain.faults import Faults, PlanError
from pytest_coordguard.domain.node import Entries, Node, Scalar
from pytest_coordguard.domain.plan import (
    GATES,
    Comments,
    Criterion,
    Critical,
    Plan,
    Reports,
    Retired,
    Runner,
    Task,
    Waiver,
)
from pytest_coordguard.domain.plan_references import check_references
from pytest_coordguard.domain.plan_shape import VERSION, plan_type
from pytest_coordguard.domain.record_type import Fields
from pytest_coordguard.domain.service_shape import check_service, service_of
from pytest_coordguard.domain.signature import CheckSignature
from pytest_coordguard.domain.soak_shape import soak_of
from pytest_coordguard.domain.value_types import Located
from pytest_coordguard.facts.yaml_lines import read_yaml


def read_plan(text: bytes, path: str, checks: Mapping[str, CheckSignature]) -> Plan:
    """Return the plan of a file's bytes; `path` is how messages name the file, `checks` are those it may call.

    Raises:
        PlanError: with every fault of the file, sorted by line.

    """
    faults = Faults(path)
    read = plan_type(checks).read_of(Scalar("the plan", 1), _document(text, faults), faults)
    assert isinstance(read, Fields)  # as its document is a mapping
    check_references(read, faults)
    check_service(read, faults)
    faults.raise_any()
    return _plan(read, path, hashlib.sha256(text).hexdigest())


def _document(text: bytes, faults: Faults) -> Entries:
    """Return the mapping that the file holds.

    Raises:
        PlanError: there is none, or it is of a version with keys that are not known here.

    """
    node = read_yaml(text, faults)
    if not isinstance(node, Entries):
        found = "nothing in it" if node is None or (isinstance(node, Scalar) and node.is_null) else f"{node} as a whole"
        faults.add(node.line if node else 0, f"{found}; meant: a plan, which starts with 'version: {VERSION}'")
        raise PlanError(faults.findings)
    _check_version(node.get("version"), faults)
    return node


def _check_version(version: Node | None, faults: Faults) -> None:
    """Of a version that is not known, nothing else can be said."""
    if isinstance(version, Scalar) and not version.is_null and version.value != VERSION:
        faults.findings.clear()
        faults.add(version.line, f"version is {version}; meant: {VERSION}, the only one that is known here")
        raise PlanError(faults.findings)


def _plan(read: Fields, path: str, digest: str) -> Plan:
    values = read.values
    return Plan(
        path=path,
        digest=digest,
        groups=values.get("groups", {}),
        gates=tuple(dict.fromkeys((*GATES, *values.get("gates", ())))),
        reports=Reports(**_part(read, "reports", "checklist", "status", "dashboard", "audits")),
        critical=Critical(**_part(read, "critical", "paths", "reviewers", within_seconds="within")),
        comments=Comments(**_part(read, "comments", "run", "explain", "assign", "waive")),
        runner=Runner(**_part(read, "runner", "python", "args", "env", "flaky", timeout_seconds="timeout")),
        service=service_of(service) if isinstance(service := values.get("service"), Fields) else None,
        soak=soak_of(values.get("soak")),
        waivers=tuple(_waiver(waiver) for waiver in values.get("waivers", ())),
        retired=tuple(_retired(retired) for retired in values.get("retired", ())),
        tasks=tuple(_task(name, task) for name, task in values["tasks"].items()),
        **read.given("project", "tests", "guardrails", "base", "since"),
    )


def _part(read: Fields, part: str, *names: str, **renamed: str) -> dict[str, Any]:
    found = read.values.get(part)
    return found.given(*names, **renamed) if isinstance(found, Fields) else {}


def _task(name: str, read: Fields) -> Task:
    depends_on = dict.fromkeys(located.text for located in read.values.get("depends_on", ()))
    return Task(
        id=name,
        line=read.line,
        group=located.text if (located := read.values.get("group")) else "tasks",
        depends_on=tuple(depends_on),
        criteria=tuple(_criterion(name, slug, criterion) for slug, criterion in read.values.get("accept", {}).items()),
        **read.given(
            "title", "owner", "reviewer", "priority", "risk", "files", "branch", "critical_review",
            estimate_hours="estimate",
        ),
    )  # fmt: skip


def _criterion(task: str, slug: str, read: Fields) -> Criterion:
    own = {"text", "gates", "check", "tests"}
    gates = tuple(dict.fromkeys(located.text for located in read.values.get("gates", ()))) or GATES
    parameters = {name: value for name, value in read.values.items() if name not in own}
    return Criterion(
        id=f"{task}/{slug}",
        task=task,
        line=read.line,
        gates=gates,
        parameters=parameters,
        **read.given("text", "check", "tests"),
    )


def _waiver(read: Fields) -> Waiver:
    return Waiver(_named(read), read.values["reason"], read.values["owner"], read.values["until"], read.line)


def _retired(read: Fields) -> Retired:
    return Retired(_named(read), read.values["reason"], read.line)


def _named(read: Fields) -> str:
    criterion: Located = read.values["criterion"]
    return criterion.text
