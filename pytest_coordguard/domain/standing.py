"""Where criteria, tasks and gates stand: the plan beside what is known of it. Only verdicts count, nothing stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pytest_coordguard.domain.plan import Criterion, Plan, Task
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, stale
from pytest_coordguard.domain.verdict import Verdict

NEVER_JUDGED = "no run has judged it yet"


@dataclass(frozen=True, slots=True)
class Standing:
    """A criterion of the plan and what is known of it."""

    criterion: Criterion
    known: CriterionRecord
    stale: str  # why its verdict does not count on the present state; "" when it does

    @property
    def counts(self) -> bool:
        """Whether its verdict was found here and now, by a check that was not seen to miss a planted fault."""
        return not self.stale and self.known.proven is not False

    @property
    def ticked(self) -> bool:
        """Whether its box is ticked: met, and that counts. A waiver opens a gate and ticks nothing."""
        return self.known.verdict is Verdict.MET and self.counts

    @property
    def opens(self) -> bool:
        """Whether it lets its gates open."""
        return self.known.verdict.opens and self.counts

    @property
    def word(self) -> str:
        """The verdict's word; `stale` in place of one that would open the gate if it counted."""
        return "stale" if self.known.verdict.opens and self.stale else self.known.verdict.word


@dataclass(frozen=True, slots=True)
class GateStanding:
    """A gate, the criteria that it selects, and whether it is open."""

    gate: str
    standings: tuple[Standing, ...]
    complete: bool  # the last run was of this gate, and judged all of it
    problems: tuple[str, ...]  # what closes the gate and belongs to no criterion
    now: Provenance

    @property
    def open(self) -> bool:
        """Whether it is open: something was to be judged, all of it opens, and the run itself is in order."""
        return bool(self.standings) and self.complete and not self.problems and not self.closing

    @property
    def closing(self) -> tuple[Standing, ...]:
        """The criteria that keep it closed, in the order of the plan."""
        return tuple(each for each in self.standings if not each.opens)

    @property
    def would_open(self) -> bool:
        """Whether it lacks nothing but a commit of what is there: each verdict was found in the last run."""
        return (
            (self.now.dirty or self.now.commit is None)
            and bool(self.standings)
            and self.complete
            and not self.problems
            and all(
                each.known.verdict.opens
                and each.known.proven is not False
                and each.known.provenance.commit == self.now.commit
                and each.known.provenance.run == self.now.run
                for each in self.standings
            )
        )

    @property
    def words(self) -> Counter[str]:
        """How many criteria there are of each word, the best first."""
        found = Counter(each.word for each in self.standings)
        order = [*(verdict.word for verdict in Verdict), "stale"]
        return Counter({word: found[word] for word in order if found[word]})

    @property
    def met(self) -> int:
        """How many of its boxes are ticked."""
        return sum(each.ticked for each in self.standings)


def percentage(part: int, whole: int) -> int:
    """Return a share in percent, rounded down; nothing of nothing is 0."""
    return 100 * part // whole if whole else 0


def stale_because(found: Provenance, now: Provenance) -> str:
    """Return why a verdict does not count on the present state, "" when it does. Agrees with `record.stale`."""
    if not stale(found, now):
        return ""
    if found.commit is None:
        return "found on no commit"
    if found.commit != now.commit:
        return f"found on {found.commit[:7]}{' with uncommitted changes' if found.dirty else ''}, not on this commit"
    return "found with uncommitted changes" if found.dirty else "there are uncommitted changes now"


def standings(plan: Plan, record: Record, now: Provenance) -> tuple[Standing, ...]:
    """Return where each criterion of the plan stands, in its order; what the plan does not name is left out."""
    known: dict[str, CriterionRecord] = {}
    for each in record.criteria:
        if each.id not in known or each.verdict > known[each.id].verdict:
            known[each.id] = each
    return tuple(_standing(criterion, known.get(criterion.id), now) for criterion in plan.criteria)


def _standing(criterion: Criterion, known: CriterionRecord | None, now: Provenance) -> Standing:
    if known is None:
        known = CriterionRecord(criterion.id, Verdict.NOT_RUN, NEVER_JUDGED)
    return Standing(criterion, known, stale_because(known.provenance, now))


def gate_standing(plan: Plan, record: Record, now: Provenance, gate: str) -> GateStanding:
    """Return where a gate stands. `now.run` may be empty; it is taken from the record then."""
    mine = tuple(each for each in standings(plan, record, now) if gate in each.criterion.gates)
    seen = Provenance(now.commit, now.dirty, now.checked_at, now.run or record.run.id)
    complete = record.run.state == "complete" and record.run.gate == gate
    return GateStanding(gate, mine, complete, record.run.problems, seen)


def waves(plan: Plan) -> tuple[tuple[Task, ...], ...]:
    """Return the tasks in waves: those of one wave depend only on tasks of earlier ones.

    A task that depends on itself in a circle (the plan reader refuses such a plan) comes in a last wave.
    """
    placed: set[str] = set()
    rest, found = list(plan.tasks), []
    known = {task.id for task in plan.tasks}
    while rest:
        ready = [task for task in rest if not (set(task.depends_on) & known) - placed] or rest
        found.append(tuple(ready))
        placed |= {task.id for task in ready}
        rest = [task for task in rest if task.id not in placed]
    return tuple(found)
