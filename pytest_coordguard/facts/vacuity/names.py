"""Reads assignments, imports and definitions: what a name is bound to, and what hangs on whether that happens."""

from __future__ import annotations

import ast

from pytest_coordguard.facts.vacuity import levels
from pytest_coordguard.facts.vacuity.calls import Calls
from pytest_coordguard.facts.vacuity.levels import Level
from pytest_coordguard.facts.vacuity.module import Function
from pytest_coordguard.facts.vacuity.scope import Known, Patch, Scope
from pytest_coordguard.facts.vacuity.values import root_of


class Names(Calls):
    """Reads what binds names."""

    def bind(self, target: ast.expr, level: Level, scope: Scope, value: ast.expr | None = None) -> None:
        """Note what a target is bound to, and what hangs on whether that happens."""
        if self.hangs:
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

    def _bind_part(
        self, target: ast.Attribute | ast.Subscript, level: Level, scope: Scope, value: ast.expr | None
    ) -> None:
        if isinstance(target, ast.Subscript):
            self.level(target.value, scope)
            level = max(level, self.level(target.slice, scope))
        root = root_of(target)
        found = scope.find(root.id) if root else None
        if found is None or root is None:
            return
        if level is Level.LIVE:
            self.unpatch(found[0])
        if found[0].dotted == "self":
            self._bind_own(target, level, scope, value)
        elif found[0].dotted:
            if self.level(root, scope) is Level.LIVE:
                self._runs(target, touches=isinstance(target, ast.Subscript))
            self._replace(target, level, scope, value)
        elif not found[1].is_module and found[0].code is None:
            if found[0].level is Level.LIVE:
                self._runs(target)
            if found[0].built_by:
                self._replace(target, level, scope, value)
            found[0].level = max(found[0].level, level)
            self._put_into(found[0], value, scope)

    def _put_into(self, known: Known, value: ast.expr | None, scope: Scope) -> None:
        """Note that who can reach a thing can reach what was put into it."""
        if value is not None and known.level >= Level.AMBIENT:
            self.share(value, scope, known.level)

    def _bind_own(self, target: ast.expr, level: Level, scope: Scope, value: ast.expr | None) -> None:
        first = target
        while isinstance(first, ast.Attribute | ast.Subscript) and not isinstance(first.value, ast.Name):
            first = first.value
        if isinstance(first, ast.Attribute):
            if first is not target and first.attr not in self.attributes.names:
                level = Level.LIVE  # a part of something that came from elsewhere
            known = self.attributes.slot(first.attr)
            known.level = max(known.level, level)
            known.mock = self.mock or known.mock
            self._put_into(known, value, scope)

    def _replace(self, target: ast.expr, level: Level, scope: Scope, value: ast.expr | None) -> None:
        """Read `shop.total = Mock(return_value=3)`: a patch by hand."""
        if value is None:
            return
        self.share(value, scope)
        if isinstance(target, ast.Attribute) and level is not Level.LIVE:
            keys = frozenset({f"text:{ast.unparse(target)}", self.dotted(target, scope)}) - {""}
            is_mock = self._makes_mock(value, scope) or target.attr in ("return_value", "side_effect")
            self.apply(Patch(keys, max(level, Level.OWN), f"{ast.unparse(target)} = {ast.unparse(value)}", is_mock))

    def _assign_(self, node: ast.Assign, scope: Scope) -> None:
        self.mock = ""
        pairs = [(t, node.value) for t in node.targets]
        if len(node.targets) == 1 and (split := _pairs(node.targets[0], node.value)):
            pairs = split
        shared = Level.AMBIENT if len(node.targets) > 1 else Level.FIXED
        for target, value in pairs:
            level = self.level(value, scope)
            self.bind(target, max(level, shared) if level else level, scope, value)

    def _annassign_(self, node: ast.AnnAssign, scope: Scope) -> None:
        self.mock = ""
        if node.value is not None:
            self.bind(node.target, self.level(node.value, scope), scope, node.value)

    def _augassign_(self, node: ast.AugAssign, scope: Scope) -> None:
        self.mock = ""
        level = max(self.level(node.value, scope), self.level(node.target, scope))
        if level is Level.LIVE:
            self._runs(node)
        self.bind(node.target, level, scope, node.value)

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
            if self.path.trials or not levels.is_standard(origin, self.first_party):
                self._runs(node, touches=False)
            if self.path.is_conditional:
                origin = ""
        self._bound_at(node, name, level, scope).dotted = origin

    def _functiondef_(self, node: Function, scope: Scope) -> None:
        self._define(node, scope)
        if not scope.is_module and self.highest(node.decorator_list, scope) is Level.LIVE:
            self._runs(node)
            self._reference(Known(code=node, home=scope))
            every = [a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)]
            self.follow(node, scope, {name: Known(Level.LIVE) for name in every})

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


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Return `a, b = x, y` as two assignments."""
    if not (isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)) or len(target.elts) != len(value.elts):
        return []
    if any(isinstance(element, ast.Starred) for element in (*target.elts, *value.elts)):
        return []
    return list(zip(target.elts, value.elts, strict=True))
