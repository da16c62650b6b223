"""How long GitHub wants us to wait before the same is asked again. Figures in, seconds out."""

from __future__ import annotations

from collections.abc import Mapping

TRIES = 4  # of one request
LONGEST = 120.0  # seconds: who is asked to wait longer is told, and comes back later
UNSAID = 60.0  # seconds: docs.github.com/rest/using-the-rest-api/best-practices, "handle rate limit errors"
FORBIDDEN, TOO_MANY, SERVER = 403, 429, 500


def is_limit(status: int, headers: Mapping[str, str], text: str) -> bool:
    """Tell whether an answer is about a rate limit; a 403 may as well be a plain no."""
    if status == TOO_MANY:
        return True
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return status == FORBIDDEN and (spent or "rate limit" in text.lower())


def wait_seconds(status: int, headers: Mapping[str, str], text: str, *, attempt: int, now: float) -> float | None:
    """Return how long to wait before the next attempt, None when asking again is of no use.

    Args:
        status: of the answer.
        headers: of the answer, their names in lower case.
        text: its body.
        attempt: how often it was asked before, 0 the first time.
        now: seconds since 1970, as `x-ratelimit-reset` counts.

    """
    if is_limit(status, headers, text):
        if (after := headers.get("retry-after", "")).isdecimal():
            return float(after)
        if headers.get("x-ratelimit-remaining") == "0" and (reset := headers.get("x-ratelimit-reset", "")).isdecimal():
            return max(float(reset) - now, 0.0) + 1
        return UNSAID * float(2**attempt)
    return float(2**attempt) if status >= SERVER else None
