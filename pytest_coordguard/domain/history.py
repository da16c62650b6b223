"""What earlier runs found: trends, since when something is red, and how things stood on any day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

GREEN = ("met", "waived")
SILENT = ("stale", "not_run")  # they say nothing of whether a criterion holds
DAYS = 30  # of a trend that are shown
EXACT = 1000  # runs that are all looked at


@dataclass(frozen=True, slots=True)
class Run:
    """How everything stood when a run had ended."""

    id: str
    gate: str
    at: str  # started, UTC, as 2026-11-24T09:15:02Z
    commit: str = ""
    branch: str = ""
    dirty: bool = False
    state: str = "complete"
    exit_status: int | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)  # criterion -> word, of the whole plan
    tasks: Mapping[str, str] = field(default_factory=dict)  # task -> status

    @property
    def day(self) -> str:
        """The day on which it ran, UTC."""
        return self.at[:10]

    @property
    def green(self) -> int:
        """How many criteria let their gates open."""
        return sum(word in GREEN for word in self.verdicts.values())

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Sorts runs by time; of two in one second by name, so that every clone sorts them alike."""
        return self.at, self.id, self.commit, self.branch


@dataclass(frozen=True, slots=True)
class DayOfTrend:
    """One day: how things stood after its last run."""

    day: str
    runs: int
    green: int
    total: int
    words: Mapping[str, int]
    tasks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Since:
    """From when on something has been as it is."""

    at: str  # of the first run that found it so
    commit: str
    word: str  # what it is now
    known: bool  # whether an earlier run found it otherwise; else it may have been so for longer


def ordered(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return each run once, the oldest first."""
    once = {(each.id, each.commit, each.branch): each for each in runs}
    return tuple(sorted(once.values(), key=lambda each: each.order))


def of_branches(runs: Sequence[Run], branches: Iterable[str]) -> tuple[Run, ...]:
    """Return the runs on some branches; all of them when none was on these."""
    wanted = {name for name in branches if name}
    return tuple(each for each in runs if each.branch in wanted) or tuple(runs)


def trend(runs: Sequence[Run], days: int = DAYS) -> tuple[DayOfTrend, ...]:
    """Return the last days on which something ran, the oldest first. Runs are as `ordered` gives them."""
    by_day: dict[str, list[Run]] = {}
    for each in runs:
        by_day.setdefault(each.day, []).append(each)
    return tuple(_day(day, by_day[day]) for day in list(by_day)[-days:])


def _day(day: str, runs: Sequence[Run]) -> DayOfTrend:
    last = runs[-1]
    words, tasks = Counter(last.verdicts.values()), Counter(last.tasks.values())
    return DayOfTrend(day, len(runs), last.green, len(last.verdicts), dict(words), dict(tasks))


def red_since(runs: Sequence[Run], wanted: Iterable[str]) -> dict[str, Since]:
    """Return from when on each criterion that does not hold has not held. Runs are as `ordered` gives them.

    Exact for the last thousand runs; of those before, only the last of each day is looked at. Each is looked for back
    from the newest run: of most criteria that one says enough, and a year of 2,000 criteria is two million words.
    """
    older = {each.day: each for each in runs[:-EXACT]}
    seen = [*older.values(), *runs[-EXACT:]][::-1]
    found = {criterion: _since(criterion, seen) for criterion in wanted}
    return {criterion: since for criterion, since in found.items() if since}


def _since(criterion: str, newest_first: Sequence[Run]) -> Since | None:
    """Return from when on one criterion has not held, None when it holds, or no run says anything of it."""
    newest, first = "", None
    for run in newest_first:
        word = run.verdicts.get(criterion, SILENT[0])
        if word == newest:  # as most often
            first = run
        elif word in GREEN:
            return Since(first.at, first.commit, newest, known=True) if first else None
        elif word not in SILENT:
            newest, first = newest or word, run
    return Since(first.at, first.commit, newest, known=False) if first else None


def on_day(runs: Sequence[Run], day: str) -> Run | None:
    """Return the last run up to the end of a day, None when there was none yet."""
    return next((each for each in reversed(runs) if each.day <= day), None)
