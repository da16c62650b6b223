"""What can be said of an expression's truth by its text alone."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_OPPOSITE = ((ast.Is, ast.IsNot), (ast.Eq, ast.NotEq), (ast.In, ast.NotIn))


def truth(node: ast.expr) -> bool | None:
    """Return whether this is true, or false, whatever the program does; None where that is open."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return _of_elements(node.elts)
    if isinstance(node, ast.Dict):
        return True if any(node.keys) else None if node.keys else False
    judge = _JUDGES.get(type(node))
    return judge(node) if judge else None


def _of_elements(elements: list[ast.expr]) -> bool | None:
    if any(not isinstance(element, ast.Starred) for element in elements):
        return True
    return None if elements else False


def _of_not(node: ast.UnaryOp) -> bool | None:
    inner = truth(node.operand)
    return (not inner) if isinstance(node.op, ast.Not) and inner is not None else None


def _of_bool(node: ast.BoolOp) -> bool | None:
    decides = isinstance(node.op, ast.Or)
    parts = [truth(value) for value in node.values]
    if decides in parts or (decides and _covers_all(node.values)):
        return decides
    return (not decides) if all(part is not None for part in parts) else None


def _covers_all(values: list[ast.expr]) -> bool:
    """Tell whether two of these are each other's opposite: `x is None or x is not None`, `x or not x`."""
    texts = {ast.unparse(value) for value in values if same_by_name(value)}
    if any(_negated(value) in texts for value in values):
        return True
    compares = [v for v in values if isinstance(v, ast.Compare) and len(v.ops) == 1 and same_by_name(v.left)]
    return any(_opposite(a, b) for a in compares for b in compares)


def _negated(node: ast.expr) -> str | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ast.unparse(node.operand)
    return None


def _opposite(a: ast.Compare, b: ast.Compare) -> bool:
    if ast.dump(a.left) != ast.dump(b.left) or ast.dump(a.comparators[0]) != ast.dump(b.comparators[0]):
        return False
    return (type(a.ops[0]), type(b.ops[0])) in _OPPOSITE


def same_by_name(node: ast.expr) -> bool:
    """Tell whether this is a plain name, or attributes of one: reading it twice gives the same object."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _of_compare(node: ast.Compare) -> bool | None:
    if len(node.ops) != 1:
        return None
    left, right = node.left, node.comparators[0]
    if compares_with_itself(node):
        return True
    try:
        return bool(_COMPARE[type(node.ops[0])](ast.literal_eval(left), ast.literal_eval(right)))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def compares_with_itself(node: ast.expr) -> bool:
    """Tell whether this is `x == x` or the like of plain names; `f() == f()` may well differ."""
    return (
        isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE)
        and same_by_name(node.left)
        and ast.dump(node.left) == ast.dump(node.comparators[0])
    )


def _of_call(node: ast.Call) -> bool | None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        return None
    if node.func.id == "isinstance" and len(node.args) == 2:  # noqa: PLR2004 - the two that isinstance takes
        kinds = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
        return True if any(isinstance(kind, ast.Name) and kind.id == "object" for kind in kinds) else None
    if node.func.id == "bool" and len(node.args) == 1:
        return truth(node.args[0])
    return None


def _of_text(node: ast.JoinedStr) -> bool | None:
    return True if any(isinstance(part, ast.Constant) and part.value for part in node.values) else None


_JUDGES: dict[type[ast.AST], Callable[[Any], bool | None]] = {
    ast.UnaryOp: _of_not,
    ast.BoolOp: _of_bool,
    ast.Compare: _of_compare,
    ast.Call: _of_call,
    ast.JoinedStr: _of_text,
    ast.Lambda: lambda _: True,
    ast.NamedExpr: lambda node: truth(node.value),
}


def is_empty(node: ast.expr) -> bool:
    """Tell whether a loop over this never runs: `()`, `[]`, `""`, `range(0)`."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "range" and ast.unparse(node) == "range(0)"
    return isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Set | ast.Dict) and truth(node) is False
