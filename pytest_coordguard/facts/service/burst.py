"""Asks as one caller again and again until a limit is met."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.facts.service.caller import Caller

REFUSED = 429  # RFC 6585, section 4


@dataclass(slots=True)
class Burst:
    """The answers to one caller, in the order in which they came."""

    replies: list[Reply] = field(default_factory=list)
    refused: Reply | None = None  # the 429 that ended it

    @property
    def first(self) -> Reply | None:
        """The first answer of all."""
        return self.replies[0] if self.replies else self.refused


def burst(caller: Caller, asked: Ask, *, most: int, seconds: float) -> Burst:
    """Ask until a 429 comes, at most so often and for so long.

    Raises:
        NoAnswer: one of the calls had none.

    """
    found = Burst()
    deadline = time.monotonic() + seconds
    while len(found.replies) < most and time.monotonic() < deadline:
        reply = caller.stream(asked, most=1).reply  # a stream counts when it opens; its end would take too long
        if reply.status == REFUSED:
            found.refused = reply
            break
        found.replies.append(reply)
    return found
