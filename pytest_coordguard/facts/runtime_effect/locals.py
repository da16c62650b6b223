"""Locals that nothing reads: what they are called, and whether they are there, makes no difference."""

from __future__ import annotations

import ast
import builtins

from pytest_coordguard.facts.runtime_effect.names import does_nothing, looks_at_names, module_names
from pytest_coordguard.facts.runtime_effect.trees import Function, rewrite

UNUSED = "_unused_"
BUILTINS = frozenset(dir(builtins))


def drop_unused_locals(tree: ast.Module, *, keep_values: bool) -> None:
    """Forget the locals of each function that nothing reads.

    An assignment goes when its right side does nothing. When it does something it stays as it is, unless
    `keep_values`: then the right side alone stays, though its value now lives shorter.
    """
    bound = module_names(tree) | BUILTINS
    for node in ast.walk(tree):
        if isinstance(node, Function):
            _Locals(node, bound, keep_values).forget()


class _Locals:
    def __init__(self, function: Function, bound: frozenset[str], keep_values: bool) -> None:
        arguments = {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}
        stores = set(_names(function, ast.Store)) | _caught(function)
        self.function, self.keep_values = function, keep_values
        self.never_read = set() if looks_at_names(function) else stores - _kept(function) - arguments
        self.never_read = {name for name in self.never_read if not name.startswith("__")}  # __tracebackhide__
        rebound = stores | _declared(function)
        deleted = set(_names(function, ast.Del))
        self.bound = (bound - rebound) | (arguments - deleted)

    def forget(self) -> None:
        if not self.never_read:
            return
        rewrite(self.function, lambda owner, field, statements: self._without(statements))
        for node in ast.walk(self.function):
            if isinstance(node, ast.ExceptHandler) and node.name in self.never_read:
                node.name = None
            elif isinstance(node, ast.withitem) and self.keep_values and self._unused(node.optional_vars):
                node.optional_vars = None
            elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
                self._rename(node.target)

    def _unused(self, target: ast.AST | None) -> bool:
        return isinstance(target, ast.Name) and target.id in self.never_read

    def _rename(self, target: ast.expr) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and node.id in self.never_read:
                node.id = UNUSED

    def _without(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        kept: list[ast.stmt] = []
        for statement in statements:
            value = self._assigned(statement)
            if value is None:
                kept.append(statement)
            elif does_nothing(value, self.bound):
                continue
            elif self.keep_values:
                kept.append(ast.copy_location(ast.Expr(value), statement))
            else:
                kept.append(statement)
        return kept

    def _assigned(self, statement: ast.stmt) -> ast.expr | None:
        """Return the right side when a statement does nothing but give a value to locals that nothing reads."""
        match statement:
            case ast.Assign(targets=targets, value=value) if all(map(self._unused, targets)):
                return value
            case ast.AnnAssign(target=target, value=value, simple=1) if self._unused(target) and value:
                return value
        return None


def _names(function: Function, context: type[ast.expr_context]) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, context))


def _caught(function: Function) -> set[str]:
    return {node.name for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) and node.name}


def _declared(function: Function) -> set[str]:
    declarations = [node for node in ast.walk(function) if isinstance(node, ast.Global | ast.Nonlocal)]
    return {name for node in declarations for name in node.names}


def _kept(function: Function) -> set[str]:
    """Return the names that something here reads, deletes, or hands out of the function's own scope."""
    read = set(_names(function, ast.Load)) | set(_names(function, ast.Del)) | _declared(function)
    for node in ast.walk(function):
        match node:
            case ast.AugAssign(target=ast.Name(id=name)) | ast.NamedExpr(target=ast.Name(id=name)):
                read.add(name)
            case ast.ClassDef():  # its assignments are attributes
                read.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
            case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                read.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                read.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if node is not function:
                read.add(name)
            case _:
                pass
    return read
