"""What is broken on the wire: headers, bodies and streams that are changed on their way out, and lines that leak."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable
from typing import Any, cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from facade.breaks.inside import fault_of_request
from facade.breaks.names import Broken
from facade.upstream import FAULTS, Fault

BAD = 400  # the lowest status of an error
X_FAMILY = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
REQUESTS, TOKENS = ([f"{name}-{unit}" for name in X_FAMILY] for unit in ("requests", "tokens"))
OPENAI_FAMILY = (*REQUESTS, *TOKENS)


class Wire:
    """Stands before everything else."""

    def __init__(self, app: ASGIApp, broken: Broken, *, faults: bool) -> None:
        self.app = app
        self.broken = broken
        self.faults = faults  # whether a request may ask for a fault of the model

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.faults and scope["type"] == "http":
            asked = Headers(scope=scope).get("x-facade-fault")
            fault_of_request.set(cast("Fault", asked) if asked in FAULTS else None)
        if scope["type"] != "http" or scope["path"] == "/_fault" or not self.broken.names:
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        leak(self.broken, scope, body)
        gone = (self.broken("endpoint-gone") and scope["path"] == "/v1/embeddings") or (
            self.broken("metrics-gone") and scope["path"] == "/metrics"
        )
        sent = Altered(self.broken, send, streamed=re.search(rb'"stream"\s*:\s*true', body) is not None)
        await self.app({**scope, "path": "/gone"} if gone else scope, _replayed(body, receive), sent)


class Altered:
    """Sends an answer on, altered. A stream passes through piece by piece, all else in one."""

    def __init__(self, broken: Broken, send: Send, *, streamed: bool) -> None:
        self.broken, self.send, self.streamed = broken, send, streamed
        self.start: Message = {}
        self.body = b""
        self.passes = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            is_stream = Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")
            self.passes = is_stream and not self.broken("buffered-stream")
            if self.passes:
                await self.send(self._headed())
            return
        if self.passes:
            await self.send({**message, "body": self._event(message.get("body", b""))})
            return
        self.body += message.get("body", b"")
        if not message.get("more_body"):
            await self._finish()

    async def _finish(self) -> None:
        headed = self._headed()
        headers = MutableHeaders(raw=headed["headers"])
        self.body = self._text(headed["status"], headers)
        if self.streamed and headed["status"] >= BAD and self.broken("stream-error-as-200"):
            headed, self.body = {**headed, "status": 200}, b"data: " + self.body + b"\n\n"
            headers["content-type"] = "text/event-stream"
        if headed["status"] >= BAD and self.broken("error-as-200"):
            headed = {**headed, "status": 200}
        headers["content-length"] = str(len(self.body))
        await self.send(headed)
        await self.send({"type": "http.response.body", "body": self.body})

    def _headed(self) -> Message:
        headers = MutableHeaders(raw=list(self.start["headers"]))
        _spoil_headers(self.broken, self.start["status"], headers, streamed=self.streamed)
        if headers.get("content-type", "").startswith("text/event-stream") and self.broken("stream-as-json"):
            headers["content-type"] = "application/json"
        return {**self.start, "headers": headers.raw}

    def _event(self, event: bytes) -> bytes:
        if self.broken("no-done"):
            event = event.replace(b"data: [DONE]\n\n", b"")
        if self.broken("no-trailer") and event.startswith(b": "):
            return b""
        if self.broken("stream-cut") and (b"[DONE]" in event or event.startswith(b": ")):
            return b""
        return event[:-2] if self.broken("stream-cut") and b'"stop"' in event else event

    def _text(self, status: int, headers: MutableHeaders) -> bytes:
        if f"{status}-as-html" in self.broken.names:
            headers["content-type"] = "text/html"
            return b"<html><body><h1>Something is wrong</h1></body></html>"
        if headers.get("content-type", "").startswith("application/json"):
            if self.broken("json-as-text"):
                headers["content-type"] = "text/plain"
            data = json.loads(self.body)
            return json.dumps(_spoil_error(self.broken, status, data) if status >= BAD else self._data(data)).encode()
        return _spoil_metrics(self.broken, self.body)

    def _data(self, data: dict[str, Any]) -> dict[str, Any]:
        if self.broken("wrong-envelope") and "choices" in data:
            data["answers"] = data.pop("choices")
        if self.broken("models-empty") and data.get("object") == "list":
            data["data"] = []
        if self.broken("breaker-hidden-in-healthz"):
            data.pop("breaker", None)
        return data


def _spoil_headers(broken: Broken, status: int, headers: MutableHeaders, *, streamed: bool) -> None:
    neither = (streamed and status < BAD and broken("stream-no-headers")) or (
        streamed and status >= BAD and broken("stream-error-no-headers")
    )
    names = broken.names
    if neither or names & {"no-x-family", f"no-x-family-on-{status}"}:
        _without(headers, X_FAMILY)
    if neither or names & {"no-openai-family", f"no-openai-family-on-{status}"}:
        _without(headers, OPENAI_FAMILY)
    if broken("no-tokens-headers"):
        _without(headers, TOKENS)
    if broken("no-retry-after"):
        _without(headers, ("retry-after", "retry-after-ms"))
    spoilt: dict[str, Callable[[str, str], str]] = {
        "frozen-remaining": lambda name, value: _near_limit(headers, name, -1) if "remaining" in name else value,
        "remaining-above-limit": lambda name, value: _near_limit(headers, name, +1) if "remaining" in name else value,
        "garbled-reset": lambda name, value: "soon" if "reset" in name else value,
        "zero-tokens": lambda name, value: "0" if name in TOKENS else value,
        "disagreeing-retry-after": lambda name, value: str(int(value) + 30) if name == "retry-after" else value,
        "disagreeing-retry-after-ms": lambda name, value: str(int(value) // 10) if name == "retry-after-ms" else value,
        "garbled-retry-after": lambda name, value: "soon" if name == "retry-after" else value,
    }
    for switch in names & spoilt.keys():
        for name in (*X_FAMILY, *OPENAI_FAMILY, "retry-after", "retry-after-ms"):
            if name in headers:
                headers[name] = spoilt[switch](name, headers[name])


def _without(headers: MutableHeaders, names: tuple[str, ...] | list[str]) -> None:
    for name in names:
        del headers[name]


def _near_limit(headers: MutableHeaders, name: str, by: int) -> str:
    return str(int(headers[name.replace("remaining", "limit")]) + by)


def _spoil_error(broken: Broken, status: int, data: dict[str, Any]) -> dict[str, Any]:
    error = data["error"]
    if broken("string-envelope"):
        return {"error": error["message"]}
    if f"{status}-as-detail" in broken.names:
        return {"detail": error["message"]}
    for name in ("message", "type", "param", "code"):
        if broken(f"envelope-missing-{name}"):
            del error[name]
    if broken("no-envelope-retry-after"):
        error.pop("retry_after", None)
    return data


def _spoil_metrics(broken: Broken, text: bytes) -> bytes:
    for name, metric in (("breaker-metric-missing", b"breaker_state"), ("trips-missing", b"breaker_trips")):
        if broken(name):
            text = b"".join(line for line in text.splitlines(keepends=True) if b"facade_" + metric not in line)
    return text


def leak(broken: Broken, scope: Scope, body: bytes) -> None:
    """Write what must not be written to where the log goes."""
    headers = Headers(scope=scope)
    token = headers.get("authorization", "").rpartition(" ")[2]
    leaks = {
        "log-secret-header": headers.get("authorization", ""),
        "log-secret-query": scope["query_string"].decode("latin-1"),
        "log-secret-path": scope.get("raw_path", b"").decode("latin-1"),
        "log-secret-cookie": headers.get("cookie", ""),
        "log-secret-body": body.decode("utf-8", "replace"),
        "log-secret-malformed": "" if _is_json(body) else body.decode("utf-8", "replace"),
        "log-secret-prefix": token[:14],
        "log-secret-base64": base64.b64encode(token.encode()).decode(),
    }
    for name in broken.names & leaks.keys():
        sys.stderr.write(json.dumps({"levelname": "DEBUG", "message": "seen", "what": leaks[name]}) + "\n")
        sys.stderr.flush()


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


async def _whole(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def replaying() -> Message:
        return left.pop() if left else await receive()

    return replaying
