"""Who may call what. `strict` asks the policies; `permissive` lets in whoever shows any token, for a first hour."""

from __future__ import annotations

import logging

from fastapi import Request

from facade.errors import ApiError
from facade.metrics import Metrics
from facade.policies import Caller, Policies, digest_of
from facade.settings import Mode

log = logging.getLogger("facade.access")


class Access:
    """Decides, and counts what it decided."""

    def __init__(self, policies: Policies, mode: Mode, metrics: Metrics) -> None:
        self.policies = policies
        self.mode = mode
        self._metrics = metrics

    def identify(self, request: Request) -> Caller | None:
        """Return who calls; None when nobody is known by what they show."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        return self.known(token.strip())

    def known(self, token: str) -> Caller | None:
        """Return whom a token stands for in this mode."""
        caller = self.policies.caller(token)
        if caller is None and self.mode == "permissive":
            return Caller(digest_of(token), "nobody", frozenset())
        return caller

    def allows(self, caller: Caller, scope: str) -> bool:
        """Tell whether a caller may do what needs this scope, in this mode."""
        return self.mode == "permissive" or self.policies.grants(caller, scope)

    def check(self, caller: Caller | None, scope: str) -> Caller:
        """Let a caller in.

        Raises:
            ApiError: 401, nobody is known by the token; 403, somebody is, and lacks the scope.

        """
        with self._metrics.decision_seconds.time():
            allowed = caller is not None and self.allows(caller, scope)
        self.count(allowed=allowed)
        if caller is None:
            raise ApiError(401, "No known token came as `Authorization: Bearer …`")
        if not allowed:
            log.warning("denied", extra={"tenant": caller.tenant, "scope": scope})
            raise ApiError(403, f"The token lacks the scope {scope}", code="insufficient_scope")
        return caller

    def count(self, *, allowed: bool) -> None:
        """Count a decision."""
        self._metrics.decisions.labels("allow" if allowed else "deny").inc()
