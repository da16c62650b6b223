"""What a chat is answered with: the model's words, or the fallback's, and where they came from."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.responses import StreamingResponse

from facade.breaker import Unavailable
from facade.parts import Parts
from facade.quotas import Client
from facade.upstream import spoken

FALLBACK = ["The", "model", "cannot", "be", "reached", "just", "now.", "Please", "ask", "again", "in", "a", "moment."]


@dataclass(frozen=True, slots=True)
class Reply:
    """Words, and their provenance, which every answer carries, whoever gave it."""

    words: list[str]
    provenance: dict[str, Any]
    fallback: str = ""  # why it is one

    def marks(self) -> dict[str, Any]:
        """Return what an answer says of its origin."""
        return {"provenance": self.provenance, **({"fallback": self.fallback} if self.fallback else {})}


async def reply_to(parts: Parts, prompt: str, request_id: str) -> Reply:
    """Ask the model, and fall back to a fixed answer when it cannot be reached; the answer says so."""
    chain = [{"step": "facade", "request": request_id}]
    try:
        words = await parts.breaker.call(partial(parts.upstream.complete, prompt))
    except Unavailable as error:
        reason = str(error)
        parts.metrics.fallbacks.labels(reason).inc()
        steps = [*chain, {"step": "upstream", "failed": reason}, {"step": "fallback"}]
        return Reply(FALLBACK, {"source": "fallback", "chain": steps}, reason)
    return Reply(words, {"source": "upstream", "chain": [*chain, {"step": "upstream"}]})


def completion(model: str, reply: Reply, usage: dict[str, int]) -> dict[str, Any]:
    """Return a whole answer."""
    message = {"role": "assistant", "content": " ".join(reply.words), "refusal": None}
    return {
        **_head("chat.completion", model, reply),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": usage,
    }


def headers_of(reply: Reply) -> dict[str, str]:
    """Return the header that tells a fallback."""
    fallback = reply.marks().get("fallback")
    return {"X-Facade-Fallback": fallback} if fallback else {}


def stream(parts: Parts, client: Client, model: str, reply: Reply, usage: dict[str, int] | None) -> StreamingResponse:
    """Return an answer word by word.

    It ends with `[DONE]`. Before that stand, as comments that no client reads as data, the headers of the quota as
    they are once the answer's own tokens are counted; HTTP's trailers are not carried by servers of Python.
    """
    head = _head("chat.completion.chunk", model, reply)

    async def events() -> AsyncIterator[str]:
        yield _event(head | {"choices": [_choice({"role": "assistant", "content": ""})]})
        async for word in spoken(reply.words):
            yield _event(head | {"choices": [_choice({"content": word})]})
        yield _event(head | {"choices": [_choice({}, "stop")]})
        await parts.quotas.add_tokens(client, len(reply.words))
        if usage:
            yield _event(head | {"choices": [], "usage": usage})
        headers = await parts.quotas.headers(client)
        yield "".join(f": {name}: {value}\n" for name, value in headers.items()) + "\n"
        yield "data: [DONE]\n\n"

    told = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", **headers_of(reply)}
    return StreamingResponse(events(), headers=told, media_type="text/event-stream")


def _head(kind: str, model: str, reply: Reply) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
        **reply.marks(),
    }


def _choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def usage_of(prompt: int, answer: int) -> dict[str, int]:
    """Return the tokens of a prompt and of its answer."""
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
