"""JSON with comments, as editors and compilers write it, into plain JSON with the same lines."""

from __future__ import annotations

import re

# https://jsonc.org: `//` and `/* */` as in JavaScript; readers also take a comma after the last member.
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
LAST_COMMA = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])')


def plain_json(text: str) -> str:
    """Return the text with blanks where comments and commas before a closing bracket stood."""
    without = TOKEN.sub(lambda match: match[0] if match[0][0] == '"' else re.sub(r"[^\n]", " ", match[0]), text)
    return LAST_COMMA.sub(lambda match: match[1] or " ", without)
