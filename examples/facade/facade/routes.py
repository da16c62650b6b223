"""The endpoints. Each `/v1` route names the scope that it needs once, for the description and for the guard alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, PlainTextResponse, Response

from facade.answers import completion, headers_of, reply_to, stream, usage_of
from facade.bodies import ChatRequest, EmbeddingRequest, ResponseRequest
from facade.breaker import Unavailable
from facade.errors import ApiError
from facade.parts import Parts, parts_of
from facade.quotas import Client
from facade.shapes import ChatCompletion, EmbeddingList, Health, Model, ModelList, Thought, ThoughtList
from facade.upstream import MODELS

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


class Guarded(APIRoute):
    """A route that asks for its scope before it reads a body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the guard before it."""
        handler = super().get_route_handler()
        (scope,) = (self.openapi_extra or {})["security"][0]["bearer"]

        async def guarded(request: Request) -> Response:
            parts_of(request).access.check(request.state.caller, scope)
            return await handler(request)

        return guarded


def needs(scope: str) -> dict[str, Any]:
    """Return what an operation's description says of the scope that it needs."""
    return {"security": [{"bearer": [scope]}]}


open_to_all = APIRouter()
v1 = APIRouter(prefix="/v1", route_class=Guarded)


@open_to_all.get("/healthz", operation_id="health", response_model=Health, openapi_extra={"security": []})
async def health(request: Request) -> dict[str, Any]:
    """Tell that the service runs, in which mode, and how its breaker stands."""
    parts = parts_of(request)
    breaker = parts.breaker.health()
    status = "ok" if breaker["state"] == "closed" else "degraded"
    return {"status": status, "mode": parts.settings.mode, "breaker": breaker}


@open_to_all.get("/metrics", operation_id="metrics", openapi_extra={"security": []}, response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Return the counters for Prometheus."""
    return Response(parts_of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@v1.get("/models", operation_id="listModels", response_model=ModelList, openapi_extra=needs("models:read"))
async def list_models() -> dict[str, Any]:
    """List the models."""
    return {"object": "list", "data": [_model(name) for name in MODELS]}


@v1.get("/models/{model}", operation_id="getModel", response_model=Model, openapi_extra=needs("models:read"))
async def get_model(model: Annotated[str, Path(max_length=200)]) -> dict[str, Any]:
    """Return one model."""
    return _model(_known(model))


@v1.post(
    "/chat/completions",
    operation_id="createChatCompletion",
    response_model=ChatCompletion,
    openapi_extra=needs("chat:write"),
)
async def chat(request: Request, body: ChatRequest) -> Response:
    """Go on with a conversation; with `stream`, word by word as server-sent events."""
    parts, client = parts_of(request), _client(request)
    model, prompt = _known(body.model), body.prompt()
    count = tokens_in(prompt)
    await parts.quotas.take_tokens(client, count)
    reply = await reply_to(parts, prompt, request.state.request_id)
    usage = usage_of(count, len(reply.words))
    if body.stream:
        return stream(parts, client, model, reply, usage if body.stream_options.include_usage else None)
    await parts.quotas.add_tokens(client, len(reply.words))
    return JSONResponse(completion(model, reply, usage), headers=headers_of(reply))


@v1.post(
    "/embeddings",
    operation_id="createEmbedding",
    response_model=EmbeddingList,
    response_model_exclude_none=True,
    openapi_extra=needs("embeddings:write"),
)
async def embed(request: Request, body: EmbeddingRequest) -> dict[str, Any]:
    """Return a vector for each text: the same for the same text. There is no fallback for a vector."""
    parts, count = parts_of(request), sum(tokens_in(text) for text in body.texts())
    model = _known(body.model)
    await parts.quotas.take_tokens(_client(request), count)
    vectors = [await _asked(parts, partial(parts.upstream.embed, text, body.dimensions)) for text in body.texts()]
    data = [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(vectors)]
    return {
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": count, "total_tokens": count},
    }


@v1.post("/responses", operation_id="createResponse", response_model=Thought, openapi_extra=needs("responses:write"))
async def respond(request: Request, body: ResponseRequest, idempotency_key: Key = None) -> Response:
    """Think about something, another thing each time; with an `Idempotency-Key`, once for all that send it."""
    parts, client = parts_of(request), _client(request)
    model = _known(body.model)
    await parts.quotas.take_tokens(client, tokens_in(body.input))

    async def make() -> dict[str, Any]:
        text = await _asked(parts, partial(parts.upstream.invent, body.input))
        made = {"id": f"resp_{uuid4().hex}", "object": "response", "created_at": int(time.time()), "model": model}
        made |= {"status": "completed", "output_text": text}
        await parts.store.append(_kept_for(client), json.dumps(made))
        return made

    if idempotency_key is None:
        return JSONResponse(await make())
    asked = {"path": request.url.path, "body": body.model_dump()}
    answered = await parts.idempotency.once(client.key, idempotency_key, asked, make)
    return JSONResponse(answered.body, headers={"Idempotent-Replayed": "true"} if answered.replayed else None)


@v1.get("/responses", operation_id="listResponses", response_model=ThoughtList, openapi_extra=needs("responses:read"))
async def list_responses(request: Request) -> dict[str, Any]:
    """List what was thought for this caller, so that one can count what really happened."""
    kept = await parts_of(request).store.items(_kept_for(_client(request)))
    return {"object": "list", "data": [json.loads(text) for text in kept]}


def tokens_in(text: str) -> int:
    """Return how many tokens a text has; a word is one, and no text has none."""
    return max(1, len(text.split()))


async def _asked(parts: Parts, ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401  whatever the model says
    try:
        return await parts.breaker.call(ask)
    except Unavailable as error:
        wait = parts.breaker.reopens_in
        raise ApiError(503, "The model cannot be reached", code=str(error), retry_after=max(wait, 1.0)) from error


def _client(request: Request) -> Client:
    client = request.state.client
    assert isinstance(client, Client)
    return client


def _kept_for(client: Client) -> str:
    return f"facade:responses:{client.key}"


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_760_000_000, "owned_by": "facade"}


def _known(name: str) -> str:
    if name not in MODELS:
        raise ApiError(404, "There is no such model", code="model_not_found", param="model")
    return name
