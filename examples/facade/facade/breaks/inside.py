"""What is broken inside: parts that go wrong where the honest ones do not, in the place of those."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from facade import answers, logs
from facade.access import Access
from facade.breaker import Breaker
from facade.breaks.names import Broken
from facade.errors import ApiError
from facade.idempotency import Answered, Idempotency
from facade.parts import Parts
from facade.policies import Caller, digest_of
from facade.quotas import Client, Quotas
from facade.store import MemoryStore
from facade.upstream import Fault, Upstream

T = TypeVar("T")
LONGER = 3.0  # seconds


def install(parts: Parts, broken: Broken) -> None:
    """Put the broken parts in the place of the others. Each does as the honest one unless it is told not to."""
    settings, metrics = parts.settings, parts.metrics
    if broken("forget-on-restart"):
        parts.store = MemoryStore()
    parts.access = BrokenAccess(parts.access, broken)
    parts.quotas = BrokenQuotas(settings, broken)
    parts.idempotency = BrokenIdempotency(parts, broken)
    parts.upstream = BrokenUpstream(broken)
    for metric in (metrics.breaker_state, metrics.breaker_trips):  # the new breaker brings its own values
        metric.remove("upstream")
    parts.breaker = BrokenBreaker(parts, broken)
    _break_answers(broken)
    _break_logs(broken)


class BrokenAccess(Access):
    """Lets in whom it should not, or nobody."""

    def __init__(self, honest: Access, broken: Broken) -> None:
        super().__init__(honest.policies, honest.mode, honest._metrics)  # noqa: SLF001  stands in its place
        self._broken = broken

    def known(self, token: str) -> Caller | None:
        caller = self.policies.caller(token)
        if caller is None and self._broken("strict-lets-garbage"):
            return Caller(digest_of(token), "nobody", frozenset())
        return caller if self._broken("mode-dead-knob") else super().known(token)

    def allows(self, caller: Caller, scope: str) -> bool:
        if self._broken("strict-lets-unscoped") or (self._broken("strict-lets-garbage") and caller.tenant == "nobody"):
            return True
        return self.policies.grants(caller, scope) if self._broken("mode-dead-knob") else super().allows(caller, scope)

    def check(self, caller: Caller | None, scope: str) -> Caller:
        if caller is not None and self._broken("authenticated-500"):
            raise RuntimeError("the policies cannot be asked")
        if caller is None and self._broken("no-token-needed"):
            return Caller("nobody", "nobody", frozenset())
        return super().check(caller, scope)

    def count(self, *, allowed: bool) -> None:
        if not self._broken("decisions-uncounted"):
            super().count(allowed=allowed)


class BrokenQuotas(Quotas):
    """Refuses nobody, or for longer than it says."""

    def __init__(self, settings: Any, broken: Broken) -> None:  # noqa: ANN401  as those of its base
        super().__init__(settings)
        self._broken = broken
        self._refused: dict[str, float] = {}

    async def take_request(self, client: Client) -> None:
        try:
            await super().take_request(client)
        except ApiError:
            self._refused[client.key] = time.monotonic() + self._window + LONGER
            if not self._broken("never-limits"):
                raise
        if self._broken("lying-retry-after") and time.monotonic() < self._refused.get(client.key, 0):
            raise ApiError(429, "Still no", code="rate_limit_exceeded", retry_after=1)


class BrokenIdempotency(Idempotency):
    """Answers or acts once more."""

    def __init__(self, parts: Parts, broken: Broken) -> None:
        super().__init__(parts.store, parts.settings)
        self._broken = broken

    async def once(
        self, owner: str, key: str, request: dict[str, Any], make: Callable[[], Awaitable[dict[str, Any]]]
    ) -> Answered:
        broken = self._broken
        if broken("replay-recomputes"):
            return Answered(await make())
        owner = "all" if broken("replay-across-callers") else owner
        request = {} if broken("conflict-accepted") else request
        answered = await super().once(owner, key, request, make)
        if answered.replayed and broken("replay-second-effect"):
            await make()
        return Answered(answered.body) if broken("replay-unmarked") else answered

    async def claim(self, name: str, print_: str) -> bool:
        if self._broken("concurrent-twice") and "body" not in (await self._store.get(name) or ""):
            return True
        return await super().claim(name, print_)


fault_of_request: ContextVar[Fault | None] = ContextVar("fault_of_request", default=None)


class BrokenUpstream(Upstream):
    """Stumbles over what it did not expect, and fails for one request that asks for it."""

    def __init__(self, broken: Broken) -> None:
        super().__init__()
        self._broken = broken

    def fault_now(self) -> Fault:
        return fault_of_request.get() or super().fault_now()

    async def embed(self, text: str, dimensions: int) -> list[float]:
        if self._broken("crash-on-odd-input") and (not text.isascii() or dimensions > 512):  # noqa: PLR2004  as named
            raise RuntimeError("nobody thought of that")
        return await super().embed(text, dimensions)


class BrokenBreaker(Breaker):
    """Does not open, does not close, or does not tell."""

    def __init__(self, parts: Parts, broken: Broken) -> None:
        self._broken = broken
        super().__init__(parts.settings, parts.metrics)

    async def call(self, asked: Callable[[], Awaitable[T]]) -> T:
        if self._broken("breaker-never-opens"):
            self.reset()
        if self._broken("never-half-open") and self.state == "half-open":
            self._breaker.open()
        return await super().call(asked)

    def report(self, error: Exception) -> None:
        if not self._broken("silent-upstream-fault"):
            super().report(error)

    def health(self) -> dict[str, Any]:
        honest = super().health()
        return honest | {"state": "closed"} if self._broken("breaker-frozen-in-healthz") else honest

    def number(self) -> int:
        return 0 if self._broken("breaker-metric-frozen") else super().number()

    def count_trip(self) -> None:
        if not self._broken("trips-frozen"):
            super().count_trip()


def _break_answers(broken: Broken) -> None:
    honest = answers.Reply.marks

    def marks(self: answers.Reply) -> dict[str, Any]:
        found = honest(self)
        if self.fallback and broken("provenance-dropped"):
            del found["provenance"]
        if self.fallback and broken("silent-fallback"):
            found.pop("fallback")
            found["provenance"] = {"source": "upstream", "chain": []}
        return found

    answers.Reply.marks = marks  # type: ignore[method-assign]


def _break_logs(broken: Broken) -> None:
    honest = logs.Redacting.format

    def leaking(self: logs.Redacting, record: logging.LogRecord) -> str:
        if record.exc_info and broken("log-secret-exception"):
            return super(logs.Redacting, self).format(record)
        return honest(self, record)

    logs.Redacting.format = leaking  # type: ignore[method-assign]
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda _: not broken("no-logs"))
