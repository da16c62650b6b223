"""Blocks that catch a test's own failure."""

from __future__ import annotations

import ast

from pytest_coordguard.facts.vacuity.module import own_nodes
from pytest_coordguard.facts.vacuity.scope import Net

_BROAD = {"Exception", "BaseException"}
_LOUD = {"fail", "skip", "xfail", "exit", "_exit", "skipTest", "abort", "set_exception", "importorskip"}
_QUIET_ROOTS = {"print", "str", "repr", "type", "len", "log", "logger", "logging", "_logger", "LOG", "LOGGER"}
_QUIET_ROOTS |= {"traceback", "warnings", "time", "sys", "asyncio", "format", "isinstance", "getattr", "pprint", "json"}
_QUIET_METHODS = {"append", "add", "get", "format", "join", "update", "extend", "items", "close", "rollback", "write"}


def net_of_try(node: ast.Try) -> Net | None:
    """Return what this `try` catches without a word; None when all that fails in it is heard of."""
    if any(isinstance(inner, ast.Return | ast.Break | ast.Continue) for s in node.finalbody for inner in _with(s)):
        words = f"`finally` that leaves the block at line {node.finalbody[0].lineno}"
        return Net(catches_assertions=True, catches_errors=True, catches_all=True, words=words)
    assertion = _first(node, {"AssertionError", *_BROAD})
    error = _first(node, _BROAD)
    everything = _first(node, {"BaseException"})
    quiet = [handler for handler in (assertion, error, everything) if handler is not None and _is_quiet(handler)]
    if not quiet:
        return None
    return Net(assertion in quiet, error in quiet, everything in quiet, _words(quiet[0]))


def net_of_suppress(call: ast.Call) -> Net | None:
    """Return what `contextlib.suppress(...)` catches; None when no failed assertion is among it."""
    names = {_name(argument) for argument in call.args}
    if not names & {"AssertionError", *_BROAD}:
        return None
    words = f"`with {ast.unparse(call)}` at line {call.lineno}"
    return Net(
        catches_assertions=True,
        catches_errors=bool(names & _BROAD),
        catches_all="BaseException" in names,
        words=words,
    )


def _first(node: ast.Try, names: set[str]) -> ast.ExceptHandler | None:
    """Return the handler that gets an exception of the kind that all of these names catch."""
    return next((handler for handler in node.handlers if _caught(handler) & names), None)


def _caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {_name(kind) for kind in kinds}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_quiet(handler: ast.ExceptHandler) -> bool:
    return not any(_is_loud(node) for statement in handler.body for node in _with(statement))


def _with(node: ast.AST) -> list[ast.AST]:
    return [node, *own_nodes(node)]


def _is_loud(node: ast.AST) -> bool:
    """Tell whether this may let the failure be known: a raise, an assertion, a call of which nothing is known."""
    if isinstance(node, ast.Raise | ast.Assert | ast.Yield | ast.YieldFrom):
        return True
    return isinstance(node, ast.Call) and not _is_quiet_call(node)


def _is_quiet_call(call: ast.Call) -> bool:
    parts = ast.unparse(call.func).split(".")
    if parts[-1] in _LOUD:
        return False
    return parts[0] in _QUIET_ROOTS or (len(parts) > 1 and parts[-1] in _QUIET_METHODS)


def _words(handler: ast.ExceptHandler) -> str:
    head = "except" if handler.type is None else f"except {ast.unparse(handler.type)}"
    head += f" as {handler.name}" if handler.name else ""
    body = ast.unparse(handler.body[0]).splitlines()[0] if len(handler.body) == 1 else "..."
    return f"`{head}: {body}` at line {handler.lineno}"
