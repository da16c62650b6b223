"""What the names of a file are bound to: every assignment, loop, default, argument and return value of a tree."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
GROWS = frozenset({"append", "extend", "insert", "add", "update", "setdefault"})  # methods that fill a container


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
SILENT = frozenset[type[ast.AST]]((
    ast.Name, ast.Pass, ast.Break, ast.Continue, ast.Nonlocal, ast.alias,
    *ast.expr_context.__subclasses__(), *ast.operator.__subclasses__(), *ast.unaryop.__subclasses__(),
    *ast.cmpop.__subclasses__(), *ast.boolop.__subclasses__(),
))  # fmt: skip
TELLING = frozenset[type[ast.AST]]((
    ast.Constant, ast.Call, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Return, ast.Yield,
    ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For, ast.AsyncFor,
    ast.comprehension, ast.withitem, ast.Global,
))  # fmt: skip


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function: its names, and where it lies."""

    parent: Scope | None
    owner: ast.AST
    names: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))
    parameters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Import:
    """What an imported name stands for."""

    module: str  # dotted; with leading dots when relative
    member: str = ""  # "" when the name is the module itself


Placed = tuple[ast.expr, Scope]


class Scopes:
    """One walk over a tree; the answers are by name and do not follow the order of statements."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(None, tree)
        self.calls: list[tuple[ast.Call, Scope]] = []
        self.by_callee: dict[str, list[tuple[ast.Call, Scope]]] = defaultdict(list)
        self.handed_over: dict[str, list[tuple[ast.Call, Scope]]] = defaultdict(list)  # map(load, names)
        self.called_as: dict[ast.AST, str] = {}  # functions, and lambdas that have a name
        self.returned: dict[str, list[Placed]] = defaultdict(list)
        self.attributes: dict[str, list[Placed]] = defaultdict(list)
        self.imports: dict[str, Import] = {}
        self.texts: list[ast.Constant] = []
        self.assigned: list[tuple[ast.expr, ast.expr, Scope]] = []
        self._global: list[tuple[str, Scope]] = []
        self._walk(tree)
        for name, scope in self._global:
            self.module.names[name] += scope.names.pop(name, [])

    def _walk(self, tree: ast.Module) -> None:
        waiting: list[tuple[ast.AST, Scope]] = [(child, self.module) for child in children(tree)]
        while waiting:
            node, scope = waiting.pop()
            inner = self._enter(node, scope) if type(node) in TELLING else scope
            waiting += [(child, inner) for child in children(node)]

    def _enter(self, node: ast.AST, scope: Scope) -> Scope:
        """Note what a node binds; return the scope of what lies in it."""
        match node:
            case ast.Constant(value=str()):
                self.texts.append(node)
            case ast.Call():
                self._call(node, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._function(node, node.name, scope)
            case ast.Lambda():
                return self._function(node, "", scope)
            case ast.ClassDef():
                return Scope(scope, node)
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                self.returned[_name_of(scope.owner)].append((value, scope))
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.Global(names=names):
                self._global += [(name, scope) for name in names]
            case _:
                for target, value in _bound(node):
                    self._bind(target, value, scope)
        return scope

    def _call(self, node: ast.Call, scope: Scope) -> None:
        self.calls.append((node, scope))
        name = terminal(node.func)
        self.by_callee[name].append((node, scope))
        for argument in node.args:
            if isinstance(argument, ast.Name | ast.Attribute):
                self.handed_over[terminal(argument)].append((node, scope))
        if name in GROWS and isinstance(node.func, ast.Attribute):
            for argument in node.args:
                self._bind(node.func.value, argument, scope)

    def _function(self, node: Function, name: str, scope: Scope) -> Scope:
        arguments = node.args
        plain = [*arguments.posonlyargs, *arguments.args]
        every = [*plain, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
        inner = Scope(scope, node, parameters=frozenset(argument.arg for argument in every))
        late = [*plain[len(plain) - len(arguments.defaults) :], *arguments.kwonlyargs]
        for argument, default in zip(late, [*arguments.defaults, *arguments.kw_defaults], strict=True):
            if default is not None:
                inner.names[argument.arg].append(default)
        if name == "__init__" and isinstance(scope.owner, ast.ClassDef):
            name = scope.owner.name  # it is called by the name of its class
        if name:
            self.called_as[node] = name
        return inner

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                self.imports[alias.asname or alias.name] = Import("." * node.level + (node.module or ""), alias.name)
            else:
                top = alias.name if alias.asname else alias.name.partition(".")[0]
                self.imports[alias.asname or top] = Import(top)

    def _bind(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        self.assigned.append((target, value, scope))
        match target:
            case ast.Name(id=name):
                scope.names[name].append(value)
                if isinstance(scope.owner, ast.ClassDef):
                    self.attributes[name].append((value, scope))
                if isinstance(value, ast.Lambda):
                    self.called_as[value] = name
            case ast.Attribute(attr=name):
                self.attributes[name].append((value, scope))
            case ast.Subscript(value=container):
                self._bind(container, value, scope)
            case ast.Starred(value=inner):
                self._bind(inner, value, scope)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for index, part in enumerate(parts):
                    for each in _column(value, index, len(parts)):
                        self._bind(part, each, scope)

    def binding(self, name: str, scope: Scope) -> tuple[list[ast.expr], Scope] | None:
        """Return what the innermost scope that knows a name binds it to; a class is seen from its own body alone."""
        first, here = True, scope
        while True:
            visible = first or not isinstance(here.owner, ast.ClassDef)
            if visible and (name in here.names or name in here.parameters):
                return here.names.get(name, []), here
            if here.parent is None:
                return None
            first, here = False, here.parent


def argument_of(call: ast.Call, arguments: ast.arguments, parameter: str) -> Iterator[ast.expr]:
    """Give what a call of a function with these arguments hands to one of its parameters."""
    yield from (keyword.value for keyword in call.keywords if keyword.arg in (parameter, None))
    plain = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    bound = int(bool(plain) and plain[0] in ("self", "cls"))
    if arguments.vararg and arguments.vararg.arg == parameter:
        yield from call.args[len(plain) - bound :]
    if arguments.kwarg and arguments.kwarg.arg == parameter:
        yield from (keyword.value for keyword in call.keywords)
    if parameter in plain:
        index = plain.index(parameter) - bound
        yield from call.args[index : index + 1]
        yield from (argument for argument in call.args[: max(index, 0)] if isinstance(argument, ast.Starred))


def terminal(function: ast.expr) -> str:
    """Return the last name of `a.b.name`, "" when there is none."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def children(node: ast.AST) -> list[ast.AST]:
    """Return those of a node's children in which something can be bound, called or said; a docstring is none of them.

    Most of the time of a check goes by here: `ast.iter_child_nodes` takes twice as long.
    """
    found: list[ast.AST] = []
    for name in _telling(type(node)):  # type: ignore[arg-type]  # typeshed thinks that its hash is another
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST) and type(item) not in SILENT]
        elif isinstance(value, ast.AST) and type(value) not in SILENT:
            found.append(value)
    if isinstance(node, DOCUMENTED) and node.body and _is_text(node.body[0]):
        found.remove(node.body[0])
    return found


