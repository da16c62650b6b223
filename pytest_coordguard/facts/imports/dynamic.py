"""Texts that flow into calls that import: by name, by path, by executing code, or by a helper that does so."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pytest_coordguard.facts.imports.references import Reference, place, references
from pytest_coordguard.facts.imports.scopes import Import, Scope, Scopes, argument_of, terminal
from pytest_coordguard.facts.imports.targets import HOLE
from pytest_coordguard.facts.imports.texts import Text, Texts

# Calls whose first argument is a module's name: importlib, builtins, imp, pkgutil, runpy, pydoc (Python's library
# reference), pytest.importorskip, django.utils.module_loading and werkzeug.utils.import_string.
BY_NAME = frozenset({
    "import_module", "__import__", "find_spec", "find_loader", "find_module", "load_module", "run_module",
    "resolve_name", "locate", "safeimport", "importorskip", "import_string", "spec_from_file_location",
    "SourceFileLoader", "load_source",
})  # fmt: skip
BY_PATH = {"spec_from_file_location": 1, "SourceFileLoader": 1, "load_source": 1, "run_path": 0, "addsitedir": 0}
BY_CODE = frozenset({"exec", "eval"})
LOCATED = frozenset({"location", "path", "pathname", "path_name", "sitedir"})
PACKAGE = frozenset({"package"})
NAMED = frozenset({"name", "module_name", "mod_name", "modname", "fullname", "dotted_path", "import_name"})
ALIASES = 5  # names for names of an importing call
# A file without any of these, and without a target's name, is not looked into. Sought one by one: a pattern is slower.
TRACES = (
    b"import_module", b"importmodule", b"__import__", b"find_spec", b"spec_from_file", b"load_source",
    b"SourceFileLoader", b"run_module", b"run_path", b"import_string", b"sys.path", b"addsitedir", b"importorskip",
)  # fmt: skip
RUNS_CODE = re.compile(rb"(?:exec|eval)[ \t]*\(")
DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+(?::[\w.]+)?")
FILE = re.compile(r".*\.(?:py|pyi|toml|ini|cfg|json|ya?ml|md|rst|txt|xml|html|csv|log|lock|env|db|sqlite3?|sh|git)")


def is_traced(data: bytes) -> bool:
    """Tell whether a file's bytes hold a trace of a call that imports."""
    return any(trace in data for trace in TRACES) or bool(
        (b"exec" in data or b"eval" in data) and RUNS_CODE.search(data)
    )


@dataclass(frozen=True, slots=True)
class Helper:
    """A function that imports what it is handed."""

    arguments: ast.arguments
    parameters: frozenset[str]


class Elsewhere(Protocol):
    """The other files of the repository."""

    def texts(self, origin: Import) -> Iterable[str]:
        """Return the texts that a name of another file can be."""

    def helper(self, origin: Import) -> Helper | None:
        """Return the importing function that an imported name stands for."""


