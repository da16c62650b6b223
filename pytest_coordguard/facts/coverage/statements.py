"""Which lines of a Python source can run. Text in, line numbers out; nothing is imported."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
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


def starts(text: str) -> frozenset[int]:
    """Return the lines at which a statement, a decorator, an `except` or a `case` begins.

    A report by coverage.py counts no other lines, whichever Python it ran on.

    Raises:
        SyntaxError: it cannot be parsed by this Python.

    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    return frozenset(line for node in ast.walk(tree) for line in _starts(node))


def _starts(node: ast.AST) -> Iterator[int]:
    if isinstance(node, (ast.stmt, ast.ExceptHandler)):
        yield node.lineno
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield from (decorator.lineno for decorator in node.decorator_list)
    if isinstance(node, ast.match_case):
        yield node.pattern.lineno


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
