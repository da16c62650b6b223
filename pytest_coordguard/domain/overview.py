"""All facts of the dashboard in one place: every page, command and program that shows them takes them from here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pytest_coordguard.domain.history import DayOfTrend, Run, Since, red_since, trend
from pytest_coordguard.domain.plan import Plan, Task
from pytest_coordguard.domain.record import Provenance, Record
from pytest_coordguard.domain.standing import GateStanding, Standing, gate_standing, percentage, standings, waves
from pytest_coordguard.domain.task_status import (
    COMPLETED,
    IN_PROGRESS,
    NOT_STARTED,
    REGRESSED,
    REVIEW,
    Blocker,
    TaskState,
    task_states,
)
from pytest_coordguard.domain.work import OPEN, Change, Work

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the executive summary."""

    name: str
    value: str
    target: str
    met: bool | None  # None: nothing can be said yet


@dataclass(frozen=True, slots=True)
class Hours:
    """Estimates of some tasks."""

    tasks: int
    completed: int
    given: float  # estimated, together
    without: int  # tasks without an estimate
    spent: float  # of the tasks of which it is known
    left: float  # estimated, of the tasks that are not completed


@dataclass(frozen=True, slots=True)
class Step:
    """A task that can be worked on now, or a pull request that waits for a review."""

    kind: str  # start, go_on, mend, review
    task: Task
    why: str
    frees: int  # how many tasks wait for it, directly or not
    change: Change | None = None
    since: int | None = None  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that is known at one moment."""

    plan: Plan
    record: Record
    now: Provenance
    work: Work
    found: tuple[Standing, ...]
    states: tuple[TaskState, ...]
    gates: tuple[GateStanding, ...]
    trend: tuple[DayOfTrend, ...] = ()
    red: Mapping[str, Since] | None = None
    earlier: tuple[Run, ...] = ()  # the runs on record, the oldest first

    @property
    def runs(self) -> int:
        """How many runs are on record."""
        return len(self.earlier)

    @property
    def at(self) -> int:
        """The moment that ages are counted to, seconds since 1970; 0 when none is known."""
        try:
            return int(datetime.fromisoformat(self.now.checked_at).timestamp())
        except ValueError:
            return self.work.now

    @property
    def by_id(self) -> dict[str, TaskState]:
        """The tasks by id."""
        return {each.task.id: each for each in self.states}

    @property
    def counts(self) -> Counter[str]:
        """How many tasks there are of each status."""
        return Counter(each.status for each in self.states)

    @property
    def completion(self) -> int:
        """The share of completed tasks in percent, rounded down."""
        return percentage(self.counts[COMPLETED], len(self.states))

    def hours(self, states: Sequence[TaskState] | None = None) -> Hours:
        """Add up the estimates of some tasks, of all by default."""
        mine = self.states if states is None else states
        given = [(each, each.task.estimate_hours) for each in mine]
        return Hours(
            len(mine),
            sum(each.status == COMPLETED for each in mine),
            sum(hours or 0.0 for _, hours in given),
            sum(hours is None for _, hours in given),
            sum(each.spent_hours or 0.0 for each in mine),
            sum(hours or 0.0 for each, hours in given if each.status != COMPLETED),
        )

    def by_owner(self) -> dict[str, tuple[TaskState, ...]]:
        """The tasks by owner, sorted; "" for those without."""
        owners = sorted({each.task.owner for each in self.states})
        return {owner: tuple(each for each in self.states if each.task.owner == owner) for owner in owners}

    def by_group(self) -> dict[str, tuple[TaskState, ...]]:
        """The tasks by group, in the order of the plan."""
        groups = dict.fromkeys(each.task.group for each in self.states)
        return {group: tuple(each for each in self.states if each.task.group == group) for group in groups}

    def waves(self) -> tuple[tuple[TaskState, ...], ...]:
        """The tasks in waves, the most urgent of each first."""
        by_id = self.by_id
        return tuple(tuple(sorted((by_id[task.id] for task in wave), key=urgency)) for wave in waves(self.plan))

    def blockers(self) -> tuple[tuple[TaskState, Blocker], ...]:
        """What keeps tasks from going on, the oldest of the most urgent first."""
        found = [(each, one) for each in self.states for one in each.blockers]
        late = float("inf")
        return tuple(sorted(found, key=lambda pair: (pair[0].task.rank, pair[1].since or late)))

    def frees(self) -> dict[str, int]:
        """How many tasks that are not completed wait for each task, directly or not."""
        waiting = {each.task.id: set(each.waiting_for) for each in self.states if each.status != COMPLETED}
        return {each.task.id: len(_behind(each.task.id, waiting)) for each in self.states}

    def steps(self) -> tuple[Step, ...]:
        """What can be done now, the most useful first: what is broken, then reviews, then what others wait for."""
        frees = self.frees()
        found = [step for each in self.states for step in _steps(each, frees[each.task.id])]
        kinds = ("mend", "review", "go_on", "start")
        late = float("inf")

        def usefulness(step: Step) -> tuple[float, ...]:
            hours = step.task.estimate_hours
            return (kinds.index(step.kind) > 1, -step.frees, step.task.rank, kinds.index(step.kind), hours or late)

        return tuple(sorted(found, key=usefulness))

    def targets(self) -> tuple[Target, ...]:
        """The executive summary: what is wanted, and whether it is so."""
        counts, blocked = self.counts, len({each.task.id for each, _ in self.blockers()})
        merged = [each for each in self.states if each.finished is not None and each.task.estimate_hours]
        late = [each for each in merged if (each.spent_hours or 0) > (each.task.estimate_hours or 0) + 0.5]
        conflicts = [each for each in self.work.changes if each.state == OPEN and each.conflicts]
        owned = sum(bool(each.task.owner) for each in self.states)
        total = len(self.states)
        found = [
            Target("tasks completed", f"{counts[COMPLETED]} of {total}", "all", counts[COMPLETED] == total),
            Target("tasks that fell back", str(counts[REGRESSED]), "0", counts[REGRESSED] == 0),
            Target("tasks with a blocker", str(blocked), "0", blocked == 0),
            Target("tasks with an owner", f"{owned} of {total}", "all", owned == total),
            Target("open changes that conflict", str(len(conflicts)), "0", not conflicts if self.work.known else None),
            Target("merged within estimate", f"{len(merged) - len(late)} of {len(merged)}", "all, 30 min over at most",
                   None if not merged else not late),
        ]  # fmt: skip
        gates = [
            Target(f"gate {each.gate}", f"{each.met} of {len(each.standings)} met", "open", each.open)
            for each in self.gates
        ]
        return (*found, *gates)


def overview(plan: Plan, record: Record, now: Provenance, work: Work, runs: Sequence[Run] = ()) -> Overview:
    """Return everything that is known; `runs` are as `domain.history.ordered` gives them."""
    found = standings(plan, record, now)
    return Overview(
        plan,
        record,
        now,
        work,
        found,
        task_states(plan, found, work),
        tuple(gate_standing(plan, record, now, gate) for gate in plan.gates),
        trend(runs),
        red_since(runs, [criterion.id for criterion in plan.criteria]),
        tuple(runs),
    )


def urgency(state: TaskState) -> tuple[int, float]:
    """Order by priority, then by estimate: the shorter first, one without an estimate last."""
    hours = state.task.estimate_hours
    return state.task.rank, float("inf") if hours is None else hours


def _behind(task: str, waiting: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [task]
    while ahead:
        first = ahead.pop()
        new = {other for other, needs in waiting.items() if first in needs and other not in found}
        found |= new
        ahead += new
    return found


def _steps(state: TaskState, frees: int) -> list[Step]:
    task = state.task
    if state.status == REGRESSED:
        return [Step("mend", task, state.why, frees)]
    if state.status == REVIEW:
        change = next(iter(reversed(state.of_state(OPEN))), None)
        return [Step("review", task, state.why, frees, change, change.last if change else None)]
    if state.status == IN_PROGRESS:
        return [Step("go_on", task, state.why, frees, next(iter(reversed(state.of_state(OPEN))), None))]
    if state.status == NOT_STARTED:
        return [Step("start", task, state.why if state.alike else "waits for nothing", frees)]
    return []
