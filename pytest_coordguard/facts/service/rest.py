"""Waits out a limit that was used up before a check began: a service may take all checks for one caller."""

from __future__ import annotations

from collections.abc import Callable
from time import sleep
from typing import TypeVar

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.rate_limit import retry_seconds
from pytest_coordguard.domain.reply import Reply

REFUSED = 429  # RFC 6585, section 4
LONGEST = 60.0  # seconds: a window is a minute at many services
SLACK = 1.0  # seconds beyond what was told: many round it down
Result = TypeVar("Result")


class Rest:
    """One check's; it waits once, for a service that refuses everyone would hold each question up."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._done = False

    def before(self, once: Callable[[], Result], first: Callable[[Result], Reply | None]) -> Result:
        """Ask, and once more after the wait that a refusal tells, when that is what came first."""
        result = once()
        reply = first(result)
        if reply is None or reply.status != REFUSED or reply.ask.expects(REFUSED) or self._done:
            return result
        wait = retry_seconds(reply.header("retry-after"), now=reply.at)
        if wait is None or not 0 <= wait <= LONGEST:
            return result
        self._done = True
        self._evidence.remark(f"{reply.ask}: refused at the first call, and asked again after {wait:.3g} s as it said")
        sleep(wait + SLACK)
        return once()

    def reply(self, once: Callable[[], Reply]) -> Reply:
        """Do so for one question."""
        return self.before(once, lambda reply: reply)
