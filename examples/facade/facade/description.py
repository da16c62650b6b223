"""The OpenAPI description: what FastAPI makes of the routes, and what holds for each of their answers."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

VERSION = "1.0.0"
ERRORS = {
    "400": "The request cannot be read",
    "401": "Nobody is known by the token",
    "403": "The token lacks the scope",
    "404": "There is no such thing",
    "405": "Not served with this method",
    "422": "The request can be read, and does not fit",
    "429": "The quota of this window is used up",
    "500": "Something went wrong here",
    "503": "The model cannot be reached",
}
WHOLE = {"type": "integer", "minimum": 0}
DURATION = {"type": "string", "examples": ["570ms", "1.2s", "6m0s"]}
QUOTA = {
    "X-RateLimit-Limit": ("Requests allowed in a window", WHOLE),
    "X-RateLimit-Remaining": ("Requests left in this window", WHOLE),
    "X-RateLimit-Reset": ("When the window ends, in seconds since 1970", WHOLE),
    "x-ratelimit-limit-requests": ("Requests allowed in a window", WHOLE),
    "x-ratelimit-remaining-requests": ("Requests left in this window", WHOLE),
    "x-ratelimit-reset-requests": ("Time until the window ends", DURATION),
    "x-ratelimit-limit-tokens": ("Tokens allowed in a window", WHOLE),
    "x-ratelimit-remaining-tokens": ("Tokens left in this window", WHOLE),
    "x-ratelimit-reset-tokens": ("Time until the window ends", DURATION),
}
WAIT = {
    "Retry-After": ("Seconds after which the same request succeeds", WHOLE),
    "retry-after-ms": ("The same in milliseconds", WHOLE),
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
                "retry_after": {"type": "integer", "description": "As the header Retry-After"},
            },
        }
    },
}


def install(app: FastAPI) -> None:
    """Let the service describe itself this way, at /openapi.json and to the generator."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = complete(
                get_openapi(title=app.title, version=app.version, routes=app.routes, summary="OpenAI's interface")
            )
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's own way to extend a description


def complete(description: dict[str, Any]) -> dict[str, Any]:
    """Add the scheme of the tokens, the headers of the quota, and the errors that any operation may answer with."""
    components = description["components"]
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    components["headers"] = {
        name: {"description": words, "schema": schema} for name, (words, schema) in (QUOTA | WAIT).items()
    }
    components["schemas"]["Error"] = ERROR
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["responses"] = {f"Error{status}": _error(status, words) for status, words in ERRORS.items()}
    for path, item in description["paths"].items():
        for operation in item.values():
            if path.startswith("/v1/"):
                _complete_operation(operation)
    return description


def _complete_operation(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        response["headers"] = _references(QUOTA)
    operation["responses"] |= {status: {"$ref": f"#/components/responses/Error{status}"} for status in ERRORS}
    if operation["operationId"] == "createChatCompletion":
        operation["responses"]["200"]["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    if operation["operationId"] == "createResponse":
        operation["responses"]["409"] = _error("409", "The first request with this key is not done")


def _error(status: str, words: str) -> dict[str, Any]:
    headers = QUOTA | WAIT if status in ("409", "429", "503") else QUOTA
    return {
        "description": words,
        "headers": _references(headers),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def _references(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
