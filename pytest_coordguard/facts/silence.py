"""Handlers that swallow exceptions, in a syntax tree. Tree in, places out; nothing is judged.

A handler is *broad* when it catches everything or nearly: bare, `Exception`, `BaseException`, or a tuple with one of
them. A broad handler is *silent* when nobody can learn from what it does that something went wrong: it does none of

- raise, on any path;
- read the exception that it bound (`except … as error`), as in `errors.append(error)` or `return Failed(str(error))`;
- log or print with context: `.exception(…)`, `exc_info`, a traceback, or a value beside a constant text;
- call what by its name tells, records or ends (`record_failure()`, `capture_exception()`, `sys.exit()`);
- return, yield or assign what by its words is an error, or its status (`return Response(503)`, `failed = True`).

A narrow handler, as `except KeyError`, is a decision about that very fault. It is *empty* when its body does nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

BROAD = frozenset({"Exception", "BaseException"})
LOGS = frozenset({"debug", "info", "warning", "warn", "error", "critical", "fatal", "log", "print", "write", "echo"})
TELLS = re.compile(
    r"exception|traceback|print_exc|exc_info|report|record|notif|alert|capture|track|emit|audit|publish|fail|abort|exit"
    r"|error|handle|metric|counter|gauge|^inc$|observe|skip|rollback|reject|on_err|set_result|fallthrough|trip",
    re.IGNORECASE,
)
ERROR = re.compile(
    r"err(?:or|s|$|_)|fail|exc(?:eption)?(?:$|_)|invalid|unavailable|unhealthy|degraded|denied|reject|timeout|broken"
    r"|crash|problem|critical",
    re.IGNORECASE,
)
CLEANUP = frozenset({"__del__"})  # what it raises is printed and goes nowhere (Python data model, object.__del__)


@dataclass(frozen=True, slots=True)
class Silence:
    """A place at which exceptions are swallowed."""

    line: int
    function: str  # qualified name of the function around it, "" at the top of a module
    what: str  # in words, as "except Exception: returns None"
    broad: bool
    reason: bool = False  # a comment stands in the handler


@dataclass(frozen=True, slots=True)
class Silences:
    """What was looked at in one file, and what was found."""

    handlers: int
    broad: int
    found: tuple[Silence, ...]


Handlers: TypeAlias = Iterator[tuple[ast.ExceptHandler | ast.With | ast.AsyncWith, str]]


def silences(tree: ast.Module, text: str) -> Silences:
    """Return the silent broad handlers and the empty narrow ones of a file; `text` is read for comments alone."""
    look = _Look(tree, text.split("\n"))
    found: list[Silence] = []
    handlers = broad = 0
    for node, function in _handlers(tree, ""):
        if isinstance(node, ast.ExceptHandler):
            handlers += 1
            is_broad = look.is_broad(node.type)
            broad += is_broad
            found += look.handler(node, function, is_broad=is_broad)
        else:
            found += look.suppressed(node, function)
    return Silences(handlers, broad, tuple(sorted(found, key=lambda one: one.line)))


def _handlers(node: ast.AST, function: str) -> Handlers:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler | ast.With | ast.AsyncWith):
            yield child, function
        inner = function
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{function}.{child.name}".lstrip(".")
        yield from _handlers(child, inner)


class _Look:
    def __init__(self, tree: ast.Module, lines: list[str]) -> None:
        self.lines = lines
        self.aliases = {
            target.id: statement.value
            for statement in tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        self.suppress = _names_of_suppress(tree)

    def is_broad(self, kind: ast.expr | None, depth: int = 0) -> bool:
        match kind:
            case None:
                return True
            case ast.Name(id=name) if name in BROAD:
                return True
            case ast.Attribute(attr=name, value=ast.Name(id="builtins")):
                return name in BROAD
            case ast.Tuple(elts=parts):
                return any(self.is_broad(part, depth) for part in parts)
            case ast.Name(id=name) if name in self.aliases and not depth:
                return self.is_broad(self.aliases[name], depth + 1)
        return False

    def handler(self, node: ast.ExceptHandler, function: str, *, is_broad: bool) -> Iterator[Silence]:
        if function.rpartition(".")[2] in CLEANUP:
            return
        written = f"except {ast.unparse(node.type)}" if node.type else "except"
        if not is_broad:
            if _does_nothing(node.body):
                yield Silence(
                    node.lineno, function, f"{written}: does nothing", broad=False, reason=self._commented(node)
                )
            return
        if not _tells(node):
            said = f"{written}: {_deed(node.body)}"
            yield Silence(node.lineno, function, said, broad=True, reason=self._commented(node))

    def suppressed(self, node: ast.With | ast.AsyncWith, function: str) -> Iterator[Silence]:
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and ast.unparse(call.func) in self.suppress and call.args:
                is_broad = any(map(self.is_broad, call.args))
                words = f"suppress({', '.join(map(ast.unparse, call.args))})"
                yield Silence(node.lineno, function, words, is_broad, self._commented(node))

    def _commented(self, node: ast.ExceptHandler | ast.With | ast.AsyncWith) -> bool:
        """Tell whether a comment with words stands on the lines of a handler, or right above its first statement."""
        last = node.body[0].lineno if isinstance(node, ast.With | ast.AsyncWith) else (node.end_lineno or node.lineno)
        return any(
            re.search(r"#\s*(?!noqa|type:|pragma|pylint|nosec)\w", line) for line in self.lines[node.lineno - 1 : last]
        )


def _names_of_suppress(tree: ast.Module) -> frozenset[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "contextlib":
            found |= {alias.asname or alias.name for alias in node.names if alias.name == "suppress"}
        elif isinstance(node, ast.Import):
            found |= {f"{alias.asname or alias.name}.suppress" for alias in node.names if alias.name == "contextlib"}
    return frozenset(found)


def _does_nothing(body: list[ast.stmt]) -> bool:
    return all(
        isinstance(one, ast.Pass | ast.Continue) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in body
    )


def _tells(handler: ast.ExceptHandler) -> bool:
    return any(_speaks(node, handler.name) for node in _own_nodes(handler.body))


def _own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a body without those of functions defined in it, and of handlers inside it."""
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.ExceptHandler):
            yield from _own_nodes(ast.iter_child_nodes(node))


