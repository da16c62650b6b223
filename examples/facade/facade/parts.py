"""What one service is made of. Routes and middleware find their parts here, on `app.state.parts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from facade.access import Access
from facade.breaker import Breaker
from facade.idempotency import Idempotency
from facade.metrics import Metrics
from facade.policies import read_policies
from facade.quotas import Quotas
from facade.settings import Settings, WrongSetting
from facade.store import MemoryStore, RedisStore, Store
from facade.upstream import Upstream


@dataclass
class Parts:
    """The parts of a running service."""

    settings: Settings
    metrics: Metrics
    access: Access
    quotas: Quotas
    store: Store
    idempotency: Idempotency
    upstream: Upstream
    breaker: Breaker

    async def close(self) -> None:
        """Let go of connections."""
        await self.store.close()
        await self.quotas.close()


def assemble(settings: Settings) -> Parts:
    """Make the parts.

    Raises:
        WrongSetting: the policies cannot be read, or production would be served with a hook for faults.

    """
    policies = read_policies(settings.policies, settings.keys)
    if policies.environment == "production" and (settings.faults or settings.breaks):
        raise WrongSetting("FACADE_FAULTS, FACADE_BREAK: never with policies of production; give FACADE_POLICIES")
    metrics = Metrics()
    store: Store = RedisStore(settings.redis_url) if settings.redis_url else MemoryStore()
    return Parts(
        settings=settings,
        metrics=metrics,
        access=Access(policies, settings.mode, metrics),
        quotas=Quotas(settings),
        store=store,
        idempotency=Idempotency(store, settings),
        upstream=Upstream(),
        breaker=Breaker(settings, metrics),
    )


def parts_of(request: Request) -> Parts:
    """Return the parts of the service that got a request."""
    return cast("Parts", request.app.state.parts)