class Flow:
    """What texts reach which importing calls in one file."""

    def __init__(self, scopes: Scopes, path: str, elsewhere: Elsewhere) -> None:
        self.scopes = scopes
        self.path = path
        self.elsewhere = elsewhere
        self.texts = Texts(scopes, elsewhere.texts)
        self._methods: dict[str, Helper | None] = {}
        self._origins = sorted({origin.module for origin in scopes.imports.values() if origin.member})
        self.unknown: list[int] = []  # the lines of importing calls whose name is known at run time alone

    def references(self) -> list[Reference]:
        """Return what the importing calls refer to, each at the line of the text that names it."""
        found: set[Reference] = set()
        for call, scope in self.scopes.calls:
            found.update(self._of_call(call, scope))
        found.update(self._assignments())
        return sorted(found)

    def helpers(self) -> dict[str, Helper]:
        """Return the functions of this file that import what they are handed, by the name they are called by."""
        parameters: dict[ast.AST, set[str]] = {}
        for function, parameter in self.texts.reached:
            parameters.setdefault(function, set()).add(parameter)
        return {
            self.scopes.called_as[function]: Helper(function.args, frozenset(names))
            for function, names in parameters.items()
            if function in self.scopes.called_as
            and isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        }

    def _of_call(self, call: ast.Call, scope: Scope) -> Iterator[Reference]:
        name = terminal(call.func)
        how = self.importer(call.func, scope)
        if how:
            yield from self._modules(_arguments(call, 0, NAMED), call, scope, how)
        elif helper := self._helper(call.func):
            handed = [a for parameter in helper.parameters for a in argument_of(call, helper.arguments, parameter)]
            yield from self._modules(handed, call, scope, f"the helper {name}")
        elif name in BY_CODE:
            yield from self._code(call, scope, name)
        elif handed_over := next((how for a in call.args if _nameable(a) and (how := self.importer(a, scope))), ""):
            others = [a for a in call.args if not (_nameable(a) and self.importer(a, scope))]
            yield from self._modules(others, call, scope, handed_over)
        if name in BY_PATH:
            yield from self._paths(_arguments(call, BY_PATH[name], LOCATED), call, scope, name)
        elif _is_search_path(call.func):
            yield from self._paths(call.args, call, scope, "sys.path")

    def importer(self, function: ast.expr, scope: Scope, depth: int = 0) -> str:
        """Return the importing call that an expression stands for, under whatever name; "" for none."""
        named = terminal(function)
        if named in BY_NAME:
            return named
        if depth > ALIASES:
            return ""
        match function:
            case ast.Name(id=name):
                return self._bound_importer(name, scope, depth)
            case ast.Attribute(attr=name):
                return self._first_importer(self.scopes.attributes.get(name, ()), depth)
            case ast.IfExp(body=first, orelse=second):
                return self._first_importer([(first, scope), (second, scope)], depth)
        return self._made(function, scope, depth)

    def _bound_importer(self, name: str, scope: Scope, depth: int) -> str:
        origin = self.scopes.imports.get(name)
        if origin and origin.member in BY_NAME:
            return origin.member
        values, home = self.scopes.binding(name, scope) or ([], scope)
        return self._first_importer([(value, home) for value in values], depth)

    def _made(self, function: ast.expr, scope: Scope, depth: int) -> str:
        """Return the importing call behind `partial(…)`, `getattr(…)` or a table of functions."""
        match function:
            case ast.Call(func=made, args=[first, *rest]) if terminal(made) in ("partial", "getattr", "staticmethod"):
                named = [text.value for text in self.texts.all_of(rest[:1], scope)]
                return next((n for n in named if n in BY_NAME), "") or self.importer(first, scope, depth + 1)
            case ast.Subscript(slice=ast.Constant(value=str() as name)) if name in BY_NAME:
                return name
        return ""

    def _first_importer(self, values: Iterable[tuple[ast.expr, Scope]], depth: int) -> str:
        return next((how for value, home in values if (how := self.importer(value, home, depth + 1))), "")

    def _helper(self, function: ast.expr) -> Helper | None:
        match function:
            case ast.Name(id=name):
                origin = self.scopes.imports.get(name)
                return self.elsewhere.helper(origin) if origin and origin.member else None
            case ast.Attribute(value=ast.Name(id=module), attr=name) if origin := self.scopes.imports.get(module):
                inside = f"{origin.module}.{origin.member}" if origin.member else origin.module
                return self.elsewhere.helper(Import(inside, name)) or self._method(name)
            case ast.Attribute(attr=name):
                return self._method(name)
        return None

    def _method(self, name: str) -> Helper | None:
        """Return an importing method of that name in any file that this one imports from."""
        if name not in self._methods:
            own = name in self.scopes.called_as.values()
            found = (self.elsewhere.helper(Import(module, name)) for module in ([] if own else self._origins))
            self._methods[name] = next(filter(None, found), None)
        return self._methods[name]

    def _modules(self, arguments: Iterable[ast.expr], call: ast.Call, scope: Scope, how: str) -> Iterator[Reference]:
        texts = self.texts.all_of(arguments, scope)
        known = [text for text in texts if text.value and not text.value.startswith(HOLE)]
        if not known and self.importer(call.func, scope):
            self.unknown.append(call.lineno)
        for text in known:
            line = text.line or call.lineno
            told = f"by {how}" + (f" on line {call.lineno}" if line != call.lineno else "")
            yield from self._module(text.value.partition(":")[0], call, scope, Reference(line, "", "dynamic", told))

    def _module(self, name: str, call: ast.Call, scope: Scope, at: Reference) -> Iterator[Reference]:
        if not name.startswith("."):
            yield Reference(at.line, known_part(name), at.kind, at.how)
            return
        level = len(name) - len(name.lstrip("."))
        packages = [text.value for text in self.texts.all_of(_arguments(call, 1, PACKAGE), scope)]
        for package in packages:
            if not package.startswith(HOLE):
                above = package.split(".")[: len(package.split(".")) - level + 1]
                yield Reference(at.line, known_part(".".join([*above, name.lstrip(".")])), at.kind, at.how)
        if all(package.startswith(HOLE) for package in packages):
            yield Reference(at.line, name, at.kind, at.how, (), place(self.path, level, known_part(name.lstrip("."))))

    def _paths(self, arguments: Iterable[ast.expr], call: ast.AST, scope: Scope, how: str) -> Iterator[Reference]:
        line = getattr(call, "lineno", 0)
        for text in self.texts.all_of(arguments, scope):
            if text.value.strip(HOLE + "./"):
                yield Reference(text.line or line, text.value, "path", f"by {how}")

    def _code(self, call: ast.Call, scope: Scope, how: str) -> Iterator[Reference]:
        for text in self.texts.all_of(call.args[:1], scope):
            if text.value.endswith(".py"):
                yield Reference(text.line or call.lineno, text.value, "path", f"by {how}")
            else:
                yield from self._executed(text, call.lineno, how)

    def _executed(self, text: Text, line: int, how: str) -> Iterator[Reference]:
        if "import" not in text.value:
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text.value.replace(HOLE, "_").strip())
        except (SyntaxError, ValueError, RecursionError):
            return
        inner = [*references(tree, self.path), *Flow(Scopes(tree), self.path, self.elsewhere).references()]
        for found in inner:
            yield Reference(text.line or line, found.name, "dynamic", f"by {how}", found.members, found.place)

    def _assignments(self) -> Iterator[Reference]:
        """Give what assignments to `sys.path` and to `pytest_plugins` lead to."""
        for target, value, scope in self.scopes.assigned:
            if _is_sys_path(target) or (isinstance(target, ast.Subscript) and _is_sys_path(target.value)):
                yield from self._paths([value], value, scope, "sys.path")
            elif terminal(target) == "pytest_plugins":
                for text in self.texts.of(value, scope):
                    yield Reference(text.line or value.lineno, known_part(text.value), "dynamic", "by pytest_plugins")


