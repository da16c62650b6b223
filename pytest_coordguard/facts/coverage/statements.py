"""Which lines of a Python source can run. Text in, line numbers out; nothing is imported."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NO_CODE = (
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
)


@dataclass(frozen=True, slots=True)
class Statements:
    """The lines that coverage.py counts in a source, and those that its settings leave out."""

    counted: frozenset[int] = frozenset()
    excluded: frozenset[int] = frozenset()


def counted(text: str, exclude: str) -> Statements:
    """Return the statements of a source, as coverage.py itself counts them.

    Args:
        text: the source.
        exclude: a regular expression; what matches it, with all that is below it, does not count.

    Raises:
        SyntaxError: it cannot be parsed by this Python.

    """
    from coverage.exceptions import NotPython
    from coverage.parser import PythonParser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parser = PythonParser(text=text or "\n", exclude=exclude or None)
            parser.parse_source()
        except NotPython as error:
            raise SyntaxError(str(error)) from error
    return Statements(frozenset(parser.statements), frozenset(parser.excluded))


@dataclass(frozen=True, slots=True)
class Starts:
    """Lines at which something begins that can run."""

    all: frozenset[int]  # each statement, decorator, `except` and `case`
    certain: frozenset[int]  # those of them that are no mere text, of which coverage.py counts some and some not


def starts(text: str) -> Starts:
    """Return the lines at which statements begin; a report by coverage.py counts no others, whatever Python it is of.

    Raises:
        SyntaxError: it cannot be parsed by this Python.

    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nodes = list(ast.walk(ast.parse(text)))
    lines = io.StringIO(text, newline=None).readlines()  # as Python counts them: str.splitlines knows more ends
    places = {id(node): frozenset(_starts(node, lines)) for node in nodes}
    certain = frozenset(line for node in nodes if not _is_text(node) for line in places[id(node)])
    return Starts(frozenset().union(*places.values()), certain)


def _starts(node: ast.AST, lines: Sequence[str]) -> Iterator[int]:
    if isinstance(node, (ast.stmt, ast.ExceptHandler)):
        yield node.lineno
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield from (decorator.lineno for decorator in node.decorator_list)
    if isinstance(node, ast.match_case):
        yield _case(node.pattern.lineno, lines)


def _case(pattern: int, lines: Sequence[str]) -> int:
    """Return the line of a pattern's `case`, which the syntax tree does not know: parentheses may lie between."""
    return next((n for n in range(pattern, 0, -1) if lines[n - 1].lstrip().startswith("case")), pattern)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def code_lines(text: str) -> frozenset[int]:
    """Return the lines of a Python source that hold more than white space and comments.

    Raises:
        SyntaxError: it cannot be split into tokens.

    """
    try:
        tokens = [one for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.type not in NO_CODE]
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from error
    return frozenset(line for one in tokens for line in range(one.start[0], one.end[0] + 1))
