"""Locals that nothing reads: what they are called, and whether they are there, makes no difference."""

from __future__ import annotations

import ast
import builtins

from pytest_coordguard.facts.runtime_effect.names import does_nothing, looks_at_names, module_names
from pytest_coordguard.facts.runtime_effect.trees import Function, rewrite, walk

UNUSED = "_unused_"
BUILTINS = frozenset(dir(builtins))


def drop_unused_locals(tree: ast.Module, *, keep_values: bool) -> None:
    """Forget the locals of each function that nothing reads.

    An assignment goes when its right side does nothing. When it does something it stays as it is, unless
    `keep_values`: then the right side alone stays, though its value now lives shorter.
    """
    bound = module_names(tree) | BUILTINS
    for node in walk(tree):
        if isinstance(node, Function):
            _Locals(node, bound, keep_values=keep_values).forget()


class _Locals:
    def __init__(self, function: Function, bound: frozenset[str], *, keep_values: bool) -> None:
        census = Census(function)
        self.function, self.keep_values, self.census = function, keep_values, census
        self.never_read = census.never_read()
        self.bound = (bound - census.stored - census.declared) | (census.arguments - census.deleted)

    def forget(self) -> None:
        if not self.never_read:
            return
        rewrite(self.function, lambda _, statements: self._without(statements))
        for node in walk(self.function):
            if isinstance(node, ast.ExceptHandler) and node.name in self.never_read:
                node.name = None
            elif isinstance(node, ast.withitem) and self.keep_values and self._unused(node.optional_vars):
                node.optional_vars = None
            elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
                self._rename(node.target)

    def _unused(self, target: ast.AST | None) -> bool:
        return isinstance(target, ast.Name) and target.id in self.never_read

    def _rename(self, target: ast.expr) -> None:
        for node in walk(target):
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


class Census:
    """What becomes of each name in a function, its inner functions and classes counted in. One walk for all."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.stored: set[str] = set()
        self.read: set[str] = set()  # or handed out of the function's own scope
        self.deleted: set[str] = set()
        self.declared: set[str] = set()  # global, nonlocal
        self.arguments: set[str] = {each.arg for each in walk(function.args) if isinstance(each, ast.arg)}
        for node in walk(function):
            if isinstance(node, ast.Name):
                {ast.Store: self.stored, ast.Load: self.read, ast.Del: self.deleted}[type(node.ctx)].add(node.id)
            elif isinstance(node, _COUNTED):
                self._count(node)

    def _count(self, node: ast.AST) -> None:
        match node:
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self.declared.update(names)
            case ast.ExceptHandler(name=str() as name):
                self.stored.add(name)
            case ast.AugAssign(target=ast.Name(id=name)) | ast.NamedExpr(target=ast.Name(id=name)):
                self.read.add(name)
            case ast.ClassDef():  # its assignments are attributes
                self.read.update(each.id for each in walk(node) if isinstance(each, ast.Name))
            case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                self.read.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                self.read.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if node is not self.function:
                self.read.add(name)
            case _:
                pass

    def never_read(self) -> set[str]:
        """Return the locals that nothing reads. A dunder may be for who looks at the frame: `__tracebackhide__`."""
        names = self.stored - self.read - self.deleted - self.declared - self.arguments
        found = {name for name in names if not name.startswith("__")}
        return set() if found and looks_at_names(self.function) else found


_COUNTED = (
    *(ast.Global, ast.Nonlocal, ast.ExceptHandler, ast.AugAssign, ast.NamedExpr, ast.ClassDef, ast.MatchAs),
    *(ast.MatchStar, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef),
)
