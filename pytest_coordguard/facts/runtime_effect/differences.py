"""Where two trees differ, statement by statement, in words."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from pytest_coordguard.facts.runtime_effect.levels import Difference
from pytest_coordguard.facts.runtime_effect.trees import BLOCKS, form, forms, said

INNER = (*BLOCKS, "handlers", "cases")  # fields that hold statements, or hold what holds them


def differences(before: ast.Module, after: ast.Module, end: int) -> list[Difference]:
    """Return a difference for each statement that is gone, new, moved or altered; `end` is the new text's last line."""
    return sorted(_Differences(end).between(before.body, after.body))


class _Differences:
    def __init__(self, end: int) -> None:
        self.end = end

    def between(self, before: Sequence[ast.AST], after: Sequence[ast.AST]) -> list[Difference]:
        old, new = forms(before), forms(after)
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        gone: list[tuple[ast.AST, int]] = []  # and the line of the new text before which it stood
        made: list[ast.AST] = []
        found: list[Difference] = []
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal":
                continue
            paired = _pairs(before[i1:i2], after[j1:j2])
            for left, right in paired:
                found += self._altered(left, right)
            lefts, rights = {id(left) for left, _ in paired}, {id(right) for _, right in paired}
            gone += [
                (each, _line(after[j1]) if j1 < len(after) else self.end)
                for each in before[i1:i2]
                if id(each) not in lefts
            ]
            made += [each for each in after[j1:j2] if id(each) not in rights]
        return [*found, *_told(gone, made)]

    def _altered(self, before: ast.AST, after: ast.AST) -> Iterator[Difference]:
        """Yield what differs in two statements of one kind: what is in their blocks, or the first part of the head."""
        if form(before) == form(after):
            return
        head = _first_part(before, after, without=INNER)
        if head is not None:
            left, right = head
            yield Difference(_line(right, after), f"{_quoted(left)} is now {_quoted(right)}{_where(before, left)}")
        for name in INNER:
            inner, outer = getattr(before, name, None), getattr(after, name, None)
            if isinstance(inner, list) and isinstance(outer, list):
                end, self.end = self.end, getattr(after, "end_lineno", None) or self.end
                yield from self.between(inner, outer)
                self.end = end


def _pairs(before: Sequence[ast.AST], after: Sequence[ast.AST]) -> list[tuple[ast.AST, ast.AST]]:
    """Return which old statement became which new one: definitions by name, others of one kind in their order."""
    waiting = list(after)
    found = []
    for left in before:
        right = next((each for each in waiting if _kin(left, each)), None)
        if right is not None:
            waiting.remove(right)
            found.append((left, right))
    return found


def _kin(left: ast.AST, right: ast.AST) -> bool:
    if type(left) is not type(right) or isinstance(left, ast.Import | ast.ImportFrom):
        return False
    return getattr(left, "name", None) == getattr(right, "name", None)


def _told(gone: Sequence[tuple[ast.AST, int]], made: Sequence[ast.AST]) -> Iterator[Difference]:
    moved = Counter(form(node) for node, _ in gone) & Counter(map(form, made))
    there = {form(node): node for node in made}
    for node, line in gone:
        key = form(node)
        if moved[key]:
            moved[key] -= 1
            yield Difference(_line(there[key]), f"{_quoted(node)} ran at another place before, on line {_line(node)}")
        else:
            yield Difference(line, f"{_quoted(node)} is gone, which was line {_line(node)}")
    left = Counter(form(node) for node, _ in gone)
    for node in made:
        if left[form(node)]:
            left[form(node)] -= 1
        else:
            yield Difference(_line(node), f"{_quoted(node)} is new")


def _first_part(before: ast.AST, after: ast.AST, without: tuple[str, ...] = ()) -> tuple[ast.AST, ast.AST] | None:
    """Return the smallest two parts, one within the other's place, that hold the first difference."""
    for name in before._fields:
        left, right = getattr(before, name, None), getattr(after, name, None)
        if name in without or _same(left, right):
            continue
        if isinstance(left, ast.AST) and isinstance(right, ast.AST) and type(left) is type(right):
            return _inner(left, right)
        if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
            pair = next(both for both in zip(left, right, strict=True) if not _same(*both))
            if isinstance(pair[0], ast.AST) and type(pair[0]) is type(pair[1]):
                return _inner(*pair)
        if isinstance(left, ast.expr) and isinstance(right, ast.expr):
            return left, right
        return before, after
    return None


def _inner(left: ast.AST, right: ast.AST) -> tuple[ast.AST, ast.AST]:
    return _first_part(left, right) or (left, right)


def _same(left: object, right: object) -> bool:
    if isinstance(left, ast.AST) and isinstance(right, ast.AST):
        return form(left) == form(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_same(a, b) for a, b in zip(left, right, strict=True))
    return type(left) is type(right) and left == right


def _line(node: ast.AST, otherwise: ast.AST | None = None) -> int:
    return int(getattr(node, "lineno", None) or getattr(otherwise, "lineno", None) or 1)


def _quoted(node: ast.AST) -> str:
    return f"`{said(node)}`"


def _where(statement: ast.AST, part: ast.AST) -> str:
    return "" if part is statement else f" in `{said(statement)}`"
