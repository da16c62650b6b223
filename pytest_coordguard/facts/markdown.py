"""A Markdown document as a tree of sections with their lines, list items and tables. Looks; judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text without its markup; code keeps its backticks."""

    text: str
    line: int  # 1-based
    codes: tuple[str, ...] = ()  # what stood between backticks


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list, without its own lists, which follow it with a greater depth."""

    words: Words
    depth: int  # 1 for an item of an outermost list
    number: int | None = None  # None: the list is not ordered
    ticked: bool | None = None  # None: the item has no box


@dataclass(frozen=True, slots=True)
class Table:
    """A table; each row has as many cells as the head."""

    head: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]


Block = Words | Item | Table
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)  # control characters, halves


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, up to the next heading of its level or above."""

    heading: Words
    level: int  # 0 for the document itself
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()


@dataclass(slots=True)
class _Open:
    """A section that is still being read."""

    heading: Words
    level: int
    blocks: list[Block] = field(default_factory=list)
    parts: list[Section] = field(default_factory=list)

    def close(self) -> Section:
        return Section(self.heading, self.level, tuple(self.blocks), tuple(self.parts))


def sections(text: str) -> Section:
    """Return a document as a tree; its root has level 0 and an empty heading.

    Reads CommonMark with GitHub's tables (github.github.com/gfm); code blocks and HTML are left out.
    """
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(mended(text))
    stack = [_Open(Words("", 0), 0)]
    for level, block in _blocks(tokens):
        if level:
            assert isinstance(block, Words)
            _close_down_to(stack, level)
            stack.append(_Open(block, level))
        else:
            stack[-1].blocks.append(block)
    _close_down_to(stack, 1)
    return stack[0].close()


def _close_down_to(stack: list[_Open], level: int) -> None:
    while stack[-1].level >= level:
        done = stack.pop().close()
        stack[-1].parts.append(done)


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[int, Block]]:
    """Yield each block with its heading level, 0 for what is no heading."""
    depth = 0
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "table_open":
            end = next(i for i in range(position, len(tokens)) if tokens[i].type == "table_close")
            yield 0, _table(tokens[position:end])
            position = end
        elif token.type == "inline":
            yield from _text_block(tokens, position, depth)
        position += 1


def _text_block(tokens: Sequence[Token], position: int, depth: int) -> Iterator[tuple[int, Block]]:
    lines = _lines(tokens[position])
    if tokens[position - 1].type == "heading_open":
        yield int(tokens[position - 1].tag[1:]), _joined(lines)
    elif tokens[position - 2].type == "list_item_open":
        number = tokens[position - 2].info
        yield 0, _item(_joined(lines), depth, int(number) if number else None)
    else:
        for words in lines:
            yield 0, words


def _item(words: Words, depth: int, number: int | None) -> Item:
    box = re.match(r"\[([ xX~-])\]\s+", words.text)  # github.github.com/gfm/#task-list-items-extension-
    if box is None:
        return Item(words, depth, number)
    return Item(Words(words.text[box.end() :], words.line, words.codes), depth, number, box[1] in "xX")


def _table(tokens: Sequence[Token]) -> Table:
    rows: list[list[Words]] = []
    line = 0
    for token in tokens:
        if token.type == "tr_open":
            line = token.map[0] + 1 if token.map else line
            rows.append([])
        elif token.type == "inline":
            joined = _joined(_lines(token), "\n")
            rows[-1].append(Words(joined.text, line, joined.codes))
    return Table(tuple(rows[0]), tuple(map(tuple, rows[1:])))


def _lines(token: Token) -> list[Words]:
    """Split the text of a paragraph where its author broke the line."""
    line = token.map[0] + 1 if token.map else 0
    found, text, codes = [], "", list[str]()
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak") or re.fullmatch(r"<br\s*/?>", child.content):
            found.append(Words(_squeezed(text), line, tuple(codes)))
            line += child.type != "html_inline"
            text, codes = "", []
        elif child.type == "code_inline":
            code = _UNSEEN.sub("", child.content)
            text += f"`{code}`"
            codes.append(code.strip())
        elif child.type.startswith("text"):
            text += _UNSEEN.sub("", child.content)
    return [*found, Words(_squeezed(text), line, tuple(codes))]


def _joined(lines: Sequence[Words], by: str = " ") -> Words:
    return Words(
        by.join(words.text for words in lines).strip(), lines[0].line, tuple(c for words in lines for c in words.codes)
    )


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def everything(section: Section) -> Iterable[Words]:
    """Yield all text of a section, its heading and its parts included, in order."""
    yield section.heading
    for block in section.blocks:
        if isinstance(block, Item):
            yield block.words
        elif isinstance(block, Words):
            yield block
        else:
            yield from (cell for row in block.rows for cell in row)
    for part in section.parts:
        yield from everything(part)


def bare(text: str) -> str:
    """Return a text without the ticks, icons and white space around it: `✅ Spec validates` is `Spec validates`."""
    start, end = 0, len(text)
    while start < end and _is_icon(text[start]):
        start += 1
    while end > start and _is_icon(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_icon(sign: str) -> bool:
    """Tell whether a sign is a symbol, a part of one (selector, joiner, skin tone), or white space."""
    return sign.isspace() or sign in "\ufe0f\u200d" or "\U0001f3fb" <= sign <= "\U0001f3ff" or category(sign) == "So"


def mended(text: str) -> str:
    """Undo UTF-8 that was once read as cp1252: `âœ…` is `✅` again. Other text, and the lines, stay as they are.

    Each run of signs beyond ASCII is judged alone, since such damage often stands beside good text.
    """
    return re.sub(r"[^\x00-\x7f]{2,}", lambda run: _mended_run(run[0]), text)


def _mended_run(run: str) -> str:
    try:
        raw = b"".join(_cp1252(sign) for sign in run)
        back = raw.decode()
    except UnicodeError:
        return run
    return run if len(back.splitlines()) > 1 else back


def _cp1252(sign: str) -> bytes:
    """Five bytes have no sign in cp1252; what wrote them left them as they were (encoding.spec.whatwg.org)."""
    return sign.encode("latin-1") if "\x80" <= sign <= "\x9f" else sign.encode("cp1252")
