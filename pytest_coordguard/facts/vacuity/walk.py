"""Reads statements in order: what branches, what catches, what claims."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pytest_coordguard.facts.vacuity import mocks
from pytest_coordguard.facts.vacuity.calls import EXPECTING
from pytest_coordguard.facts.vacuity.levels import Level
from pytest_coordguard.facts.vacuity.module import Function, own_nodes
from pytest_coordguard.facts.vacuity.names import Names
from pytest_coordguard.facts.vacuity.nets import net_of_suppress, net_of_try
from pytest_coordguard.facts.vacuity.scope import Claim, Known, Net, Scope
from pytest_coordguard.facts.vacuity.truth import compares_with_itself, is_empty, truth
from pytest_coordguard.facts.vacuity.values import UNCALLED

CONSTANTS = "asserts only constants"


class Walker(Names):
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
                    self.claims.append(Claim(node.lineno, Level.FIXED, "has an assertion that is never reached", 2))

    # claims

    def _claim(self, node: ast.AST, level: Level, why: str, *, is_outcome: bool = False) -> None:
        line = getattr(node, "lineno", 0)
        caught = self._net(is_outcome=is_outcome)
        if caught is not None and level >= Level.AMBIENT:
            self.claims.append(Claim(line, Level.FIXED, f"catches its own failure: {caught.words}", 0))
        else:
            self.claims.append(Claim(line, level, why, 5 if why == UNCALLED else 1 if self.mock else 3))

    def _net(self, *, is_outcome: bool) -> Net | None:
        nets = (net for net in self.path.nets if (net.catches_all if is_outcome else net.catches_assertions))
        return next(nets, None)

    def _fails(self, node: ast.AST, *, is_outcome: bool = False) -> None:
        reached = self.path.is_conditional or self.runs or not self.path.control
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
        parts = node.args if isinstance(node, ast.Call) and ".assert" in ast.unparse(node.func) else [node]
        fixed = not any(isinstance(inner, ast.Name | ast.Call) for part in parts for inner in ast.walk(part))
        if fixed or (isinstance(node, ast.expr) and truth(node)):
            return f"{CONSTANTS}: `{'' if isinstance(node, ast.Call) else 'assert '}{ast.unparse(node)}`"
        return "asserts only what the test itself made"

    def _raise_(self, node: ast.Raise, scope: Scope) -> bool:
        self.highest([node.exc, node.cause], scope)
        self._fails(node)
        return True

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
        patterns = [inner for case in node.cases for inner in ast.walk(case.pattern)]
        classes = [inner.cls for inner in patterns if isinstance(inner, ast.MatchClass)]
        level = max(self.level(node.subject, scope), self.highest(classes, scope))
        if level is Level.LIVE:
            self._runs(node)
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
        scope.returns = max(scope.returns, Level.LIVE if self.hangs else level)
        if len(self.path.active) == 1 and isinstance(node.value, ast.Compare):
            self.claims.append(Claim(node.lineno, Level.FIXED, "returns a comparison that nothing asserts", 4))
        return self._jump_(node, scope)

    def _jump_(self, node: ast.stmt, scope: Scope) -> bool:
        del node, scope
        self.path.jumped = self.path.jumped or self.hangs
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
                self.bind(item.optional_vars, level, scope, item.context_expr)
                self._pass_on(item, scope)
        ended = self.block(node.body, scope)
        self.path.patches, self.path.nets, self.path.trials = patches, nets, trials
        for item in expected:
            self._expected(item, scope, ran=len(self.runs) > before)
        del ended  # what follows may be reached all the same, when the block's manager catches
        return False

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
        return not path or path.startswith(("pytest.", "self.", "unittest"))

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
