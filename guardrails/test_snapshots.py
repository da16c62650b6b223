"""Snapshots of the coordination are taken day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding, Vacuous, require_none
from pytest_coordguard.domain.guardrail import CannotPlant, Changes, guardrail, violation
from pytest_coordguard.domain.overview import Overview
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.on_disk import named
from pytest_coordguard.facts.repository import Repository

CHECK = "snapshots.daily"
SATURDAY = 5  # date.weekday()


@guardrail(
    CHECK, remedy="Let a timer run `coordguard snapshot` (make coord-snapshot) each day, and commit what it writes."
)
def test_a_snapshot_is_taken_each_day(
    repo: Repository, plan: Plan, view: Overview, evidence: Evidence, days: int = 7, weekends: bool = False
) -> None:
    """There is a snapshot of each of the last days, today left out: it is not over.

    Days before the first snapshot do not count, once there is one.

    Args:
        days: how many days back.
        weekends: whether Saturdays and Sundays count.

    """
    taken = _taken(repo, plan)
    today = datetime.fromtimestamp(view.at, UTC).date()
    first = min(taken, default=None)
    wanted = [day for day in _days(today, days, weekends=weekends) if first is None or day >= first]
    evidence.measured("days with a snapshot", sum(day in taken for day in wanted), at_least=len(wanted))
    if not wanted:
        raise Vacuous("no day has ended since the first snapshot")
    where = f"{plan.reports.audits}/coordination"
    require_none(
        Finding(f"{where}/{day}", 0, "there is no snapshot of this day", CHECK) for day in wanted if day not in taken
    )


def _taken(repo: Repository, plan: Plan) -> dict[date, list[str]]:
    found: dict[date, list[str]] = {}
    for path in named(repo, [f"{plan.reports.audits}/coordination/*/*/snapshot.json"]):
        try:
            found.setdefault(date.fromisoformat(path.split("/")[-3]), []).append(path)
        except ValueError:
            continue  # a folder of another name is no day
    return found


def _days(today: date, count: int, *, weekends: bool) -> Sequence[date]:
    back = (today - timedelta(days=number) for number in range(1, count + 1))
    return [day for day in back if weekends or day.weekday() < SATURDAY]


@violation(test_a_snapshot_is_taken_each_day)
def _a_day_without_a_snapshot(
    repo: Repository, plan: Plan, view: Overview, days: int = 7, weekends: bool = False
) -> Changes:
    """The newest day that counts loses its snapshots, or gets an older first one before it."""
    taken = _taken(repo, plan)
    today = datetime.fromtimestamp(view.at, UTC).date()
    wanted = _days(today, days, weekends=weekends)
    if not wanted:
        raise CannotPlant("no day counts")
    gone = dict.fromkeys(path for day in taken if day in wanted[:1] for path in taken[day])
    older = f"{plan.reports.audits}/coordination/{wanted[-1] - timedelta(days=1)}/000000Z/snapshot.json"
    return {**gone, older: b"{}\n"}
