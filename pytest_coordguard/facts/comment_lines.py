"""Which lines of a comment its author said: no quotation, no code, nothing hidden."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

BREAKS = ("softbreak", "hardbreak")


def own_lines(body: str) -> list[str]:
    """Return the lines of a comment's paragraphs that begin with a slash, without their markup.

    A line in a quotation (also one that carries it on without `>`), in a list, in a table, in code or in HTML is
    none of them: a reader of the page does not take it for the author's own word, or does not see it.
    """
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(body.replace("\r\n", "\n").replace("\0", "\ufffd"))
    rows = body.replace("\r\n", "\n").split("\n")
    found: list[str] = []
    for opening, inner in pairwise(tokens):
        if opening.type == "paragraph_open" and opening.level == 0 and opening.map and inner.children:
            found += _lines(inner.children, rows[opening.map[0] : opening.map[1]])
    return found


def _lines(children: list[Token], rows: list[str]) -> list[str]:
    parts: list[list[Token]] = [[]]
    for child in children:
        if child.type in BREAKS:
            parts.append([])
        else:
            parts[-1].append(child)
    if len(parts) != len(rows):  # code, a link or HTML goes over the end of a line, and no line of it is plain
        return []
    pairs = zip(parts, rows, strict=True)
    return ["".join(each.content for each in part) for part, row in pairs if _is_plain(part, row)]


def _is_plain(part: list[Token], row: str) -> bool:
    """Tell whether a line begins with a slash as it was written, within no emphasis and no link."""
    return row.lstrip(" ").startswith("/") and bool(part) and part[0].type == "text" and part[0].level == 0
