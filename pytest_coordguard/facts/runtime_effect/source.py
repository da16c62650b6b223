"""A text of a Python file, compiled as the interpreter would, and parsed as often as a normal form needs."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass


class DoesNotCompile(Exception):
    """Python refuses this text, so that what it does is not known."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Text:
    """One side of a comparison."""

    data: bytes
    path: str  # its name says whether imports in it are meant for others

    def tree(self) -> ast.Module:
        """Return a fresh tree, for a normal form to change as it likes.

        Raises:
            DoesNotCompile: with the line and the reason.

        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful escape sequence is no concern here, even under -W error
            try:
                return ast.parse(self.data)
            except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError) as error:
                raise _refusal(error) from error

    def compiled(self) -> None:
        """Return when the text compiles: `return` outside a function and a late `__future__` parse, and do not.

        Raises:
            DoesNotCompile: with the line and the reason.

        """
        tree = self.tree()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                compile(tree, self.path or "text", "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                raise _refusal(error) from error

    @property
    def interpreter(self) -> bytes:
        """The first line when it names the program that runs the file."""
        return self.data.partition(b"\n")[0].rstrip() if self.data.startswith(b"#!") else b""


def _refusal(error: BaseException) -> DoesNotCompile:
    if isinstance(error, SyntaxError):
        return DoesNotCompile(error.lineno or 0, error.msg)
    if isinstance(error, RecursionError):
        return DoesNotCompile(0, "nested too deep to be read")
    return DoesNotCompile(0, str(error) or type(error).__name__)
