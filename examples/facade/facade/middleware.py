"""What happens around each request: a log line, a place in the quota, and an answer even when our own code fails."""

from __future__ import annotations

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from facade import logs
from facade.errors import ApiError, answer
from facade.parts import Parts
from facade.quotas import Client

UNLIMITED = ("/healthz", "/metrics", "/_fault")  # those who watch the service must see it at any time
TRACE = re.compile(r"[\w.-]{1,80}")
LARGEST = 1_000_000  # bytes of a body

log = logging.getLogger("facade.requests")


class Logged:
    """Writes one line for each request, and keeps its secrets out of all lines meanwhile."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self.app = app
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
        logs.remember(logs.secrets_in_pairs([*headers.items(), *query.multi_items()]))
        given = headers.get("x-request-id", "")
        scope.setdefault("state", {})["request_id"] = given if TRACE.fullmatch(given) else uuid4().hex
        started, status = time.perf_counter(), 500
        body = bytearray()

        async def overhearing() -> Message:
            message = await receive()
            if message["type"] == "http.request" and len(body) < LARGEST:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    logs.remember(logs.secrets_in_body(bytes(body)))
            return message

        async def telling(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = scope["state"]["request_id"]
                self._count(scope, status, time.perf_counter() - started)
            await send(message)

        try:
            await self.app(scope, overhearing, telling)
        finally:
            log.info("request", extra=_said(scope, headers, query, status, time.perf_counter() - started))

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self.parts.metrics.requests.labels(route, str(status)).inc()
        self.parts.metrics.seconds.labels(route).observe(seconds)


def _said(scope: Scope, headers: Headers, query: QueryParams, status: int, seconds: float) -> dict[str, object]:
    """Return what the log says of a request: everything of it but its body; the formatter takes the secrets out."""
    caller = scope["state"].get("caller")
    return {
        "request_id": scope["state"]["request_id"],
        "method": scope["method"],
        "path": scope["path"],
        "query": dict(query),
        "headers": dict(headers),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "tenant": caller.tenant if caller else None,
    }


class Limited:
    """Counts each request on its caller's quota, and says on every answer how it stands."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self.app = app
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNLIMITED:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        caller = self.parts.access.identify(request)
        address = request.client.host if request.client else "unknown"
        client = Client(caller.key, known=True) if caller else Client(f"address:{address}", known=False)
        scope.setdefault("state", {}).update(caller=caller, client=client)

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(await self.parts.quotas.headers(client))
            await send(message)

        try:
            await self.parts.quotas.take_request(client)
        except ApiError as error:
            await answer(error)(scope, receive, telling)
            return
        await self.app(scope, receive, telling)


class Caught:
    """Answers 500 when our own code fails, in the same words and with the same headers as any error."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watching(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watching)
        except Exception:
            if scope["type"] != "http" or begun:
                raise
            log.exception("failed", extra={"path": scope["path"], "request_id": scope["state"]["request_id"]})
            error = ApiError(500, "Something went wrong here; it is in the log", code="internal_error")
            await answer(error)(scope, receive, send)
