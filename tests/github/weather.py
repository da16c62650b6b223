"""Bad weather: what a request meets in place of an answer, or on top of one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

JSON = "application/json; charset=utf-8"


@dataclass
class Trouble:
    """What happens to a request whose method and path it fits, so many times."""

    status: int = 500
    body: str = '{"message": "Server Error"}'
    headers: dict[str, str] = field(default_factory=dict)
    path: str = ""  # a part of the path; "" fits all
    method: str = ""  # "" fits all
    times: int = 10**6
    after: int = 0  # so many fitting requests go through before
    hangs_seconds: float = 0  # and then the line is cut
    cuts: bool = False  # the line is cut in the middle of the answer
    content_type: str = JSON

    def strikes(self, method: str, path: str) -> bool:
        """Tell whether it is this request's turn, and count it."""
        if (self.method and method != self.method) or self.path not in path or self.times <= 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


def bad_credentials(**where) -> Trouble:
    return Trouble(401, '{"message": "Bad credentials"}', **where)


def forbidden(**where) -> Trouble:
    return Trouble(403, '{"message": "Resource not accessible by integration"}', **where)


def not_found(**where) -> Trouble:
    return Trouble(404, '{"message": "Not Found"}', **where)


def unavailable(status: int = 502, **where) -> Trouble:
    """A proxy's page, not GitHub's JSON."""
    return Trouble(status, "<html><body>Unicorn!</body></html>", content_type="text/html", **where)


def secondary_limit(seconds: int | None = 1, **where) -> Trouble:
    """Too much at once; the answer says how long to wait, or does not."""
    body = '{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}'
    return Trouble(403, body, {"Retry-After": str(seconds)} if seconds is not None else {}, **where)


def primary_limit(seconds: int = 1, **where) -> Trouble:
    """Nothing is left of the hour's requests."""
    left = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(time.time()) + seconds),
    }
    return Trouble(403, '{"message": "API rate limit exceeded for installation."}', left, **where)


def malformed(**where) -> Trouble:
    return Trouble(200, '{"number": 1, "title": "half an ans', **where)


def not_an_object(**where) -> Trouble:
    return Trouble(200, "[]", **where)


def hangs(seconds: float = 5, **where) -> Trouble:
    return Trouble(hangs_seconds=seconds, **where)


def cut_off(**where) -> Trouble:
    return Trouble(200, '{"number": 1}', cuts=True, **where)


def elsewhere(url: str, **where) -> Trouble:
    """A redirect to another host, which must not get the token."""
    return Trouble(302, "", {"Location": url}, **where)
