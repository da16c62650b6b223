"""A request that a plan or a guardrail describes. Plain data; `facts.service` sends it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pytest_coordguard.domain.service import Auth

GARBAGE = "not-a-token"  # what `auth: garbage` sends


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and what is expected of the answer."""

    method: str
    path: str  # with the query, if there is one
    content: bytes = b""
    media_type: str = ""  # of the content
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: Auth | Literal["plan", "none", "garbage"] = "plan"
    status: tuple[int, ...] = ()  # those that are expected; (): any of 2xx
    answer_type: str = ""  # the media type that is expected
    has: tuple[str, ...] = ()  # places of the answer's JSON that must be there, as "data.0.id"
    before: tuple[Ask, ...] = ()  # asked first, as the switch of a fault
    after: tuple[Ask, ...] = ()  # asked last, whatever came
    times: int = 1  # how often at most, with one token, where an answer has to be provoked

    def __str__(self) -> str:
        """Return method and path, as a reader knows the endpoint."""
        return f"{self.method} {self.path}"

    def expects(self, status: int) -> bool:
        """Tell whether a status is one that was expected."""
        return status in self.status if self.status else 200 <= status < 300  # noqa: PLR2004  # RFC 9110, section 15.3

    def with_json(self, data: object) -> Ask:
        """Return the same request with a JSON body."""
        return replace(self, content=json.dumps(data).encode(), media_type="application/json")

    def with_headers(self, **headers: str) -> Ask:
        """Return the same request with more headers; `_` in a name stands for `-`."""
        return replace(
            self, headers={**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        )


def ask(line: str, **given: Any) -> Ask:  # noqa: ANN401  # the fields of Ask
    """Return the request of a line as `GET /v1/models`; other fields by name."""
    method, _, path = line.partition(" ")
    return Ask(method, path, **given)
