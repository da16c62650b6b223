"""The model behind the facade. This one is a stand-in: it answers at once, and fails when it is told to."""

from __future__ import annotations

import asyncio
import hashlib
import math
import secrets
from collections.abc import AsyncIterator
from typing import Literal, get_args

Fault = Literal["none", "error", "timeout", "slow", "crash"]
FAULTS: tuple[str, ...] = get_args(Fault)
MODELS = ("facade-large", "facade-small", "facade-embed")
BETWEEN_WORDS = 0.02  # seconds
SLOW = 0.3  # seconds: within the time limit, and long enough to look at the breaker meanwhile
FOR_EVER = 3600.0


class UpstreamError(Exception):
    """The model could not answer."""


class Upstream:
    """A model that can be told to fail."""

    def __init__(self) -> None:
        self.fault: Fault = "none"

    async def complete(self, prompt: str) -> list[str]:
        """Return the words of an answer, the same for the same prompt."""
        await self._fail(prompt)
        return f"You said {len(prompt.split())} words, and the last was: {(prompt.split() or ['nothing'])[-1]}.".split()

    async def invent(self, prompt: str) -> str:
        """Return another answer at each call."""
        await self._fail(prompt)
        return f"A thought about {prompt[:40]!r}: {secrets.token_hex(8)}"

    async def embed(self, text: str, dimensions: int) -> list[float]:
        """Return a vector of length 1, the same for the same text."""
        await self._fail(text)
        raw = hashlib.shake_256(text.encode()).digest(2 * dimensions)
        numbers = [int.from_bytes(raw[at : at + 2]) / 65535 - 0.5 for at in range(0, len(raw), 2)]
        length = math.sqrt(sum(number * number for number in numbers)) or 1.0
        return [round(number / length, 6) for number in numbers]

    def fault_now(self) -> Fault:
        """Return how the model fails just now."""
        return self.fault

    async def _fail(self, prompt: str) -> None:
        match self.fault_now():
            case "error":
                raise UpstreamError("the model answered 502")
            case "timeout":
                await asyncio.sleep(FOR_EVER)
            case "slow":
                await asyncio.sleep(SLOW)
            case "crash":  # a mistake in our own code, with what was sent in its message, as such mistakes have
                raise RuntimeError(f"cannot make anything of {prompt!r}")
            case _:
                return


async def spoken(words: list[str]) -> AsyncIterator[str]:
    """Yield the words of an answer one after the other."""
    for number, word in enumerate(words):
        await asyncio.sleep(BETWEEN_WORDS)
        yield word if number == 0 else f" {word}"
