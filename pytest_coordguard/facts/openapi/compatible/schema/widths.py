"""How long a text is that fits a pattern, of patterns that are a plain row of characters and classes."""

from __future__ import annotations

import math
import re
from functools import lru_cache

# One character, as ECMA-262 writes it, and how often: a class, an escape that stands for one, any, or itself.
PART = re.compile(
    r"(?:\[\^?(?:\\.|[^\]\\])+\]|\\[dDwWsStnrfv]|\\[^\w\s]|[^\\\[\]().^$|?*+{}]|\.)"
    r"(?:\{(?P<least>\d+)(?P<more>,(?P<most>\d*))?\}|(?P<sign>[?*+]))?\??"
)
SIGNS = {"?": (0, 1), "*": (0, math.inf), "+": (1, math.inf)}


@lru_cache(maxsize=4096)
def widths(pattern: str) -> tuple[float, float]:
    """Return the least and the largest length of a text that fits; 0 and infinity where they are not known.

    A pattern need not begin where the text does (JSON Schema, 6.3.3): one without `^` or `$` bounds nothing here.
    """
    anything = (0.0, math.inf)
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return anything
    at, end, least, most = 1, len(pattern) - 1, 0.0, 0.0
    while at < end:
        part = PART.match(pattern, at, end)
        if part is None:
            return anything
        low, high = _times(part)
        least, most, at = least + low, most + high, part.end()
    return least, most


def _times(part: re.Match[str]) -> tuple[float, float]:
    if part["sign"]:
        return SIGNS[part["sign"]]
    if part["least"] is None:
        return 1, 1
    low = int(part["least"])
    if part["more"] is None:
        return low, low
    return low, int(part["most"]) if part["most"] else math.inf
