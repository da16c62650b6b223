"""A Python file's bytes into a syntax tree; what cannot be parsed is salvaged, and said."""

from __future__ import annotations

import ast
import codecs
import re
import symtable
import unicodedata
import warnings
from dataclasses import dataclass

from pytest_coordguard.facts.imports.fallback import salvage
from pytest_coordguard.facts.imports.references import Reference

COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # https://peps.python.org/pep-0263/
WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
PLAIN = frozenset({"utf-8", "utf8", "latin-1", "iso-8859-1", "iso8859-1", "cp1252", "ascii", "us-ascii"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read."""

    tree: ast.Module
    lost: tuple[Reference, ...] = ()  # found in the lines that do not parse
    trouble: str = ""  # why Python would not compile it, "" when it does


def parse(data: bytes, path: str) -> Source:
    """Return a file's tree; never raises for what the file holds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a doubtful escape sequence is no concern here, even under -W error
        try:
            return Source(ast.parse(data))
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError) as error:
            return _tolerant(text_of(data), path, _said(error))


def trouble_of(data: bytes, path: str) -> str:
    """Return why Python would not parse a file, "" when it would; no tree is made of one that it takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            symtable.symtable(data, path, "exec")  # type: ignore[arg-type]  # takes bytes, as `compile` does
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            return parse(data, path).trouble  # names are no matter of the parser
    return ""


def _tolerant(text: str, path: str, trouble: str) -> Source:
    try:
        return Source(ast.parse(text), (), trouble)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree, lost = salvage(text, path)
        return Source(tree, tuple(lost), trouble)


def _said(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{error.msg} (line {error.lineno})"
    return str(error) or type(error).__name__


def text_of(data: bytes) -> str:
    """Return a file's text by its byte order mark or its cookie, else as UTF-8, else as Latin-1, without null bytes."""
    wide = next((codec for mark, codec in WIDE if data.startswith(mark)), None)
    for codec in (wide, cookie(data), "utf-8-sig"):
        if codec is None:
            continue
        try:
            return data.decode(codec).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
        except (UnicodeError, LookupError):
            continue
    return data.decode("latin-1").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def cookie(data: bytes) -> str | None:
    """Return the encoding that the first two lines name, None when they name none."""
    matches = (COOKIE.match(line) for line in data.split(b"\n", 2)[:2])
    return next((match[1].decode("ascii", "replace") for match in matches if match), None)


def mentions(data: bytes, words: re.Pattern[bytes]) -> bool:
    """Tell whether a file may hold one of the words as Python would read it.

    Python folds identifiers to NFKC (Lexical analysis, 2.3), and an encoding of its own can hide any byte.
    """
    if words.search(data):
        return True
    if data.isascii():
        named = cookie(data) if b"coding" in data[:400] else None
        return named is not None and named.lower().replace("_", "-") not in PLAIN
    text = text_of(data)
    return bool(words.search(unicodedata.normalize("NFKC", text).encode("utf-8", "replace")))
