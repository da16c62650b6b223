"""Comments that tell a tool to look away. They run nothing; a reader wants to know of them all the same."""

from __future__ import annotations

import re
from collections import Counter

MARK = re.compile(
    rb"#\s*((?:ruff:\s*|flake8:\s*)?noqa\b[^#\n]*|type:\s*ignore\S*|pragma:[^#\n]*|pylint:\s*disable[^#\n]*"
    rb"|nosec\b|fmt:\s*\w+|isort:\s*\w+|mypy:[^#\n]*|pyright:[^#\n]*)"
)


def added_marks(before: bytes, after: bytes) -> list[tuple[int, str]]:
    """Return the marks that are new: line in the new text, and the mark."""
    left = Counter(match[1].strip() for match in MARK.finditer(before))
    found = []
    for number, line in enumerate(after.splitlines(), 1):
        for match in MARK.finditer(line):
            mark = match[1].strip()
            if left[mark]:
                left[mark] -= 1
            else:
                found.append((number, "# " + mark.decode("utf-8", "replace")))
    return found
