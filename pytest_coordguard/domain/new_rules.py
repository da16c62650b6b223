"""What the rules that a pull request brings along would say of it. They decide nothing; a reader should see them.

Nothing of them is run: a criterion that is as it was keeps its verdict, and one that is new has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pytest_coordguard.domain.gate import signed_for
from pytest_coordguard.domain.plan import Criterion, Plan
from pytest_coordguard.domain.pull_request import PullFacts
from pytest_coordguard.domain.record import CriterionRecord
from pytest_coordguard.domain.review import Wanted, approval
from pytest_coordguard.domain.selection import critical_because, selection
from pytest_coordguard.domain.verdict import Verdict

REVIEW = "review.critical"  # the one check whose answer is in the plan and the facts alone
NOT_JUDGED = "not judged"
SETTINGS = ("base", "tests", "guardrails", "runner", "service", "gates", "reports", "comments", "soak")
LONGEST = 80  # characters of a value


@dataclass(frozen=True, slots=True)
class NewRules:
    """What is different, and the word of each criterion by them."""

    says: tuple[str, ...] = ()  # sentences
    verdicts: Mapping[str, str] = field(default_factory=dict)

    @property
    def opens(self) -> bool | None:
        """Whether the gate would be open by them; None where that cannot be told without running what they bring.

        Where nothing would be asked it would be closed: a gate that nothing goes through is not open.
        """
        words = set(self.verdicts.values())
        if not words or not all(Verdict.of(word).opens for word in words - {NOT_JUDGED}):
            return False
        return None if NOT_JUDGED in words else True


def new_rules(
    old: Plan,
    new: Plan,
    gate: str,
    pull: PullFacts,
    known: Mapping[str, CriterionRecord],
    *,
    today: date,
    changed_checks: frozenset[str] = frozenset(),
) -> NewRules:
    """Return what the plan of a pull request's head would say of it.

    Args:
        old: the plan that it is judged by.
        new: the one that it brings.
        gate: that is judged.
        pull: what is known of it.
        known: the verdicts by the old plan.
        today: in UTC.
        changed_checks: guardrails of the repository that it changes.

    """
    says = (*_criteria(old, new, gate, pull), *_waivers(old, new), *_critical(old, new), *_settings(old, new))
    applies = selection(new, gate, pull).applies or {}
    before = {each.id: each for each in old.criteria}
    verdicts = {
        each.id: _word(each, before.get(each.id), new, pull, known, today, changed_checks)
        for each in new.criteria
        if each.id in applies
    }
    return NewRules(says, verdicts)


def _word(
    criterion: Criterion,
    before: Criterion | None,
    new: Plan,
    pull: PullFacts,
    known: Mapping[str, CriterionRecord],
    today: date,
    changed_checks: frozenset[str],
) -> str:
    found = known.get(criterion.id)
    if criterion.check == REVIEW:
        found = CriterionRecord(criterion.id, _reviewed(new, pull))
    elif before is None or found is None or _asks(before) != _asks(criterion) or criterion.check in changed_checks:
        return NOT_JUDGED
    elif found.verdict is Verdict.WAIVED:
        found = CriterionRecord(criterion.id, Verdict.UNMET)  # by a waiver of the old plan
    waiver = next((each for each in new.waivers if each.criterion == criterion.id), None)
    return signed_for(found, waiver, today, news=False).verdict.word


def _reviewed(new: Plan, pull: PullFacts) -> Verdict:
    if not critical_because(new, pull):
        return Verdict.MET
    return approval(pull, Wanted(new.critical.reviewers)).verdict if new.critical.reviewers else Verdict.BROKEN


def _asks(criterion: Criterion) -> tuple[object, ...]:
    return criterion.check, dict(criterion.parameters), criterion.tests


def _criteria(old: Plan, new: Plan, gate: str, pull: PullFacts) -> Iterator[str]:
    before, after = ({each.id: each for each in plan.of_gate(gate)} for plan in (old, new))
    elsewhere = {each.id for each in new.criteria}
    for name, criterion in before.items():
        if name in after:
            yield from _differences(criterion, after[name])
        else:
            yield f"{name} would no longer belong to {gate}" if name in elsewhere else f"{name} would be gone"
    yield from (f"{name} would be asked for" for name in after if name not in before)
    asked, then = (selection(plan, gate, pull).applies or {} for plan in (old, new))
    yield from (
        f"{name} would no longer apply to this pull request" for name in asked if name in after and name not in then
    )


def _differences(before: Criterion, after: Criterion) -> Iterator[str]:
    if before.check != after.check:
        yield f"{before.id} would be judged by {after.check or 'no check'}, and not by {before.check or 'no check'}"
        return
    for key in sorted({*before.parameters, *after.parameters}):
        was, now = before.parameters.get(key), after.parameters.get(key)
        if was != now:
            yield f"{before.id} would have {key}: {_short(now)}, and not {_short(was)}"
    if before.tests != after.tests:
        yield f"{before.id} would be verified by {_listed(after.tests)}, and not by {_listed(before.tests)}"


def _waivers(old: Plan, new: Plan) -> Iterator[str]:
    before, after = ({(each.criterion, each.until, each.reason): each for each in plan.waivers} for plan in (old, new))
    for key, each in after.items():
        if key not in before:
            yield f"{each.criterion} would be waived until {each.until.isoformat()}, for {each.owner}: {each.reason}"
    yield from (f"the waiver of {each.criterion} would be gone" for key, each in before.items() if key not in after)


def _critical(old: Plan, new: Plan) -> Iterator[str]:
    for what, was, now in (
        ("critical paths", old.critical.paths, new.critical.paths),
        ("reviewers", old.critical.reviewers, new.critical.reviewers),
    ):
        gone, more = sorted(set(was) - set(now)), sorted(set(now) - set(was))
        yield from [f"{what} without {_listed(gone)}"] if gone else []
        yield from [f"{what} with {_listed(more)}"] if more else []
    asked = {task.id for task in old.tasks if task.critical_review}
    still = {task.id for task in new.tasks if task.critical_review}
    yield from (f"{task} would no longer ask for the reviewer" for task in sorted(asked - still))


def _settings(old: Plan, new: Plan) -> Iterator[str]:
    for name in SETTINGS:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield f"{name} would be {_short(now)}, and not {_short(was)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
