"""Small tools for syntax trees: statement lists, a form to compare, and what a statement says in one line."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

BLOCKS = ("body", "orelse", "finalbody")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
LEAVES = frozenset({"ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment", "level", "module", "asname"})
SHOWN = 80  # characters of a statement that a message quotes


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it, as `ast.walk` does, in half its time: contexts and operators are left out."""
    waiting = [tree]
    for node in waiting:  # grows on the way
        yield node
        for name in _FIELDS[type(node)]:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                waiting.append(value)
            elif type(value) is list:
                waiting += [each for each in value if isinstance(each, ast.AST)]


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """Type of a node -> those of its fields in which others may stand."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = tuple(name for name in kind._fields if name not in LEAVES)
        return self[kind]


_FIELDS = _Fields()


def form(node: ast.AST) -> str:
    """Return a text that is equal for equal trees. Where they stand in the file is no part of it."""
    return ast.dump(node, annotate_fields=False)


def forms(statements: Sequence[ast.AST]) -> list[str]:
    """Return the form of each."""
    return [form(statement) for statement in statements]


def blocks(tree: ast.AST) -> Iterator[tuple[ast.AST, str, list[ast.stmt]]]:
    """Yield every list of statements with its owner and the field that holds it, inner ones first.

    Expressions hold no statements, so that they are not walked through.
    """
    owners: list[ast.AST] = [tree]
    for owner in owners:  # grows on the way
        for name in (*BLOCKS, "handlers", "cases"):
            value = getattr(owner, name, None)
            if isinstance(value, list):
                owners += value
    for owner in reversed(owners):
        for name in BLOCKS:
            value = getattr(owner, name, None)
            if isinstance(value, list):
                yield owner, name, value


def rewrite(tree: ast.AST, change: Callable[[ast.AST, list[ast.stmt]], list[ast.stmt]]) -> None:
    """Replace every list of statements by what `change` makes of it; a body that becomes empty gets a `pass`."""
    for owner, name, statements in blocks(tree):
        new = change(owner, statements)
        if not new and name == "body" and not isinstance(owner, ast.Module):
            new = [ast.Pass(lineno=getattr(owner, "lineno", 0), col_offset=0)]
        setattr(owner, name, new)


def said(node: ast.AST) -> str:
    """Return the first line of a node as Python would write it, cut when it is long."""
    try:
        text = ast.unparse(node).strip().partition("\n")[0]
    except (ValueError, RecursionError, AttributeError, TypeError):  # a literal too long to be written
        text = type(node).__name__
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
