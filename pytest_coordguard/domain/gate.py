"""What decides a gate beside the checks themselves: waivers, criteria that went, and the exit status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from pytest_coordguard.domain.plan import Plan, Waiver
from pytest_coordguard.domain.record import CriterionRecord
from pytest_coordguard.domain.verdict import Verdict

GONE = " is gone from the plan"
OPEN, CLOSED = 0, 1  # exit statuses, as pytest.ExitCode has them


def signed_for(known: CriterionRecord, waiver: Waiver | None, today: date, *, news: bool) -> CriterionRecord:
    """Return a criterion's record with its waiver taken into account.

    Args:
        known: what the run found.
        waiver: the one that the plan has for it, if any.
        today: in UTC; a waiver holds to the end of its last day.
        news: the waiver is not in the plan of the base: the change that needs it brings it along.

    """
    if waiver is None:  # a pull request answers for what it broke, not for its base, which then signs for it
        return replace(known, waiver=known.message) if known.verdict is Verdict.WAIVED else known
    text = f"{waiver.reason} ({waiver.owner}, until {waiver.until.isoformat()})"
    if waiver.until < today:
        return _unmet(known, f"EXPIRED: {text}", f"its waiver expired on {waiver.until.isoformat()}")
    if known.verdict is Verdict.MET:
        return _unmet(known, text, "it is met, so its waiver is no longer needed: take it out of the plan")
    if known.verdict is not Verdict.UNMET:
        return replace(known, waiver=text)
    if news:
        why = "its waiver comes with the change that needs it, and counts once it is in the base"
        return _unmet(known, text, why)
    return replace(known, verdict=Verdict.WAIVED, waiver=text)


def _unmet(known: CriterionRecord, waiver: str, why: str) -> CriterionRecord:
    message = f"{why}; {known.message}" if known.message else why
    return replace(known, verdict=max(known.verdict, Verdict.UNMET), waiver=waiver, message=message)


def new_waivers(plan: Plan, base: Plan | None, *, base_known: bool) -> frozenset[str]:
    """Return the criteria whose waiver the base does not have; all where the base should be there and is not."""
    mine = {(w.criterion, w.until, w.reason) for w in plan.waivers}
    if base is None:
        return frozenset() if base_known else frozenset(name for name, _, _ in mine)
    theirs = {(w.criterion, w.until, w.reason) for w in base.waivers}
    return frozenset(name for name, _, _ in mine - theirs)


def gone(plan: Plan, before: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return a sentence for each criterion that was there before and is neither in the plan nor retired by it.

    `before` holds ids and where they were seen, as "the base 1a2b3c4" or "the last record".
    """
    here = {criterion.id for criterion in plan.criteria} | {retired.criterion for retired in plan.retired}
    return tuple(
        f"{name}{GONE}, and {where} has it; put it back, or list it under `retired:` with a reason"
        for name, where in dict(before).items()
        if name not in here
    )


def still_gone(problems: Iterable[str]) -> tuple[str, ...]:
    """Return the criteria of whose going an earlier run complained, so that a second run does not forget it."""
    return tuple(problem.partition(GONE)[0] for problem in problems if GONE in problem)


def narrowed_gates(plan: Plan, base: Plan | None, gate: str) -> tuple[str, ...]:
    """Return a sentence for each criterion that the base selects for this gate and the plan no longer does."""
    if base is None:
        return ()
    here: Mapping[str, Sequence[str]] = {criterion.id: criterion.gates for criterion in plan.criteria}
    return tuple(
        f"{criterion.id} no longer belongs to {gate}, and the base has it there"
        for criterion in base.of_gate(gate)
        if criterion.id in here and gate not in here[criterion.id]
    )


def exit_status(raw: int, verdicts: Iterable[Verdict], problems: Sequence[str]) -> int:
    """Return the exit status of a gate run.

    Args:
        raw: what pytest itself would exit with; 2 and above (but 5, no tests) stay as they are.
        verdicts: of all criteria that the gate selects, those left out by `-k` as not run.
        problems: what closes the gate and belongs to no criterion.

    """
    found = list(verdicts)
    if raw not in (OPEN, CLOSED, 5):
        return raw
    return OPEN if found and not problems and all(verdict.opens for verdict in found) else CLOSED
