"""The folders that a file puts on `sys.path`, as far as its text tells them."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from pytest_coordguard.facts.imports.scopes import terminal

FILLS = frozenset({"insert", "append", "extend"})
SAME = frozenset({
    "abspath", "realpath", "normpath", "expanduser", "fspath", "str", "Path", "PurePath", "resolve", "absolute",
    "as_posix", "strict",
})  # fmt: skip
DEPTH = 12  # expressions within expressions


def searched(tree: ast.Module, path: str) -> tuple[str | None, ...]:
    """Return the folders, relative to the root; None for one that is known at run time alone or lies elsewhere."""
    names: dict[str, ast.expr] = {}
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, node.value)
        found += _put(node)
    values = [_Values(names, path).of(expression) for expression in found]
    return tuple(dict.fromkeys(_tidy(value) for value in values))


def _put(node: ast.AST) -> Iterator[ast.expr]:
    """Give the expressions that a node puts on the search path."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args) if attr in FILLS and _is_path(value):
            last = args[-1] if args else None
            yield from last.elts if isinstance(last, ast.List | ast.Tuple) else filter(None, [last])
        case ast.Call(func=function, args=[first, *_]) if terminal(function) in ("addsitedir", "syspath_prepend"):
            yield first
        case ast.Assign(targets=[target], value=value) if _is_path(target) or (
            isinstance(target, ast.Subscript) and _is_path(target.value)
        ):
            parts = [value.left, value.right] if isinstance(value, ast.BinOp) else [value]
            for part in parts:
                yield from part.elts if isinstance(part, ast.List | ast.Tuple) else []
        case ast.AugAssign(target=target, value=ast.List(elts=parts)) if _is_path(target):
            yield from parts


def _is_path(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "path" and terminal(node.value) == "sys"


def _tidy(value: str | None) -> str | None:
    if value is None or value.startswith(("..", "/")):
        return None
    return "" if value == "." else value


class _Values:
    """Paths that expressions stand for, relative to the root; the current folder counts as the root."""

    def __init__(self, names: dict[str, ast.expr], path: str) -> None:
        self.names = names
        self.path = path

    def of(self, node: ast.expr, depth: int = 0) -> str | None:
        """Return the path of an expression, None for one that is known at run time alone."""
        found: str | None = None
        match node:
            case _ if depth > DEPTH:
                pass
            case ast.Constant(value=str() as text):
                found = posixpath.normpath(text or ".")
            case ast.Name(id="__file__"):
                found = self.path
            case ast.Name(id=name) if name in self.names:
                found = self.of(self.names[name], depth + 1)
            case ast.BinOp(op=ast.Div(), left=left, right=right):
                found = self._joined([left, right], depth)
            case ast.Attribute(value=value, attr="parent"):
                found = self._up(self.of(value, depth + 1), 1)
            case ast.Subscript(value=ast.Attribute(value=value, attr="parents"), slice=ast.Constant(value=int() as up)):
                found = self._up(self.of(value, depth + 1), up + 1)
            case ast.Call():
                found = self._called(node, depth)
        return found

    def _called(self, node: ast.Call, depth: int) -> str | None:
        name = terminal(node.func)
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "dirname" and node.args:
            return self._up(self.of(node.args[0], depth + 1), 1)
        if name == "join":
            return self._joined(node.args, depth)
        if name == "joinpath" and inner is not None:
            return self._joined([inner, *node.args], depth)
        if name in ("getcwd", "cwd"):
            return "."
        if name in SAME:
            given = node.args[0] if node.args else inner
            return self._joined(node.args, depth) if name == "Path" and node.args else self._of(given, depth)
        return None

    def _of(self, node: ast.expr | None, depth: int) -> str | None:
        return None if node is None else self.of(node, depth + 1)

    def _joined(self, parts: list[ast.expr], depth: int) -> str | None:
        values = [self.of(part, depth + 1) for part in parts]
        known = [value for value in values if value is not None]
        return posixpath.normpath(posixpath.join(*known)) if known and len(known) == len(values) else None

    def _up(self, value: str | None, times: int) -> str | None:
        return None if value is None else posixpath.normpath(posixpath.join(value, *[".."] * times))
