"""Golden tokens: bearer tokens for tests, the same at each run, that no production verifier accepts.

Arguments in, text out: no clock, no chance, no environment, nothing but the standard library. What makes them void
elsewhere: an opaque one begins with `PREFIX`, which no issuer uses; one in the shape of a JWT names an algorithm that
is registered nowhere (so that a verifier that accepts `none` refuses it too), an issuer below `.invalid`, which no
name server can know (RFC 6761, section 6.4), a type of its own, a signature that is none, and it expired in 1970.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Literal

PREFIX = "test-golden-token-"
ALGORITHM = "test-golden-none"  # in no registry: https://www.iana.org/assignments/jose
TYPE = "test-golden+jwt"
ISSUER = "https://golden-tokens.invalid"
TENANT = "tenant-test"
EXPIRED = 1  # seconds after 1970-01-01T00:00:00Z
SIGNS = 12  # of the digest: two tokens of one test suite meet once in 10^14

Shape = Literal["opaque", "jwt"]


def golden_token(
    scope: str | Iterable[str] = "",
    *,
    tenant: str = TENANT,
    seed: int | str = 7,
    shape: Shape = "opaque",
    claims: Mapping[str, Any] | None = None,
) -> str:
    """Return the token of these scopes, tenant and seed: the same arguments, the same token.

    Args:
        scope: one scope, several with blanks between them, or a list; their order makes no difference.
        tenant: whose token it is.
        seed: another one gives other tokens, for tests that need two callers with the same scopes.
        shape: `opaque`, or `jwt` for a service that reads claims.
        claims: more claims of a JWT; they may replace `exp` and others, but not `iss`.

    Raises:
        ValueError: the shape is unknown, `iss` would be replaced, or claims are given for an opaque token.

    """
    scopes = " ".join(sorted(set(scope.split() if isinstance(scope, str) else scope)))
    digest = sha256(json.dumps([scopes, tenant, str(seed)]).encode()).hexdigest()
    if shape == "jwt":
        return _jwt(scopes, tenant, digest, claims or {})
    if shape != "opaque":
        raise ValueError(f"shape: {shape!r} is unknown; meant: 'opaque' or 'jwt'")
    if claims:
        raise ValueError("claims: an opaque token carries none; give shape='jwt'")
    words = re.sub(r"[^A-Za-z0-9]+", "-", f"{scopes or 'no-scope'}-{tenant}").strip("-")
    return f"{PREFIX}{words}-{digest[:SIGNS]}"


def authz_headers(
    scope: str | Iterable[str] = "",
    *,
    tenant: str = TENANT,
    tenant_header: str | None = None,
    seed: int | str = 7,
    shape: Shape = "opaque",
    claims: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Return the headers of a request with the golden token of these arguments.

    `tenant_header` names the header that tells the tenant, where the service wants one; the others are those of
    `golden_token`.
    """
    headers = {"Authorization": f"Bearer {golden_token(scope, tenant=tenant, seed=seed, shape=shape, claims=claims)}"}
    return headers | ({tenant_header: tenant} if tenant_header else {})


def is_golden(token: str) -> bool:
    """Tell whether a token is a golden one, for a service that must refuse them in production."""
    return token.startswith(PREFIX) or _header(token).get("typ") == TYPE


def golden_claims(token: str) -> dict[str, Any]:
    """Return the claims of a golden token in the shape of a JWT, for a service in test mode.

    Raises:
        ValueError: it is no such token.

    """
    if _header(token).get("typ") != TYPE:
        raise ValueError("no golden token in the shape of a JWT")
    claims = _decoded(token.split(".")[1])
    return claims if isinstance(claims, dict) else {}


def _jwt(scopes: str, tenant: str, digest: str, claims: Mapping[str, Any]) -> str:
    if "iss" in claims:
        raise ValueError(f"claims: `iss` stays {ISSUER}, or a verifier might accept the token")
    known = {"iss": ISSUER, "sub": f"{tenant}-{digest[:SIGNS]}", "tenant": tenant, "scope": scopes}
    body = {**known, "iat": 0, "exp": EXPIRED, "jti": digest[:SIGNS], **claims}
    return ".".join([_encoded({"alg": ALGORITHM, "typ": TYPE}), _encoded(body), PREFIX.rstrip("-")])


def _encoded(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _decoded(part: str) -> object:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _header(token: str) -> dict[str, Any]:
    try:
        header = _decoded(token.partition(".")[0])
    except ValueError:
        return {}
    return header if isinstance(header, dict) else {}
