"""Where a text says something that its reader can see. Text in, lines out."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

MARKDOWN = (".md", ".markdown", ".mdx", ".mdc")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")  # CommonMark 0.31, 4.5 Fenced code blocks
# What a reader of rendered Markdown does not see, or sees as taken back.
HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|~~(?=\S).*?\S~~"  # GitHub Flavored Markdown, 6.5 Strikethrough
    r"|<(del|s|strike|script|style|template)\b[^>]*>.*?</\1\s*>"
    r"|<(\w+)\b[^>]*(?:\bhidden\b|display:\s*none)[^>]*>.*?</\2\s*>"
    r"|^ {0,3}\[[^\]\n]+\]:[^\n]*$",  # a link's definition, also used as a comment: [//]: # (words)
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
PREFIX = re.compile(r"^\s*(?:(?:>|#+|//|;+|\*(?=\s)|--(?=\s))\s*)*")  # of a line that goes on: quote, comment, heading
QUOTES = str.maketrans("‘’“”‐‑–—", "''\"\"----")  # noqa: RUF001
NEAR = 0.6  # share of a phrase that a line must hold to be quoted as what was perhaps meant


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in one line, as phrases are looked for: small letters, single blanks, no emphasis."""

    text: str
    lines: tuple[int, ...]  # the 1-based line of each character


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where something is said: its first and last line, 1-based."""

    first: int
    last: int


def visible(path: str, text: str) -> str:
    """Return a text with blanks for what a reader of the document does not see; line numbers stay.

    In Markdown that is comments, struck-through and hidden text, outside of code. Other files are seen as they are.
    """
    if not path.lower().endswith(MARKDOWN):
        return text
    out: list[str] = []
    prose: list[str] = []
    fence = ""
    for line in lines_of(text):
        mark = FENCE.match(line)
        if fence:
            out.append(line)
            closes = mark and mark[1].startswith(fence) and not line[mark.end() :].strip()
            fence = "" if closes else fence
        elif mark and not _open_comment("".join(prose)):
            out += [_blanked("".join(prose)), line]
            prose, fence = [], mark[1]
        else:
            prose.append(line)
    return "".join([*out, _blanked("".join(prose))])


def lines_of(text: str) -> list[str]:
    """Return the lines, each with its line feed, as editors count them: a form feed ends none."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _open_comment(prose: str) -> bool:
    return prose.rfind("<!--") > prose.rfind("-->")


def _blanked(prose: str) -> str:
    return HIDDEN.sub(lambda hidden: re.sub(r"[^\n]", " ", hidden[0]), prose)


def folded(text: str) -> Folded:
    """Return a text as phrases are looked for in it."""
    characters: list[str] = []
    lines: list[int] = []
    for number, line in enumerate(lines_of(text), 1):
        for character in _plain(PREFIX.sub("", line, count=1)) + " ":
            if character != " " or (characters and characters[-1] != " "):
                characters.append(character)
                lines.append(number)
    return Folded("".join(characters), tuple(lines))


def _plain(text: str) -> str:
    """Return small letters, without emphasis and code marks, with plain quotes and single blanks."""
    known = unicodedata.normalize("NFKC", text).translate(QUOTES).casefold()
    return re.sub(r"\s+", " ", re.sub(r"[*`]|(?<!\w)_+|_+(?!\w)", "", known))


def is_expression(phrase: str) -> bool:
    """Tell whether a phrase is written as a regular expression, between slashes."""
    return len(phrase) > 2 and phrase.startswith("/") and phrase.endswith("/")  # noqa: PLR2004  the two slashes


def sightings(text: str, phrase: str) -> list[Sighting]:
    """Return where a text says a phrase; one written `/…/` is a regular expression, read line by line or across.

    Raises:
        re.error: the regular expression is none.

    """
    if is_expression(phrase):
        expression = re.compile(phrase[1:-1], re.IGNORECASE | re.MULTILINE)
        spans = [(found.start(), max(found.start(), found.end() - 1)) for found in expression.finditer(text)]
        return [Sighting(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 1) for start, end in spans]
    wanted, where = _plain(phrase).strip(), folded(text)
    starts = [found.start() for found in re.finditer(re.escape(wanted), where.text)] if wanted else []
    return [Sighting(where.lines[start], where.lines[start + len(wanted) - 1]) for start in starts]


def nearest(text: str, phrase: str) -> tuple[int, str] | None:
    """Return the line, with its number, that comes nearest to a phrase; None when none is near."""
    wanted = _plain(phrase).strip()
    best = max(
        ((_likeness(wanted, _plain(line)), -number, line.strip()) for number, line in enumerate(lines_of(text), 1)),
        default=(0.0, 0, ""),
    )
    return (-best[1], best[2]) if best[0] >= NEAR else None


def _likeness(wanted: str, line: str) -> float:
    """Return which share of the phrase's words a line has, alike if not the same."""
    words: Sequence[str] = wanted.split()
    there = set(re.findall(r"\w[\w'-]*", line))
    if not words or 3 * len(there.intersection(words)) < len(words):  # too far off to be worth the long look
        return 0.0
    return sum(word in there or bool(difflib.get_close_matches(word, there, 1, 0.75)) for word in words) / len(words)
