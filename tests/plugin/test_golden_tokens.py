"""Golden tokens: the same at each run, void in production, and used here as a repository would use them."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_coordguard.guardrails.test_fixtures import test_fixtures_are_deterministic as deterministic
from pytest_coordguard.guardrails.test_secrets import test_no_secrets as secrets_absent

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.facts.process import scrubbed
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.golden import golden_claims, is_golden
from pytest_coordguard.golden import golden_token as make

deterministic.__test__ = secrets_absent.__test__ = False
ROOT = Path(__file__).parents[2]
WORDS = st.text("abc:.*/é ", max_size=8)


def test_the_token_of_the_page_is_the_token(golden_token):
    """The page shows what a reader gets; and a change of the rule would break the fixtures of all who wrote it down."""
    assert golden_token(scope="models:read") in (ROOT / "docs" / "golden-tokens.md").read_text()


def test_headers_carry_the_token_and_the_tenant(authz_headers, golden_token):
    assert authz_headers(scope="a") == {"Authorization": f"Bearer {golden_token('a')}"}
    assert authz_headers("a", tenant="t", tenant_header="X-Tenant-ID") == {
        "Authorization": f"Bearer {golden_token('a', tenant='t')}",
        "X-Tenant-ID": "t",
    }


@given(st.lists(WORDS, max_size=3), WORDS, st.integers() | WORDS, st.sampled_from(["opaque", "jwt"]))
def test_every_token_is_marked_and_may_stand_in_a_header(scopes, tenant, seed, shape):
    """RFC 6750, section 2.1: the signs that a bearer token may hold."""
    token = make(scopes, tenant=tenant, seed=seed, shape=shape)

    assert token == make(list(reversed(scopes)), tenant=tenant, seed=seed, shape=shape)
    assert is_golden(token)
    assert "test-golden-token" in token
    assert re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", token)


@given(st.tuples(WORDS, WORDS, st.integers()), st.tuples(WORDS, WORDS, st.integers()))
def test_other_arguments_give_other_tokens(one, other):
    def key(arguments):
        return (sorted(set(arguments[0].split())), *arguments[1:])

    tokens = [make(scope, tenant=tenant, seed=seed) for scope, tenant, seed in (one, other)]
    assert (tokens[0] == tokens[1]) is (key(one) == key(other))


def test_a_jwt_is_read_in_tests_and_void_elsewhere(golden_token):
    token = golden_token(["b", "a"], shape="jwt", claims={"aud": "api"})
    header, _, signature = token.split(".")

    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "test-golden-none", "typ": "test-golden+jwt"}
    assert len(signature) % 4 == 1  # no base64 text has such a length (RFC 4648, section 4)
    claims = golden_claims(token)
    assert (claims.pop("sub"), claims.pop("jti")) == ("tenant-test-" + make("a b")[-12:], make("a b")[-12:])
    assert claims == {
        "iss": "https://golden-tokens.invalid", "tenant": "tenant-test", "scope": "a b", "iat": 0, "exp": 1,
        "aud": "api",
    }  # fmt: skip


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", make("a"), "W10.e30.x"])
def test_what_is_no_golden_jwt_is_not_read(token):
    with pytest.raises(ValueError, match=r"^no golden token in the shape of a JWT$"):
        golden_claims(token)
    assert is_golden(token) is token.startswith("test-golden-token-")


def test_mistakes_are_told(golden_token):
    for arguments, said in (
        ({"shape": "saml"}, "shape: 'saml' is unknown; meant: 'opaque' or 'jwt'"),
        ({"claims": {"a": 1}}, "claims: an opaque token carries none; give shape='jwt'"),
        (
            {"shape": "jwt", "claims": {"iss": "x"}},
            "claims: `iss` stays https://golden-tokens.invalid, or a verifier might accept the token",
        ),
    ):
        with pytest.raises(ValueError, match="^") as told:
            golden_token(**arguments)
        assert str(told.value) == said


def test_they_are_the_same_in_another_process_with_another_hash_seed():
    code = "from pytest_coordguard.golden import golden_token as t; print(t({'b', 'a', 'c'}), t('a', shape='jwt'))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert runs == {f"{make('a b c')} {make('a', shape='jwt')}\n".encode()}


def test_they_are_no_secret(tmp_path):
    """Written into a file, as fixtures and recordings are."""
    tokens = [make(scope, shape=shape, seed=seed) for scope in ("", "models:read", "chat:write admin")
              for shape in ("opaque", "jwt") for seed in range(4)]  # fmt: skip
    lines = [f'API_TOKEN_{number} = "{token}"\n' for number, token in enumerate(tokens)]
    lines += [f"Authorization: Bearer {token}\n" for token in tokens]
    (tmp_path / "tokens.py").write_text("".join(lines))

    secrets_absent(repo=Repository(tmp_path), evidence=Evidence())


def test_the_kit_draws_nothing_by_chance():
    deterministic(repo=Repository(ROOT), evidence=Evidence(), files=["pytest_coordguard/golden.py"], environment="fail")


CLAIM = """
import pytest


@pytest.mark.criterion("T-1/tokens")
def test_tokens(golden_token, authz_headers):
    assert authz_headers("a")["Authorization"].endswith(golden_token("a"))
"""


@pytest.mark.parametrize("gate", [False, True], ids=["plain run", "gate run"])
def test_a_repository_has_the_fixtures_in_both_kinds_of_run(tmp_path, gate):
    (tmp_path / "test_tokens.py").write_text(CLAIM)
    plan = {
        "version": 1,
        "tests": ["test_tokens.py"],
        "tasks": {"T-1": {"title": "T", "accept": {"tokens": {"text": "t"}}}},
    }
    (tmp_path / "coordguard.yaml").write_text(json.dumps(plan))
    argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *(["-m", "preaudit"] if gate else [])]
    done = subprocess.run(argv, cwd=tmp_path, env=scrubbed(), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    if gate:
        status = json.loads((tmp_path / "docs" / "plans" / "task_status.json").read_text())
        assert [(one["id"], one["verdict"]) for one in status["criteria"]] == [("T-1/tokens", "met")]
