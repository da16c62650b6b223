"""Asks again when a limit was met that has nothing to do with what is looked at."""

from __future__ import annotations

import time

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.rate_limit import retry_seconds
from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.facts.service.burst import REFUSED
from pytest_coordguard.facts.service.caller import Caller

LONGEST = 15.0  # seconds that are sat out
SPARE = 0.1  # seconds beyond what was told: clocks


def send_patiently(caller: Caller, asked: Ask) -> Reply:
    """Ask, and once more after `Retry-After` when the caller had used up a limit.

    Raises:
        NoAnswer: there was none.

    """
    reply = caller.send(asked)
    if reply.status != REFUSED or asked.expects(REFUSED):
        return reply
    wait = retry_seconds(reply.header("retry-after"), now=reply.at)
    if wait is None or not 0 <= wait <= LONGEST:
        return reply
    time.sleep(wait + SPARE)
    return caller.send(asked)
