"""How much a rule weighs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple, TypeAlias


class Level(IntEnum):
    """Ordered from harmless to breaking."""

    NONE = 0  # a profile does not look at it
    INFO = 1
    WARNING = 2  # may break a client; the description cannot tell
    ERROR = 3


class Rule(NamedTuple):
    """What it weighs by the contract, and by oasdiff's catalogue; what it says in a few words."""

    contract: Level
    oasdiff: Level
    words: str


Rules: TypeAlias = Mapping[str, Rule]
