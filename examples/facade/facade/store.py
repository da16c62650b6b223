"""Where answers are kept: Redis, so that a restart forgets nothing, or the memory of this process."""

from __future__ import annotations

import time
from typing import Protocol

from redis.asyncio import Redis


class Store(Protocol):
    """What is needed of a store: texts by key, each for some seconds, and lists of texts."""

    async def add(self, key: str, value: str, seconds: int) -> bool:
        """Keep a text where there is none yet; tell whether there was none. Of two at once, one is told so."""

    async def get(self, key: str) -> str | None:
        """Return a text."""

    async def put(self, key: str, value: str, seconds: int) -> None:
        """Keep a text in place of any other."""

    async def drop(self, key: str) -> None:
        """Forget a text."""

    async def append(self, name: str, value: str) -> None:
        """Add to the end of a list."""

    async def items(self, name: str) -> list[str]:
        """Return a list, which may be empty."""

    async def close(self) -> None:
        """Let go of connections."""


class MemoryStore:
    """For one process, until it ends."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[str, float]] = {}
        self._lists: dict[str, list[str]] = {}

    async def add(self, key: str, value: str, seconds: int) -> bool:
        if await self.get(key) is not None:
            return False
        await self.put(key, value, seconds)
        return True

    async def get(self, key: str) -> str | None:
        value, until = self._texts.get(key, ("", 0.0))
        return value if time.monotonic() < until else None

    async def put(self, key: str, value: str, seconds: int) -> None:
        self._texts[key] = (value, time.monotonic() + seconds)

    async def drop(self, key: str) -> None:
        self._texts.pop(key, None)

    async def append(self, name: str, value: str) -> None:
        self._lists.setdefault(name, []).append(value)

    async def items(self, name: str) -> list[str]:
        return list(self._lists.get(name, ()))

    async def close(self) -> None:
        pass


class RedisStore:
    """For many processes, over restarts."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, decode_responses=True)

    async def add(self, key: str, value: str, seconds: int) -> bool:
        return bool(await self._redis.set(key, value, nx=True, ex=seconds))

    async def get(self, key: str) -> str | None:
        found = await self._redis.get(key)
        return None if found is None else str(found)

    async def put(self, key: str, value: str, seconds: int) -> None:
        await self._redis.set(key, value, ex=seconds)

    async def drop(self, key: str) -> None:
        await self._redis.delete(key)

    async def append(self, name: str, value: str) -> None:
        await self._redis.rpush(name, value)

    async def items(self, name: str) -> list[str]:
        return [str(item) for item in await self._redis.lrange(name, 0, -1)]

    async def close(self) -> None:
        await self._redis.aclose()
