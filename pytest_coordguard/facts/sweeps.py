"""The sweeps that earlier runs left behind, and what their figures were."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_coordguard.domain.evidence import Sweep
from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.lint_counts import is_of
from pytest_coordguard.facts.on_disk import named
from pytest_coordguard.facts.repository import Repository

FILE = "state_sweep.json"
RULES = "ruff rules"  # the tool under whose name a sweep keeps which rules were asked for


@dataclass(frozen=True, slots=True)
class Earlier:
    """One sweep that a file holds."""

    path: str
    when: str  # UTC, as the run wrote it
    sweep: Sweep


@dataclass(frozen=True, slots=True)
class Trend:
    """What there is to compare a figure with."""

    value: float | int
    of: Earlier
    same: bool  # the files were the very same: it can tell nothing of a fall


def earlier(repo: Repository, audits: str, scope: str) -> list[Earlier]:
    """Return the sweeps of this scope below the folder of audits, the newest first.

    Raises:
        CannotJudge: a file of that name cannot be read as one: to pass over it would compare with the wrong one.

    """
    paths = sorted(named(repo, [f"{audits}/live/*/{FILE}"]), reverse=True)
    return [found for path in paths for found in _sweeps(path, _document(repo, path)) if found.sweep.scope == scope]


def _document(repo: Repository, path: str) -> Mapping[str, Any]:
    try:
        data = json.loads(repo.read(path))
    except (ValueError, RecursionError, FileNotFoundError) as error:
        raise CannotJudge(f"{path}: cannot be read ({error}); a trend needs it, or that it is gone") from error
    return data if isinstance(data, dict) else {}


def _sweeps(path: str, document: Mapping[str, Any]) -> Iterator[Earlier]:
    held = document.get("sweeps")
    for given in held.values() if isinstance(held, dict) else ():
        try:
            sweep = Sweep(
                str(given["scope"]),
                str(given["content"]),
                {str(name): value for name, value in given["figures"].items() if _is_number(value)},
                {str(name): str(version) for name, version in given["tools"].items()},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise CannotJudge(f"{path}: not the sweep that a run wrote ({error!r})") from error
        yield Earlier(path, str(document.get("timestamp", "")), sweep)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def value_of(figure: str, sweep: Sweep) -> float | int | None:
    """Return a figure of a sweep, None when it was not counted. A rule that was asked for and is not there is 0."""
    if figure in sweep.figures:
        return sweep.figures[figure]
    asked = sweep.tools.get(RULES, "").split(",")
    if not any(is_of(figure, start) for start in asked):
        return None
    return sum(value for code, value in sweep.figures.items() if is_of(code, figure))


def trend(figure: str, now: Sweep, sweeps: Sequence[Earlier], tool: str | None) -> Trend | None:
    """Return the newest figure to compare with; None when there is none.

    A sweep of other files comes before a newer one of the very same files: a run that is made again must not take
    itself for the past.

    Args:
        figure: its name.
        now: what has just been counted.
        sweeps: the earlier ones, the newest first.
        tool: the tool that counts it: another version of it counts something else. None for what no tool counts.

    """
    found = [
        Trend(value, each, same=each.sweep.content == now.content)
        for each in sweeps
        if (value := value_of(figure, each.sweep)) is not None
        and (tool is None or each.sweep.tools.get(tool) == now.tools.get(tool))
    ]
    return next((each for each in found if not each.same), None) or next(iter(found), None)
