"""The service in this process: its answers, without a socket. What needs one is judged by the plan's live criteria."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from facade.service import make_app
from facade.settings import HERE, Settings

SCOPES = "models:read chat:write embeddings:write responses:write responses:read"
DEVELOPMENT = Settings(
    policies=HERE / "policies" / "policies.dev.yaml", window=60, breaker_reset=60, upstream_timeout=60
)


class Service:
    """One service, and the loop that it lives in."""

    def __init__(self, runner, settings):
        self._runner = runner
        self.app = make_app(settings)
        self.parts = self.app.state.parts

    def __call__(self, method, path, **more):
        return self._runner.run(self._send(method, path, **more))

    def together(self, *requests):
        """Send several requests at once."""

        async def all_of_them():
            return await asyncio.gather(*(self._send(method, path, **more) for method, path, more in requests))

        return self._runner.run(all_of_them())

    def let_the_breaker_wait(self):
        """Let the time be over for which it is open, without waiting for it."""
        storage = self.parts.breaker.storage
        storage.opened_at -= timedelta(seconds=self.parts.breaker.reopens_in)

    def close(self):
        self._runner.run(self.parts.close())

    async def _send(self, method, path, **more):
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://facade") as client:
            return await client.request(method, path, **more)


@pytest.fixture
def start():
    """Return a function that makes a service with some settings other than those of development."""
    with asyncio.Runner() as runner:
        yield lambda **changed: Service(runner, replace(DEVELOPMENT, **changed))


@pytest.fixture
def service(start):
    return start()


@pytest.fixture
def may_all(authz_headers):
    return authz_headers(SCOPES)
