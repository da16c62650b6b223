"""Errors as OpenAI's clients read them: `{"error": {"message", "type", "param", "code"}}`, on every path."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}
CODES = {401: "invalid_api_key", 404: "not_found", 405: "method_not_allowed"}


class ApiError(Exception):
    """An answer that is no success, for the client to read."""

    def __init__(  # by name, but for the first two
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Say what is wrong; `retry_after` is in seconds, and known exactly where a window or a breaker ends."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.retry_after = retry_after


def envelope(
    status: int, message: str, *, code: str | None = None, param: str | None = None, **more: object
) -> dict[str, Any]:
    """Return the body of an error."""
    kind = TYPES.get(status, "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code or CODES.get(status), **more}}


def answer(error: ApiError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error's response. The three ways to say when to come back are made from one figure, and agree."""
    more: dict[str, object] = {}
    told = dict(headers or {})
    if error.retry_after is not None:
        seconds = max(1, math.ceil(error.retry_after))
        more["retry_after"] = seconds
        told |= {"Retry-After": str(seconds), "retry-after-ms": str(seconds * 1000)}
    body = envelope(error.status, error.message, code=error.code, param=error.param, **more)
    return JSONResponse(body, error.status, headers=told)


def install(app: FastAPI) -> None:
    """Let the framework's own errors be answered in the same words as ours."""
    app.add_exception_handler(ApiError, _ours)
    app.add_exception_handler(HTTPException, _frameworks)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return answer(error)


async def _frameworks(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    words = {404: f"There is nothing at {request.method} {request.url.path}", 405: f"{request.method} is not served"}
    return answer(ApiError(error.status_code, words.get(error.status_code, str(error.detail))), error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Answer 400 where the body is no JSON, 422 where it is and does not fit. What was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return answer(ApiError(400, f"The body is no JSON: {first['ctx']['error']}", code="invalid_json"))
    if first["loc"] == ("body",) and "json" not in request.headers.get("content-type", ""):
        return answer(ApiError(400, "The body is to be JSON, and to say so: Content-Type: application/json"))
    place = ".".join(str(step) for step in first["loc"] if step != "body")
    return answer(ApiError(422, f"{place or 'body'}: {first['msg']}", code="invalid_value", param=place or None))
