"""A request that is sent twice with one `Idempotency-Key` has one effect, and one answer.

Follows draft-ietf-httpapi-idempotency-key-header: 422 for a key that came with another body, 409 for one whose first
request takes too long.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from facade.errors import ApiError
from facade.settings import Settings
from facade.store import Store

IN_PROGRESS = 30  # seconds after which a first request that never ended is given up
PATIENCE = 5.0  # seconds that a second one waits for the first
LOOK_EVERY = 0.02  # seconds


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and whether it was given before."""

    body: dict[str, Any]
    replayed: bool = False


class Idempotency:
    """Remembers answers by the key that came with their request."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._kept = settings.replay_for

    async def once(
        self, owner: str, key: str, request: dict[str, Any], make: Callable[[], Awaitable[dict[str, Any]]]
    ) -> Answered:
        """Return the answer to a request; `make` is called for the first one alone.

        Args:
            owner: who asks; the keys of others are not theirs.
            key: what came in the header.
            request: what must be the same, for it to be the same request.
            make: has the effect.

        Raises:
            ApiError: 422, the key came with another request; 409, the first one is not done yet.

        """
        name = f"facade:idempotency:{owner}:{digest(key)}"
        print_ = digest(json.dumps(request, sort_keys=True))
        if not await self.claim(name, print_):
            return await self.replay(name, print_)
        try:
            body = await make()
        except BaseException:
            await self._store.drop(name)  # a failure is no answer: the client may try again with the same key
            raise
        await self._store.put(name, json.dumps({"print": print_, "body": body}), self._kept)
        return Answered(body)

    async def claim(self, name: str, print_: str) -> bool:
        """Tell whether this request is the first with its key."""
        return await self._store.add(name, json.dumps({"print": print_}), IN_PROGRESS)

    async def replay(self, name: str, print_: str) -> Answered:
        """Return the answer that the first request was given, when it has one."""
        known: dict[str, Any] = {}
        for _ in range(int(PATIENCE / LOOK_EVERY)):
            known = json.loads(await self._store.get(name) or "{}")
            if "body" in known or known.get("print") != print_:
                break
            await asyncio.sleep(LOOK_EVERY)
        if known and known["print"] != print_:
            raise ApiError(422, "This Idempotency-Key came with another request", code="idempotency_key_reused")
        if "body" not in known:
            raise ApiError(
                409, "The first request with this Idempotency-Key is not done", code="in_progress", retry_after=1
            )
        return Answered(known["body"], replayed=True)


def digest(text: str) -> str:
    """Return a text of one length for any text."""
    return hashlib.sha256(text.encode()).hexdigest()
