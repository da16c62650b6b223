"""Imports and statements of which it is known that running one before the other makes no difference."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping

from pytest_coordguard.facts.runtime_effect.names import named
from pytest_coordguard.facts.runtime_effect.trees import walk

# Modules of the standard library that do something to see when they are imported, or look at the program then.
LIVELY = frozenset(
    {"__main__", "antigravity", "this", "idlelib", "test", "turtledemo", "lib2to3", "distutils", "site", "readline"}
    | {"rlcompleter", "sitecustomize", "usercustomize"}
)
# Calls that only make a value, or ask the system for one; by the full name of what is called.
CALM_CALLS = frozenset(
    {"logging.getLogger", "re.compile", "os.getenv", "os.environ.get", "pathlib.Path", "typing.TypeVar"}
    | {"collections.namedtuple", "threading.Lock", "threading.RLock", "contextvars.ContextVar", "typing.cast"}
    | {f"os.path.{name}" for name in ("join", "dirname", "abspath", "basename", "realpath", "expanduser")}
)
VALUE = (
    *(ast.Constant, ast.Name, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.JoinedStr, ast.FormattedValue, ast.Lambda),
    *(ast.UnaryOp, ast.arguments, ast.arg),
)
ACCESS = (ast.Attribute, ast.Subscript, ast.BinOp, ast.Call, ast.keyword)
OPERATORS = (ast.USub, ast.Not, ast.BitOr, ast.Div, ast.Add)  # of numbers, texts, paths and types
PLAIN_BASES = frozenset({"object", "Exception", "ValueError", "RuntimeError", "TypeError", "KeyError", "LookupError"})


def from_standard_library(module: str, local: frozenset[str]) -> bool:
    """Tell whether a module is one of the standard library that does nothing to see when it is imported.

    `local` are the names that the repository itself may put before it on the module path.
    """
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names and top not in LIVELY and top not in local


class Inert:
    """Which statements of a module neither see nor change what an import sees and changes."""

    def __init__(self, tree: ast.Module) -> None:
        self.full = dict(_full_names(tree))

    def inert(self, statement: ast.stmt, *, calls: bool) -> bool:
        """Tell whether a statement only makes and binds values; `calls` allows those of `CALM_CALLS`."""
        match statement:
            case ast.Assign() | ast.AnnAssign():
                return self._binds_names(statement, calls=calls)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return not statement.decorator_list and self._header(statement, calls=calls)
            case ast.ClassDef(bases=bases, keywords=[], decorator_list=[], body=body):
                plain = all(isinstance(base, ast.Name) and base.id in PLAIN_BASES for base in bases)
                return plain and all(self.inert(inner, calls=calls) for inner in body)
            case ast.Try() | ast.If():
                return calls and self._guarded(statement)
            case _:
                return isinstance(statement, ast.Pass) or _is_constant(statement)

    def _binds_names(self, statement: ast.Assign | ast.AnnAssign, *, calls: bool) -> bool:
        targets = [statement.target] if isinstance(statement, ast.AnnAssign) else statement.targets
        notes = [statement.annotation] if isinstance(statement, ast.AnnAssign) else []
        value = statement.value is None or self._value(statement.value, calls=calls)
        return value and all(isinstance(target, ast.Name) for target in targets) and all(map(self._note, notes))

    def _guarded(self, statement: ast.Try | ast.If) -> bool:
        """Tell whether a block does nothing but import, and bind something else when it cannot."""
        if isinstance(statement, ast.If) and not self._value(statement.test, calls=False):
            return False
        inner = [*statement.body, *statement.orelse]
        if isinstance(statement, ast.Try):
            inner += [*statement.finalbody, *(each for handler in statement.handlers for each in handler.body)]
        return all(isinstance(each, ast.Import | ast.ImportFrom) or self.inert(each, calls=True) for each in inner)

    def _header(self, function: ast.FunctionDef | ast.AsyncFunctionDef, *, calls: bool) -> bool:
        arguments = function.args
        defaults = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
        notes = [each.annotation for each in walk(arguments) if isinstance(each, ast.arg) and each.annotation]
        notes += [function.returns] if function.returns else []
        return all(self._value(each, calls=calls) for each in defaults) and all(map(self._note, notes))

    def _note(self, note: ast.expr) -> bool:
        return not any(isinstance(each, ast.Call | ast.NamedExpr | ast.Await) for each in walk(note))

    def _value(self, value: ast.expr, *, calls: bool) -> bool:
        allowed = (*VALUE, *ACCESS) if calls else VALUE
        nodes = list(walk(value))
        return all(isinstance(each, allowed) for each in nodes) and all(
            self._calm(each) if isinstance(each, ast.Call) else isinstance(each.op, OPERATORS)
            for each in nodes
            if isinstance(each, (ast.Call, ast.BinOp, ast.UnaryOp))
        )

    def _calm(self, call: ast.Call) -> bool:
        parts: list[str] = []
        here: ast.expr = call.func
        while isinstance(here, ast.Attribute):
            parts.append(here.attr)
            here = here.value
        if isinstance(here, ast.Call):  # Path(…).resolve()
            return self._calm(here)
        if not isinstance(here, ast.Name):
            return False
        return ".".join([self.full.get(here.id, ""), *reversed(parts)]) in CALM_CALLS


def _is_constant(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _full_names(tree: ast.Module) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        match node:
            case ast.Import(names=aliases):
                found.update(
                    {
                        a.asname or a.name.partition(".")[0]: (a.asname and a.name) or a.name.partition(".")[0]
                        for a in aliases
                    }
                )
            case ast.ImportFrom(module=str() as module, names=aliases, level=0):
                found.update({alias.asname or alias.name: f"{module}.{alias.name}" for alias in aliases})
            case _:
                pass
    return found


def run_at_once(statement: ast.stmt) -> frozenset[str]:
    """Return the names that a statement binds or reads as it runs; the bodies of functions run later."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        header = ast.Module([ast.Expr(each) for each in _evaluated(statement)], [])
        return named(header) | {statement.name}
    return named(statement) | bound_at_once(statement)


def bound_at_once(statement: ast.stmt) -> frozenset[str]:
    """Return the names that a statement may bind as it runs, those inside a class or a function among them."""
    found: set[str] = set()
    for node in walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                found.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case _:
                pass
    return frozenset(found)


def _evaluated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    notes = [each.annotation for each in walk(function.args) if isinstance(each, ast.arg) and each.annotation]
    defaults = [*function.args.defaults, *filter(None, function.args.kw_defaults)]
    return [*function.decorator_list, *notes, *defaults, *([function.returns] if function.returns else [])]
