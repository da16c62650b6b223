"""Where each task stands, from its verdicts and from the work that git shows. A stored status is never an input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_coordguard.domain.plan import Plan, Task
from pytest_coordguard.domain.standing import Standing, percentage
from pytest_coordguard.domain.task_link import Confidence, TaskLink
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.domain.work import EMPTY, MERGED, OPEN, Change, Work, surest

COMPLETED, REGRESSED, REVIEW, IN_PROGRESS = "completed", "regressed", "review", "in_progress"
BLOCKED, NOT_STARTED = "blocked", "not_started"
# The furthest first; `empty` was merged and delivered nothing, which is further than nobody knows where.
STATUSES = (COMPLETED, REGRESSED, REVIEW, IN_PROGRESS, BLOCKED, EMPTY, NOT_STARTED)
FAILS = (Verdict.UNMET, Verdict.BROKEN)
HOUR = 3600
OPEN_FOR = (
    14 * 24 * HOUR
)  # seconds: a pull request whose state is not known counts as open so long after its last commit
STOPS = {"blocked", "on hold", "on-hold", "do not merge", "do-not-merge", "wip"}  # labels


@dataclass(frozen=True, slots=True)
class Blocker:
    """What keeps a task from going on."""

    kind: str  # dependency, conflict, checks, changes_requested, label, regressed
    text: str  # what is the case
    who: str  # who can undo it, "" when nobody is named
    step: str  # what to do
    since: int | None = None  # seconds since 1970


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task, where it stands, and why."""

    task: Task
    status: str
    why: str  # in words
    confidence: Confidence
    standings: tuple[Standing, ...]
    changes: tuple[tuple[Change, TaskLink], ...] = ()  # its work, each with what links it
    blockers: tuple[Blocker, ...] = ()
    waiting_for: tuple[str, ...] = ()  # tasks that come first and are not done
    alike: tuple[Change, ...] = ()  # of a task without work of its own: changes whose titles read like its

    @property
    def done(self) -> int:
        """How many of its criteria are met."""
        return sum(each.ticked for each in self.standings)

    @property
    def percentage(self) -> int:
        """Its progress, rounded down, so that 100 means all."""
        return percentage(self.done, len(self.standings))

    def of_state(self, state: str) -> tuple[Change, ...]:
        """Its changes in one state."""
        return tuple(change for change, _ in self.changes if change.state == state)

    @property
    def branch(self) -> str:
        """The branch on which it is done: that of its newest open change, of its newest one, or as planned."""
        named = [change for change, _ in self.changes if change.branch]
        mine = [change for change in named if change.state == OPEN] or named
        return mine[-1].branch if mine else self.task.branch

    @property
    def pull_request(self) -> int | None:
        """The number of its newest open pull request, or of its newest one."""
        numbered = [change for change, _ in self.changes if change.number is not None]
        mine = [change for change in numbered if change.state == OPEN] or numbered
        return mine[-1].number if mine else None

    @property
    def started(self) -> int | None:
        """When its first commit was made, seconds since 1970."""
        return min((change.first for change, _ in self.changes if change.first), default=None)

    @property
    def finished(self) -> int | None:
        """When its last change was merged, None while one is open or none was."""
        if self.of_state(OPEN) or not self.of_state(MERGED):
            return None
        return max(change.merged_at or change.last for change in self.of_state(MERGED))

    @property
    def spent_hours(self) -> float | None:
        """By `Spent:` trailers where there are any, else from the first commit of each merged change to its merge."""
        said = [change.spent_hours for change, _ in self.changes if change.spent_hours is not None]
        if said:
            return sum(said)
        merged = self.of_state(MERGED)
        if not merged:
            return None
        return sum(max((change.merged_at or change.last) - change.first, 0) for change in merged) / HOUR


def task_states(plan: Plan, found: Iterable[Standing], work: Work) -> tuple[TaskState, ...]:
    """Return where each task stands, in the order of the plan.

    Completed: every criterion is ticked, on the default branch, and no change of it is open. Regressed: merged, and a
    criterion fails. Empty: all that is said to be its work changes nothing. Blocked: something keeps it from going on.
    Review: a pull request is open, or it is merged and a person has to sign. In progress: it has commits, or some
    criteria are met. A task without criteria is never completed: nothing can show that it is.
    """
    by_task: dict[str, list[Standing]] = {task.id: [] for task in plan.tasks}
    for each in found:
        by_task[each.criterion.task].append(each)
    changes = {task.id: work.of_task(task.id) for task in plan.tasks}
    done = {task.id for task in plan.tasks if _is_done(by_task[task.id], changes[task.id], work)}
    owners = {task.id: task.owner for task in plan.tasks}
    return tuple(_state(task, by_task[task.id], changes[task.id], work, done, owners) for task in plan.tasks)


