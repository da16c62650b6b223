"""Which texts an expression can be: constants joined, formatted, listed and looked up, with holes for the unknown."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

from pytest_coordguard.facts.imports.scopes import Import, Scope, Scopes, argument_of, terminal
from pytest_coordguard.facts.imports.targets import HOLE

LIMIT = 400  # texts of one expression; a file that builds more is followed no further
DEPTH = 60  # expressions within expressions
STEPS = 4000  # expressions looked at for one question
JOINED = 64  # combinations of the parts of one joined text
FIELD = re.compile(r"\{[^{}]*\}|%[-#0 +]*\d*(?:\.\d+)?[sdr]|%\(\w+\)s")
UNCHANGED = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "swapcase"})
PATHLIKE = frozenset({"join", "joinpath", "Path", "PurePath", "PosixPath", "abspath", "realpath"})


@dataclass(frozen=True, slots=True)
class Text:
    """A text that an expression can be."""

    value: str  # with HOLE where it is known at run time alone
    line: int  # where its first known part stands; 0: nowhere in this file


ITEMS = (ast.Tuple, ast.List, ast.Set, ast.ListComp)
UNKNOWN = Text(HOLE, 0)
Elsewhere = Callable[[Import], Iterable[str]]  # the texts of a name of another file


class Texts:
    """Evaluates the expressions of one file, backwards from where they are used. Order and branches do not count."""

    def __init__(self, scopes: Scopes, elsewhere: Elsewhere) -> None:
        self.scopes = scopes
        self.elsewhere = elsewhere
        self.reached: set[tuple[ast.AST, str]] = set()  # the parameters that the last questions led to
        self._open: set[int] = set()
        self._known: dict[int, list[Text]] = {}
        self._circular = False  # the answer being made leaves out what leads back to itself
        self._steps = 0

    def of(self, expression: ast.expr, scope: Scope) -> list[Text]:
        """Return the texts that an expression can be; of a container, those of its items."""
        key = id(expression)
        if key in self._known:
            return self._known[key]
        self._steps = self._steps + 1 if self._open else 0
        if key in self._open or len(self._open) > DEPTH or self._steps > STEPS:
            self._circular = True
            return []
        return self._answer(expression, scope, key)

    def _answer(self, expression: ast.expr, scope: Scope, key: int) -> list[Text]:
        """Evaluate, and remember the answer when nothing circular was left out of it."""
        before, self._circular = self._circular, False
        self._open.add(key)
        try:
            rule = self.RULES.get(type(expression))
            found = list(dict.fromkeys(rule(self, expression, scope) if rule else [UNKNOWN]))[:LIMIT]
        finally:
            self._open.discard(key)
        if not self._circular:
            self._known[key] = found
        self._circular = before or (self._circular and bool(self._open))
        return found

    def all_of(self, expressions: Iterable[ast.expr], scope: Scope) -> list[Text]:
        """Return the texts of all these, one after the other."""
        return [text for expression in expressions for text in self.of(expression, scope)]

    def _constant(self, node: ast.Constant, _: Scope) -> list[Text]:
        return [Text(node.value, node.lineno)] if isinstance(node.value, str) else []

    def _joined(self, node: ast.JoinedStr, scope: Scope) -> list[Text]:
        return concatenated([self.of(part, scope) or [UNKNOWN] for part in node.values])

    def _formatted(self, node: ast.FormattedValue, scope: Scope) -> list[Text]:
        return self.of(node.value, scope)

    def _operation(self, node: ast.BinOp, scope: Scope) -> list[Text]:
        left, right = self.of(node.left, scope), self.of(node.right, scope)
        match node.op:
            case ast.Add() if self._holds_items(node.left, scope) or self._holds_items(node.right, scope):
                return [*left, *right]
            case ast.Add():
                return concatenated([left or [UNKNOWN], right or [UNKNOWN]])
            case ast.Div():
                return concatenated([left or [UNKNOWN], [Text("/", 0)], right or [UNKNOWN]])
            case ast.Mod():
                values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
                return self._filled(left, values, scope)
        return [*left, *right]

    def _filled(self, formats: Iterable[Text], values: list[ast.expr], scope: Scope) -> list[Text]:
        """Return formats with their fields filled in turn; a field that has no known value is a hole."""
        found: list[Text] = []
        for text in formats:
            parts: list[list[Text]] = []
            rest = iter(values)
            for index, piece in enumerate(re.split(f"({FIELD.pattern})", text.value)):
                value = next(rest, None) if index % 2 else None
                known = self.of(value, scope) if value is not None else []
                parts.append((known or [UNKNOWN]) if index % 2 else [Text(piece, text.line)])
            found += concatenated(parts)
        return found

    def _holds_items(self, node: ast.expr, scope: Scope) -> bool:
        if isinstance(node, ast.Name):
            known = self.scopes.binding(node.id, scope)
            return any(isinstance(value, ITEMS) for value in (known[0] if known else []))
        return isinstance(node, ITEMS) or (isinstance(node, ast.Call) and terminal(node.func) in ("list", "tuple"))

    def _items(self, node: ast.Tuple | ast.List | ast.Set, scope: Scope) -> list[Text]:
        return self.all_of(node.elts, scope)

    def _dict(self, node: ast.Dict, scope: Scope) -> list[Text]:
        return self.all_of([*filter(None, node.keys), *node.values], scope)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope) -> list[Text]:
        return self.of(node.elt, scope)

    def _dict_comprehension(self, node: ast.DictComp, scope: Scope) -> list[Text]:
        return self.all_of([node.key, node.value], scope)

    def _either(self, node: ast.IfExp, scope: Scope) -> list[Text]:
        return self.all_of([node.body, node.orelse], scope)

    def _any(self, node: ast.BoolOp, scope: Scope) -> list[Text]:
        return self.all_of(node.values, scope)

    def _inner(self, node: ast.NamedExpr | ast.Starred | ast.Await, scope: Scope) -> list[Text]:
        return self.of(node.value, scope)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> list[Text]:
        if isinstance(node.slice, ast.Constant) and isinstance(node.value, ast.Name):
            known = self.scopes.binding(node.value.id, scope)
            for value in known[0] if known else []:
                if isinstance(value, ast.Dict) and known and len(known[0]) == 1:
                    return self.all_of(_picked(value, node.slice.value), scope)
        return self.of(node.value, scope)

    def _name(self, node: ast.Name, scope: Scope) -> list[Text]:
        known = self.scopes.binding(node.id, scope)
        if known is None:
            return self._imported(self.scopes.imports.get(node.id), node.lineno)
        values, home = known
        found = self.all_of(values, home)
        if node.id in home.parameters:
            found += self._handed(home.owner, node.id)
        return found

    def _handed(self, function: ast.AST, parameter: str) -> list[Text]:
        """Return what the calls in this file hand to a parameter; any other file may hand it anything."""
        self.reached.add((function, parameter))
        name = self.scopes.called_as.get(function, "")
        found: list[Text] = []
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or not name:
            return [UNKNOWN]
        for call, scope in self.scopes.by_callee.get(name, ()):
            found += self.all_of(argument_of(call, function.args, parameter), scope)
        for call, scope in self.scopes.handed_over.get(name, ()):
            found += self.all_of([a for a in call.args if terminal(a) != name], scope)
        return found or [UNKNOWN]

    def _imported(self, origin: Import | None, line: int) -> list[Text]:
        values = self.elsewhere(origin) if origin else ()
        return [Text(value, line) for value in values] or [UNKNOWN]

    def _attribute(self, node: ast.Attribute, scope: Scope) -> list[Text]:
        if node.attr in ("value", "name") and isinstance(node.value, ast.Attribute):
            return self.of(node.value, scope)  # of an Enum's member
        if isinstance(node.value, ast.Name) and (origin := self.scopes.imports.get(node.value.id)):
            inside = f"{origin.module}.{origin.member}" if origin.member else origin.module
            return self._imported(Import(inside, node.attr), node.lineno)
        bound = self.scopes.attributes.get(node.attr, ())
        return [text for value, home in bound for text in self.of(value, home)] or [UNKNOWN]

    def _call(self, node: ast.Call, scope: Scope) -> list[Text]:
        name = terminal(node.func)
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(receiver, ast.Constant) and isinstance(receiver.value, str) and name == "join":
            return self._separated(receiver.value, node.args, scope)
        if receiver is not None and name in ("format", "replace", "split", *UNCHANGED):
            return self._method(name, self.of(receiver, scope), node, scope)
        if name in PATHLIKE:
            first = [receiver] if name == "joinpath" and receiver is not None else []
            return self._separated("/", [ast.Tuple([*first, *node.args], ast.Load())], scope)
        if name in self.scopes.returned:
            return [text for value, home in self.scopes.returned[name] for text in self.of(value, home)]
        inside = [receiver] if receiver is not None else []
        return [*self.all_of([*inside, *node.args, *(k.value for k in node.keywords)], scope), UNKNOWN]

    def _separated(self, separator: str, arguments: list[ast.expr], scope: Scope) -> list[Text]:
        """Return the items of one container with the separator between them."""
        parts: list[list[Text]] = []
        for item in (e for a in arguments for e in self._elements(a, scope)):
            parts += [[Text(separator, 0)]] if parts else []
            parts.append(self.of(item, scope) or [UNKNOWN])
        return concatenated(parts) if parts else [UNKNOWN]

    def _elements(self, container: ast.expr, scope: Scope) -> list[ast.expr]:
        if isinstance(container, ast.Name):
            known = self.scopes.binding(container.id, scope)
            container = known[0][0] if known and len(known[0]) == 1 else container
        return container.elts if isinstance(container, ast.Tuple | ast.List) else []

    def _method(self, name: str, texts: list[Text], node: ast.Call, scope: Scope) -> list[Text]:
        """Return what a method of texts makes of them."""
        if name == "format":
            return self._filled(texts, [*node.args, *(keyword.value for keyword in node.keywords)], scope)
        if name in UNCHANGED:
            return texts if node.args else [Text(getattr(text.value, name)(), text.line) for text in texts]
        return _exchanged(name, texts, node.args)

    RULES: ClassVar[dict[type[ast.expr], Callable[..., list[Text]]]] = {
        ast.Constant: _constant,
        ast.JoinedStr: _joined,
        ast.FormattedValue: _formatted,
        ast.BinOp: _operation,
        ast.Tuple: _items,
        ast.List: _items,
        ast.Set: _items,
        ast.Dict: _dict,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.DictComp: _dict_comprehension,
        ast.IfExp: _either,
        ast.BoolOp: _any,
        ast.NamedExpr: _inner,
        ast.Starred: _inner,
        ast.Await: _inner,
        ast.Subscript: _subscript,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Call: _call,
    }  # fmt: skip


def concatenated(parts: list[list[Text]]) -> list[Text]:
    """Return the joined texts of all combinations, JOINED of them at most."""
    found = []
    for count, combination in enumerate(product(*parts)):
        if count >= JOINED:
            break
        line = next((text.line for text in combination if text.line), 0)
        found.append(Text("".join(text.value for text in combination), line))
    return found


def _picked(table: ast.Dict, key: object) -> Iterator[ast.expr]:
    for name, value in zip(table.keys, table.values, strict=True):
        if not isinstance(name, ast.Constant) or name.value == key:
            yield value


def _exchanged(name: str, texts: list[Text], arguments: list[ast.expr]) -> list[Text]:
    """Return `replace` or `split` of texts, as they are when its arguments are not constant."""
    given = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if len(given) != len(arguments) or (name == "replace" and len(given) != 2):  # noqa: PLR2004
        return texts
    if name == "replace":
        return [Text(text.value.replace(given[0], given[1]), text.line) for text in texts]
    separator = (given[0] or None) if given else None
    return [Text(part, text.line) for text in texts for part in text.value.split(separator)]