def _speaks(node: ast.AST, name: str | None) -> bool:
    match node:
        case ast.Raise() | ast.Assert():
            return True
        case ast.Name(id=bound, ctx=ast.Load()):
            return bound == name
        case ast.Call():
            return _call_speaks(node)
    return any(map(_names_error, _handed_on(node)))


def _handed_on(node: ast.AST) -> list[ast.expr]:
    """Return what a statement returns, yields or assigns, and to what."""
    match node:
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
            return [value]
        case ast.Assign(targets=targets, value=value):
            return [*targets, value]
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return [target]
    return []


def _call_speaks(call: ast.Call) -> bool:
    path = ast.unparse(call.func) if isinstance(call.func, ast.Attribute | ast.Name) else ""
    last = path.rpartition(".")[2]
    if last in LOGS:
        return _has_context(call)
    return any(TELLS.search(step) for step in re.split(r"\W+", path)) or (
        "log" in last.lower() and "login" not in last.lower() and _has_context(call)
    )


def _has_context(call: ast.Call) -> bool:
    """Tell whether a message carries more than a constant text."""
    values = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg not in ("file", "err", "flush"))]
    return any(not isinstance(value, ast.Constant) or (value.value is True) for value in values)


def _names_error(value: ast.expr) -> bool:
    """Tell whether the words of an expression, names and texts, are those of an error."""
    for node in ast.walk(value):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.keyword(arg=str() as word):
                if ERROR.search(word):
                    return True
            case ast.Constant(value=str() as word):
                if ERROR.search(word):
                    return True
            case ast.Constant(value=int() as number) if 400 <= number < 600:  # noqa: PLR2004  RFC 9110, 15.5 and 15.6
                return True
    return False


def _deed(body: list[ast.stmt]) -> str:
    """Return in words what a silent handler does."""
    if _does_nothing(body):
        return "does nothing"
    calls = [node for node in _own_nodes(body) if isinstance(node, ast.Call)]
    logs = [ast.unparse(call.func) for call in calls if ast.unparse(call.func).rpartition(".")[2] in LOGS - {"write"}]
    if logs:
        return f"{logs[0]}(…) gives no context: neither the exception nor exc_info nor a value"
    for statement in body:
        if isinstance(statement, ast.Return):
            return f"returns {ast.unparse(statement.value)[:40] if statement.value else 'None'} and tells nobody"
    return "goes on and tells nobody"
