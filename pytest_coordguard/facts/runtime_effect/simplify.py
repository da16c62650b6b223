"""The benign normal form: two spellings that Python runs alike get one tree."""

from __future__ import annotations

import ast

from pytest_coordguard.facts.runtime_effect.trees import rewrite, walk

NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.In: ast.NotIn, ast.Is: ast.IsNot}


def without_prefixes(tree: ast.Module) -> None:
    """Forget the `u` of `u"text"`, which has meant nothing since Python 3.3 (PEP 414)."""
    for node in walk(tree):
        if isinstance(node, ast.Constant):
            node.kind = None


def simplify(tree: ast.Module) -> None:
    """Give one tree to spellings that run alike. Docstrings have been taken out before."""
    _Spellings().visit(tree)
    rewrite(tree, _statements)
    _order_all(tree)


class _Spellings(ast.NodeTransformer):
    """Expressions and single statements."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """`f"text"` without a field is `"text"`."""
        self.generic_visit(node)
        if not all(isinstance(part, ast.Constant) for part in node.values):
            return node
        text = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        return ast.copy_location(ast.Constant(text), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """`not x in y` is `x not in y`, in the language's own words (Expressions, 6.10.2)."""
        self.generic_visit(node)
        match node:
            case ast.UnaryOp(
                op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.In() | ast.Is() as op], comparators=c)
            ):
                return ast.copy_location(ast.Compare(left, [NEGATED[type(op)]()], c), node)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """`return None` is `return`."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Constant) and node.value.value is None:
            node.value = None
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """`a and (b and c)` is `a and b and c`: each part is asked in the same order, up to the same one."""
        self.generic_visit(node)
        return _flat(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        """`if a: if b:` is `if a and b:` when neither has an `else`."""
        self.generic_visit(node)
        match node:
            case ast.If(test=outer, body=[ast.If(test=inner, body=body, orelse=[])], orelse=[]):
                both = ast.copy_location(ast.BoolOp(ast.And(), [outer, inner]), outer)
                node.test, node.body = _flat(both), body
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        """`with a: with b:` is `with a, b:` (Compound statements, 8.5)."""
        return self._flattened(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        """As `with`."""
        return self._flattened(node)

    def _flattened(self, node: ast.With | ast.AsyncWith) -> ast.AST:
        self.generic_visit(node)
        while len(node.body) == 1 and isinstance(inner := node.body[0], type(node)):
            node.items, node.body = [*node.items, *inner.items], inner.body
        return node


def _flat(node: ast.BoolOp) -> ast.BoolOp:
    values: list[ast.expr] = []
    for value in node.values:
        same = isinstance(value, ast.BoolOp) and type(value.op) is type(node.op)
        values += value.values if isinstance(value, ast.BoolOp) and same else [value]
    node.values = values
    return node


def _statements(owner: ast.AST, statements: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out what does nothing, and write one import for each name.

    A text alone in a class body stays: documentation of an attribute, which some libraries read from the source.
    """
    kept: list[ast.stmt] = []
    for statement in statements:
        match statement:
            case ast.Pass():
                continue
            case ast.Expr(value=ast.Constant(value=value)) if not (
                isinstance(owner, ast.ClassDef) and isinstance(value, str)
            ):
                continue
            case ast.Import(names=[_, _, *_]) | ast.ImportFrom(names=[_, _, *_]):
                kept += _split(statement)
            case _:
                kept.append(statement)
    return kept


def _split(statement: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
    made: list[ast.stmt] = []
    for alias in statement.names:
        one: ast.stmt
        if isinstance(statement, ast.Import):
            one = ast.Import([alias])
        else:
            one = ast.ImportFrom(statement.module, [alias], statement.level)
        made.append(ast.copy_location(one, statement))
    return made


def _order_all(tree: ast.Module) -> None:
    """Sort the names of a plain `__all__` that the module itself never looks at."""
    mentions = [node for node in walk(tree) if isinstance(node, ast.Name) and node.id == "__all__"]
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple() as names) if len(
                mentions
            ) == 1 and all(isinstance(name, ast.Constant) for name in names.elts):
                names.elts.sort(key=ast.dump)
