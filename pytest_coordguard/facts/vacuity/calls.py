"""Reads calls: helpers of the same file, mocks, assertions, and what runs the repository's code."""

from __future__ import annotations

import ast
import unittest
from abc import abstractmethod

from pytest_coordguard.facts.vacuity import levels, mocks
from pytest_coordguard.facts.vacuity.levels import Level
from pytest_coordguard.facts.vacuity.module import Function, own_nodes
from pytest_coordguard.facts.vacuity.scope import Known, Patch, Scope
from pytest_coordguard.facts.vacuity.truth import same_by_name, truth
from pytest_coordguard.facts.vacuity.values import DEPTH, MAY_ASSERT, Values, names_in, root_of

EXPECTING = levels.words(
    "raises warns deprecated_call assertRaises assertRaisesRegex assertWarns assertWarnsRegex assertLogs assertNoLogs"
    " RaisesGroup RaisesExc"
)
# https://docs.python.org/3/library/unittest.html#unittest.TestCase; assertions of other names may be anybody's.
_UNITTEST = frozenset(n for n in dir(unittest.TestCase) if n.startswith(("assert", "fail"))) - {"failureException"}
_QUITTING = frozenset({"skip", "xfail", "exit", "skipTest"})
# They only look at what they are given, so what they are given stays as it was.
_LOOKERS = levels.words(
    "len zip str repr set list tuple dict isinstance enumerate sum any all abs int float bool type round print hasattr"
    " getattr min max sorted reversed range frozenset bytes hash id"
)


