"""Brings the service to answer with an error, and says so when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.provocation import is_status
from pytest_coordguard.domain.reply import Reply
from pytest_coordguard.facts.service.probe import NoAnswer
from pytest_coordguard.facts.service.service import Service

SECONDS = 10.0  # for one burst


def provoked(service: Service, wanted: str, asked: Sequence[Ask]) -> Reply | str:
    """Return the first answer with the status that is wanted, as `429` or `5xx`; else in words what came instead."""
    return first_answer(service, lambda reply: is_status(wanted, reply.status), asked)


def first_answer(service: Service, is_wanted: Callable[[Reply], bool], asked: Sequence[Ask]) -> Reply | str:
    """Return the first answer that is wanted, each request with what comes before and after it; else what came."""
    seen: dict[str, None] = {}
    for one in asked:
        reply = _asked(service, is_wanted, one, seen)
        if reply is not None:
            return reply
    return f"answered {', '.join(seen)}" if seen else "nothing is known that leads to it"


def _asked(service: Service, is_wanted: Callable[[Reply], bool], one: Ask, seen: dict[str, None]) -> Reply | None:
    for other in one.before:
        prepared = service.send(other)
        if not other.expects(prepared.status):
            seen[f"before it, {other}: {prepared.status}"] = None
    try:
        return _burst(service, is_wanted, one, seen)
    finally:
        for other in one.after:
            service.send(other)


def _burst(service: Service, is_wanted: Callable[[Reply], bool], one: Ask, seen: dict[str, None]) -> Reply | None:
    caller = service.caller(one.auth)
    deadline = time.monotonic() + SECONDS
    for _ in range(max(1, one.times)):
        try:
            reply = caller.send(one)
        except NoAnswer as error:
            seen[f"{one}: {error.why}"] = None
            return None
        if is_wanted(reply):
            return reply
        seen[f"{one}: {reply.status}"] = None
        if time.monotonic() > deadline:
            return None
    return None
