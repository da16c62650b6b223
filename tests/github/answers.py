"""What a route is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from github.world import User, World


@dataclass(frozen=True)
class Call:
    """One request, with the names that its path gives."""

    world: World
    method: str
    template: str  # as GitHub's description has it
    names: dict[str, str]
    query: dict[str, str]
    body: Any
    user: User
    base_url: str


@dataclass
class Answer:
    """One answer; a list is cut into pages by the server."""

    body: Any
    status: int = 200
    items: list[Any] | None = None  # the list that is paged; `body` then makes the page's body from it
    headers: dict[str, str] = field(default_factory=dict)


Route = Callable[[Call], Answer]
ROUTES: dict[tuple[str, str], Route] = {}


def route(method: str, template: str) -> Callable[[Route], Route]:
    """Let a function answer for an operation of GitHub's description."""

    def known(function: Route) -> Route:
        ROUTES[method, template] = function
        return function

    return known


def listed(items: list[Any], body: Callable[[list[Any]], Any] = list) -> Answer:
    """Return a list of which the server answers one page."""
    return Answer(body, items=items)


def refused(status: int, message: str, **more: Any) -> Answer:
    """Return an error as GitHub words it."""
    return Answer(
        {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status), **more}, status
    )


def missing() -> Answer:
    return refused(404, "Not Found")


def unprocessable(message: str, field_name: str = "") -> Answer:
    errors = [{"resource": "Thing", "field": field_name, "code": "invalid", "message": message}]
    return refused(422, "Validation Failed", errors=errors)
