"""Imports in a normal form: sorted where their order cannot be told, moved where that is proven to be safe."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from pytest_coordguard.facts.runtime_effect.calm import Inert, bound_at_once, from_standard_library, run_at_once
from pytest_coordguard.facts.runtime_effect.sides import Side
from pytest_coordguard.facts.runtime_effect.trees import form, rewrite

Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class Unit:
    """What an import of one name does."""

    name: str  # that it binds
    module: str  # that it runs, with leading dots when it is relative
    what: str  # that the name then stands for, equal for equal things
    bare: bool  # `import x`, as opposed to `from x import y`

    @property
    def star(self) -> bool:
        """Whether it binds names that are not written here."""
        return self.name == "*"

    @property
    def future(self) -> bool:
        """Whether it changes how the file is compiled."""
        return self.module == "__future__"


def unit_of(statement: Import) -> Unit:
    """Return what an import does; it has one name (`simplify` splits the others)."""
    alias = statement.names[0]
    if isinstance(statement, ast.Import):
        top = alias.name.partition(".")[0]
        return Unit(alias.asname or top, alias.name, alias.name if alias.asname else top, bare=True)
    module = "." * statement.level + (statement.module or "")
    return Unit(alias.asname or alias.name, module, f"{module}:{alias.name}", bare=False)


def sort_runs(statements: Sequence[ast.stmt], barrier: Callable[[Unit], bool]) -> list[ast.stmt]:
    """Sort each run of neighbouring imports and leave out repetitions.

    A name that two imports of a run bind to different things keeps both in their order; so does what `barrier` names.
    """
    kept: list[ast.stmt] = []
    run: list[Import] = []
    for statement in [*statements, None]:
        if isinstance(statement, Import) and not barrier(unit_of(statement)):
            run.append(statement)
            continue
        kept += _sorted(run)
        run = []
        if statement is not None:
            kept.append(statement)
    return kept


def _sorted(run: list[Import]) -> list[Import]:
    if len({unit_of(each).name for each in run}) < len({(unit_of(e).name, unit_of(e).what) for e in run}):
        return run  # one shadows another
    once = {form(each): each for each in run}
    return [once[key] for key in sorted(once, key=lambda key: (not unit_of(once[key]).future, key))]


def _sort_names(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Sort the names that neighbouring statements take from one module."""
    kept: list[ast.stmt] = []
    for source, neighbours in groupby(statements, key=_source):
        run = list(neighbours)
        kept += run if source is None else sort_runs(run, lambda unit: unit.star)
    return kept


def _source(statement: ast.stmt) -> str | None:
    return unit_of(statement).module if isinstance(statement, ast.ImportFrom) else None


class Imports:
    """The normal forms of one module's imports; one object for one tree."""

    def __init__(self, tree: ast.Module, side: Side, local: frozenset[str]) -> None:
        self.tree, self.local, self.side = tree, local, side
        self.inert = Inert(tree)

    def calm(self, unit: Unit) -> bool:
        """Tell whether running this import does nothing to see."""
        return from_standard_library(unit.module, self.local) and not unit.star

    def unused(self, unit: Unit) -> bool:
        """Tell whether nothing in the module mentions the name."""
        return not (unit.star or unit.future or self.side.shared) and unit.name not in self.side.mentioned

    def drop(self, *, only_calm: bool) -> None:
        """Leave out the imports whose names nothing mentions; `only_calm`: those of the standard library alone."""
        self._rewrite(
            lambda unit: self.unused(unit) and (not only_calm or self.calm(unit)),
        )

    def _rewrite(self, gone: Callable[[Unit], bool]) -> None:
        rewrite(
            self.tree,
            lambda _, statements: [
                each for each in statements if not (isinstance(each, Import) and gone(unit_of(each)))
            ],
        )

    def order(self) -> None:
        """Move each import up as far as is proven to make no difference, then sort the runs.

        In the body of a `try` the order tells which module failed first, so that only the names of one are sorted.
        """
        self.tree.body = self._lifted(self.tree.body)
        rewrite(
            self.tree,
            lambda owner, statements: (
                _sort_names(statements)
                if isinstance(owner, ast.Try | ast.ExceptHandler)
                else sort_runs(statements, self._order_matters)
            ),
        )

    def _order_matters(self, unit: Unit) -> bool:
        """Tell whether an import is there for what it does: `*`, or a name of another's package that nothing uses."""
        return unit.star or (unit.bare and self.unused(unit) and not self.calm(unit))

    def _lifted(self, statements: Iterable[ast.stmt]) -> list[ast.stmt]:
        done: list[ast.stmt] = []
        for statement in statements:
            at = len(done)
            if isinstance(statement, Import) and not unit_of(statement).future:
                while at and self._may_pass(statement, done[at - 1]):
                    at -= 1
            done.insert(at, statement)
        return done

    def _may_pass(self, statement: Import, before: ast.stmt) -> bool:
        unit = unit_of(statement)
        if self._order_matters(unit):
            return False
        if isinstance(before, Import):
            other = unit_of(before)
            clash = unit.name == other.name and unit.what != other.what
            return not (clash or other.future or self._order_matters(other))
        if unit.name in run_at_once(before):
            return False
        if self.calm(unit):
            return self.inert.inert(before, calls=True)
        elsewhere = not unit.module.startswith(".") and unit.module.partition(".")[0] not in self.local
        return elsewhere and self.inert.inert(before, calls=False)

    def gather(self) -> None:
        """Put all imports of a block before its other statements, sorted, whatever they pass on the way."""
        rewrite(self.tree, lambda _, statements: _gathered(statements))


def _gathered(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the imports first. An import that must stay where it is divides the block."""
    made: list[ast.stmt] = []
    part: list[ast.stmt] = []
    tied = _tied(statements)
    for each in statements:
        if id(each) in tied:
            made += [*_first(part), each]
            part = []
        else:
            part.append(each)
    return [*made, *_first(part)]


def _tied(statements: Sequence[ast.stmt]) -> frozenset[int]:
    """Return the ids of the imports whose place makes a difference that shows.

    They are `*`, imports of a name that something else in the block binds as well, and those before which a
    statement has used the name.
    """
    ways: defaultdict[str, set[str]] = defaultdict(set)
    used: set[str] = set()
    found: set[int] = set()
    imports = [each for each in statements if isinstance(each, Import)]
    for each in statements:
        if not isinstance(each, Import):
            used |= run_at_once(each)
            for name in bound_at_once(each) & set(ways):
                ways[name].add("another statement")
            continue
        unit = unit_of(each)
        if unit.star or (unit.name in used and not ways[unit.name]):
            found.add(id(each))
        ways[unit.name].add(unit.what)
    return frozenset(found | {id(each) for each in imports if len(ways[unit_of(each).name]) > 1})


def _first(part: list[ast.stmt]) -> list[ast.stmt]:
    imports = [each for each in part if isinstance(each, Import)]
    return [*sort_runs(imports, lambda unit: unit.star), *(each for each in part if not isinstance(each, Import))]
