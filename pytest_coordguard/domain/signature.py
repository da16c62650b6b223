"""What a guardrail may be told by a plan: its parameters, from the function itself or from its source."""

from __future__ import annotations

import ast
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_coordguard.domain.ask import Ask
from pytest_coordguard.domain.ask_type import AskType
from pytest_coordguard.domain.auth_type import AuthType
from pytest_coordguard.domain.guardrail import described, violation_name
from pytest_coordguard.domain.parameters import RepoFile, RepoPath, Seconds
from pytest_coordguard.domain.record_type import Key
from pytest_coordguard.domain.service import Auth
from pytest_coordguard.domain.shadow.reference import Reference, ReferenceType
from pytest_coordguard.domain.slo import Slo, Traffic
from pytest_coordguard.domain.slo_type import SloType, TrafficType
from pytest_coordguard.domain.text_types import SECONDS, TEXT, path
from pytest_coordguard.domain.value_types import (
    Anything,
    Choice,
    Either,
    ListOf,
    MapOf,
    Nothing,
    Number,
    Truth,
    ValueType,
)

RESERVED = ("text", "gates", "check", "tests")  # keys of every criterion, which no parameter can have
FIXTURES = frozenset(
    ["repo", "evidence", "plan", "change", "pull", "view", "clashes", "docket", "monitoring", "service", "tmp_path"]
)

_FILE = path(RepoFile, "a file inside the repository, as docs/api.json")
_PATHS = path(RepoPath, "a file, folder or glob inside the repository, as src/ or docs/**/*.md")
_SIMPLE: dict[str, ValueType] = {
    "str": TEXT,
    "int": Number(whole=True),
    "float": Number(),
    "bool": Truth(),
    "None": Nothing(),
    "RepoFile": _FILE,
    "RepoPath": _PATHS,
    "Seconds": SECONDS,
    "Slo": SloType(),
    "Traffic": TrafficType(),
    "Ask": AskType(),
    "Auth": AuthType(),
    "Reference": ReferenceType(),
    "list": ListOf(Anything()),
    "dict": MapOf(Anything()),
}
_TYPES: dict[Any, ValueType] = {
    str: TEXT,
    int: _SIMPLE["int"],
    float: _SIMPLE["float"],
    bool: _SIMPLE["bool"],
    type(None): _SIMPLE["None"],
    RepoFile: _FILE,
    RepoPath: _PATHS,
    Seconds: SECONDS,
    Slo: SloType(),
    Traffic: TrafficType(),
    Ask: AskType(),
    Auth: AuthType(),
    Reference: ReferenceType(),
}


class SignatureError(TypeError):
    """A guardrail that no plan could call as it is written."""


@dataclass(frozen=True, slots=True)
class CheckSignature:
    """One check, as the plan reader needs to know it."""

    check: str  # as "openapi.valid"
    remedy: str = ""
    doc: str = ""  # the first line of the guardrail's docstring
    parameters: Mapping[str, Key] = field(default_factory=dict)
    violations: tuple[str, ...] = ()  # names of the faults that the same file plants for it; from a source alone


