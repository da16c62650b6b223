"""The last runs as strips, one square a run: when a criterion held, and when it did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pytest_coordguard.domain.history import GREEN, Run
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.text import day_of

MOST_RUNS = 60  # that are shown
SAID = 4  # stretches that are told in words
# The worst last: what a task had in a run is the worst that one of its criteria had.
_WORST = [verdict.word for verdict in sorted(Verdict)]
WORDS = ("", *_WORST[: _WORST.index("not_run")], "stale", *_WORST[_WORST.index("not_run") :])


@dataclass(frozen=True, slots=True)
class Strip:
    """What one criterion or task had in each of the last runs."""

    paths: tuple[tuple[str, str], ...]  # word -> squares of it, as the path of an SVG that is one high
    said: str  # the same in words, the newest first
    steady: bool  # whether it held in each of the runs that knew it


def last_runs(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the runs that are shown."""
    return tuple(runs[-MOST_RUNS:])


def _strip(words: Sequence[str], days: Sequence[str]) -> Strip:
    paths: dict[str, list[str]] = {}
    stretches = []
    at = 0
    for word, group in groupby(words):
        length = len(list(group))
        if word:
            paths.setdefault(word, []).append(f"M{at} 0h{length}v1h-{length}z")
            stretches.append((word, days[at], length))
        at += length
    newest = stretches[::-1]
    told = [
        f"{word.replace('_', ' ')} since {day} ({length} run{'s'[: length != 1]})"
        for word, day, length in newest[:SAID]
    ]
    more = [f"{len(newest) - SAID} earlier changes"] if len(newest) > SAID else []
    steady = all(word in GREEN for word in words if word)
    return Strip(tuple((word, "".join(each)) for word, each in paths.items()), "; ".join([*told, *more]), steady)


def known(word: str) -> str:
    """Return a verdict's word; `not_run` for one that this version does not know."""
    return word if word in WORDS else "not_run"


def strips(runs: Sequence[Run], things: Mapping[str, Sequence[str]]) -> dict[str, Strip]:
    """Return a strip for each thing, by the worst verdict of the criteria that it is made of."""
    days = [day_of(run.at) for run in runs]
    cache: dict[tuple[str, ...], Strip] = {}
    found = {}
    for thing, criteria in things.items():
        words = tuple(worst([known(run.verdicts.get(each, "")) for each in criteria]) for run in runs)
        if words not in cache:
            cache[words] = _strip(words, days)
        found[thing] = cache[words]
    return found


def worst(words: Sequence[str]) -> str:
    """Return the worst of some words, "" for none."""
    return max(words, key=WORDS.index, default="")
