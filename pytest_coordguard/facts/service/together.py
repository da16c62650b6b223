"""Sends one request several times at the same moment."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.facts.service.caller import Caller


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer, and between which moments of one clock it was waited for."""

    reply: Reply
    started: float
    ended: float


def together(caller: Caller, asked: Ask, number: int) -> list[Timed]:
    """Ask as one caller from several threads, which are released at once.

    Raises:
        NoAnswer: one of them had none.

    """
    barrier = threading.Barrier(number)

    def one() -> Timed:
        barrier.wait()
        started = time.monotonic()
        reply = caller.send(asked)
        return Timed(reply, started, time.monotonic())

    with ThreadPoolExecutor(number) as pool:
        return [future.result() for future in [pool.submit(one) for _ in range(number)]]


def overlapped(seen: list[Timed]) -> bool:
    """Tell whether all of them were on their way at some moment."""
    return max(timed.started for timed in seen) < min(timed.ended for timed in seen)
