"""The two sides of a comparison, made small: functions that are the same on both are not looked into again."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pytest_coordguard.facts.runtime_effect.docstrings import take_out
from pytest_coordguard.facts.runtime_effect.names import looks_at_names, mentioned
from pytest_coordguard.facts.runtime_effect.simplify import without_prefixes
from pytest_coordguard.facts.runtime_effect.source import Text
from pytest_coordguard.facts.runtime_effect.trees import BLOCKS, Function, form

SHARED = ("__init__.py", "conftest.py")  # what they import is meant for others


@dataclass
class Side:
    """One text, and which of its functions the other side has as well."""

    text: Text
    same: Mapping[int, str] = field(
        default_factory=dict
    )  # place among the outermost functions -> a mark of its content

    def tree(self) -> ast.Module:
        """Return a fresh tree without docstrings, in which a mark stands for the content of each function in `same`."""
        tree = self.text.tree()
        if self.same:
            for place, function in enumerate(outermost(tree)):
                if place in self.same:
                    mark = ast.Name(self.same[place], ast.Load(), lineno=function.lineno, col_offset=0)
                    function.body = [ast.Expr(mark, lineno=function.lineno, col_offset=0)]
        take_out(tree)
        without_prefixes(tree)
        return tree

    @cached_property
    def _whole(self) -> ast.Module:
        return Side(self.text).tree()

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """All names that the text mentions other than by importing them."""
        return mentioned(self._whole)

    @cached_property
    def shared(self) -> bool:
        """Whether the names that it imports may be meant for others, or read without being written out."""
        return self.text.path.rpartition("/")[2] in SHARED or looks_at_names(self._whole)


def outermost(tree: ast.Module) -> Iterator[Function]:
    """Yield the functions that lie in no other, in an order that depends on the text alone."""
    owners: list[ast.AST] = [tree]
    for owner in owners:  # grows on the way
        if isinstance(owner, Function):
            yield owner
            continue
        for name in (*BLOCKS, "handlers", "cases"):
            value = getattr(owner, name, None)
            if isinstance(value, list):
                owners += value


def paired(old: Text, new: Text) -> tuple[Side, Side]:
    """Return both sides, with a mark for the content of each function that both have equally often."""
    places = [_places(Side(text).tree()) for text in (old, new)]
    marks = {key: f"<{number}>" for number, key in enumerate(places[0]) if len(places[0][key]) == len(places[1][key])}
    same = [{at: marks[key] for key, found in side.items() if key in marks for at in found} for side in places]
    return Side(old, same[0]), Side(new, same[1])


def _places(tree: ast.Module) -> defaultdict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, function in enumerate(outermost(tree)):
        found[form(function)].append(place)
    return found
