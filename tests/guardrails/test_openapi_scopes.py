"""`openapi.scopes`: what operations need, and what policies grant."""

import json
import sys
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_openapi_scopes import test_scopes_align as check

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Vacuous
from pytest_coordguard.facts.repository import Repository

sys.path.insert(0, str(Path(__file__).parents[1]))
from planting import met, planted, unmet

check.__test__ = False
SAMPLES = Path(__file__).parents[1] / "samples" / "openapi_scopes"
PLAN = {"spec": ["spec.*"], "policies": ["policy.*"], "public": {"get /health*": "probes have no token"}}
NOT_NAMED = "has no security, and `public` does not name it"
FINE = {"200": {"description": "d"}}


@pytest.mark.parametrize("folder", sorted((SAMPLES / "good").iterdir()), ids=lambda folder: folder.name)
def test_good_samples_are_met(folder):
    assert met(check, Repository(folder), **PLAN).measures[1].value >= 1


@pytest.mark.parametrize("folder", sorted((SAMPLES / "bad").iterdir()), ids=lambda folder: folder.name)
def test_bad_samples_are_unmet(folder):
    assert unmet(check, Repository(folder), **PLAN) == (folder / "expected.txt").read_text().splitlines()


def repository(folder, policy="scopes: [a]", **operations):
    spec = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "paths": {f"/{name}": {"get": {"responses": FINE, **operation}} for name, operation in operations.items()},
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    (folder / "policy.yaml").write_text(policy)
    return Repository(folder)


PLAIN = {"spec": ["spec.json"], "policies": ["policy.yaml"]}


def test_an_operation_without_security_is_public_on_purpose_or_a_fault(tmp_path):
    repo = repository(tmp_path, x={"security": [{"bearer": ["a"]}]}, healthz={})

    assert unmet(check, repo, **PLAIN) == [
        "spec.json:1: #/paths/~1healthz/get: GET /healthz has no security, and `public` does not name it"
    ]
    met(check, repo, **PLAIN, public={"* /healthz": "probes"})
    assert unmet(check, repo, **PLAIN, public={"* /healthz": "probes", "GET /x": "?", "GET /y": "?"}) == [
        "public: 'GET /x' is no operation without security",
        "public: 'GET /y' is no operation without security",
    ]


def test_a_field_of_ones_own_names_scopes_too(tmp_path):
    repo = repository(
        tmp_path, "may: [a, c]", x={"security": [{"bearer": []}], "x-scopes": "a b"}, y={"x-scopes": ["c"]}
    )

    assert unmet(check, repo, **PLAIN, extension="x-scopes", scopes_at=["/may"]) == [
        "spec.json:1: #/paths/~1x/get: GET /x needs b, which no policy grants"
    ]


def test_a_scheme_that_is_not_there_is_a_fault(tmp_path):
    repo = repository(tmp_path, x={"security": [{"gone": ["a"]}]})

    assert unmet(check, repo, **PLAIN) == [
        "spec.json:1: #/paths/~1x/get/security: GET /x asks for the scheme 'gone', which is not defined"
    ]


def test_a_scope_can_be_reserved_with_a_reason(tmp_path):
    repo = repository(tmp_path, "scopes: [a, later]", x={"security": [{"bearer": ["a"]}]})

    met(check, repo, **PLAIN, reserved={"later": "the next release"})
    assert unmet(check, repo, **PLAIN, reserved={"later": "the next release", "gone": "?"}) == [
        "reserved: no policy grants 'gone'"
    ]


def test_callers_who_need_no_scope_are_counted(tmp_path):
    repo = repository(tmp_path, x={"security": [{"bearer": ["a"]}]}, y={"security": [{"bearer": []}]})

    assert met(check, repo, **PLAIN).remarks == ["1 operations need a caller who is known, and no scope"]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({}, "no operation needs a scope, and no policy grants one"),
        ({"spec": ["gone.json"]}, "spec: no such file: gone.json"),
        ({"spec": []}, "spec: the plan names no file"),
        ({"policies": ["gone.yaml"]}, "policies: no such file: gone.yaml"),
    ],
)
def test_nothing_to_compare_is_vacuous(tmp_path, plan, said):
    repo = repository(tmp_path, "other: 1", x={"security": [{"bearer": []}]})

    with pytest.raises(Vacuous) as told:
        check(repo=repo, evidence=Evidence(), **{**PLAIN, **plan})
    assert str(told.value) == said


def test_other_files_of_a_folder_are_no_descriptions(tmp_path):
    (tmp_path / "api").mkdir()
    repo = repository(tmp_path / "api", x={"security": [{"bearer": ["a"]}]})
    (tmp_path / "api" / "README.md").write_text("[About](x): *all*\n")
    (tmp_path / "api" / "settings.yaml").write_text("a: 1\n")

    met(check, repo, spec=["."], policies=["policy.yaml"])


def test_a_description_without_operations_is_vacuous(tmp_path):
    with pytest.raises(Vacuous, match=r"^no operation in spec\.json$"):
        check(repo=repository(tmp_path), evidence=Evidence(), **PLAIN)


def test_every_violation_is_seen():
    found = planted(check, Repository(SAMPLES / "good" / "oauth2"), **PLAN)

    assert found == {
        "scope-that-no-policy-grants": [
            "policy.yaml:3: the scope 'models:read' is needed by no operation",
            "spec.yaml:50: #/paths/~1models/get: GET /models needs coordguard:planted, which no policy grants",
        ],
        "operation-without-security": [
            f"spec.yaml:77: #/paths/~1coordguard-planted/get: GET /coordguard-planted {NOT_NAMED}"
        ],
        "policy-scope-that-no-operation-needs": [
            "policy.yaml:3: the scope 'coordguard-planted' is needed by no operation"
        ],
    }
    old = planted(check, Repository(SAMPLES / "good" / "swagger-2"), **PLAN)
    assert [len(lines) for lines in old.values()] == [2, 1, 2]
