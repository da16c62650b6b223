"""What has to be known of a PromQL expression's text: where it compares, and what its quantiles are of. No parser."""

from __future__ import annotations

from collections.abc import Iterator


def duration(seconds: float) -> str:
    """Return a duration in PromQL's form, which knows no fractions: 90s, 5m, 1h, 250ms."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{max(1, round(seconds * 1000))}ms"


def compares(query: str) -> bool:
    """Tell whether an expression compares: `>`, `<`, `==`, `!=` outside of label matchers and texts."""
    return any(sign in "<>" or query[at : at + 2] in ("==", "!=") for at, sign, depth in _signs(query) if not depth)


def quantiles(query: str) -> list[tuple[str, str]]:
    """Return each call of `histogram_quantile` in an expression, and the histogram that it is given."""
    found = []
    name = "histogram_quantile"
    plain = {at for at, _, _ in _signs(query)}
    start = query.find(name)
    while start >= 0:
        opened = query.find("(", start + len(name))
        if start in plain and opened >= 0 and not query[start + len(name) : opened].strip():
            found += _arguments(query, start, opened)
        start = query.find(name, start + 1)
    return found


def _arguments(query: str, start: int, opened: int) -> list[tuple[str, str]]:
    depth, comma = 0, -1
    for at, sign, braces in _signs(query):
        if at < opened or braces:
            continue
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 1 and comma < 0:
            comma = at
        if depth == 0:
            return [(query[start : at + 1], query[comma + 1 : at].strip())] if comma > 0 else []
    return []


def _signs(query: str) -> Iterator[tuple[int, str, int]]:
    """Yield place, sign and depth of braces of an expression without its texts and comments (PromQL's lexer)."""
    at, depth, end = 0, 0, len(query)
    while at < end:
        sign = query[at]
        if sign == "#":
            line = query.find("\n", at)
            at = end if line < 0 else line
            continue
        if sign in "\"'`":
            at = _closed(query, at)
            continue
        depth += (sign == "{") - (sign == "}")
        yield at, sign, depth
        at += 1


def _closed(query: str, at: int) -> int:
    """Return the place behind a text that begins at `at`."""
    quote, at = query[at], at + 1
    while at < len(query) and query[at] != quote:
        at += 2 if query[at] == "\\" and quote != "`" else 1
    return at + 1
