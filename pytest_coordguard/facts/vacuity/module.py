"""A test file as data: its functions, its classes, and where a test's node id leads."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeGuard

Function = ast.FunctionDef | ast.AsyncFunctionDef
Code = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda

TEST_CASES = frozenset(
    {"object", "TestCase", "unittest.TestCase", "IsolatedAsyncioTestCase", "unittest.IsolatedAsyncioTestCase"}
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a piece of code names, and whether it can claim anything."""

    names: frozenset[str]  # those that it declares nonlocal or global among them
    claims: bool


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed test file."""

    path: str
    tree: ast.Module
    classes: tuple[ast.ClassDef, ...]
    rebound: frozenset[str]  # globals that some function declares `global`, so that any call may change them
    given_away: set[int] = field(default_factory=set)  # ids of code that the file itself hands to the repository
    _mentions: dict[int, Mentions] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The module's own name: `test_shop`."""
        return PurePosixPath(self.path).stem

    def mentions(self, code: Code) -> Mentions:
        """Return what this code of the file names; looked up once."""
        if id(code) not in self._mentions:
            nodes = list(ast.walk(code))
            names = {node.id for node in nodes if isinstance(node, ast.Name)}
            names |= {name for node in nodes if isinstance(node, ast.Nonlocal | ast.Global) for name in node.names}
            claims = any(isinstance(node, ast.Assert | ast.Raise) for node in nodes)
            self._mentions[id(code)] = Mentions(frozenset(names), claims)
        return self._mentions[id(code)]


@dataclass(frozen=True, slots=True)
class Test:
    """One definition of a test, with the classes it lives in: the one named first, then its known bases."""

    function: Function
    classes: tuple[ast.ClassDef, ...] = ()
    open_bases: bool = False  # a base class comes from elsewhere

    def method(self, name: str) -> Function | None:
        """Return the method that `self.name` leads to, when it is written in this file."""
        return next((f for c in self.classes for f in reversed(list(_functions(c.body))) if f.name == name), None)

    @property
    def methods(self) -> Iterator[Function]:
        """All methods of the class and of those of its bases that are written here."""
        return (function for cls in self.classes for function in _functions(cls.body))


def parsed(path: str, text: str) -> Module | None:
    """Return the file as data; None where it is no Python of this interpreter's version."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    rebound = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    classes = tuple(node for node in _statements(tree.body) if isinstance(node, ast.ClassDef))
    return Module(path, tree, classes, frozenset(rebound))


def definitions(module: Module, test: str) -> list[Test]:
    """Return what `test_x` or `TestClass::test_x` can mean here: the last definition, or all conditional ones."""
    *outer, name = test.partition("[")[0].split("::")
    body: list[ast.stmt] = module.tree.body
    classes: tuple[ast.ClassDef, ...] = ()
    closed = True
    for class_name in outer:
        nested = [node for node in _statements(body) if isinstance(node, ast.ClassDef)] if classes else module.classes
        found = _last(nested, class_name)
        if found is None:
            return []
        classes, closed = _lineage(found, module)
        body = found.body
    if classes:
        return _methods(classes, name, open_bases=not closed)
    return [Test(function) for function in _named(body, name)]


def expected(module: Module) -> Iterator[tuple[int, str]]:
    """Yield line and name, as `test_x` or `TestX::test_y`, of what pytest collects here by its own rules.

    Left out: what stands under a condition, fixtures, and classes that say that they are no tests or are deleted.
    """
    deleted = {
        ast.unparse(target) for node in module.tree.body if isinstance(node, ast.Delete) for target in node.targets
    }
    for node in module.tree.body:
        if _is_test(node):
            yield node.lineno, node.name
        elif isinstance(node, ast.ClassDef) and node.name not in deleted and _holds_tests(node):
            yield from ((method.lineno, f"{node.name}::{method.name}") for method in node.body if _is_test(method))


def first_lines(function: Function) -> range:
    """Return the lines that Python may call a function's first: its decorators' or its own."""
    return range(min([function.lineno, *(one.lineno for one in function.decorator_list)]), function.lineno + 1)


def _is_test(node: ast.stmt) -> TypeGuard[Function]:
    if not isinstance(node, Function) or not node.name.startswith("test_"):
        return False
    return not any("fixture" in (text := ast.unparse(one)) or text == "property" for one in node.decorator_list)


def _holds_tests(cls: ast.ClassDef) -> bool:
    case = cls.name.startswith("Test") or any(ast.unparse(base).endswith("TestCase") for base in cls.bases)
    return case and not any(
        ast.unparse(node) == "__test__ = False" for node in cls.body if isinstance(node, ast.Assign)
    )


def _methods(classes: tuple[ast.ClassDef, ...], name: str, *, open_bases: bool) -> list[Test]:
    for cls in classes:
        if found := _named(cls.body, name):
            return [Test(function, classes, open_bases) for function in found]
    return []


def _named(body: list[ast.stmt], name: str) -> list[Function]:
    plain = [node for node in body if isinstance(node, Function) and node.name == name]
    return plain[-1:] or [node for node in _functions(body) if node.name == name]


def _last(nodes: Sequence[ast.ClassDef], name: str) -> ast.ClassDef | None:
    return next((node for node in reversed(nodes) if node.name == name), None)


def _lineage(cls: ast.ClassDef, module: Module) -> tuple[tuple[ast.ClassDef, ...], bool]:
    """Return the class with its bases in this file, and whether that is all there is to know."""
    line, closed, todo = [], True, [cls]
    while todo:
        current = todo.pop(0)
        line.append(current)
        closed = closed and not current.keywords
        for base in current.bases:
            known = _last(module.classes, base.id) if isinstance(base, ast.Name) else None
            if known is not None and known not in line:
                todo.append(known)
            elif ast.unparse(base) not in TEST_CASES:
                closed = False
    return tuple(line), closed


def _functions(body: list[ast.stmt]) -> Iterator[Function]:
    return (node for node in _statements(body) if isinstance(node, Function))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield these statements and those below `if`, `try` and `with`, which bind names at the same level."""
    for node in body:
        yield node
        for inner in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from _statements(getattr(node, inner, []))


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes below this one, without the bodies of functions and classes defined there."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Code):
            yield from own_nodes(child)
