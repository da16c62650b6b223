"""Conflicts between open changes: a matrix and a merge order, for a person and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_coordguard.domain.conflicts import Conflicts, Pairs, Turn
from pytest_coordguard.reports.text import clipped, line, terminal

WIDEST = 24  # changes of which a matrix is drawn: more do not fit on a screen
SHOWN = 3  # paths of one conflict


def conflicts_data(found: Conflicts, order: Sequence[Turn]) -> dict[str, Any]:
    """Return what was found as plain data."""
    return {
        "main": line(found.main),
        "known": not found.note,
        "note": line(found.note),
        "changes": [line(each.name) for each in found.changes],
        "with_main": {line(name): _lines(paths) for name, paths in sorted((found.with_main or {}).items())},
        "unreadable": _lines(found.unreadable),
        "noops": _lines(found.noops),
        "compared": found.compared,
        "pairs": [
            {"changes": [line(a), line(b)], "paths": _lines(paths)}
            for (a, b), paths in sorted((found.pairs or {}).items())
        ],
        "order": [{"change": line(turn.change.name), "rebase_on": _lines(turn.rebase_on)} for turn in order],
    }


def _lines(texts: Sequence[str]) -> list[str]:
    return [line(text) for text in texts]


def conflicts_lines(found: Conflicts, order: Sequence[Turn]) -> list[str]:
    """Return the same for a person."""
    if found.note:
        return [found.note]
    if not found.changes:
        return ["no open change"]
    main, pairs = terminal(found.main), found.pairs or {}
    lines = [f"{len(found.changes)} open changes against {main}; {found.compared} pairs touch a path in common"]
    for name, paths in sorted((found.with_main or {}).items()):
        lines.append(f"  {terminal(name)} conflicts with {main}: {_paths(paths)}")
    lines += [f"  {terminal(name)} changes nothing on {main}" for name in found.noops]
    lines += [
        f"  {terminal(name)} could not be tried: git lacks objects of it, or it shares no history"
        for name in found.unreadable
    ]
    lines += [
        f"  {terminal(a)} conflicts with {terminal(b)}: {_paths(paths)}" for (a, b), paths in sorted(pairs.items())
    ]
    if not found.with_main and not pairs:
        lines.append("  no conflict")
    return [*lines, *_matrix(found), *_order(order)]


def _paths(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(terminal(path) for path in paths[:SHOWN]) + more


def _matrix(found: Conflicts) -> list[str]:
    """Draw who conflicts with whom: one letter a column, `x` for a conflict."""
    pairs = found.pairs or {}
    names = sorted({name for pair in pairs for name in pair})
    if not names or len(names) > WIDEST:
        return []
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    width = min(max(len(name) for name in names), 30)
    rows = [
        f"  {signs[position]} {clipped(terminal(name), width):{width}} "
        + " ".join(_sign(name, other, pairs) for other in names)
        for position, name in enumerate(names)
    ]
    return ["", f"    {'':{width}} " + " ".join(signs[: len(names)]), *rows]


def _sign(one: str, other: str, pairs: Pairs) -> str:
    if one == other:
        return "."
    return "x" if (min(one, other), max(one, other)) in pairs else "-"


def _order(order: Sequence[Turn]) -> list[str]:
    if not order:
        return []
    lines = ["", "merge in this order:"]
    for position, turn in enumerate(order, 1):
        after = ", ".join(map(terminal, turn.rebase_on))
        lines.append(f"{position:3}. {terminal(turn.change.name)}{f' (rebase it first, for {after})' if after else ''}")
    return lines
