"""`openapi.compatible`: what it finds, what it compares with, what a plan may allow, and when it cannot judge."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_compatible import test_openapi_compatible as compatible

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.facts.change import Change, change_since
from pytest_coordguard.facts.repository import Repository

SAMPLES = Path(__file__).parents[1] / "samples" / "openapi.compatible"
IDENTITY = {f"GIT_{who}_{what}": "a@example.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
NO_CHANGE = Change(Path(), None, "no base", asked=False, note="no git here")
OBJECT = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "string"}, "b": {"enum": ["x", "y"], "type": "string"}},
}


def description(version="1.0.0", **paths):
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    post = {"requestBody": body, "responses": {"200": {"description": "d", **body}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": version},
        "paths": {"/things": {"post": post}, **{f"/{name}": value for name, value in paths.items()}},
        "components": {"schemas": {"Thing": OBJECT}},
    }


OTHER = {"get": {"operationId": "other", "tags": ["t"], "responses": {"200": {"description": "d"}}}}


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, env={**os.environ, **IDENTITY}, check=True, capture_output=True)


def write(root, name, data):
    (root / name).write_text(data if isinstance(data, str) else json.dumps(data, indent=1))


@pytest.fixture
def root(tmp_path):
    """A description on main, then a branch."""
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, "api.json", description(other=OTHER))
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "x")
    git(tmp_path, "switch", "-q", "-c", "work")
    return tmp_path


def check(root, evidence=None, **parameters):
    compatible(
        spec=parameters.pop("spec", "api.json"),
        repo=Repository(root),
        change=change_since(root),
        evidence=evidence or Evidence(),
        **parameters,
    )


def unmet(root, **parameters):
    with pytest.raises(Unmet) as raised:
        check(root, **parameters)
    return str(raised.value).splitlines()


@pytest.mark.parametrize("folder", sorted((SAMPLES / "good").iterdir()), ids=lambda folder: folder.name)
def test_what_breaks_no_client_is_met(folder):
    evidence = Evidence()

    compatible(spec="after.yaml", repo=Repository(folder), change=NO_CHANGE, evidence=evidence, against="before.yaml")

    assert {each.name: each.value for each in evidence.measures}["operations of the base"] >= 3


@pytest.mark.parametrize("folder", sorted((SAMPLES / "bad").iterdir()), ids=lambda folder: folder.name)
def test_what_breaks_a_client_is_named_with_both_places(folder):
    with pytest.raises(Unmet) as raised:
        compatible(
            spec="after.yaml", repo=Repository(folder), change=NO_CHANGE, evidence=Evidence(), against="before.yaml"
        )

    assert "".join(f"{finding}\n" for finding in raised.value.findings) == (folder / "expected.txt").read_text()
    assert all(finding.rule.startswith("openapi.compatible.") for finding in raised.value.findings)


def test_the_base_of_the_change_is_what_it_is_compared_with(root):
    write(root, "api.json", description())

    assert unmet(root) == [
        (
            "api.json:7: #/paths/~1other: the path /other is gone without having been deprecated [path-removed]; "
            "in GET /other (base: api.json:33)"
        )
    ]


def test_what_main_did_since_is_not_held_against_the_change(root):
    """The tip of main has a path that the branch never had: it was not removed."""
    git(root, "switch", "-q", "main")
    write(root, "api.json", description(other=OTHER, later=OTHER))
    git(root, "commit", "-q", "-a", "-m", "later")
    git(root, "switch", "-q", "work")
    write(root, "api.json", description(other=OTHER, mine=OTHER))

    check(root)
    check(root, base="main")


def test_a_renamed_description_is_compared_with_its_former_self(root):
    git(root, "mv", "api.json", "openapi.json")
    write(root, "openapi.json", description(other=OTHER))
    git(root, "commit", "-q", "-a", "-m", "move")
    evidence = Evidence()

    check(root, evidence, spec="openapi.json")

    assert {each.name: each.value for each in evidence.measures}["operations of the base"] == 2


def test_files_that_it_refers_to_are_read_from_the_same_commit(root):
    """A part that lies in another file changes with it; the base has the old one."""
    whole = description()
    whole["components"]["schemas"]["Thing"] = {"$ref": "thing.json"}
    write(root, "api.json", whole)
    write(root, "thing.json", OBJECT)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "split")
    git(root, "branch", "-f", "main")
    write(root, "thing.json", {**OBJECT, "required": ["a", "b"]})

    assert unmet(root) == [
        (
            "thing.json:11: #/properties/b: 'b' is required [request-property-became-required]; in POST /things "
            "(base: thing.json:10)"
        )
    ]


def test_a_new_description_was_compared_with_nothing(root):
    write(root, "new.json", description())

    with pytest.raises(
        Vacuous, match=r"^new.json is new: [0-9a-f]{9} has no such file, so there is nothing to compare"
    ):
        check(root, spec="new.json")


def test_an_empty_change_was_compared_with_nothing(root):
    with pytest.raises(Vacuous, match="^the change is empty: HEAD is its base"):
        check(root)


def test_no_operation_is_vacuous(root):
    empty = {**description(), "paths": {}}
    write(root, "old.json", empty)
    write(root, "api.json", empty)

    with pytest.raises(Vacuous, match=r"^no operation in old[.]json$"):
        check(root, against="old.json")


@pytest.mark.parametrize(
    ("parameters", "kind", "reason"),
    [
        ({"base": "main", "against": "a.json"}, CannotJudge,
         "`base: main` and `against: a.json` name two things to compare with; give one"),
        ({"base": "gone"}, CannotJudge, "`base: gone` shares no commit with HEAD here; fetch it (fetch-depth: 0)"),
        ({"against": "gone.json"}, Vacuous, "there is no gone.json to compare api.json with"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_with_is_said(root, parameters, kind, reason):
    with pytest.raises(kind) as raised:
        check(root, **parameters)

    assert str(raised.value) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "api.json is not valid, so it cannot be compared: api.json:1: not JSON: "),
        ('{"openapi": "3.0.3"}', "api.json is not valid, so it cannot be compared: api.json:"),
        ("{}", "api.json is not valid, so it cannot be compared: api.json:1: has neither `openapi` nor `swagger`"),
    ],
)
def test_an_invalid_description_cannot_be_judged(root, text, reason):
    write(root, "old.json", description())
    write(root, "api.json", text)

    with pytest.raises(CannotJudge) as raised:
        check(root, against="old.json")

    assert str(raised.value).startswith(reason)


def test_an_invalid_base_cannot_be_judged(root):
    broken = description()
    broken["components"] = {}
    write(root, "old.json", broken)

    with pytest.raises(CannotJudge) as raised:
        check(root, against="old.json")

    assert str(raised.value).startswith("old.json is not valid, so it cannot be compared: old.json:")
    assert "leads nowhere" in str(raised.value)


def test_a_key_that_comes_twice_in_the_base_is_told(root):
    """The base is history: no change can mend it. In the change's own description it is a reason not to judge."""
    twice = json.dumps(description(), indent=1).replace("{", '{\n"info": {"title": "t", "version": "0"},', 1)
    write(root, "old.json", twice)
    write(root, "api.json", description())
    evidence = Evidence()

    check(root, evidence, against="old.json")

    assert evidence.remarks[0].startswith("old.json: 1 faults that leave it readable, as old.json:4: #/info: the key")
    with pytest.raises(CannotJudge):
        check(root, spec="old.json", against="api.json")


