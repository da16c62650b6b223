"""Which names a file may import, told from its text alone: all that it imports are among them, and others may be.

A syntax tree costs many times as much. Whoever needs to know for sure parses the few files that matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pytest_coordguard.facts.imports.references import Reference, place
from pytest_coordguard.facts.imports.source import text_of

GAP = r"(?:[ \t\f]|\\(?:\r\n|\r|\n))"  # a line goes on after a backslash
WORD = re.compile(r"import(?!\w)")
STATEMENT = re.compile(r"(?<!\w)(?:import|from|def|class|return|try|if)(?!\w)")
FROM = re.compile(r"(?<!\w)from(?!\w)")
ORIGIN = re.compile(rf"(?P<origin>(?:[\w.]|{GAP})*)\Z")
TAKES = re.compile(rf"{GAP}*\((?P<inside>(?:[^()#]|\#[^\r\n]*)*)|(?P<names>(?:[\w.,*]|{GAP})*)")
COMMENT = re.compile(r"#[^\r\n]*")
BLANK = re.compile(r"(?:\\?\s)+")
SPACED_DOT = re.compile(r" ?\. ?")


def may_import(data: bytes, path: str) -> tuple[Reference, ...]:
    """Return a reference for each import that a file may hold; line, kind and way are not told.

    An encoding that hides ASCII behind other bytes is not seen through; see `mentions`.
    """
    simple = data.isascii() and b"\0" not in data
    text = data.decode("ascii") if simple else unicodedata.normalize("NFKC", text_of(data))
    found: dict[Reference, None] = {}
    for match in WORD.finditer(text):
        start = match.start()
        if not start or not _in_a_word(text[start - 1]):
            found.update(dict.fromkeys(_statement(text, start, match.end(), path)))
    return tuple(found)


def _in_a_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _statement(text: str, start: int, end: int, path: str) -> Iterator[Reference]:
    takes = TAKES.match(text, end)
    assert takes is not None  # an empty list of names matches anywhere
    inside = takes["inside"]
    members = _names(COMMENT.sub("", inside) if inside is not None else takes["names"])
    broken = inside is not None and (not text.startswith(")", takes.end()) or STATEMENT.search(inside) is not None)
    line = text[_line(text, start) : start]
    origins = [found["origin"] for word in FROM.finditer(line) if (found := ORIGIN.match(line, word.end()))]
    for origin in map(_dotted, origins):
        level = len(origin) - len(origin.lstrip("."))
        meant = place(path, level, origin.lstrip(".")) if level else ""
        yield Reference(0, origin, "import", "", members, meant)
        if broken:  # of a statement that does not parse, the module alone is known
            yield Reference(0, origin, "import", "", (), meant)
    if not origins or "\\" in line:  # `from x\` may be the end of a comment on the line before
        yield from (Reference(0, member, "import") for member in members)


def _line(text: str, at: int) -> int:
    """Return where the line begins that goes on to this place, with those before it that end in a backslash."""
    while True:
        end = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at))
        before = text[end - 1 : end] if end > 0 else ""
        if end < 0 or not (before == "\\" or (before == "\r" and text[end - 2 : end - 1] == "\\")):
            return end + 1
        at = end


def _names(listed: str) -> tuple[str, ...]:
    """Return the names of `a.b as c, d`."""
    return tuple(_dotted(part).split(" ")[0] for part in listed.split(",") if part.strip(" \t\f\r\n\\"))


def _dotted(text: str) -> str:
    return SPACED_DOT.sub(".", BLANK.sub(" ", text).strip())
