"""What a file's import statements refer to, and under which circumstances. A syntax tree in, references out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

TYPING = ("typing", "typing_extensions")
FLAG = "TYPE_CHECKING"


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One mention of another module."""

    line: int  # 1-based
    name: str  # dotted, as written: "candidate.core", "..candidate"; of a file: its path, HOLE where unknown
    kind: str  # import, try, function, type-checking, relative, stub, dynamic, path, string, text, link
    how: str = ""  # for a person: "in function load", "by import_module on line 12"
    members: tuple[str, ...] = ()  # what `from name import …` takes out of it
    place: str = ""  # of a relative import: the path that it means, relative to the root, without suffix


@dataclass(frozen=True, slots=True)
class Context:
    """The statements around an import."""

    function: str = ""
    in_try: bool = False
    type_checking: bool = False
    stub: bool = False
    optional: bool = False  # that it fails to import is caught, or is what a test waits for
    in_class: bool = False
    script: bool = False  # under `if __name__ == "__main__"`

    @property
    def kind(self) -> str:
        if self.type_checking:
            return "type-checking"
        if self.stub:
            return "stub"
        if self.function:
            return "function"
        return "try" if self.in_try else "import"

    @property
    def how(self) -> str:
        parts = [f"in function {self.function}" if self.function else "", "under try" if self.in_try else ""]
        return ", ".join(filter(None, [*parts, f"under {FLAG}" if self.type_checking else ""])) or "at module level"


def references(tree: ast.Module, path: str) -> list[Reference]:
    """Return what the import statements of the file `path` refer to, by line."""
    found: list[Reference] = []
    for statement, context in placed(tree, stub=path.endswith(".pyi")):
        if isinstance(statement, ast.Import):
            found += [Reference(statement.lineno, a.name, context.kind, context.how) for a in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            found.append(_from(statement, path, context))
    return sorted(found)


def placed(tree: ast.Module, *, stub: bool = False) -> Iterator[tuple[ast.stmt, Context]]:
    """Give every statement of a file, at any depth, with what stands around it; not in their order."""
    flags = _flags(tree)
    # A stack, not recursion: generated files hold chains of a thousand `elif`.
    waiting: list[tuple[list[ast.stmt], Context]] = [(tree.body, Context(stub=stub))]
    while waiting:
        statements, context = waiting.pop()
        for statement in statements:
            yield statement, context
            if isinstance(statement, COMPOUND):
                waiting.extend(_branches(statement, context, flags))


COMPOUND = (
    ast.If, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While,
    ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match,
)  # fmt: skip


def _from(statement: ast.ImportFrom, path: str, context: Context) -> Reference:
    members = tuple(alias.name for alias in statement.names)
    name = statement.module or ""
    if not statement.level:
        return Reference(statement.lineno, name, context.kind, context.how, members)
    kind = context.kind if context.type_checking else "relative"
    dotted = "." * statement.level + name
    return Reference(statement.lineno, dotted, kind, context.how, members, place(path, statement.level, name))


def place(path: str, level: int, name: str) -> str:
    """Return the path that a relative import in the file `path` means; one that leads too far up stays at the top."""
    folders = path.split("/")[:-1]
    folders = folders[: max(0, len(folders) - (level - 1))]
    return "/".join([*folders, *filter(None, name.split("."))])


def _branches(statement: ast.stmt, context: Context, flags: frozenset[str]) -> Iterator[tuple[list[ast.stmt], Context]]:
    match statement:
        case ast.If(test=test, body=body, orelse=orelse):
            then, otherwise = _type_checking(test, flags)
            inside = replace(context, script=True) if _is_main(test) else context
            yield body, replace(inside, type_checking=True) if then else inside
            yield orelse, replace(context, type_checking=True) if otherwise else context
        case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
            yield body, replace(context, function=name)
        case ast.ClassDef(body=body):
            yield body, replace(context, in_class=True)
        case ast.Try() | ast.TryStar():
            inside = replace(context, in_try=True)
            caught = replace(inside, optional=True) if _catches(statement) else inside
            yield statement.body, caught
            yield statement.orelse, inside
            yield statement.finalbody, inside
            yield from ((handler.body, caught) for handler in statement.handlers)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            expected = any(_names(item.context_expr) & CAUGHT for item in items)
            yield body, replace(context, optional=True) if expected else context
        case ast.Match(cases=cases):
            yield from ((case.body, context) for case in cases)
        case _:
            yield getattr(statement, "body", []), context
            yield getattr(statement, "orelse", []), context


CAUGHT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def _catches(statement: ast.Try | ast.TryStar) -> bool:
    """Tell whether a `try` goes on when an import in it fails: a handler that only raises again does not."""
    handlers = [h for h in statement.handlers if h.type is None or _names(h.type) & CAUGHT]
    return bool(handlers) and not all(isinstance(handler.body[-1], ast.Raise) for handler in handlers)


def _names(expression: ast.expr) -> set[str]:
    """Return all names in an expression: those of `suppress(ImportError)`, of `(KeyError, ImportError)`."""
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(expression)
        if isinstance(node, ast.Name | ast.Attribute)
    }


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and {"__name__", "'__main__'"} == {
        ast.unparse(part) for part in (test.left, *test.comparators)
    }


def _type_checking(test: ast.expr, flags: frozenset[str]) -> tuple[bool, bool]:
    """Tell of the two branches of an `if` whether only a type checker enters them."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        then, otherwise = _type_checking(test.operand, flags)
        return otherwise, then
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_type_checking(value, flags)[0] for value in test.values), False
    return ast.unparse(test) in flags if isinstance(test, ast.Name | ast.Attribute) else False, False


def _flags(tree: ast.Module) -> frozenset[str]:
    """Return the expressions that mean `typing.TYPE_CHECKING` in this file.

    A flag of that name which the file sets to anything but False is none: its branch runs.
    """
    flags, rebound = set(), set()
    for statement in tree.body:
        match statement:
            case ast.ImportFrom(module=module, level=0) if module in TYPING:
                flags |= {alias.asname or alias.name for alias in statement.names if alias.name == FLAG}
            case ast.Import():
                flags |= {f"{a.asname or a.name}.{FLAG}" for a in statement.names if a.name in TYPING}
            case ast.Assign(targets=targets, value=value):
                names = {ast.unparse(target) for target in targets if isinstance(target, ast.Name | ast.Attribute)}
                false = isinstance(value, ast.Constant) and value.value is False
                flags |= names & {FLAG} if false else set()
                rebound |= set() if false else names
    return frozenset(flags - rebound)