WORDS = frozenset(
    {
        "ctx",
        "op",
        "ops",
        "id",
        "attr",
        "kind",
        "type_comment",
        "names",
        "module",
        "level",
        "conversion",
        "is_async",
        "simple",
        "rest",
        "kwd_attrs",
        "type_ignores",
    }
)  # fields that hold no node, or silent ones alone, in every kind of node


@cache
def _telling(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in WORDS)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _name_of(owner: ast.AST) -> str:
    return getattr(owner, "name", "")


def _bound(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Give each target of a statement with what it is bound to; a loop binds its target to all items."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
            yield target, value
        case ast.NamedExpr(target=target, value=value):
            yield target, value
        case (
            ast.For(target=target, iter=value)
            | ast.AsyncFor(target=target, iter=value)
            | ast.comprehension(target=target, iter=value)
        ):
            yield target, ast.Starred(value, ast.Load()) if isinstance(target, ast.Name) else value
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield target, value


def _column(value: ast.expr, index: int, width: int) -> Iterable[ast.expr]:
    """Return what the part `index` of an unpacked target gets: of `((a, b), (c, d))` the column, else all of it."""
    if not isinstance(value, ast.Tuple | ast.List):
        return [value]
    rows = [row for row in value.elts if isinstance(row, ast.Tuple | ast.List) and len(row.elts) == width]
    if rows and len(rows) == len(value.elts):
        return [row.elts[index] for row in rows if isinstance(row, ast.Tuple | ast.List)]
    return [value.elts[index]] if len(value.elts) == width and not rows else [value]
