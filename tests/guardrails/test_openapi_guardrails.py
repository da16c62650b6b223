"""The guardrails of an OpenAPI description: their verdicts, what they say was looked at, and the faults they find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_openapi import test_rate_limit_headers_declared as headers_declared
from pytest_coordguard.guardrails.test_openapi import test_spec_validates as spec_validates

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.repository import Repository

SAMPLES = Path(__file__).parents[1] / "samples"
HEADERS = SAMPLES / "openapi_headers"
PLANTS = [
    (check, violation) for check in (spec_validates, headers_declared) for violation in described(check).violations
]


def measures(evidence):
    return {measure.name: measure.value for measure in evidence.measures}


@pytest.mark.parametrize("folder", sorted((HEADERS / "good").iterdir()), ids=lambda folder: folder.name)
def test_declared_headers_are_seen(folder):
    evidence = Evidence()

    headers_declared(spec=["spec.yaml"], repo=Repository(folder), evidence=evidence)

    assert measures(evidence)["responses examined"] >= 2


@pytest.mark.parametrize("folder", sorted((HEADERS / "bad").iterdir()), ids=lambda folder: folder.name)
def test_a_missing_header_is_named_with_operation_and_status(folder):
    with pytest.raises(Unmet) as unmet:
        headers_declared(spec=["spec.yaml"], repo=Repository(folder), evidence=Evidence())

    assert "".join(f"{finding}\n" for finding in unmet.value.findings) == (folder / "expected.txt").read_text()


def repository(tmp_path, **files):
    for name, content in files.items():
        (tmp_path / name.replace("__", ".")).write_text(content if isinstance(content, str) else json.dumps(content))
    return Repository(tmp_path)


def description(version="3.0.3", **fields):
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {}, **fields}


FINE = {"/a": {"get": {"responses": {"200": {"description": "d"}}}}}


def test_valid_descriptions_are_met_and_counted(tmp_path):
    repo, evidence = repository(tmp_path, a__json=description(paths=FINE), part__yaml="type: object\n"), Evidence()

    spec_validates(spec=["*"], repo=repo, evidence=evidence)

    assert measures(evidence) == {
        "descriptions examined": 1, "operations": 1, "schemas": 0, "responses": 1, "parameters": 0,
        "references looked up": 0, "errors": 0,
    }  # fmt: skip
    assert evidence.remarks == ["1 of 2 files have no `openapi` or `swagger` field"]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (["gone.json"], "no such file: gone.json"),
        (["a.json", "gone/*.yaml"], "no such file: gone/*.yaml"),
        (["p*.yaml"], "no OpenAPI description among p*.yaml"),
        (["empty.json"], "no operation in empty.json"),
        ([], "the plan names no file"),
    ],
)
def test_nothing_to_look_at_is_never_met(tmp_path, spec, reason):
    repo = repository(tmp_path, a__json=description(paths=FINE), part__yaml="type: object\n", empty__json=description())

    with pytest.raises(Vacuous) as vacuous:
        spec_validates(spec=spec, repo=repo, evidence=Evidence())

    assert str(vacuous.value) == reason


def test_no_response_is_vacuous(tmp_path):
    """A check of 0 responses was green in the scripts that this replaces."""
    repo = repository(tmp_path, a__json=description())

    with pytest.raises(Vacuous, match=r"^no response in a[.]json$"):
        headers_declared(spec=["a.json"], repo=repo, evidence=Evidence())


def test_a_file_named_as_description_must_be_one(tmp_path):
    repo = repository(tmp_path, part__yaml="type: object\n")

    for check in (spec_validates, headers_declared):
        with pytest.raises(Unmet, match=r"^part.yaml:1: has neither `openapi` nor `swagger` at its top"):
            check(spec=["part.yaml"], repo=repo, evidence=Evidence())


def test_exemptions_are_used_or_said(tmp_path):
    repo = repository(tmp_path, a__json=description(paths={**FINE, "/healthz": FINE["/a"]}))

    with pytest.raises(Unmet) as unmet:
        headers_declared(spec=["a.json"], repo=repo, evidence=Evidence(), exempt=["get /a", "GET /gone*"])

    assert {finding.rule for finding in unmet.value.findings} == {
        "openapi.exemption-unused", "openapi.header-missing", "openapi.429-missing",
    }  # fmt: skip
    assert str(unmet.value).startswith("a.json: the exemption 'GET /gone*' meets no operation\n")
    assert "GET /a " not in str(unmet.value)


def test_everything_exempt_is_vacuous(tmp_path):
    repo = repository(tmp_path, a__json=description(paths=FINE))

    with pytest.raises(Vacuous):
        headers_declared(spec=["a.json"], repo=repo, evidence=Evidence(), exempt=["* /*"])


@pytest.mark.parametrize(
    ("families", "match", "names", "met"),
    [
        (["ietf"], "all", ["ratelimit", "RateLimit-Policy"], True),
        (["ietf"], "all", ["RateLimit"], False),
        (["ietf-draft6"], "all", ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"], True),
        (["ietf", "ietf-draft6"], "any", ["RateLimit", "RateLimit-Policy"], True),
        (["ietf", "ietf-draft6"], "all", ["RateLimit", "RateLimit-Policy"], False),
        (["x-ratelimit"], "any", ["X-RateLimit-Limit"], False),
    ],
)
def test_the_plan_chooses_the_families(tmp_path, families, match, names, met):
    headers = {name: {"schema": {"type": "string"}} for name in names}
    paths = {"/a": {"get": {"responses": {"200": {"description": "d", "headers": headers}}}}}
    asked = {"families": families, "match": match, "retry_after": False}

    def check():
        headers_declared(
            spec=["a.json"], repo=repository(tmp_path, a__json=description(paths=paths)), evidence=Evidence(), **asked
        )

    if met:
        check()
    else:
        with pytest.raises(Unmet):
            check()


@pytest.mark.parametrize(("check", "violation"), PLANTS, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.parametrize("folder", sorted((HEADERS / "good").iterdir()), ids=lambda folder: folder.name)
def test_each_planted_fault_is_found(check, violation, folder):
    """A guardrail that cannot fail is worth nothing."""
    repo = Repository(folder)
    try:
        changes = violation.changes(repo=repo, spec=["spec.yaml"])
    except CannotPlant:
        assert folder.name == "path-item-by-reference"
        return

    with pytest.raises(Unmet):
        check(spec=["spec.yaml"], repo=repo.with_changes(changes), evidence=Evidence())


def test_the_planted_header_is_missed_on_operations_that_are_not_exempt():
    folder = HEADERS / "good" / "both-families"
    repo = Repository(folder)
    (violation,) = described(headers_declared).violations
    path = {"/healthz": FINE["/a"]}
    text = (folder / "spec.yaml").read_text().replace("paths:\n", f"paths:\n  {json.dumps(path)[1:-1]}\n", 1)
    with_exempt = repo.with_changes({"spec.yaml": text.encode()})
    asked = {"spec": ["spec.yaml"], "exempt": ["GET /healthz"], "evidence": Evidence()}

    headers_declared(repo=with_exempt, **asked)
    with pytest.raises(Unmet, match="GET /pets 218 lacks"):
        headers_declared(repo=with_exempt.with_changes(violation.plant(repo=with_exempt, spec=["spec.yaml"])), **asked)
