"""How much each caller may ask for, and what the headers say of it. The counting is done by `limits`."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import cast

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis

from facade.errors import ApiError
from facade.settings import Settings


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of one quota."""

    limit: int
    remaining: int
    reset: float  # seconds from now


@dataclass(frozen=True, slots=True)
class Client:
    """Whose quota it is."""

    key: str
    known: bool


class Quotas:
    """Two counters for each client, requests and tokens, over windows that begin with the first request in them."""

    def __init__(self, settings: Settings) -> None:
        url = settings.redis_url
        self._storage: MemoryStorage | RedisStorage = (
            RedisStorage(f"async+{url}", implementation="redispy") if url else MemoryStorage()
        )
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._window = settings.window
        self._known = RateLimitItemPerSecond(settings.requests, settings.window, "requests")
        self._unknown = RateLimitItemPerSecond(settings.anonymous_requests, settings.window, "requests")
        self._tokens = RateLimitItemPerSecond(settings.tokens, settings.window, "tokens")

    async def take_request(self, client: Client) -> None:
        """Count a request.

        Raises:
            ApiError: 429, there is none left in this window.

        """
        if not await self._limiter.hit(self._requests_of(client), client.key):
            standing = await self._standing(self._requests_of(client), client)
            raise ApiError(
                429,
                f"{standing.limit} requests in {self._window} s are allowed; try again in {standing.reset:.3f} s.",
                code="rate_limit_exceeded",
                retry_after=standing.reset,
            )

    async def take_tokens(self, client: Client, count: int) -> None:
        """Count the tokens of a prompt.

        Raises:
            ApiError: 429, there are not so many left in this window; 400, there never are.

        """
        if count > self._tokens.amount:
            words = f"The input has {count} tokens, and {self._tokens.amount} in {self._window} s are allowed."
            raise ApiError(400, words, code="context_length_exceeded")
        if not await self._limiter.test(self._tokens, client.key, cost=count):
            standing = await self._standing(self._tokens, client)
            raise ApiError(
                429,
                f"{standing.remaining} tokens are left of {standing.limit} in {self._window} s, and {count} are asked "
                f"for; try again in {standing.reset:.3f} s.",
                code="rate_limit_exceeded",
                retry_after=standing.reset,
            )
        await self.add_tokens(client, count)

    async def add_tokens(self, client: Client, count: int) -> None:
        """Count tokens that are spent already, as those of an answer."""
        if count:
            await self._limiter.hit(self._tokens, client.key, cost=count)

    async def headers(self, client: Client) -> dict[str, str]:
        """Return both families of headers, as the counters stand now."""
        requests = await self._standing(self._requests_of(client), client)
        tokens = await self._standing(self._tokens, client)
        return {
            "X-RateLimit-Limit": str(requests.limit),
            "X-RateLimit-Remaining": str(requests.remaining),
            "X-RateLimit-Reset": str(math.ceil(time.time() + requests.reset)),  # seconds since 1970
            "x-ratelimit-limit-requests": str(requests.limit),
            "x-ratelimit-remaining-requests": str(requests.remaining),
            "x-ratelimit-reset-requests": duration(requests.reset),
            "x-ratelimit-limit-tokens": str(tokens.limit),
            "x-ratelimit-remaining-tokens": str(tokens.remaining),
            "x-ratelimit-reset-tokens": duration(tokens.reset),
        }

    async def close(self) -> None:
        """Let go of connections."""
        if isinstance(self._storage, RedisStorage):
            await self._redis.aclose()

    @property
    def _redis(self) -> Redis:
        """The connections of the storage, for what its interface does not offer."""
        return cast("Redis", cast("RedispyBridge", cast("RedisStorage", self._storage).bridge).get_connection())

    def _requests_of(self, client: Client) -> RateLimitItem:
        return self._known if client.known else self._unknown

    async def _standing(self, item: RateLimitItem, client: Client) -> Standing:
        key = item.key_for(client.key)
        remaining = max(0, item.amount - await self._storage.get(key))
        return Standing(item.amount, remaining, await self._left_of_window(key))

    async def _left_of_window(self, key: str) -> float:
        """Return the seconds until a window ends; Redis rounds its own `ttl` to whole ones, which may be too few."""
        if isinstance(self._storage, RedisStorage):
            left: int = await self._redis.pttl(self._storage.bridge.prefixed_key(key))
            return max(0, left) / 1000
        return max(0.0, await self._storage.get_expiry(key) - time.time())


def duration(seconds: float) -> str:
    """Return a time as OpenAI writes it: `570ms`, `1.2s`, `6m0s`."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(math.ceil(seconds * 1000) / 1000, 60)
    return f"{minutes:.0f}m{rest:g}s" if minutes else f"{rest:g}s"