class Calls(Values):
    """Reads calls."""

    def _call(self, node: ast.Call, scope: Scope) -> Level:
        known = self._own_code(node.func, scope)
        if known is not None:
            return self._own_call(node, known, scope)
        path = self.dotted(node.func, scope)
        if self._is_assertion(node, path, scope):
            return self._assertion_call(node, scope)
        if mocks.is_mock_maker(path):
            return self._new_mock(node, scope)
        if (patch := mocks.patch_call(node, path)) is not None:
            return self._patching(patch, path, scope)
        return self._other_call(node, path, scope)

    # functions, classes and methods of this file

    def _own_code(self, func: ast.expr, scope: Scope) -> Known | None:
        if isinstance(func, ast.Name):
            found = scope.find(func.id)
            if found and found[0].code is not None and f"here.{func.id}" not in self.path.patches:
                return found[0]
        if isinstance(func, ast.Attribute) and self._is_self(func.value, scope):
            method = self.test.method(func.attr)
            if method is not None and func.attr not in self.attributes.names:
                return Known(code=method, home=self.module_scope)
        return None

    def _own_call(self, node: ast.Call, known: Known, scope: Scope) -> Level:
        code, home = known.code, known.home or scope
        given = self._given(node, scope)
        args = max((value.level for _, value in given), default=Level.FIXED)
        if isinstance(code, Function) and code not in self.path.active and len(self.path.active) < DEPTH:
            result = self._result(code, home, self._bound(node, code, given))
            if isinstance(code, ast.AsyncFunctionDef) or _is_generator(code):
                self._reference(known)  # it runs later, for whoever gets what the call gives back
        else:
            result = max(self._reference(known), args)
            result = Level.OWN if isinstance(code, ast.ClassDef) and result is Level.AMBIENT else result
        if id(code) in self.given_away:
            result = Level.LIVE
        if result is Level.LIVE:
            self._runs(node)
            self._hand_over(node, scope)
        return result

    def _result(self, code: Function, home: Scope, bound: dict[str, Known]) -> Level:
        if self.highest(code.decorator_list, home) is Level.LIVE:
            self._reference(Known(code=code, home=home))
            return Level.LIVE
        return self.follow(code, home, bound)

    def _given(self, node: ast.Call, scope: Scope) -> list[tuple[str | None, Known]]:
        """Return what is passed by position (no name) and by keyword; what is unpacked goes to every parameter."""
        given = [("*" if isinstance(a, ast.Starred) else "", self.known(a, scope)) for a in node.args]
        return [*given, *((k.arg or "*", self.known(k.value, scope)) for k in node.keywords)]

    def known(self, node: ast.expr, scope: Scope) -> Known:
        """Return what is known of a value that goes to a function of this file."""
        before, self.mock = self.mock, ""
        found = scope.find(node.id) if isinstance(node, ast.Name) else None
        code = found[0].code if found else None
        result = Known(self.level(node, scope), mock=self.mock, code=code, home=found[0].home if found else None)
        if found and found[0].dotted in ("self", "monkeypatch", "mocker"):
            result.dotted = found[0].dotted
        self.mock = self.mock or before
        return result

    def _bound(self, node: ast.Call, code: Function, given: list[tuple[str | None, Known]]) -> dict[str, Known]:
        names = [argument.arg for argument in (*code.args.posonlyargs, *code.args.args)]
        bound: dict[str, Known] = {}
        if isinstance(node.func, ast.Attribute) and not self._is_static(code):
            bound[names[0] if names else "self"] = Known(dotted="self")
            names = names[1:]
        spread = max((value.level for name, value in given if name == "*"), default=None)
        positional = [value for name, value in given if name == ""]
        rest = max((value.level for value in positional[len(names) :]), default=Level.OWN)
        extra = [a.arg for a in (code.args.vararg, code.args.kwarg) if a]
        keywords = {name: value for name, value in given if name not in ("", "*", None)}
        every = [*names, *(a.arg for a in code.args.kwonlyargs), *extra]
        if spread is not None:
            bound |= {name: Known(spread) for name in every}
        bound |= dict(zip(names, positional, strict=False)) | {str(k): v for k, v in keywords.items()}
        loose = max((v.level for k, v in keywords.items() if k not in every), default=rest)
        return bound | {name: Known(max(loose, rest, spread or Level.OWN)) for name in extra}

    @staticmethod
    def _is_static(code: Function) -> bool:
        return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in code.decorator_list)

    # assertions

    def _is_assertion(self, node: ast.Call, path: str, scope: Scope) -> bool:
        name = path.rpartition(".")[2] or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        if isinstance(node.func, ast.Attribute) and self._is_self(node.func.value, scope):
            return name in _QUITTING or name in _UNITTEST
        if path.startswith(("pytest.", "_pytest.")):
            return name == "fail" or name in _QUITTING or (name in EXPECTING and len(node.args) > 1)
        return name.startswith("assert") and self._of_tool(node, path)

    def _of_tool(self, node: ast.Call, path: str) -> bool:
        if not path or path.startswith("unittest") or levels.is_tool(path):
            return True
        return isinstance(node.func, ast.Attribute) and node.func.attr.startswith(("assert_called", "assert_any_call"))

    def _assertion_call(self, node: ast.Call, scope: Scope) -> Level:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        if name in _QUITTING:
            self._quits()
        elif name == "fail":
            self._fails(node, is_outcome=not self._is_self(getattr(node.func, "value", node), scope))
        else:
            level = self._asserted(node, scope)
            self._claim(node, level, self._why(node), is_outcome=name in EXPECTING and name[0] != "a")
        return Level.FIXED

    def _asserted(self, node: ast.Call, scope: Scope) -> Level:
        self.mock = ""
        level = self.highest([*node.args, *(k.value for k in node.keywords)], scope)
        if isinstance(node.func, ast.Attribute) and not self._is_import_path(node.func, scope):
            level = max(level, self._subject(node.func.value, scope))
        if level is Level.LIVE and isinstance(node.func, ast.Attribute) and node.func.attr in EXPECTING:
            self._runs(node)
        return Level.FIXED if _is_tautology(node) else level

    def _subject(self, node: ast.expr, scope: Scope) -> Level:
        """Of `mock.assert_called()`: the mock's level; of `self.assertEqual(...)`: nothing."""
        return Level.FIXED if self._is_self(node, scope) else self.level(node, scope)

    # mocks

    def _new_mock(self, node: ast.Call, scope: Scope) -> Level:
        told = [k.value for k in node.keywords if k.arg not in mocks.SHAPES]
        level = max(Level.OWN, self.highest(told, scope))
        self.mock = f"{ast.unparse(node.func)}(...)"
        return level

    def _patching(self, patch: mocks.PatchCall, path: str, scope: Scope) -> Level:
        made = self.patch(patch, scope)
        if path.startswith(("mocker.", "monkeypatch.")):
            self.apply(made)
        return Level.AMBIENT

    def patch(self, patch: mocks.PatchCall, scope: Scope) -> Patch:
        """Return what this puts in place of what. All that the replacement names is within reach from then on."""
        level = self.highest(patch.values, scope)
        for value in patch.values:
            self.share(value, scope)
        if patch.attribute is None:
            keys = {mocks.named_target(patch.target, self.module.stem)}
        else:
            target = patch.target or ast.Constant(None)
            keys = {f"{self.dotted(target, scope)}.{patch.attribute}", f"text:{ast.unparse(target)}.{patch.attribute}"}
        is_mock = patch.new is None or bool(patch.new and self._makes_mock(patch.new, scope))
        return Patch(frozenset(keys), max(level, Level.OWN), patch.words, is_mock, injects=patch.new is None)

    def _makes_mock(self, node: ast.expr, scope: Scope) -> bool:
        return isinstance(node, ast.Call) and mocks.is_mock_maker(self.dotted(node.func, scope))

    def apply(self, patch: Patch) -> None:
        """Put a patch in force for the statements that follow."""
        self.mock = patch.words
        for key in patch.keys:
            if patch.level is Level.LIVE:
                self.path.patches.pop(key, None)
            else:
                self.path.patches[key] = patch

    def share(self, node: ast.AST, scope: Scope, level: Level = Level.AMBIENT) -> None:
        """Note that others can reach what this expression names, and may change it."""
        for name in names_in(node):
            found = scope.find(name)
            if found and found[0].code is not None and level is Level.LIVE:
                self.given_away.add(id(found[0].code))
            if found is None or found[1].is_module or found[0].code is not None:
                continue
            if found[0].dotted == "self":
                self._share_own(node, level)
            elif found[0].level >= Level.OWN and not found[0].dotted:
                found[0].level = max(found[0].level, level)

    def _share_own(self, node: ast.AST, level: Level) -> None:
        if isinstance(node, ast.Name):
            self.expose(level)
        shared = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        for name, known in self.attributes.names.items():
            if name in shared and known.level >= Level.OWN:
                known.level = max(known.level, level)

    # all other calls

    def _other_call(self, node: ast.Call, path: str, scope: Scope) -> Level:
        args = self.highest([*node.args, *(k.value for k in node.keywords)], scope)
        if (patch := self._call_patch(node.func, scope)) is not None:
            self.mock = patch.words
            return patch.level if patch.is_mock else max(Level.AMBIENT, patch.level)
        callee = self._callee(node, path, args, scope)
        self._change_subject(node, args, scope)
        result = max(callee, args)
        if result is Level.LIVE:
            self._repository_call(node, callee, scope)
        elif path.startswith(("monkeypatch.", "mocker.", "os.")):
            self._environment_call(node, scope)
        return max(result, Level.OWN) if callee is not Level.FIXED else result

    def _call_patch(self, func: ast.expr, scope: Scope) -> Patch | None:
        if isinstance(func, ast.Name):
            found = scope.find(func.id)
            return self.path.patches.get(f"here.{func.id}") if found and found[1].is_module else None
        return self._patched(func, scope)

    def _callee(self, node: ast.Call, path: str, args: Level, scope: Scope) -> Level:
        if path == "builtins.open" and args is Level.OWN:
            return Level.OWN  # a file below tmp_path, which the test itself must have written
        if isinstance(node.func, ast.Attribute) and self._is_self(node.func.value, scope):
            of_unittest = hasattr(unittest.TestCase, node.func.attr) and not self.test.open_bases
            return Level.OWN if of_unittest else self.level(node.func, scope)
        return self.level(node.func, scope)

    def _change_subject(self, node: ast.Call, args: Level, scope: Scope) -> None:
        """Note that `results.append(total())` brings the repository into `results`."""
        root = root_of(node.func) if isinstance(node.func, ast.Attribute) else None
        found = scope.find(root.id) if root else None
        level = Level.LIVE if self.hangs else args
        if found and not found[0].dotted and found[0].level >= Level.AMBIENT:
            for argument in (*node.args, *(k.value for k in node.keywords)):
                self.share(argument, scope, found[0].level)
        if level < Level.AMBIENT:
            return
        if found and level is Level.LIVE:
            self.unpatch(found[0])
        if found and found[0].dotted == "self":
            self._change_own(node.func, level)
        elif found and not found[0].dotted and found[0].code is None and not found[1].is_module:
            found[0].level = max(found[0].level, level)

    def unpatch(self, handle: Known) -> None:
        """Note that a patch's mock was told to give something of the repository back."""
        if handle.mock:
            self.path.patches = {k: p for k, p in self.path.patches.items() if p.words != handle.mock}

    def _change_own(self, node: ast.expr, level: Level) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                known = self.attributes.names.get(part.attr)
                if known is not None:
                    known.level = max(known.level, level)

    def _repository_call(self, node: ast.Call, callee: Level, scope: Scope) -> None:
        self._runs(node)
        if callee is not Level.OWN or not (isinstance(node.func, ast.Name) and node.func.id in _LOOKERS):
            self._hand_over(node, scope)
        name = ast.unparse(node.func)
        may_assert = MAY_ASSERT.search(name) or any(k.arg == "check" for k in node.keywords)
        if callee is Level.LIVE and may_assert and not self.path.nets:
            self._claim(node, Level.LIVE, "")

    def _hand_over(self, node: ast.Call, scope: Scope) -> None:
        for argument in (*node.args, *(k.value for k in node.keywords)):
            self.share(argument, scope, Level.LIVE)

    def _environment_call(self, node: ast.Call, scope: Scope) -> None:
        last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if last in mocks.UNDOES:
            self.path.patches.clear()
        for argument in node.args:
            self.share(argument, scope)

    # what the reader of statements adds

    @abstractmethod
    def _claim(self, node: ast.AST, level: Level, why: str, *, is_outcome: bool = False) -> None: ...

    @abstractmethod
    def _fails(self, node: ast.AST, *, is_outcome: bool = False) -> None: ...

    @abstractmethod
    def _quits(self) -> None: ...

    @abstractmethod
    def _why(self, node: ast.AST) -> str: ...


def _is_generator(code: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(code))


def _is_tautology(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name in ("assertTrue", "assertIsNotNone") and node.args:
        return truth(node.args[0]) is True
    if name == "assertFalse" and node.args:
        return truth(node.args[0]) is False
    if name in ("assertEqual", "assertIs", "assertCountEqual", "assertLessEqual") and len(node.args) > 1:
        return same_by_name(node.args[0]) and ast.dump(node.args[0]) == ast.dump(node.args[1])
    return name == "assertIsInstance" and len(node.args) > 1 and ast.unparse(node.args[1]) == "object"
