"""Kinds of text that a plan knows: words, durations, estimates, paths that stay inside the repository, tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pytest_coordguard.domain.parameters import Seconds
from pytest_coordguard.domain.value_types import Text


def seconds(text: str) -> Seconds:
    """Return a duration of the form that `SECONDS` accepts, in seconds."""
    return Seconds(float(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]])


def hours(text: str) -> float:
    """Return an estimate of the form that `HOURS` accepts, in hours; the mean of a range."""
    numbers = [float(number) for number in re.findall(r"[0-9]+(?:\.[0-9]+)?", text)]
    return sum(numbers) / len(numbers) / (1 if text.endswith("h") else 60)


def path_trouble(text: str) -> str:
    """Say in which way a path leads out of the repository; "" when it is wrong otherwise."""
    reasons = (
        (r"[\s\S]*\\", "with a backslash"),
        (r"/|[A-Za-z]:/", "absolute"),
        (r"~", "in a home folder"),
        (r"(?:[\s\S]*/)?\.\.(?:/|::|\Z)", "which leads out of its folder"),
    )
    return next((reason for pattern, reason in reasons if re.match(pattern, text)), "")


def _wordless(text: str) -> str:
    return "which is blank" if not text.strip(" \t\r\n") else "which holds a control character"


_AMOUNT = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_SIGN = r"[^\\\x00-\x1f\x7f-\x9f]"
_INSIDE = rf"(?![/~]|[A-Za-z]:/)(?!(?:{_SIGN}*/)?\.\.(?:/|$)){_SIGN}+"
_BEFORE = rf"(?:(?!::){_SIGN})"
_NODE = rf"(?![/~]|[A-Za-z]:/)(?!(?:{_BEFORE}*/)?\.\.(?:/|::|$)){_BEFORE}+(?:::[^\x00-\x1f\x7f-\x9f]+)?"
_PATH = "a path inside the repository, as docs/api.json"

TEXT = Text()
WORDS = Text(
    "text",
    r"(?![\s\S]*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f])[\s\S]*[^ \t\r\n][\s\S]*",
    make=lambda text: " ".join(text.split()),
    trouble=_wordless,
)
SECONDS = Text(
    "a duration with its unit, as 90s, 20m, 24h or 3d", rf"{_AMOUNT}[smhd]", make=seconds, examples=("20m", "24h")
)
HOURS = Text(
    "minutes or hours, as 30m, 1.5h or 2-3h (the mean counts)",
    rf"{_AMOUNT}(?:[-\u2013]{_AMOUNT})?(?:m|min|h)",
    make=hours,
    examples=("30m", "2-3h"),
)


def path(make: Callable[[str], Any] = str, meant: str = _PATH) -> Text:
    """Return the type of a path that stays inside the repository."""
    return Text(meant, _INSIDE, make=make, trouble=path_trouble)


TEST = Text("a test of the repository, as tests/test_a.py::test_b", _NODE, trouble=path_trouble)