def strings(scopes: Scopes, dynamic: Iterable[Reference]) -> list[Reference]:
    """Return the texts that look like a module's path and flow into no importing call; docstrings are left out."""
    taken = {reference.line for reference in dynamic}
    return sorted(
        Reference(node.lineno, node.value.partition(":")[0], "string", "a text")
        for node in scopes.texts
        if isinstance(node.value, str) and node.lineno not in taken and _looks_like_module(node.value)
    )


def _looks_like_module(text: str) -> bool:
    return bool(DOTTED.fullmatch(text)) and not FILE.fullmatch(text)


def known_part(name: str) -> str:
    """Return what is known of a name before its first hole."""
    return name.partition(HOLE)[0].rstrip(".")


def _arguments(call: ast.Call, index: int, keywords: Collection[str]) -> list[ast.expr]:
    """Return what a call hands over at this position, or by one of these keywords."""
    named = [keyword.value for keyword in call.keywords if keyword.arg is None or keyword.arg in keywords]
    stars = [argument for argument in call.args[:index] if isinstance(argument, ast.Starred)]
    return [*call.args[index : index + 1], *stars, *named]


def _nameable(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


def _is_sys_path(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "path" and terminal(node.value) == "sys"


def _is_search_path(function: ast.expr) -> bool:
    fills = isinstance(function, ast.Attribute) and function.attr in ("insert", "append", "extend")
    return fills and isinstance(function, ast.Attribute) and _is_sys_path(function.value)
