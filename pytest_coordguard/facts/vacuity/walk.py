"""Reads statements in order: what binds, what branches, what catches, what claims."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pytest_coordguard.facts.vacuity import levels, mocks
from pytest_coordguard.facts.vacuity.calls import EXPECTING, Calls
from pytest_coordguard.facts.vacuity.levels import Level
from pytest_coordguard.facts.vacuity.module import Function, own_nodes
from pytest_coordguard.facts.vacuity.nets import net_of_suppress, net_of_try
from pytest_coordguard.facts.vacuity.scope import Claim, Known, Net, Patch, Scope
from pytest_coordguard.facts.vacuity.truth import compares_with_itself, is_empty, truth
from pytest_coordguard.facts.vacuity.values import root_of

CONSTANTS = "asserts only constants"


class Walker(Calls):
    """Reads the statements of a test and of the helpers that it calls."""

    def block(self, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """Read statements in order; tell whether what follows them is out of reach."""
        for position, node in enumerate(body):
            if self.statement(node, scope):
                self._unreached(body[position + 1 :])
                return True
        return False

    def statement(self, node: ast.stmt, scope: Scope) -> bool:
        """Read one statement."""
        read = getattr(self, f"_{type(node).__name__.lower()}_", None)
        if read is not None:
            return bool(read(node, scope))
        self._parts(node, scope)
        return False

    def _unreached(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            for node in [statement, *own_nodes(statement)]:
                if isinstance(node, ast.Assert):
                    self.claims.append(Claim(node.lineno, Level.FIXED, "is never reached", 2))

    # claims

    def _claim(self, node: ast.AST, level: Level, why: str, *, is_outcome: bool = False) -> None:
        line = getattr(node, "lineno", 0)
        caught = self._net(is_outcome=is_outcome)
        if caught is not None and level >= Level.AMBIENT:
            self.claims.append(Claim(line, Level.FIXED, f"catches its own failure: {caught.words}", 0))
        else:
            self.claims.append(Claim(line, level, why, 1 if self.mock else 3))

    def _net(self, *, is_outcome: bool) -> Net | None:
        nets = (net for net in self.path.nets if (net.catches_all if is_outcome else net.catches_assertions))
        return next(nets, None)

    def _fails(self, node: ast.AST, *, is_outcome: bool = False) -> None:
        reached = self.path.is_conditional or not self.path.control
        self._claim(node, Level.LIVE if reached else Level.OWN, "fails only on constants", is_outcome=is_outcome)

    def _quits(self) -> None:
        if not self.path.control and not self.path.nets:
            self.quits = True

    quits = False

    def _assert_(self, node: ast.Assert, scope: Scope) -> None:
        verdict, self.mock = truth(node.test), ""
        level = self.level(node.test, scope)
        if verdict is False:
            self._fails(node)
            return
        named = any(isinstance(inner, ast.Name) for inner in ast.walk(node.test))
        if self.path.is_conditional and named:
            level = Level.LIVE
        self._claim(node, Level.FIXED if verdict else level, self._why(node.test))
        self.level(node.msg, scope)

    def _why(self, node: ast.AST) -> str:
        if self.mock:
            return f"replaces the code under test: `{self.mock}` and asserts only what the mock was told to return"
        if isinstance(node, ast.expr) and compares_with_itself(node):
            return f"compares a thing with itself: `{ast.unparse(node)}`"
        if isinstance(node, ast.Tuple):
            return "asserts a tuple, which is always true"
        parts = node.args if isinstance(node, ast.Call) else [node]
        fixed = not any(isinstance(inner, ast.Name | ast.Call) for part in parts for inner in ast.walk(part))
        if fixed or (isinstance(node, ast.expr) and truth(node)):
            return f"{CONSTANTS}: `{'' if isinstance(node, ast.Call) else 'assert '}{ast.unparse(node)}`"
        return "asserts only what the test itself made"

    def _raise_(self, node: ast.Raise, scope: Scope) -> bool:
        self.highest([node.exc, node.cause], scope)
        self._fails(node)
        return True

    # names

    def bind(self, target: ast.expr, level: Level, scope: Scope, value: ast.expr | None = None) -> None:
        """Note what a target is bound to, and what hangs on whether that happens."""
        if self.path.is_conditional or (self.path.trials and self.runs):
            level = Level.LIVE
        if isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self.bind(element, level, scope, value)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, level, scope, value)
        elif isinstance(target, ast.Name):
            self._bind_name(target, level, scope, value)
        elif isinstance(target, ast.Attribute | ast.Subscript):
            self._bind_part(target, level, scope, value)

    def _bind_name(self, target: ast.Name, level: Level, scope: Scope, value: ast.expr | None) -> None:
        known = self._bound_at(target, target.id, level, scope)
        known.mock = self.mock or known.mock
        if isinstance(value, ast.Call) and len(known.sites) == 1:
            known.built_by = self._made_by(value, scope)
        if isinstance(value, ast.Lambda) and level is not Level.LIVE:
            known.level = max(known.level, Level.OWN)
        if value is not None and known.level > level:
            self.share(value, scope, known.level)

    def _bound_at(self, node: ast.AST, name: str, level: Level, scope: Scope) -> Known:
        """Return the name's entry with this binding added; a name bound twice is no longer one function or import."""
        known = scope.slot(name)
        known.sites.add(id(node))
        if len(known.sites) > 1 and (known.dotted or known.built_by or known.code):
            level = Level.LIVE
            known.dotted, known.built_by, known.code = "", "", None
        known.level = max(known.level, level)
        return known

    def _bind_part(self, target: ast.Attribute | ast.Subscript, level: Level, scope: Scope, value: ast.expr | None):  # type: ignore[no-untyped-def]
        if isinstance(target, ast.Subscript):
            level = max(level, self.level(target.slice, scope))
        root = root_of(target)
        found = scope.find(root.id) if root else None
        if found is None or root is None:
            return
        if level is Level.LIVE:
            self.unpatch(found[0])
        if found[0].dotted == "self":
            self._bind_own(target, level)
        elif found[0].dotted:
            self._replace(target, level, scope, value)
        elif not found[1].is_module and found[0].code is None:
            if found[0].level is Level.LIVE and value is not None:
                self._replace(target, level, scope, value)
            found[0].level = max(found[0].level, level)

    def _bind_own(self, target: ast.expr, level: Level) -> None:
        first = target
        while isinstance(first, ast.Attribute | ast.Subscript) and not isinstance(first.value, ast.Name):
            first = first.value
        if isinstance(first, ast.Attribute):
            known = self.attributes.slot(first.attr)
            known.level = max(known.level, level)
            known.mock = self.mock or known.mock

    def _replace(self, target: ast.expr, level: Level, scope: Scope, value: ast.expr | None) -> None:
        """Read `shop.total = Mock(return_value=3)`: a patch by hand."""
        if value is None:
            return
        self.share(value, scope)
        if isinstance(target, ast.Attribute) and level is not Level.LIVE:
            keys = frozenset({f"text:{ast.unparse(target)}", self.dotted(target, scope)})
            is_mock = self._makes_mock(value, scope) or target.attr in ("return_value", "side_effect")
            self.apply(Patch(keys, max(level, Level.OWN), f"{ast.unparse(target)} = {ast.unparse(value)}", is_mock))

    def _assign_(self, node: ast.Assign, scope: Scope) -> None:
        self.mock = ""
        pairs = [(t, node.value) for t in node.targets]
        if len(node.targets) == 1 and (split := _pairs(node.targets[0], node.value)):
            pairs = split
        for target, value in pairs:
            self.bind(target, self.level(value, scope), scope, value)

    def _annassign_(self, node: ast.AnnAssign, scope: Scope) -> None:
        self.mock = ""
        if node.value is not None:
            self.bind(node.target, self.level(node.value, scope), scope, node.value)

    def _augassign_(self, node: ast.AugAssign, scope: Scope) -> None:
        self.mock = ""
        self.bind(node.target, max(self.level(node.value, scope), self.level(node.target, scope)), scope, node.value)

    def _import_(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self._imported(alias, name, alias.name if alias.asname else name, scope)

    def _importfrom_(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            origin = f"{'.' * node.level}{node.module or ''}.{alias.name}"
            self._imported(alias, alias.asname or alias.name, origin, scope)

    def _imported(self, node: ast.alias, name: str, origin: str, scope: Scope) -> None:
        if (patch := self.path.patches.get(origin)) is not None:
            self.mock = patch.words
            self._bound_at(node, name, Level.OWN, scope).mock = patch.words
            return
        level = levels.level_of(origin, self.first_party)
        if level is Level.LIVE:
            if not levels.is_standard(origin, self.first_party):
                self._runs(node, touches=False)
            if self.path.is_conditional:
                origin = ""
        self._bound_at(node, name, level, scope).dotted = origin

    def _functiondef_(self, node: Function, scope: Scope) -> None:
        self._define(node, scope)
        if not scope.is_module and self.highest(node.decorator_list, scope) is Level.LIVE:
            self._runs(node)
            self._reference(Known(code=node, home=scope))
            self.follow(node, scope, {})

    _asyncfunctiondef_ = _functiondef_

    def _classdef_(self, node: ast.ClassDef, scope: Scope) -> None:
        self._define(node, scope)
        bases = [*node.decorator_list, *node.bases]
        if not scope.is_module and self.highest(bases, scope) is Level.LIVE:
            self._reference(Known(code=node, home=scope))

    def _define(self, node: Function | ast.ClassDef, scope: Scope) -> None:
        known = scope.slot(node.name)
        known.sites.add(id(node))
        if len(known.sites) > 1 and known.code is not node and not isinstance(known.code, Function):
            known.level, known.code, known.dotted = Level.LIVE, None, ""
            return
        known.code, known.home = node, scope

    def _global_(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        scope.outer.update(node.names)

    _nonlocal_ = _global_

    # branches

    def _under(self, level: Level, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """Read statements that run only under a condition of this level; a patch made there ends there."""
        patches = dict(self.path.patches)
        self.path.control.append(level)
        ended = self.block(body, scope)
        self.path.control.pop()
        self.path.patches = patches
        return ended

    def _if_(self, node: ast.If, scope: Scope) -> bool:
        verdict, level = truth(node.test), self.level(node.test, scope)
        if verdict is not None:
            taken, dead = (node.body, node.orelse) if verdict else (node.orelse, node.body)
            self._unreached(dead)
            return self.block(taken, scope)
        first = self._under(level, node.body, scope)
        return self._under(level, node.orelse, scope) and first

    def _while_(self, node: ast.While, scope: Scope) -> bool:
        if truth(node.test) is False:
            self._unreached(node.body)
            return self.block(node.orelse, scope)
        level = self.level(node.test, scope)
        self._under(level, node.body, scope)
        self._under(level, node.orelse, scope)
        return False

    def _for_(self, node: ast.For | ast.AsyncFor, scope: Scope) -> bool:
        if is_empty(node.iter):
            self._unreached(node.body)
            return self.block(node.orelse, scope)
        level = self.level(node.iter, scope)
        if level is Level.LIVE:
            self._runs(node)
        self.bind(node.target, level, scope)
        self._under(level, node.body, scope)
        self._under(level, node.orelse, scope)
        return False

    _asyncfor_ = _for_

    def _match_(self, node: ast.Match, scope: Scope) -> None:
        level = self.level(node.subject, scope)
        for case in node.cases:
            for inner in ast.walk(case.pattern):
                name = getattr(inner, "name", None) or getattr(inner, "rest", None)
                if isinstance(name, str):
                    self._bound_at(inner, name, max(level, Level.OWN), scope)
            self._under(max(level, self.level(case.guard, scope)), case.body, scope)

    def _try_(self, node: ast.Try, scope: Scope) -> bool:
        net, before = net_of_try(node), len(self.runs)
        self.path.nets += [net] if net else []
        self.path.trials += 1
        ended = self.block(node.body, scope)
        self.path.trials -= 1
        if net:
            self.path.nets.remove(net)
        level = Level.LIVE if len(self.runs) > before else Level.OWN
        for handler in node.handlers:
            if handler.name:
                self._bound_at(handler, handler.name, level, scope)
            ended = self._under(level, handler.body, scope) and ended
        self._under(level, node.orelse, scope)
        return self.block(node.finalbody, scope) or ended

    _trystar_ = _try_

    def _return_(self, node: ast.Return, scope: Scope) -> bool:
        level = self.level(node.value, scope)
        scope.returns = max(scope.returns, Level.LIVE if self._hangs else level)
        if len(self.path.active) == 1 and isinstance(node.value, ast.Compare):
            self.claims.append(Claim(node.lineno, Level.FIXED, "returns a comparison that nothing asserts", 4))
        return self._jump_(node, scope)

    @property
    def _hangs(self) -> bool:
        return self.path.is_conditional or bool(self.path.trials and self.runs)

    def _jump_(self, node: ast.stmt, scope: Scope) -> bool:
        del node, scope
        self.path.jumped = self.path.jumped or self._hangs
        return True

    _break_ = _continue_ = _jump_

    def _yield(self, node: ast.Yield | ast.YieldFrom, scope: Scope) -> Level:
        level = self.level(node.value, scope)
        scope.returns = max(scope.returns, level)
        return Level.LIVE if len(self.path.active) > 1 else Level.OWN

    _yieldfrom = _yield

    # with

    def _with_(self, node: ast.With | ast.AsyncWith, scope: Scope) -> bool:
        patches, nets, trials = dict(self.path.patches), list(self.path.nets), self.path.trials
        before, expected = len(self.runs), []
        for item in node.items:
            level = self._enter(item, scope)
            if self._expects(item.context_expr, scope):
                expected.append(item)
            elif item.optional_vars is not None:
                self.bind(item.optional_vars, level, scope)
                self._pass_on(item, scope)
        ended = self.block(node.body, scope)
        self.path.patches, self.path.nets, self.path.trials = patches, nets, trials
        for item in expected:
            self._expected(item, scope, ran=len(self.runs) > before)
        return ended and not expected and len(nets) == len(self.path.nets) and trials == self.path.trials and False

    _asyncwith_ = _with_

    def _enter(self, item: ast.withitem, scope: Scope) -> Level:
        call = item.context_expr
        path = self.dotted(call.func, scope) if isinstance(call, ast.Call) else ""
        if isinstance(call, ast.Call) and path == "contextlib.suppress":
            net = net_of_suppress(call)
            self.path.nets += [net] if net else []
            self.path.trials += 1
            return Level.FIXED
        if isinstance(call, ast.Call) and (patch := mocks.patch_call(call, path)) is not None:
            self.apply(self.patch(patch, scope))
            return Level.AMBIENT
        if isinstance(call, ast.Call) and self._expects(call, scope):
            self.path.trials += 1
            return self.highest([*call.args, *(k.value for k in call.keywords)], scope)
        level = self.level(call, scope)
        if level is Level.LIVE:
            self._runs(item.context_expr)
            self.path.trials += 1
        return level

    def _pass_on(self, item: ast.withitem, scope: Scope) -> None:
        """Let `with monkeypatch.context() as patch:` patch as `monkeypatch` does."""
        path = self.dotted(item.context_expr.func, scope) if isinstance(item.context_expr, ast.Call) else ""
        if isinstance(item.optional_vars, ast.Name) and path.endswith(("monkeypatch.context", "MonkeyPatch.context")):
            scope.slot(item.optional_vars.id).dotted = "monkeypatch"

    def _expects(self, call: ast.expr, scope: Scope) -> bool:
        if not isinstance(call, ast.Call):
            return False
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        if name not in EXPECTING:
            return False
        path = self.dotted(call.func, scope)
        return path.startswith(("pytest.", "self.")) or not path or path.startswith("unittest")

    def _expected(self, item: ast.withitem, scope: Scope, *, ran: bool) -> None:
        """Judge a block that must raise: it depends on the repository when any of its code ran there."""
        level = Level.LIVE if ran else Level.OWN
        if item.optional_vars is not None:
            self.bind(item.optional_vars, level, scope)
        self.mock = ""
        is_outcome = not ast.unparse(item.context_expr).startswith("self.")
        self._claim(item.context_expr, level, "expects only what the test itself raises", is_outcome=is_outcome)

    # functions of this file

    def follow(self, code: Function, home: Scope, arguments: dict[str, Known]) -> Level:
        """Read a function's body as if it were called here; return what it gives back."""
        scope = self.spaces.setdefault(id(code), Scope(home))
        patches, jumped, control = dict(self.path.patches), self.path.jumped, self.path.control
        self.path.active.append(code)
        self._bind_arguments(code, home, scope, arguments)
        self.block(code.body, scope)
        self.path.active.pop()
        self.path.patches, self.path.jumped, self.path.control = patches, jumped, control
        return scope.returns

    def _bind_arguments(self, code: Function, home: Scope, scope: Scope, arguments: dict[str, Known]) -> None:
        names = code.args
        every = [*names.posonlyargs, *names.args, *names.kwonlyargs, *filter(None, (names.vararg, names.kwarg))]
        positional = [*names.posonlyargs, *names.args]
        defaults = dict(zip([a.arg for a in reversed(positional)], reversed(names.defaults), strict=False))
        defaults |= {a.arg: d for a, d in zip(names.kwonlyargs, names.kw_defaults, strict=True) if d}
        for argument in every:
            name = argument.arg
            given = arguments.get(name)
            if given is None:
                given = Known(self.level(defaults[name], home) if name in defaults else Level.OWN)
            known = self._bound_at(argument, name, given.level, scope)
            known.mock = given.mock or known.mock
            known.dotted = given.dotted or known.dotted
            known.code, known.home = given.code or known.code, given.home or known.home


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Return `a, b = x, y` as two assignments."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        if not any(isinstance(e, ast.Starred) for e in (*target.elts, *value.elts)):
            return list(zip(target.elts, value.elts, strict=True))
    return []