def _is_done(mine: Sequence[Standing], changes: Sequence[tuple[Change, TaskLink]], work: Work) -> bool:
    """Tell whether what waits for a task may begin: it is completed, or merged and no criterion of it fails."""
    states = {change.state for change, _ in changes}
    if OPEN in states:
        return False
    if MERGED in states:
        return not _failing(mine)
    return _all_met(mine) and work.on_main


def _all_met(mine: Sequence[Standing]) -> bool:
    return bool(mine) and all(each.ticked for each in mine)


def _failing(mine: Sequence[Standing]) -> tuple[Standing, ...]:
    return tuple(each for each in mine if each.known.verdict in FAILS)


def _state(
    task: Task,
    mine: Sequence[Standing],
    changes: Sequence[tuple[Change, TaskLink]],
    work: Work,
    done: set[str],
    owners: Mapping[str, str],
) -> TaskState:
    waiting = tuple(other for other in task.depends_on if other not in done)
    blockers = (*_waits(waiting, owners, work), *_stopped(task, changes, work), *_fallen(task, mine, changes))
    status, why = next(found for rule in RULES if (found := rule(mine, changes, work, blockers)))
    alike = () if changes else work.alike(task.id)
    if status == NOT_STARTED and alike:
        names = ", ".join(change.name for change in alike[-3:])
        why = f"nothing is linked to it; {names} read{'s'[: len(alike) == 1]} like it, which a trailer would settle"
    sure = surest(link for _, link in changes) if changes else Confidence.HIGH
    if status == REVIEW and any(_guessed(change, work) for change, _ in changes):
        sure = Confidence.LOW
    kept = () if status == COMPLETED else tuple(blockers)
    return TaskState(task, status, why, sure, tuple(mine), tuple(changes), kept, waiting, alike)


# -- the rules, the first that speaks decides ----------------------------------------------------------------

Found = tuple[str, str] | None
Changes = Sequence[tuple[Change, TaskLink]]


def _named(changes: Changes, state: str) -> str:
    return ", ".join(dict.fromkeys(change.name for change, _ in changes if change.state == state))


def _completed(mine: Sequence[Standing], changes: Changes, work: Work, _blockers: Sequence[Blocker]) -> Found:
    if not _all_met(mine) or any(change.state == OPEN for change, _ in changes):
        return None
    merged = _named(changes, MERGED)
    if merged:
        return COMPLETED, f"merged in {merged}, and every criterion is met"
    return (COMPLETED, "every criterion is met") if work.on_main else None


def _regressed(mine: Sequence[Standing], changes: Changes, _work: Work, _blockers: Sequence[Blocker]) -> Found:
    failing = _failing(mine)
    merged = _named(changes, MERGED)
    if not merged or not failing or any(change.state == OPEN for change, _ in changes):
        return None
    return REGRESSED, f"merged in {merged}, and {_ids(failing)} {'fail' if len(failing) > 1 else 'fails'}"


def _blocked(_mine: Sequence[Standing], changes: Changes, _work: Work, blockers: Sequence[Blocker]) -> Found:
    merged = _named(changes, MERGED)
    stops = [each for each in blockers if each.kind != REGRESSED]
    if not stops or (merged and not any(change.state == OPEN for change, _ in changes)):
        return None
    return BLOCKED, stops[0].text


def _review(mine: Sequence[Standing], changes: Changes, work: Work, _blockers: Sequence[Blocker]) -> Found:
    for change, _ in reversed(changes):
        if change.state == OPEN and _is_reviewed(change, work):
            guess = "; that it is open is a guess: no one asked the forge" if _guessed(change, work) else ""
            return REVIEW, f"{change.name} is open{guess}"
    left = [each for each in mine if not each.ticked]
    merged = _named(changes, MERGED)
    if merged and left and all(each.known.verdict is Verdict.AWAITING for each in left):
        return REVIEW, f"merged in {merged}; {_ids(left)} waits for a person"
    return None