def test_allowed_changes_are_allowed_and_those_that_are_none_are_said(root):
    write(root, "api.json", description())

    check(root, allow={"path-removed": "nobody called it"})
    check(root, allow={"path-removed GET /o*": "nobody called it"})
    assert unmet(root, allow={"path-removed GET /o*": " ", "path-removed": "x", "tag-removed": "y"}) == [
        "allow 'path-removed GET /o*' gives no reason",
        "allow 'tag-removed' covers no breaking change; take it out",
    ]


def test_an_allowance_for_one_operation_leaves_the_others(root):
    """The component is used by two; only one of them may break."""
    both = description()
    both["paths"]["/more"] = both["paths"]["/things"]
    write(root, "old.json", both)
    write(root, "api.json", {**both, "components": {"schemas": {"Thing": {**OBJECT, "required": ["a", "b"]}}}})

    assert unmet(root, against="old.json", allow={"request-property-became-required POST /more": "new client"}) == [
        (
            "api.json:71: #/components/schemas/Thing/properties/b: 'b' is required [request-property-became-required]; "
            "in POST /things, POST /more (base: old.json:70)"
        )
    ]
    check(root, against="old.json", allow={"request-property-became-required POST /*": "new clients"})


def test_operation_ids_tags_and_warnings_fail_on_request(root):
    renamed = {"get": {**OTHER["get"], "operationId": "another", "tags": []}}
    write(root, "api.json", description(other=renamed))

    check(root)
    assert [line.partition("[")[2].partition("]")[0] for line in unmet(root, operation_ids="fail", tags="fail")] == [
        "operation-id-changed",
        "tag-removed",
    ]
    assert len(unmet(root, warnings="fail")) == 1


