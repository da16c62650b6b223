"""Docstrings: taken out of a tree, and what became of them."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass

from pytest_coordguard.facts.runtime_effect.levels import DocChange
from pytest_coordguard.facts.runtime_effect.trees import Scope, walk


@dataclass(frozen=True, slots=True)
class Docstring:
    """The docstring of one function, class or module; `text` is None when it has none."""

    text: str | None
    line: int
    shown: bool  # a decorator or a base class may show it to a user: click, FastAPI, pydantic


def take_out(tree: ast.Module) -> list[Docstring]:
    """Remove all docstrings from a tree and return them, in an order that is the same for equal trees."""
    return [_taken(node) for node in walk(tree) if isinstance(node, Scope)]


def _taken(node: Scope) -> Docstring:
    line = getattr(node, "lineno", 1)
    shown = bool(getattr(node, "decorator_list", ()) or getattr(node, "bases", ()) or getattr(node, "keywords", ()))
    first = node.body[0] if node.body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return Docstring(None, line, shown)
    text = first.value.value
    if not isinstance(text, str):
        return Docstring(None, line, shown)
    rest = node.body[1:]
    if not rest and not isinstance(node, ast.Module):
        first.value.value = ...  # what does nothing, as a docstring does
        rest = [first]
    node.body = rest
    return Docstring(text, first.lineno, shown)


def reads_docstrings(tree: ast.Module) -> bool:
    """Tell whether a module may look at docstrings: at `__doc__`, or with `inspect.getdoc`."""
    return any(
        (isinstance(node, ast.Name) and node.id == "__doc__")
        or (isinstance(node, ast.Attribute) and node.attr in ("__doc__", "getdoc"))
        or (isinstance(node, ast.Constant) and node.value == "__doc__")
        for node in walk(tree)
    )


def change_of(before: Docstring, after: Docstring, *, read: bool) -> DocChange:
    """Return what became of one docstring; `read` when its module looks at docstrings itself."""
    if before.text == after.text:
        return DocChange.NONE
    if read:
        return DocChange.SHOWN
    if _lines(before.text) == _lines(after.text):
        return DocChange.WHITE_SPACE
    doctest = ">>>" in (before.text or "") + (after.text or "")
    return DocChange.SHOWN if before.shown or after.shown or doctest else DocChange.PLAIN


def _lines(text: str | None) -> list[str] | None:
    return None if text is None else [line.rstrip() for line in inspect.cleandoc(text).strip().splitlines()]
