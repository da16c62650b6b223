"""Takes the pictures of a service's answers, for a comparison with another's."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.finding import Vacuous
from pytest_coordguard.domain.reply import Stream
from pytest_coordguard.domain.shadow.picture import Picture, both, picture_of
from pytest_coordguard.facts.service.service import Service

SECONDS = 10.0  # for one request that is to be answered otherwise than at first
EVENTS = 200  # of a stream


def look(service: Service, asked: Mapping[str, Ask]) -> dict[str, Stream]:
    """Return the answer to each request, by its name.

    Raises:
        NoAnswer: one of them had none.

    """
    return {name: _answer(service, one) for name, one in asked.items()}


def _answer(service: Service, one: Ask) -> Stream:
    """Return the first answer that has the status that is wanted, or the last that came."""
    for other in one.before:
        service.send(other)
    try:
        caller = service.caller(one.auth)
        deadline = time.monotonic() + SECONDS
        for _ in range(max(1, one.times)):
            answer = caller.stream(one, most=EVENTS)
            if one.expects(answer.reply.status) or time.monotonic() > deadline:
                break
        return answer
    finally:
        for other in one.after:
            service.send(other)


def pictures_of(answers: Mapping[str, Stream], headers: Sequence[str]) -> dict[str, Picture]:
    """Return the pictures of answers."""
    return {name: picture_of(answer, headers) for name, answer in answers.items()}


def reference_pictures(service: Service, asked: Mapping[str, Ask], headers: Sequence[str]) -> dict[str, Picture]:
    """Return the pictures of a reference, each made of two answers: what differs between them may differ.

    Raises:
        NoAnswer: it is down.
        Vacuous: it answers otherwise than the plan expects, or differs from itself, so that nothing can match it.

    """
    first, second = look(service, asked), look(service, asked)
    found: dict[str, Picture] = {}
    for name, one in asked.items():
        reply = first[name].reply
        if not one.expects(reply.status):
            wanted = " or ".join(map(str, one.status)) or "2xx"
            raise Vacuous(f"{name}: the reference itself answers {reply.status}; meant: {wanted}")
        try:
            found[name] = both(picture_of(first[name], headers), picture_of(second[name], headers))
        except ValueError as error:
            raise Vacuous(f"{name}: the reference differs from itself: {error}") from error
    return found