def _in_progress(mine: Sequence[Standing], changes: Changes, work: Work, _blockers: Sequence[Blocker]) -> Found:
    going = [change for change, _ in changes if change.state == OPEN and not _stale(change, work)]
    if going:
        draft = ", a draft" if going[-1].pull and going[-1].pull.draft else ""
        return IN_PROGRESS, f"{going[-1].name} has {going[-1].how}{draft}"
    merged = _named(changes, MERGED)
    met, left = sum(each.ticked for each in mine), _named(changes, OPEN)
    if _all_met(mine) and left and work.on_main:
        return IN_PROGRESS, f"every criterion is met, and {left} was left open"
    if merged:
        return IN_PROGRESS, f"merged in {merged}; {met} of {len(mine)} criteria are met" if mine else (
            f"merged in {merged}; it has no criterion that could show it is done"
        )
    if met and met == len(mine):
        return IN_PROGRESS, f"every criterion is met here, and this is not on {work.main or 'the default branch'}"
    return (IN_PROGRESS, f"{met} of {len(mine)} criteria are met") if met else None


def _empty(_mine: Sequence[Standing], changes: Changes, _work: Work, _blockers: Sequence[Blocker]) -> Found:
    found = [change for change, _ in changes if change.state == EMPTY]
    return (EMPTY, f"{found[-1].name}: {found[-1].how}") if found else None


def _not_started(_mine: Sequence[Standing], changes: Changes, work: Work, _blockers: Sequence[Blocker]) -> Found:
    if changes:
        return NOT_STARTED, f"nothing but {changes[-1][0].name}, which was left alone"
    return NOT_STARTED, "no branch, pull request or commit is linked to it" if work.known else "no criterion is met"


RULES: tuple[Callable[[Sequence[Standing], Changes, Work, Sequence[Blocker]], Found], ...] = (
    _completed,
    _regressed,
    _blocked,
    _review,
    _in_progress,
    _empty,
    _not_started,
)


def _ids(found: Sequence[Standing]) -> str:
    return ", ".join(each.criterion.id for each in found)


def _is_reviewed(change: Change, work: Work) -> bool:
    """Tell whether a change lies before its reviewers: an open pull request that is no draft."""
    pull = change.pull
    if pull is None or pull.draft:
        return False
    return bool(pull.open) or (pull.open is None and not work.pulls_known and not _stale(change, work))


def _guessed(change: Change, work: Work) -> bool:
    return change.state == OPEN and change.pull is not None and change.pull.open is None and not work.pulls_known


def _stale(change: Change, work: Work) -> bool:
    """Tell whether nobody knows whether a change is still worked on, and nobody has touched it for long."""
    told = change.pull is not None and change.pull.open
    return not told and bool(work.now) and work.now - change.last > OPEN_FOR


# -- blockers ------------------------------------------------------------------------------------------------


def _waits(waiting: Sequence[str], owners: Mapping[str, str], work: Work) -> Iterator[Blocker]:
    for other in waiting:
        since = min((change.first for change, _ in work.of_task(other) if change.first), default=work.since or None)
        yield Blocker("dependency", f"waiting for {other}", owners.get(other, ""), f"finish {other}", since)


def _stopped(task: Task, changes: Changes, work: Work) -> Iterator[Blocker]:
    for change, _ in changes:
        if change.state != OPEN or _stale(change, work):
            continue
        if change.conflicts:
            where = ", ".join(change.conflicts[:3]) + (" …" if len(change.conflicts) > 3 else "")  # noqa: PLR2004
            text = f"{change.name} conflicts with {work.main} in {where}"
            yield Blocker("conflict", text, task.owner, f"rebase {change.branch or change.name}", change.last)
        if change.pull:
            yield from _told(task, change)


def _told(task: Task, change: Change) -> Iterator[Blocker]:
    pull = change.pull
    assert pull is not None
    since = pull.updated or change.last
    if pull.failed_checks:
        failed = ", ".join(pull.failed_checks)
        yield Blocker("checks", f"{change.name}: {failed} failed", task.owner, "make the checks pass", since)
    if pull.review == "CHANGES_REQUESTED":
        text = f"{change.name}: changes are requested"
        yield Blocker("changes_requested", text, task.owner, "answer the review", since)
    for label in pull.labels:
        if label.casefold() in STOPS:
            yield Blocker("label", f"{change.name} is labelled {label}", task.owner, f"take {label} off", since)


def _fallen(task: Task, mine: Sequence[Standing], changes: Changes) -> Iterator[Blocker]:
    """Yield what fails although it was merged: everyone has it now."""
    if any(change.state == MERGED for change, _ in changes):
        for each in _failing(mine):
            text = f"{each.criterion.id} is {each.known.verdict.word}"
            yield Blocker(REGRESSED, text, task.owner, each.known.remedy or "make it hold again")
