"""One Python file as units with names (functions, classes, assignments), and what its imports stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_coordguard.facts.imports.references import place
from pytest_coordguard.facts.imports.scopes import Import

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Unit:
    """What a name at the top of a file is bound to; "" is the rest of the module."""

    path: str
    name: str
    nodes: tuple[ast.stmt, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The arguments of a function: a fixture gets other fixtures by them."""
        found: list[str] = []
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = node.args
                found += [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        return tuple(found)


@dataclass(slots=True)
class Module:
    """The units of a file and its imports, wherever in the file they stand."""

    path: str
    units: dict[str, Unit] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    fixtures: frozenset[str] = frozenset()

    @property
    def statements(self) -> list[ast.stmt]:
        """The statements at the top of the file that a name is bound to."""
        return [statement for unit in self.units.values() for statement in unit.nodes]

    @classmethod
    def of(cls, tree: ast.Module, path: str) -> Module:
        """Return a file's module."""
        bound: dict[str, list[ast.stmt]] = {}
        for statement in _statements(tree.body):
            for name in _names(statement):
                bound.setdefault(name, []).append(statement)
        units = {name: Unit(path, name, tuple(nodes)) for name, nodes in bound.items()}
        fixtures = frozenset(
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_fixture(node)
        )
        return cls(path, units, _imports(tree), fixtures)

    def dotted(self, node: ast.expr) -> str:
        """Return the full name of an expression, as `datetime.datetime.now`, "" when it is none."""
        match node:
            case ast.Name(id=name):
                known = self.imports.get(name)
                return ".".join(filter(None, (known.module, known.member))) if known else name
            case ast.Attribute(value=value, attr=attr):
                before = self.dotted(value)
                return f"{before}.{attr}" if before else ""
            case ast.Call(func=function, args=[ast.Constant(value=str() as name), *_]):
                return name if self.dotted(function) in ("__import__", "importlib.import_module") else ""
            case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str() as attr), *_]):
                return self.dotted(ast.Attribute(value, attr))
        return ""


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements at the top of a file, those under `if` and `try` among them."""
    for statement in body:
        if isinstance(statement, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, part, []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)
        else:
            yield statement


def _names(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            found = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
            return found or [""]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Import() | ast.ImportFrom():
            return []
    return [""]


def _imports(tree: ast.Module) -> dict[str, Import]:
    found: dict[str, Import] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found.update({alias.asname or alias.name: Import(module, alias.name) for alias in node.names})
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                found[alias.asname or name] = Import(name)
    return found


def _is_fixture(node: Function) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)


def absolute(module: str, path: str) -> tuple[str, str | None]:
    """Return a module's name without leading dots, and the path that a relative one stands for."""
    level = len(module) - len(module.lstrip("."))
    name = module.lstrip(".")
    return name, place(path, level, name) if level else None
