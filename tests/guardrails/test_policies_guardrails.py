"""`policies.labelled` and `policies.isolated`: development is seen to be such, and apart from production."""

import sys
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_policies import test_policies_are_isolated as isolated
from pytest_coordguard.guardrails.test_policies import test_policies_are_labelled as labelled

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Vacuous
from pytest_coordguard.facts.policies import Policy
from pytest_coordguard.facts.repository import Repository

sys.path.insert(0, str(Path(__file__).parents[1]))
from planting import met, planted, unmet

isolated.__test__ = labelled.__test__ = False
SAMPLES = Path(__file__).parents[1] / "samples"
APART = {"files": ["policies.sandbox.*"], "production": ["policies.prod.*"]}
CASES = [
    (check, plan, folder)
    for check, name, plan in ((isolated, "policies.isolated", APART), (labelled, "policies.labelled", {}))
    for kind in ("good", "bad")
    for folder in sorted((SAMPLES / name / kind).iterdir())
]


def repository(folder, **files):
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return Repository(folder)


@pytest.mark.parametrize(("check", "plan", "folder"), CASES, ids=[folder.name for _, _, folder in CASES])
def test_samples(check, plan, folder):
    repo = Repository(folder)
    if check is labelled:
        prod = [path for path in repo.files if "prod" in path]
        plan = {"files": ["policies.dev.*"], "production": prod}

    if folder.parent.name == "good":
        met(check, repo, **plan)
    else:
        assert unmet(check, repo, **plan) == (folder / "expected.txt").read_text().splitlines()


def test_a_development_policy_in_the_folder_of_production_is_not_held_against_itself(tmp_path):
    repo = repository(tmp_path, dev__yaml="scopes: [mine]", prod__yaml="scopes: [theirs]")

    met(isolated, repo, files=["dev.yaml"], production=["."])


def test_scopes_are_seen_by_the_names_that_policies_give_them(tmp_path):
    text = "rules: [{subjects: {any: [{scopes_any: [a]}]}, required_scope: [b], allowedScopes: c}]"
    repo = repository(tmp_path, dev__yaml=text, prod__yaml="permissions: [a, b, c]")

    found = unmet(isolated, repo, files=["dev.yaml"], production=["prod.yaml"])
    assert [line.split("'")[1] for line in found] == ["a", "b", "c"]


def test_what_is_shared_on_purpose_has_a_reason_and_is_there(tmp_path):
    repo = repository(tmp_path, a__yaml="scopes: [x, mine]", b__yaml="scopes: [x, theirs]")
    plan = {"files": ["a.yaml"], "production": ["b.yaml"]}

    met(isolated, repo, **plan, shared={"x": "health checks"})
    assert unmet(isolated, repo, **plan, shared={"x": "health checks", "y": "old"}) == [
        "shared: 'y' is not on both sides"
    ]


def test_places_can_be_named(tmp_path):
    repo = repository(
        tmp_path, a__yaml="grants:\n- may: [x]\n  scopes: [b]", b__yaml="grants:\n- may: [x]\n  scopes: [b]"
    )

    assert unmet(isolated, repo, files=["a.yaml"], production=["b.yaml"], scopes_at=["#/grants/*/may"]) == [
        "a.yaml:2: the scope 'x' is one of production too (b.yaml:2)"
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "scopes: [", "a.yaml:2: not YAML: "),
        ("a.json", "{'scopes'}", "a.json:1: not JSON: "),
        ("a.toml", "scopes = ", "a.toml: not TOML: Invalid value (at end of document)"),
    ],
)
def test_a_policy_that_cannot_be_read_is_broken(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)

    with pytest.raises(CannotJudge) as told:
        Policy(Repository(tmp_path), name)
    assert str(told.value).startswith(said)


def test_nothing_to_compare_is_vacuous(tmp_path):
    repo = repository(tmp_path, a__yaml="scopes: [x]", b__yaml="other: 1")

    with pytest.raises(Vacuous, match=r"^neither scope nor tenant nor key stands on both sides, so nothing was"):
        isolated(repo=repo, evidence=Evidence(), files=["a.yaml"], production=["b.yaml"])
    with pytest.raises(Vacuous, match=r"^production: no policy to compare$"):
        isolated(repo=repo, evidence=Evidence(), files=["a.yaml"], production=["c.yaml"])
    with pytest.raises(Vacuous, match=r"^no file matches c\.yaml$"):
        labelled(repo=repo, evidence=Evidence(), files=["c.yaml"])


def test_a_policy_that_the_plan_names_must_be_there(tmp_path):
    repo = repository(tmp_path, a__yaml="# NOT for production")

    assert unmet(labelled, repo, files=["a.yaml", "b.yaml"], production=["c.yaml"]) == [
        "b.yaml: no such file, and the plan names it as a policy",
        "c.yaml: no such file, and the plan names it as a policy",
    ]


def test_every_violation_is_seen(tmp_path):
    repo = repository(
        tmp_path,
        a__yaml="# NOT for production\ntenant: dev\nscopes: [dev:x]\n",
        b__yaml="tenant: acme\nscopes: [x]\n",
    )
    plan = {"files": ["a.yaml"], "production": ["b.yaml"]}

    assert planted(isolated, repo, **plan) == {
        "scope-shared": ["a.yaml:3: the scope 'x' is one of production too (b.yaml:2)"],
        "tenant-shared": ["a.yaml:2: the tenant 'acme' is one of production too (b.yaml:1)"],
    }
    assert planted(labelled, repo, **plan) == {
        "label-removed": ["a.yaml:1: no 'NOT for production' in the first 10 lines"],
        "label-moved-down": ["a.yaml:11: 'NOT for production' stands here, after the first 10 lines"],
        "production-labelled": ["b.yaml:1: a production policy says 'NOT for production'"],
        "new-policy-unlabelled": [
            "coordguard.sandbox.yaml: its name is that of a development policy, and the plan does not name it"
        ],
    }
