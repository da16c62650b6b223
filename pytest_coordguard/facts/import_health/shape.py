"""What a file takes from other files and what others can take from it. A syntax tree in, plain data out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_coordguard.facts.import_health.searched import searched
from pytest_coordguard.facts.import_health.work import Work, work_in
from pytest_coordguard.facts.imports.references import Context, placed
from pytest_coordguard.facts.imports.scopes import terminal

# Traces of names and modules that no statement shows: a file without any is not looked through for them.
MAGIC = (b"globals(", b"sys.modules", b"exec(", b"__getattr__", b"__path__", b"lazy", b"attach(")
SEARCH = (b"sys.path", b"addsitedir", b"syspath_prepend")
ALWAYS = frozenset({
    "__name__", "__doc__", "__file__", "__path__", "__spec__", "__loader__", "__package__", "__dict__", "__cached__",
    "__builtins__", "__annotations__",
})  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """One import, as written."""

    line: int  # 1-based
    module: str  # dotted; "" of `from . import x`
    level: int  # dots before it
    members: tuple[str, ...] = ()  # of `from module import …`; none of `import module`
    late: bool = False  # in a function, or under `if __name__ == "__main__"`: not when the file is imported
    optional: bool = False  # that it fails is caught
    typing: bool = False  # only a type checker sees it


@dataclass(frozen=True, slots=True)
class Shape:
    """One file, as other files see it, and as it sees them."""

    wanted: tuple[Wanted, ...] = ()
    names: frozenset[str] = frozenset()  # bound at module level, in whichever branch
    stars: tuple[Wanted, ...] = ()  # the `from x import *` at module level
    any_name: bool = False  # `__getattr__`, `globals()` and the like: any name may be there
    any_module: bool = False  # `sys.modules` or `__path__` are changed: any submodule may be there
    planted: frozenset[str] = frozenset()  # dotted names that it puts into `sys.modules`; a last "*" stands for more
    searched: tuple[str | None, ...] = ()  # folders that it puts on `sys.path`; None: one known at run time alone
    work: tuple[Work, ...] = ()  # what it does when it is imported
    finder: bool = False  # it changes `sys.meta_path`: names may be found elsewhere from then on


ANYTHING = Shape(any_name=True, any_module=True)


def shape(tree: ast.Module, data: bytes, path: str, *, work: bool = True) -> Shape:
    """Return what a file wants and offers; `data` are its bytes, which tell what need not be looked for.

    What it does when it is imported is looked for with `work` alone.
    """
    placed_here = list(placed(tree, stub=path.endswith(".pyi")))
    outer = [statement for statement, context in placed_here if not (context.function or context.in_class)]
    wanted = sorted(each for statement, context in placed_here for each in _wanted(statement, context))
    names = {name for statement in outer for name in bound(statement)}
    names |= {name for s, _ in placed_here if isinstance(s, ast.Global) for name in s.names}
    any_name, any_module, planted = _magic(tree, data, names) if _traced(data, MAGIC) else (False, False, frozenset())
    return Shape(
        tuple(wanted),
        frozenset(names),
        tuple(each for each in wanted if each.members == ("*",)),
        any_name,
        any_module,
        planted,
        searched(tree, path) if _traced(data, SEARCH) else (),
        work_in(tree, placed_here) if work else (),
        b"meta_path" in data and _puts_a_finder(tree),
    )


def _traced(data: bytes, traces: Iterable[bytes]) -> bool:
    return any(trace in data for trace in traces)


def _wanted(statement: ast.stmt, context: Context) -> Iterator[Wanted]:
    late = bool(context.function) or context.script
    around = {"late": late, "optional": context.optional, "typing": context.type_checking}
    match statement:
        case ast.Import(names=names):
            yield from (Wanted(statement.lineno, alias.name, 0, (), **around) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            members = tuple(alias.name for alias in names)
            yield Wanted(statement.lineno, module or "", level, members, **around)


def bound(statement: ast.stmt) -> Iterator[str]:
    """Give the names that one statement binds where it stands, not those of the statements in it."""
    match statement:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.For() | ast.AsyncFor() | ast.With():
            yield from _stored(_own(statement))
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            yield from (handler.name for handler in handlers if handler.name)
        case ast.Match(cases=cases):
            yield from (name for case in cases for name in _captured(case.pattern))
        case ast.If(test=test) | ast.While(test=test):
            yield from _stored([test])
        case ast.Expr(value=value):
            yield from _stored([value])
        case _ if hasattr(statement, "name") and isinstance(statement.name, ast.Name):  # `type X = …`, Python 3.12
            yield statement.name.id


def _own(statement: ast.stmt) -> list[ast.AST]:
    """Return the parts of a statement that are expressions."""
    parts = (child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt))
    return list(parts)


def _stored(parts: Iterable[ast.AST]) -> Iterator[str]:
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _captured(pattern: ast.pattern) -> Iterator[str]:
    for node in ast.walk(pattern):
        for name in (getattr(node, "name", None), getattr(node, "rest", None)):
            if isinstance(name, str):
                yield name


def _magic(tree: ast.Module, data: bytes, names: set[str]) -> tuple[bool, bool, frozenset[str]]:
    """Return whether any name, and any submodule, may be there, and what the file puts into `sys.modules`."""
    any_name, any_module, planted = "__getattr__" in names, False, set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="globals" | "exec")):
                any_name = True
            case ast.Call(func=function) if terminal(function).startswith(("lazy", "_lazy", "attach")):
                any_name = any_module = True
            case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
                any_name = True
            case ast.Name(id="__path__", ctx=ast.Store()) | ast.Attribute(value=ast.Name(id="__path__")):
                any_module = True
            case ast.Subscript(value=value, slice=key, ctx=ast.Store()) if terminal(value) == "modules":
                planted.add(_key(key))
            case ast.Call(func=ast.Attribute(value=value, attr="setdefault"), args=[key, *_]) if _is_modules(value):
                planted.add(_key(key))
            case ast.Call(func=function, args=[*_, ast.Dict(keys=keys)]) if terminal(function) in ("dict", "update"):
                planted |= {_key(key) for key in keys if isinstance(key, ast.Constant)}
    own = {name for name in planted if not name.strip("*")}
    planted = planted if b"sys.modules" in data else own
    return any_name, any_module or bool(own), frozenset(name for name in planted - own if name)


def _puts_a_finder(tree: ast.Module) -> bool:
    changes = ("append", "insert", "extend")
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in changes
        and terminal(node.func.value) == "meta_path"
        for node in ast.walk(tree)
    )


def _is_modules(value: ast.expr) -> bool:
    return terminal(value) == "modules"


def _key(key: ast.expr) -> str:
    """Return the module that a key of `sys.modules` names; "*" at its end stands for what is computed."""
    match key:
        case ast.Constant(value=str() as name):
            return name
        case ast.JoinedStr(values=[ast.Constant(value=str() as start), *_]):
            return f"{start}*"
        case ast.BinOp(op=ast.Add(), left=left):
            return _key(left).rstrip("*") + "*"
    return "*"
