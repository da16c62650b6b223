"""Values as YAML text that every YAML reader gives back unchanged. Written by hand: the domain imports no library."""

# ruff: noqa: RUF001 - people write with typographic dashes and quotes

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

# A plain scalar that YAML 1.1 and 1.2 read as this very string, also inside [a, b] (YAML 1.2, 7.3.3): it starts with
# a letter and holds no sign that could end it. Numbers and dates start with a digit, so they never get here.
_PLAIN = re.compile(r"\d+[smhd]|[^\W\d_](?:[\w./()+%&'’–≥≤→-]| (?=[^\s#]))*", re.ASCII)
# yaml.org/type/bool.html, null.html
_WORDS_WITH_A_MEANING = frozenset("y n yes no on off true false null".split())  # noqa: SIM905
# What YAML does not print (YAML 1.2, 5.1), and what it takes for a line break (1.1).
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_WIDTH = 118  # columns: a list that would be longer is written one item a line


def scalar(value: object) -> str:
    """Return a string, number, truth value or None as YAML, on one line. What has no character becomes U+FFFD."""
    if isinstance(value, str):
        return value if _is_plain(value) else quoted(value)
    return json.dumps(value)


def quoted(text: str) -> str:
    """Return a double-quoted YAML string, on one line."""
    whole = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return _UNPRINTABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(whole, ensure_ascii=False))


def comment(text: str, indent: int = 0) -> list[str]:
    """Return a text as YAML comment lines; unprintable signs are left out."""
    lines = [_UNPRINTABLE.sub(" ", line).strip() for line in re.split(r"[\n\r\x85\u2028\u2029]", text)]
    return [f"{' ' * indent}# {line}" if line else f"{' ' * indent}#" for line in lines if text]


def entry(key: str, value: object, indent: int = 0) -> list[str]:
    """Return `key: value` as lines: short lists and mappings on one line, others as blocks."""
    start = f"{' ' * indent}{scalar(key)}:"
    inline = _flow(value)
    if len(start) + len(inline) < _WIDTH or not isinstance(value, list | tuple | Mapping) or not value:
        return [f"{start} {inline}"]
    if isinstance(value, Mapping):
        return [start, *(line for name, inner in value.items() for line in entry(str(name), inner, indent + 2))]
    return [start, *(f"{' ' * (indent + 2)}- {_flow(item)}" for item in value)]


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(name))}: {_flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _WORDS_WITH_A_MEANING
