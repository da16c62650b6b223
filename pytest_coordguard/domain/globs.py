"""The globs of a plan, as `src/**/*.py`."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=512)
def glob_expression(pattern: str) -> re.Pattern[str]:
    """Return the expression of a glob: `*` and `?` stay within a folder, `**/` spans any number of them.

    A pattern that names a folder matches all below it, as in `.gitignore` (gitignore(5), PATTERN FORMAT).
    """
    out, rest = [], pattern
    while rest:
        if rest.startswith("**/"):
            out.append("(?:[^/]+/)*")
            rest = rest[3:]
        elif rest.startswith("**"):
            out.append(".*")
            rest = rest[2:]
        elif rest[0] == "*":
            out.append("[^/]*")
            rest = rest[1:]
        elif rest[0] == "?":
            out.append("[^/]")
            rest = rest[1:]
        elif rest[0] == "[" and (end := rest.find("]", 2)) > 0:
            inner = rest[1:end].replace("\\", "\\\\")
            out.append("[" + ("^" + inner[1:] if inner[0] in "!^" else inner) + "]")
            rest = rest[end + 1 :]
        else:
            out.append(re.escape(rest[0]))
            rest = rest[1:]
    return re.compile("".join(out) + r"(?:/.*)?\Z", re.DOTALL)
