"""Reads expressions: how much of the repository can be in their value."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_coordguard.facts.vacuity import levels
from pytest_coordguard.facts.vacuity.levels import Level
from pytest_coordguard.facts.vacuity.module import Function, Module, Test, own_nodes
from pytest_coordguard.facts.vacuity.scope import Claim, Known, Net, Patch, Path, Scope

UNCALLED = "asserts only in a function that nothing of the repository calls"
STEPS = 30_000  # a test that takes more to follow is left to the runner
DEPTH = 5  # calls of helpers in this file that are followed
MAY_ASSERT = re.compile(
    "assert|check|verif|expect|valid|ensure|should|must|requir|compare|fail|confirm|snapshot|raise|regression",
    re.IGNORECASE,
)


class TooLongError(Exception):
    """The test calls more code of its own file than is worth reading."""


class Values(ABC):
    """Reads expressions of one test. What it learns of names is in the scopes; what ran is noted here."""

    def __init__(self, module: Module, test: Test, first_party: Collection[str]) -> None:
        self.module = module
        self.test = test
        self.first_party = first_party
        self.path = Path()
        self.claims: list[Claim] = []
        self.runs: list[tuple[int, Net | None]] = []  # where repository code runs, and what catches its errors
        self.touched = False  # code of the repository ran, so what is within its reach depends on it
        self.mock = ""  # the last mock that was met in an expression
        self.attributes = Scope()  # of `self`
        self.given_away = set(module.given_away)  # ids of this file's code that the repository may have changed
        self.steps = 0
        self.spaces: dict[int, Scope] = {}

    @property
    def hangs(self) -> bool:
        """Whether it depends on the repository that this point is reached: a condition, or what was raised before."""
        return self.path.is_conditional or bool(self.path.trials and self.runs)

    # what a name is

    def level(self, node: ast.AST | None, scope: Scope) -> Level:
        """Return what the value of this expression can carry, and note what runs on the way."""
        if node is None or isinstance(node, ast.Constant):
            return Level.FIXED
        self.steps += 1
        if self.steps > STEPS:
            raise TooLongError
        read: Callable[[Any, Scope], Level] = getattr(self, f"_{type(node).__name__.lower()}", self._parts)
        return read(node, scope)

    def highest(self, nodes: Iterable[ast.AST | None], scope: Scope) -> Level:
        """Return the level of what is computed from all of these."""
        return max((self.level(node, scope) for node in nodes), default=Level.FIXED)

    def _parts(self, node: ast.AST, scope: Scope) -> Level:
        """Of any other expression: the level of its parts, and no less than OWN for what can be changed."""
        level = self.highest((c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)), scope)
        if level is Level.LIVE and not isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.Set | ast.Starred):
            self._runs(node)
        return max(level, Level.OWN) if isinstance(node, ast.List | ast.Dict | ast.Set) else level

    def _runs(self, node: ast.AST, *, touches: bool = True) -> None:
        nets = [net for net in self.path.nets if net.catches_errors]
        self.runs.append((getattr(node, "lineno", 0), nets[-1] if nets else None))
        self.touched = self.touched or touches

    def dotted(self, node: ast.expr, scope: Scope) -> str:
        """Return the path that this spells through imports: `shop.total`, `builtins.len`; "" for anything else."""
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value, scope)
            return f"{base}.{node.attr}" if base else ""
        if isinstance(node, ast.Call):
            return self._made_by(node, scope)
        if not isinstance(node, ast.Name):
            return ""
        found = scope.find(node.id)
        if found is None:
            return f"builtins.{node.id}" if levels.is_builtin(node.id) else ""
        return found[0].dotted or found[0].built_by

    def _made_by(self, node: ast.Call, scope: Scope) -> str:
        path = self.dotted(node.func, scope)
        return path if path and levels.level_of(path, self.first_party) is Level.LIVE else ""

    def _name(self, node: ast.Name, scope: Scope) -> Level:
        found = scope.find(node.id)
        if found is None:
            known = levels.is_builtin(node.id) and scope.find("*") is None
            return levels.level_of(f"builtins.{node.id}", self.first_party) if known else Level.LIVE
        known_name, home = found
        self.mock = known_name.mock or self.mock
        if patch := self._patch_of_name(node, home):
            self.mock = patch.words
            return max(Level.AMBIENT, patch.level)
        if known_name.code is not None:
            return self._reference(known_name)
        if home.is_module and (known_name.level is Level.OWN and not known_name.dotted):
            return Level.AMBIENT
        if home.is_module and node.id in self.module.rebound:
            return max(Level.AMBIENT, known_name.level)
        return known_name.level

    def _patch_of_name(self, node: ast.Name, home: Scope) -> Patch | None:
        return self.path.patches.get(f"here.{node.id}") if home.is_module else None

    def _reference(self, known: Known) -> Level:
        """A function or class of this file, named but not called here: whoever gets it may call it."""
        code, home = known.code, known.home or Scope()
        if code is None or code in self.path.active:
            return Level.AMBIENT
        mentions = self.module.mentions(code)
        for name in mentions.names:
            found = home.find(name)
            if found and found[0].dotted == "self":
                self.expose()
            elif found and not found[1].is_module and found[0].code is None:
                found[0].level = max(found[0].level, Level.AMBIENT)
        if mentions.claims:
            self._claim(code, Level.AMBIENT, UNCALLED)
        return Level.LIVE if self._is_live(known) else Level.AMBIENT

    def expose(self, level: Level = Level.AMBIENT) -> None:
        """Note that others can set the attributes of `self`."""
        for known in self.attributes.names.values():
            known.level = max(known.level, level)

    def _is_live(self, known: Known) -> bool:
        """Tell whether running this code would run the repository's."""
        code, home = known.code, known.home or Scope()
        if id(code) in self.given_away:
            return True
        if code is None or isinstance(code, ast.Lambda) or len(self.path.active) >= DEPTH:
            return True
        with self.aside() as ran:
            if isinstance(code, ast.ClassDef):
                self._walk_class(code, home)
            elif self.highest(code.decorator_list, home) is Level.LIVE:
                return True
            else:
                self.follow(code, home, {})
        return bool(ran)

    def _walk_class(self, code: ast.ClassDef, home: Scope) -> None:
        if self.highest([*code.bases, *(k.value for k in code.keywords), *code.decorator_list], home) is Level.LIVE:
            self._runs(code)
        self.path.active.append(code)
        inside = Scope(home)
        for statement in code.body:
            if isinstance(statement, Function):
                if self.highest(statement.decorator_list, inside) is Level.LIVE:
                    self._runs(statement)
                inside.slot(statement.name).level = Level.OWN
                self.follow(statement, home, {})
            else:
                self.statement(statement, inside)
        self.path.active.pop()

    @contextmanager
    def aside(self) -> Iterator[list[tuple[int, Net | None]]]:
        """Read something that does not run here: what it would do is given back and not noted."""
        kept = self.claims, self.runs, self.touched, self.path.jumped, self.mock
        self.claims, self.runs = [], []
        try:
            yield self.runs
        finally:
            self.claims, self.runs, self.touched, self.path.jumped, self.mock = kept

    # attributes and subscripts

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Level:
        if patch := self._patched(node, scope):
            self.mock = patch.words
            return max(Level.AMBIENT, patch.level)
        if self._is_self(node.value, scope):
            return self._own_attribute(node)
        path = self.dotted(node, scope)
        if path and self._is_import_path(node, scope):
            level = levels.level_of(path, self.first_party)
            if level is Level.LIVE:
                self._runs(node, touches=False)
            return level
        level = self.level(node.value, scope)
        if level is Level.LIVE:
            self._runs(node)
        return level

    def _is_import_path(self, node: ast.expr, scope: Scope) -> bool:
        root = root_of(node)
        if root is None:
            return False
        found = scope.find(root.id)
        return found is None or found[0].dotted not in ("", "self")

    def _is_self(self, node: ast.expr, scope: Scope) -> bool:
        return isinstance(node, ast.Name) and bool(self.test.classes) and self.dotted(node, scope) == "self"

    def _own_attribute(self, node: ast.Attribute) -> Level:
        known = self.attributes.names.get(node.attr)
        if known is not None and not (self.test.open_bases and known.level is Level.FIXED):
            self.mock = known.mock or self.mock
            return known.level
        if (method := self.test.method(node.attr)) is not None:
            self.expose()
            self._reference(Known(code=method, home=self.module_scope))
        self._runs(node, touches=False)
        return Level.LIVE

    def _patched(self, node: ast.expr, scope: Scope) -> Patch | None:
        """Return the patch in force for this path, or for an attribute on the way to it."""
        current: ast.expr = node
        while isinstance(current, ast.Attribute):
            for key in (f"text:{ast.unparse(current)}", self.dotted(current, scope)):
                if key in self.path.patches:
                    return self.path.patches[key]
            current = current.value
        return None

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Level:
        return self._parts(node, scope)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Level:
        inside = Scope(scope)
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                inside.slot(argument.arg).level = Level.OWN
        level = self.level(node.body, inside)
        self._reference(Known(code=node, home=scope))
        return max(level, Level.AMBIENT) if _names(node.body, scope) else max(level, Level.OWN)

    def _comprehension(self, node: ast.comprehension, scope: Scope) -> Level:
        level = self.level(node.iter, scope)
        self.bind(node.target, level, scope)
        return max(level, self.highest(node.ifs, scope))

    def _listcomp(self, node: ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp, scope: Scope) -> Level:
        inside = Scope(scope)
        level = self.highest(node.generators, inside)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return max(Level.OWN, level, self.highest(parts, inside))

    _setcomp = _dictcomp = _generatorexp = _listcomp

    def _namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Level:
        level = self.level(node.value, scope)
        self.bind(node.target, level, scope)
        return level

    def _await(self, node: ast.Await, scope: Scope) -> Level:
        return self.level(node.value, scope)

    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Level:
        values = (v.value for v in node.values if isinstance(v, ast.FormattedValue))
        return self.highest(values, scope)

    # what other parts of the reader add

    module_scope: Scope

    @abstractmethod
    def _claim(self, node: ast.AST, level: Level, why: str, *, is_outcome: bool = False) -> None: ...

    @abstractmethod
    def bind(self, target: ast.expr, level: Level, scope: Scope, value: ast.expr | None = None) -> None:
        """Note what a target is bound to."""

    @abstractmethod
    def statement(self, node: ast.stmt, scope: Scope) -> bool:
        """Read a statement; tell whether what follows it is out of reach."""

    @abstractmethod
    def follow(self, code: Function, home: Scope, arguments: dict[str, Known]) -> Level:
        """Read the body of a function of this file as if it were called here."""


def root_of(node: ast.expr) -> ast.Name | None:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node if isinstance(node, ast.Name) else None


def _names(node: ast.AST, scope: Scope) -> bool:
    """Tell whether this names anything of the scopes around it."""
    return any(isinstance(inner, ast.Name) and scope.find(inner.id) for inner in [node, *own_nodes(node)])


def names_in(node: ast.AST) -> set[str]:
    """Return all names below this, those in lambdas among them."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
