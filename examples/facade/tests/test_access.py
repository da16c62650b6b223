"""Who gets in, by which policies, in which mode."""

import hashlib

import pytest

from facade.policies import read_policies
from facade.settings import HERE, WrongSetting, read_settings
from pytest_coordguard.golden import golden_token

PRODUCTION = HERE / "policies" / "policies.prod.yaml"
SANDBOX = HERE / "policies" / "policies.tenant-sandbox.yaml"


@pytest.mark.parametrize("shape", ["opaque", "jwt"])
def test_a_token_does_what_its_scopes_say_and_no_more(service, authz_headers, shape):
    may_read = authz_headers("models:read", shape=shape)

    assert service("GET", "/v1/models", headers=may_read).status_code == 200
    assert service("GET", "/v1/models/facade-small", headers=may_read).json()["id"] == "facade-small"
    denied = service("POST", "/v1/embeddings", headers=may_read, json={})
    assert (denied.status_code, denied.json()["error"]["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer nonsense", "Basic bm9ib2R5", "Bearer test-golden-token-models-read-x-000000000000"],
)
@pytest.mark.parametrize("body", [{}, {"model": 1}])
def test_who_is_not_known_is_told_so_before_anything_is_read(service, authorization, body):
    answer = service("POST", "/v1/embeddings", headers={"Authorization": authorization}, json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def test_permissive_lets_in_who_shows_any_token(start, authz_headers):
    permissive = start(mode="permissive")

    assert permissive("GET", "/v1/models", headers={"Authorization": "Bearer anything"}).status_code == 200
    assert permissive("GET", "/v1/models", headers=authz_headers("chat:write")).status_code == 200
    assert permissive("GET", "/v1/models").status_code == 401


def test_production_knows_keys_by_their_digests_and_refuses_golden_tokens(start, tmp_path, may_all):
    keys = tmp_path / "keys.yaml"
    keys.write_text(f"{hashlib.sha256(b'a key of acme').hexdigest()}: tenant-acme\n")
    production = start(policies=PRODUCTION, keys=keys)

    assert production("GET", "/v1/models", headers=may_all).status_code == 401
    assert production("GET", "/v1/models", headers={"Authorization": "Bearer a key of acme"}).status_code == 200


def test_the_sandbox_serves_its_own_tenant_by_scopes_of_its_own(start, authz_headers, may_all):
    sandbox = start(policies=SANDBOX)
    mine = authz_headers("sandbox:models:read", tenant="tenant-sandbox")

    assert sandbox("GET", "/v1/models", headers=mine).status_code == 200
    assert sandbox("GET", "/v1/models", headers=may_all).status_code == 401


def test_no_golden_token_is_worth_anything_in_production():
    policies = read_policies(PRODUCTION)

    for shape in ("opaque", "jwt"):
        assert policies.caller(golden_token("models:read", tenant="tenant-acme", shape=shape)) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("environment: staging\n", "environment: 'staging' is unknown; meant: production, development, sandbox"),
        ("environment: sandbox\n", "tenants: a mapping of names is missing"),
        ("- a list\n", "not a mapping"),
        ("a: b: c\n", "cannot be read"),
    ],
    ids=["environment", "no-tenants", "list", "not-yaml"],
)
def test_policies_that_are_not_understood_stop_the_service(start, tmp_path, text, words):
    (tmp_path / "policies.yaml").write_text(text)

    with pytest.raises(WrongSetting, match=words):
        start(policies=tmp_path / "policies.yaml")


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"FACADE_MODE": "lenient"}, "FACADE_MODE: 'lenient' is unknown; meant: strict or permissive"),
        ({"FACADE_REQUESTS": "-1"}, "FACADE_REQUESTS: '-1' is no whole number from 1"),
        ({"FACADE_BREAKER_RESET": "soon"}, "FACADE_BREAKER_RESET: 'soon' is no number of seconds above 0"),
        ({"FACADE_FAULTS": "yes"}, "FACADE_FAULTS: 'yes' is unknown; meant: 0 or 1"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_a_setting_that_is_not_understood_is_told(environ, words):
    with pytest.raises(WrongSetting, match=words):
        read_settings(environ)


def test_what_is_not_set_is_as_in_production():
    usual = read_settings({})

    assert (usual.mode, usual.policies, usual.faults, usual.breaks) == ("strict", PRODUCTION, False, ())


def test_no_fault_is_served_with_the_policies_of_production(start):
    with pytest.raises(WrongSetting, match="never with policies of production"):
        start(policies=PRODUCTION, faults=True)