def test_a_deprecation_must_say_until_when_where_the_plan_asks(root):
    write(root, "api.json", description(other={"get": {**OTHER["get"], "deprecated": True}}))

    check(root)
    assert unmet(root, sunset_days=90) == [
        (
            "api.json:34: #/paths/~1other/get/x-sunset: it is deprecated, and no x-sunset says until when it works "
            "[sunset-missing]; in GET /other (base: api.json:34)"
        )
    ]


def test_the_profile_gives_the_levels_of_oasdiff(root):
    """To take a query parameter away is a warning there; by the contract, what a client asks for is ignored."""
    asked = {"get": {**OTHER["get"], "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}]}}
    write(root, "old.json", description(other=asked))
    write(root, "api.json", description(other=OTHER))

    check(root, against="old.json", profile="oasdiff")
    assert "[parameter-removed]" in unmet(root, against="old.json")[0]


def test_what_breaks_none_is_told_apart_with_a_hint_at_the_version(root):
    write(root, "old.json", description())
    write(root, "api.json", description("1.1.0", other=OTHER))
    evidence = Evidence()

    check(root, evidence, against="old.json")

    assert {each.name: each.value for each in evidence.measures} == {
        "operations of the base": 1,
        "schemas looked into": 2,
        "changes that may break a client": 0,
        "changes that break none": 1,
        "breaking changes": 0,
    }
    assert evidence.remarks == [
        (
            "breaks none: api.json:34: #/paths/~1other/get: GET /other is new [operation-added]; in GET /other "
            "(base: old.json:1 #)"
        ),
        "the change asks for a minor step; info.version went from 1.0.0 to 1.1.0 (minor), which is enough",
    ]


@pytest.mark.parametrize("violation", described(compatible).violations, ids=lambda violation: violation.name)
@pytest.mark.parametrize("ending", ["json", "yaml", "swagger"])
def test_each_planted_violation_is_found(root, violation, ending):
    name = f"spec.{ending}"
    if ending == "swagger":
        name = "swagger.json"
        write(root, name, SWAGGER)
    else:
        write(root, name, description(other=OTHER))
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "spec")
    git(root, "branch", "-f", "main")
    repo = Repository(root)
    changes = violation.plant(
        **{n: v for n, v in {"repo": repo, "spec": name}.items() if n in inspect.signature(violation.plant).parameters}
    )

    with pytest.raises(Unmet):
        compatible(spec=name, repo=repo.with_changes(changes), change=change_since(root), evidence=Evidence())


SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/things": {
            "post": {
                "parameters": [{"name": "thing", "in": "body", "schema": {"$ref": "#/definitions/Thing"}}],
                "responses": {"200": {"description": "d", "schema": {"$ref": "#/definitions/Thing"}}},
            }
        }
    },
    "definitions": {"Thing": OBJECT},
}


def test_violations_need_something_to_break(root):
    write(root, "api.json", {**description(), "paths": {}})

    for violation in described(compatible).violations:
        with pytest.raises(CannotPlant):
            violation.plant(repo=Repository(root), spec="api.json")
