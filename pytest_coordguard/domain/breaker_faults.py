"""Faults of a circuit breaker as they are seen from outside: what is planted between a check and the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.breaker import FAILED, state_of
from pytest_coordguard.domain.wire import Fault, Together
from pytest_coordguard.domain.wire_faults import Where, drop_json, edit_json, on, rewrite_status, strip_headers


def _of(endpoint: Ask, *statuses: int) -> Where:
    return on(*statuses, paths=[endpoint.path.partition("?")[0]], methods=[endpoint.method])


def unmarked(endpoint: Ask, place: str, header: str) -> Fault:
    """Take the marks of a fallback away; an error becomes a success."""
    faults: list[Fault] = [rewrite_status(200, where=_of(endpoint, FAILED // 100))]
    faults += [drop_json(place, where=_of(endpoint))] if place else []
    faults += [strip_headers(header.lower(), where=_of(endpoint))] if header else []
    return Together(faults)


def lost_provenance(endpoint: Ask, provenance: str, place: str, header: str) -> Fault:
    """Take the origin out of fallbacks alone."""
    where = _of(endpoint)
    if header:
        return drop_json(provenance, where=lambda call, answer: where(call, answer) and bool(answer.header(header)))
    return edit_json(lambda data: _without(data, provenance) if _at(data, place) else data, where=where)


def never_closed(path: str, place: str, says: Mapping[str, str]) -> Fault:
    """Show the open state for ever, once it was shown."""
    opened: list[Any] = []

    def edit(data: Any) -> Any:  # noqa: ANN401  # JSON
        found = _at(data, place)
        if state_of(found, says) == "open":
            opened.append(found)
        return _with(data, place, opened[0]) if opened else data

    return edit_json(edit, where=on(paths=[path]))


def never_half_open(path: str, place: str, says: Mapping[str, str]) -> Fault:
    """Show the open state where it is half-open."""
    word = says.get("open", "open")
    return edit_json(
        lambda data: _with(data, place, word) if state_of(_at(data, place), says) == "half-open" else data,
        where=on(paths=[path]),
    )


def _at(data: Any, place: str) -> Any:  # noqa: ANN401  # JSON
    for key in place.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _inner(data: Any, place: str) -> tuple[Any, str]:  # noqa: ANN401  # JSON
    above, _, last = place.rpartition(".")
    return (_at(data, above) if above else data), last


def _with(data: Any, place: str, value: object) -> Any:  # noqa: ANN401  # JSON
    inner, last = _inner(data, place)
    if isinstance(inner, dict):
        inner[last] = value
    return data


def _without(data: Any, place: str) -> Any:  # noqa: ANN401  # JSON
    inner, last = _inner(data, place)
    if isinstance(inner, dict):
        inner.pop(last, None)
    return data
