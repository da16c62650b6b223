"""Two texts of one Python file: the first normal form in which they are equal is the level of the change."""

from __future__ import annotations

import ast
from bisect import bisect_left

from pytest_coordguard.facts.runtime_effect.differences import differences
from pytest_coordguard.facts.runtime_effect.docstrings import Docstring, change_of, reads_docstrings, take_out
from pytest_coordguard.facts.runtime_effect.imports import Imports, unit_of
from pytest_coordguard.facts.runtime_effect.levels import Comparison, Difference, DocChange, Level
from pytest_coordguard.facts.runtime_effect.locals import drop_unused_locals
from pytest_coordguard.facts.runtime_effect.sides import Side, paired
from pytest_coordguard.facts.runtime_effect.simplify import simplify
from pytest_coordguard.facts.runtime_effect.source import DoesNotCompile, Text
from pytest_coordguard.facts.runtime_effect.trees import form, walk

LADDER = (
    *(Level.LAYOUT, Level.BENIGN, Level.UNUSED_IMPORT, Level.IMPORT_ORDER),
    *(Level.SHORT_LIVED, Level.IMPORT_MOVE, Level.IMPORT_DROP),
)


def compare(before: bytes, after: bytes, path: str, local: frozenset[str] = frozenset()) -> Comparison:
    """Return how far two texts of one file are apart.

    Args:
        before: the old text.
        after: the new one.
        path: the file's path; an `__init__.py` imports for others.
        local: names of modules that the repository itself may put before others of the same name.

    """
    if before == after:
        return Comparison(Level.SAME)
    old, new = Text(before, path), Text(after, path)
    for text, which in ((old, "before"), (new, "now")):
        try:
            text.compiled()
        except DoesNotCompile as refusal:
            trouble = f"does not compile {which}: {refusal}"
            return Comparison(Level.UNPROVABLE, trouble=trouble, trouble_line=refusal.line)
    if old.interpreter != new.interpreter:
        return Comparison(Level.RUNTIME, local=local)
    try:
        level = _level(old, new, local)
        doc_lines = _docs(old, new) if level < Level.RUNTIME else ()
    except (RecursionError, ValueError) as error:  # a number of more digits than Python writes
        return Comparison(Level.UNPROVABLE, trouble=f"cannot be compared: {error}")
    docs = max((change for _, change in doc_lines), default=DocChange.NONE)
    dropped = _dropped(old, new) if level in (Level.UNUSED_IMPORT, *LADDER[3:]) else ()
    return Comparison(level, docs, doc_lines, dropped=dropped, local=local)


def _level(old: Text, new: Text, local: frozenset[str]) -> Level:
    """Return the first rung on which both texts have one tree. Each rung takes in what the one before it does."""
    if form(Side(old).tree()) == form(Side(new).tree()):
        return Level.LAYOUT
    sides = paired(old, new)
    if not _equal(sides, LADDER[-1], local):
        return Level.RUNTIME
    above = LADDER[1:-1]
    first = bisect_left(above, x=True, key=lambda rung: _equal(sides, rung, local))
    return (*above, LADDER[-1])[first]


def _equal(sides: tuple[Side, Side], rung: Level, local: frozenset[str]) -> bool:
    old, new = (form(normal(side, rung, local)) for side in sides)
    return old == new


def normal(side: Side, rung: Level, local: frozenset[str] = frozenset()) -> ast.Module:
    """Return a tree that is equal for all texts which differ by this level at most. Docstrings are no part of it."""
    tree = side.tree()
    if rung >= Level.BENIGN:
        drop_unused_locals(tree, keep_values=rung >= Level.SHORT_LIVED)
        simplify(tree)
    if rung >= Level.UNUSED_IMPORT:
        imports = Imports(tree, side, local)
        imports.drop(only_calm=rung < Level.IMPORT_DROP)
        if rung >= Level.IMPORT_ORDER:
            imports.order()
        if rung >= Level.IMPORT_MOVE:
            imports.gather()
    return tree


def _docs(old: Text, new: Text) -> tuple[tuple[int, DocChange], ...]:
    """Return the lines of the docstrings that differ. The trees are equal but for what a level explains."""
    old_tree, new_tree = old.tree(), new.tree()
    read = reads_docstrings(old_tree) or reads_docstrings(new_tree)
    pairs: list[tuple[Docstring, Docstring]] = list(zip(take_out(old_tree), take_out(new_tree), strict=True))
    changes = ((after.line, change_of(before, after, read=read)) for before, after in pairs)
    return tuple((line, change) for line, change in changes if change)


def _dropped(old: Text, new: Text) -> tuple[tuple[str, int], ...]:
    """Return the names that the module's own imports bound before, and bind no longer."""
    left = {name for name, _ in _bound(new.tree())}
    return tuple((name, line) for name, line in _bound(old.tree()) if name not in left)


def _bound(tree: ast.Module) -> list[tuple[str, int]]:
    simplify(tree)
    return [
        (unit_of(each).name, each.lineno)
        for each in walk(tree)
        if isinstance(each, ast.Import | ast.ImportFrom) and not unit_of(each).star
    ]


def beyond(
    before: bytes, after: bytes, path: str, rung: Level, local: frozenset[str] = frozenset()
) -> list[Difference]:
    """Return where two texts that compile differ beyond a level, in the order of the new text."""
    old, new = Text(before, path), Text(after, path)
    if old.interpreter != new.interpreter:
        was, now = (each.interpreter.decode("utf-8", "replace") or "nothing" for each in (old, new))
        return [Difference(1, f"the program that runs the file was named {was!r} and is {now!r}")]
    allowed = max(each for each in LADDER if each <= max(rung, Level.LAYOUT))
    end = after.count(b"\n") + 1
    before_tree, after_tree = (normal(side, allowed, local) for side in paired(old, new))
    return differences(before_tree, after_tree, end)
