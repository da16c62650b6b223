"""Whether Python would take a file: its bytes, its encoding, its syntax, and what the compiler alone refuses."""

from __future__ import annotations

import ast
import re
import sys
import tokenize
import warnings
from dataclasses import dataclass

from pytest_coordguard.facts.imports.fallback import salvage
from pytest_coordguard.facts.imports.source import text_of

RUNNING = sys.version_info[1]
CONFLICT = re.compile(rb"^<{7}(?: |\r?$)", re.MULTILINE)  # what git-merge(1) leaves before the first side
BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError, LookupError, OverflowError)
PARSER = "parser"  # kinds of trouble: this one may be news of a younger Python than the one that runs here
BYTES = "bytes"


@dataclass(frozen=True, slots=True, order=True)
class Trouble:
    """Why a file does not compile."""

    line: int  # 1-based; 0: the whole file
    message: str
    kind: str = PARSER


def parsed(data: bytes, path: str, minor: int) -> tuple[ast.Module, Trouble | None]:
    """Return a file's tree, as far as it can be had, and why Python 3.`minor` would not compile it.

    What the interpreter that runs this does not know of other versions, ruff has to say; see `Ruff`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a doubtful escape sequence is no concern here, even under -W error
        trouble = _of_bytes(data)
        if trouble is not None:
            return salvage(text_of(data), path)[0], trouble
        try:
            tree = ast.parse(data, path, feature_version=(3, min(minor, RUNNING)))
            compile(tree, path, "exec", dont_inherit=True)
        except BROKEN as error:
            return _rescued(data, path), _said(error, data)
        return tree, None


def _rescued(data: bytes, path: str) -> ast.Module:
    """Return the whole tree of a file that only the compiler, or an older Python, refuses; else what can be had."""
    try:
        return ast.parse(data)
    except BROKEN:
        return salvage(text_of(data), path)[0]


def _of_bytes(data: bytes) -> Trouble | None:
    if b"\0" in data:
        return Trouble(data.count(b"\n", 0, data.index(b"\0")) + 1, "holds a null byte", BYTES)
    if data.isascii() and b"coding" not in data[:400]:
        return None
    lines = iter(data.splitlines(keepends=True)[:2])
    try:
        encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
        data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Trouble(line, f"is not {encoding}: byte 0x{data[error.start]:02x}", BYTES)
    except SyntaxError as error:
        return Trouble(1, f"names an encoding that is none: {error.msg}", BYTES)
    return None


def _said(error: BaseException, data: bytes) -> Trouble:
    if mark := CONFLICT.search(data):
        return Trouble(data.count(b"\n", 0, mark.start()) + 1, "holds the marks of a merge conflict", BYTES)
    if isinstance(error, SyntaxError):
        return Trouble(error.lineno or 0, error.msg)
    if isinstance(error, RecursionError | MemoryError):
        return Trouble(0, "is nested too deeply for Python's parser")
    return Trouble(0, str(error) or type(error).__name__)
