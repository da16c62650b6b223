"""What a change does to the set of values that a contract allows, and on which side of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, Flag, auto
from typing import NamedTuple, TypeAlias


class Effect(Flag):
    """NARROWS: a value that was valid need not be any more. WIDENS: one that was not may come now."""

    NONE = 0
    NARROWS = auto()
    WIDENS = auto()
    ALTERS = NARROWS | WIDENS


class Side(Enum):
    """Who writes the value: the client of the API, or the API itself."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def other(self) -> Side:
        return Side.RESPONSE if self is Side.REQUEST else Side.REQUEST

    def breaks(self, effect: Effect) -> bool:
        """Tell whether a client is hurt: what it sends may be refused, or what it gets may be new to it."""
        return bool(effect & (Effect.NARROWS if self is Side.REQUEST else Effect.WIDENS))


class Area(NamedTuple):
    """Where a schema stands. `textual` values are written as plain text, where 1 and "1" look alike."""

    name: str  # begins the rule ids
    side: Side
    textual: bool = False


PARAMETER = Area("parameter", Side.REQUEST, textual=True)
REQUEST = Area("request", Side.REQUEST)
RESPONSE = Area("response", Side.RESPONSE)
HEADER = Area("header", Side.RESPONSE, textual=True)
AREAS = (PARAMETER, REQUEST, RESPONSE, HEADER)

Aspects: TypeAlias = Mapping[str, tuple[Effect, str]]  # aspect -> effect, and what happened in a few words
