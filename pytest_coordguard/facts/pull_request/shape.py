"""Takes apart what came as JSON from outside: each value is of the type that is asked for, or its place is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pytest_coordguard.domain.pull_request import Account, Contributor
from pytest_coordguard.domain.record import utc

LONGEST = 262_144  # characters of a body; GitHub's own limit is 65,536
GHOST = Account("ghost", 10137)  # whose account was deleted: https://github.com/ghost


class Malformed(ValueError):
    """An answer is not of the shape that the interface promises; the message names the place."""


def at(data: Any, *keys: str) -> Any:  # noqa: ANN401  # JSON
    """Return what lies at a path of keys, None when it is null or absent.

    Raises:
        Malformed: there is something on the way that has no keys.

    """
    for position, key in enumerate(keys):
        if data is None:
            return None
        if not isinstance(data, Mapping):
            raise Malformed(f"{'.'.join(keys[:position]) or 'the answer'} is no object")
        data = data.get(key)
    return data


def text(data: Any, *keys: str) -> str:  # noqa: ANN401  # JSON
    """Return a text; "" when it is null or absent.

    Raises:
        Malformed: it is something else.

    """
    found = at(data, *keys)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Malformed(f"{'.'.join(keys)} is no text")
    return found[:LONGEST]


def number(data: Any, *keys: str) -> int | None:  # noqa: ANN401  # JSON
    """Return a whole number, also one that was sent as text; None when it is null or absent.

    Raises:
        Malformed: it is something else.

    """
    found = at(data, *keys)
    if found is None:
        return None
    if isinstance(found, str) and re.fullmatch(r"\d{1,19}", found):
        return int(found)
    if not isinstance(found, int) or isinstance(found, bool):
        raise Malformed(f"{'.'.join(keys)} is no number")
    return found


def truth(data: Any, *keys: str) -> bool | None:  # noqa: ANN401  # JSON
    """Return true or false; None when it is null or absent.

    Raises:
        Malformed: it is something else.

    """
    found = at(data, *keys)
    if found is not None and not isinstance(found, bool):
        raise Malformed(f"{'.'.join(keys)} is neither true nor false")
    return found


def rows(data: Any, *keys: str) -> list[Any]:  # noqa: ANN401  # JSON
    """Return a list without its nulls; an empty one when it is null or absent.

    Raises:
        Malformed: it is something else.

    """
    found = at(data, *keys)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Malformed(f"{'.'.join(keys) or 'the answer'} is no list")
    return [row for row in found if row is not None]


def moment(data: Any, *keys: str) -> str:  # noqa: ANN401  # JSON
    """Return a time in UTC, as 2026-11-24T09:15:02Z; "" when it is null or absent.

    Raises:
        Malformed: it is no time.

    """
    found = text(data, *keys)
    if not found:
        return ""
    try:
        read = datetime.fromisoformat(found)
    except ValueError:
        raise Malformed(f"{'.'.join(keys)} is no time") from None
    return utc(read.astimezone(UTC) if read.tzinfo else read)


def account(data: Any, id_key: str = "id") -> Account:  # noqa: ANN401  # JSON
    """Return a user; that of a deleted account is GitHub's `ghost`. A program's login ends in `[bot]`.

    Raises:
        Malformed: it is no user.

    """
    if data is None:
        return GHOST
    login = text(data, "login")
    kind = text(data, "type") or text(data, "__typename")
    if not login:
        raise Malformed("a user has no login")
    if kind == "Bot" and not login.endswith("[bot]"):
        login += "[bot]"
    return Account(login, number(data, id_key))


def co_authors(message: str) -> Iterator[Contributor]:
    """Yield those whom a commit's message names as its co-authors."""
    from pytest_coordguard.facts.pull_request.commits import CO_AUTHOR

    for found in CO_AUTHOR.finditer(message):
        yield Contributor("co-author", found[1], found[2])