def signature_of(function: Callable[..., Any], fixtures: frozenset[str] = FIXTURES) -> CheckSignature:
    """Return the signature of a guardrail function.

    An argument is a fixture when its name is in `fixtures` and it has no default: pytest passes those alone.

    Raises:
        TypeError: the function is no guardrail.
        SignatureError: a parameter has the name of a key that every criterion has, or a type that is not there.

    """
    known = described(function)
    hints = _hints(function)
    keys = {
        name: Key(_type_of(hints.get(name, Any)), required=required, default=None if required else parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and not ((required := parameter.default is parameter.empty) and name in fixtures)
    }
    return _checked(
        CheckSignature(known.check, known.remedy, _first_line(inspect.getdoc(function)), keys), function.__name__
    )


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except (NameError, AttributeError, SyntaxError, TypeError) as error:
        name = f"{function.__module__}.{function.__qualname__}"
        raise SignatureError(
            f"{name}: its types cannot be read ({error}); meant: names imported at run time"
        ) from error


def _type_of(hint: object) -> ValueType:
    if hint in _TYPES:
        return _TYPES[hint]
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return Choice(inner)
    if origin in (typing.Union, types.UnionType):
        return Either(tuple(map(_type_of, inner)))
    if origin in (list, tuple) or hint in (list, tuple):
        return ListOf(_type_of(inner[0]) if inner else Anything())
    if origin is dict or hint is dict:
        return MapOf(_type_of(inner[1]) if inner else Anything())
    return Anything()


def signatures_in(source: str, file: str, fixtures: frozenset[str] = FIXTURES) -> list[CheckSignature]:
    """Return the signatures of the guardrails in a repository's own source, which is neither imported nor run.

    What cannot be known from the text alone is not held against a plan: an annotation of another kind takes any value,
    and an argument with neither annotation nor default may be a fixture, so that no plan has to give it.

    Raises:
        SignatureError: the source is no Python, or a guardrail's check name is not written out; says file and line.

    """
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 0
        raise SignatureError(f"{file}:{line}: not readable as Python ({error}); meant: a file of guardrails") from error
    found: list[CheckSignature] = []
    constants, planted = _constants(tree), _violations(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = [call for each in node.decorator_list if (call := _call_of(each, "guardrail"))]
            made = [_from_source(node, call, file, fixtures, constants) for call in calls]
            found += [replace(each, violations=planted.get(node.name, ())) for each in made]
    return found


def _violations(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Return function of a guardrail -> the names of its violations, as `guardrail.violation` gives them."""
    found: dict[str, tuple[str, ...]] = {}
    for node in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
        for each in node.decorator_list:
            call = _call_of(each, "violation")
            if call and call.args and isinstance(call.args[0], ast.Name):
                of = call.args[0].id
                found[of] = (*found.get(of, ()), violation_name(node.name))
    return found


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the names that the module gives a value at its top, once: a check's name is often that of its rule too."""
    given = [
        (target.id, node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    names = [name for name, _ in given]
    return {name: value for name, value in given if names.count(name) == 1}


def _call_of(node: ast.expr, wanted: str) -> ast.Call | None:
    """Return the decorator when it is `@guardrail(…)` or `@module.guardrail(…)`, for the wanted "guardrail"."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return node if name == wanted else None


def _from_source(
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    call: ast.Call,
    file: str,
    fixtures: frozenset[str],
    constants: Mapping[str, ast.expr],
) -> CheckSignature:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    name = call.args[0] if call.args else given.get("check")
    check = _literal(constants.get(name.id) if isinstance(name, ast.Name) else name)
    if not isinstance(check, str):
        raise SignatureError(
            f'{file}:{call.lineno}: a guardrail without its check name; meant: @guardrail("area.property", …)'
        )
    keys = {
        argument.arg: _key(argument.annotation, default)
        for argument, default in _arguments(node.args)
        if not (default is None and argument.arg in fixtures)
    }
    signature = CheckSignature(
        check, str(_literal(given.get("remedy")) or ""), _first_line(ast.get_docstring(node)), keys
    )
    return _checked(signature, f"{file}:{node.lineno}: {node.name}")


def _arguments(arguments: ast.arguments) -> list[tuple[ast.arg, ast.expr | None]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    return [
        *zip(positional, [*defaults, *arguments.defaults], strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]


def _key(annotation: ast.expr | None, default: ast.expr | None) -> Key:
    required = default is None and annotation is not None
    return Key(_type_in(annotation), required=required, default=_literal(default))


def _type_in(node: ast.expr | None) -> ValueType:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _type_in(_parsed(node.value))
    if isinstance(node, ast.Constant) and node.value is None:
        return Nothing()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return Either((*_options(node.left), *_options(node.right)))
    if isinstance(node, ast.Subscript):
        return _subscripted(_name(node.value), node.slice)
    return _SIMPLE.get(_name(node), Anything()) if node else Anything()


def _options(node: ast.expr) -> tuple[ValueType, ...]:
    found = _type_in(node)
    return found.options if isinstance(found, Either) else (found,)


def _subscripted(name: str, inner: ast.expr) -> ValueType:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Literal":
        values = tuple(_literal(part) for part in parts)
        return Choice(values) if None not in values else Anything()
    if name == "Optional":
        return Either((*_options(parts[0]), Nothing()))
    if name == "Union":
        return Either(tuple(option for part in parts for option in _options(part)))
    if name in ("list", "List", "tuple", "Sequence"):
        return ListOf(_type_in(parts[0]))
    if name in ("dict", "Dict", "Mapping") and len(parts) > 1:
        return MapOf(_type_in(parts[1]))
    return _type_in(parts[0]) if name == "Annotated" else Anything()


def _name(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else str(getattr(node, "id", ""))


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _literal(node: ast.expr | None) -> object:
    """Return the value that is written there, None when it has to be computed."""
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _checked(signature: CheckSignature, where: str) -> CheckSignature:
    if taken := [name for name in signature.parameters if name in RESERVED]:
        raise SignatureError(
            f"{where} has a parameter {taken[0]!r}, which is a key of every criterion; meant: another name"
        )
    return signature


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]
