"""Which names a tree mentions, and which expressions do nothing but give a value."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from pytest_coordguard.facts.runtime_effect.trees import walk

INTROSPECTION = frozenset({"globals", "locals", "vars", "eval", "exec", "dir"})  # may read any name there is
LONGEST = 200  # characters of a string that may be a forward reference
REFERENCE = re.compile(r"[\w\[\]., |()'\"]+\Z")


def looks_at_names(tree: ast.AST) -> bool:
    """Tell whether code here may read names that it does not write out: `globals()`, `sys.modules[__name__]`."""
    return any(
        (isinstance(node, ast.Name) and node.id in INTROSPECTION)
        or (isinstance(node, ast.Attribute) and node.attr in ("modules", "f_locals", "f_globals"))
        for node in walk(tree)
    )


def mentioned(tree: ast.AST) -> frozenset[str]:
    """Return all names that code here mentions, other than by importing them.

    A string that is a name, or that reads as an annotation, mentions what it names: `__all__`, `getattr`, forward
    references. So does an argument, by which pytest asks for a fixture.
    """
    found: set[str] = set()
    for node in walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
            case ast.Constant(value=str() as text) if len(text) <= LONGEST:
                found.update(_in_text(text))
            case _:
                pass
    return frozenset(found)


def _in_text(text: str) -> Iterable[str]:
    if text.isidentifier():
        return [text]
    if not REFERENCE.match(text):
        return []
    try:
        parsed = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node.id for node in walk(parsed) if isinstance(node, ast.Name)]


def named(node: ast.AST) -> frozenset[str]:
    """Return the names that an expression or statement writes out, bound or read."""
    return frozenset(child.id for child in walk(node) if isinstance(child, ast.Name))


def does_nothing(node: ast.expr | None, bound: frozenset[str]) -> bool:
    """Tell whether an expression runs nothing and cannot fail: constants, displays of them, names of `bound`."""
    match node:
        case ast.Name(id=name):
            return name in bound
        case (
            ast.Tuple(elts=parts)
            | ast.List(elts=parts)
            | ast.Lambda(args=ast.arguments(defaults=parts, kw_defaults=[]))
        ):
            return all(does_nothing(part, bound) for part in parts)
        case ast.Set(elts=keys):
            return all(isinstance(key, ast.Constant) for key in keys)  # others may have no hash
        case ast.Dict(keys=keys, values=values):
            return all(isinstance(key, ast.Constant) for key in keys) and all(does_nothing(v, bound) for v in values)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return True
        case _:
            return node is None or isinstance(node, ast.Constant)


def module_names(tree: ast.Module) -> frozenset[str]:
    """Return the names that a module binds as soon as it runs, on every path, and never takes away."""
    found: set[str] = set()
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                found.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.Assign(targets=[ast.Name(id=name)]):
                found.add(name)
            case _:
                pass
    gone = {node.id for node in walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)}
    return frozenset(found - gone - {"*"})
