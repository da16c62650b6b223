"""Who a bearer token stands for, and what a policy file lets them do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import yaml

from facade.settings import WrongSetting
from pytest_coordguard.golden import PREFIX, golden_claims, golden_token, is_golden

ENVIRONMENTS = ("production", "development", "sandbox")
SEEDS = range(1000)  # of opaque golden tokens; one in the shape of a JWT may have any


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token is known, or who is let in without (`permissive`)."""

    key: str  # of counters and answers: a digest of the token, never the token
    tenant: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Policies:
    """A policy file: for each tenant, the scopes that its callers may have."""

    environment: str
    tenants: Mapping[str, frozenset[str]]
    keys: Mapping[str, Caller]  # by digest; production alone has any
    prefix: str = ""  # before each scope, as `sandbox:`, so that none is one of production

    def caller(self, token: str) -> Caller | None:
        """Return whom a token stands for; None when nobody is known by it."""
        if self.environment == "production":
            return None if is_golden(token) else self.keys.get(digest_of(token))
        claims = self._claims(token)
        if claims is None:
            return None
        tenant, scopes = claims
        return Caller(digest_of(token), tenant, scopes & self.tenants.get(tenant, frozenset()))

    def grants(self, caller: Caller, scope: str) -> bool:
        """Tell whether a caller may do what needs this scope."""
        return self.prefix + scope in caller.scopes

    def _claims(self, token: str) -> tuple[str, frozenset[str]] | None:
        if not is_golden(token):
            return None
        if token.startswith(PREFIX):
            return self._opaque(token)
        claims = golden_claims(token)
        tenant, scope = claims.get("tenant"), claims.get("scope")
        if not isinstance(tenant, str) or not isinstance(scope, str) or tenant not in self.tenants:
            return None
        return tenant, frozenset(scope.split())

    def _opaque(self, token: str) -> tuple[str, frozenset[str]] | None:
        """Look a token up by its words, then by its digest, for each seed that a test may have used."""
        words = token.rpartition("-")[0]
        for tenant, scopes in self._by_words.get(words, ()):
            if any(golden_token(scopes, tenant=tenant, seed=seed) == token for seed in SEEDS):
                return tenant, scopes
        return None

    @cached_property
    def _by_words(self) -> dict[str, list[tuple[str, frozenset[str]]]]:
        found: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for tenant, scopes in self.tenants.items():
            some = sorted(scopes)
            for chosen in chain.from_iterable(combinations(some, size) for size in range(len(some) + 1)):
                words = golden_token(chosen, tenant=tenant).rpartition("-")[0]
                found.setdefault(words, []).append((tenant, frozenset(chosen)))
        return found


def digest_of(token: str) -> str:
    """Return by what a token is known; the token itself is kept nowhere."""
    return sha256(token.encode()).hexdigest()


def read_policies(path: Path, keys: Path | None = None) -> Policies:
    """Read a policy file, and in production the digests of the keys.

    Raises:
        WrongSetting: it says something that is not understood.

    """
    given = _mapping(path)
    environment = given.get("environment")
    if environment not in ENVIRONMENTS:
        raise WrongSetting(f"{path}: environment: {environment!r} is unknown; meant: {', '.join(ENVIRONMENTS)}")
    if keys and environment != "production":
        raise WrongSetting(f"FACADE_KEYS: {path.name} is no production policy, and takes golden tokens alone")
    tenants = given.get("tenants")
    if not isinstance(tenants, dict):
        raise WrongSetting(f"{path}: tenants: a mapping of names is missing")
    granted = {str(name): frozenset(map(str, one["scopes"])) for name, one in tenants.items()}
    known = _known(_mapping(keys), granted, keys) if keys else {}
    return Policies(str(environment), granted, known, str(given.get("prefix", "")))


def _mapping(path: Path) -> dict[str, Any]:
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise WrongSetting(f"{path}: cannot be read: {error}") from error
    if not isinstance(given, dict):
        raise WrongSetting(f"{path}: not a mapping")
    return given


def _known(given: Mapping[str, Any], tenants: Mapping[str, frozenset[str]], path: Path) -> dict[str, Caller]:
    """Return the callers of a file that maps the SHA-256 of each key to a tenant."""
    for digest, tenant in given.items():
        if not re.fullmatch(r"[0-9a-f]{64}", str(digest)) or tenant not in tenants:
            raise WrongSetting(f"{path}: {tenant}: a SHA-256 in hexadecimal and a tenant of the policy are needed")
    return {digest: Caller(digest, tenant, tenants[tenant]) for digest, tenant in given.items()}
