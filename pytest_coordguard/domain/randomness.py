"""How random a text looks. Text in, a number out; the words "secret" and "honest" are others' business."""

from __future__ import annotations

import re
from itertools import pairwise

# The 240 pairs of letters that make up 90 % of the pairs in the identifiers and comments of Python's own library
# (counted once over 3.11, each word once), each letter followed by those that follow it.
_FOLLOWERS = (
    "abcdgiklmnprstuvy baeilorsu cacehiklorstuy dadeilorsu eacdefgilmnpqrstvwxy faefilortu gaehilnrsu haeiot "
    "iabcdefglmnoprstvxz keis ladeilostuy mabeimopsu nacdefgiklnostuv obcdfgiklmnoprstuvw paeiloprstuy qu "
    "racdegiklmnoprstuy sacehilopstuy tacdehilmoprstuy uabceilmnprst vaei waei xpt yps ze"
)
COMMON_PAIRS = frozenset(group[0] + second for group in _FOLLOWERS.split() for second in group[1:])
DIGITS_FROM = 0.25  # share of digits from which neighbours surprise less, for two digits never do
DIGITS = 0.12
_HEX = re.compile(r"[0-9a-fA-F]+\Z")


def surprise(text: str) -> float:
    """Return the share of neighbours in a text, 0 to 1, that words and numbers would not put side by side.

    A capital after a small letter, a digit beside a letter, or a pair of letters that is rare in words is a
    surprise. Words and names stay below 0.35, random letters and digits come above 0.55.
    """
    pairs = [pair for pair in pairwise(text) if pair[0].isalnum() and pair[1].isalnum()]
    return sum(map(_surprising, pairs)) / len(pairs) if pairs else 0.0


def _surprising(pair: tuple[str, str]) -> bool:
    first, second = pair
    if first.isdigit() or second.isdigit():
        return first.isdigit() != second.isdigit()
    if first.islower() and second.isupper():
        return True
    return (first + second).lower() not in COMMON_PAIRS


def looks_random(text: str, *, above: float = 0.5) -> bool:
    """Tell whether a text looks drawn by chance: many surprises, and more than a few different signs.

    Hexadecimal digits repeat more, and a run of digits surprises no one, so they are judged by their variety.
    """
    variety = len(set(text.lower()))
    if _HEX.match(text):
        return variety >= min(9, len(text) // 2) and any(c.isalpha() for c in text) and any(c.isdigit() for c in text)
    digits = sum(map(str.isdigit, text)) / max(1, len(text))
    return variety >= min(10, len(text) // 2) and surprise(text) > above - (DIGITS if digits > DIGITS_FROM else 0)
