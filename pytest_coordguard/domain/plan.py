"""A plan: tasks, and the criteria that each must meet. Plain data; `facts.plan_file` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pytest_coordguard.domain.service import Service
from pytest_coordguard.domain.soak import Soak

GATES = ("preaudit", "review_gate")
PRIORITIES = ("critical", "high", "medium", "low")  # most urgent first


@dataclass(frozen=True, slots=True)
class Criterion:
    """One acceptance criterion. Its id is its name for ever; its wording may change."""

    id: str  # "CC-5/spec-validates"
    task: str  # "CC-5"
    text: str
    line: int  # 1-based, where the plan names it
    gates: tuple[str, ...] = GATES
    check: str | None = None  # the guardrail that verifies it, as "openapi.valid"
    parameters: Mapping[str, Any] = field(default_factory=dict)  # as the guardrail's signature wants them
    tests: tuple[str, ...] = ()  # the repository's own tests that verify it: paths or node ids


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work."""

    id: str
    title: str
    line: int
    group: str = "tasks"
    owner: str = ""
    reviewer: str = ""
    priority: str = "medium"  # critical, high, medium, low
    risk: str = ""  # low, medium, high
    estimate_hours: float | None = None
    depends_on: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    branch: str = ""
    critical_review: bool = False
    criteria: tuple[Criterion, ...] = ()

    @property
    def rank(self) -> int:
        """How soon it is to be done: 0 for the most urgent; a priority of another name comes last."""
        return PRIORITIES.index(self.priority) if self.priority in PRIORITIES else len(PRIORITIES)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A documented exception."""

    criterion: str
    reason: str
    owner: str
    until: date  # the last day on which it holds, UTC
    line: int


@dataclass(frozen=True, slots=True)
class Retired:
    """A criterion that was taken out of the plan on purpose, so that its absence is no lie."""

    criterion: str
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Reports:
    """Where the reports go, relative to the root."""

    checklist: str = "docs/audits/pre-audit/GUARDRAILS_CHECKLIST.md"
    status: str = "docs/plans/task_status.json"
    dashboard: str = "docs/plans/COORDINATION_DASHBOARD.md"
    audits: str = "docs/audits"

    @property
    def paths(self) -> tuple[str, ...]:
        """The files and the folder that only this tool writes; a change of them is nobody's work."""
        return (self.checklist, self.status, self.dashboard, self.audits)


@dataclass(frozen=True, slots=True)
class Critical:
    """What only the reviewers may let in."""

    paths: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    within_seconds: float = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Comments:
    """Whose comments are obeyed, by command. None: those of the reviewers of `critical`; nobody's for an empty list."""

    run: tuple[str, ...] | None = None
    explain: tuple[str, ...] | None = None
    assign: tuple[str, ...] | None = None
    waive: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Runner:
    """How the repository's own tests and commands are run."""

    python: str = ""  # interpreter, relative to the root or a command on PATH; "": the judge's own
    args: tuple[str, ...] = ()  # added to the pytest command line
    env: Mapping[str, str] = field(default_factory=dict)  # added to the scrubbed environment
    timeout_seconds: float = 1800.0  # for the whole run
    flaky: str = "closed"  # a test that passed only on a rerun leaves its criterion: "closed" or "open"


@dataclass(frozen=True, slots=True)
class Plan:
    """The tasks of a repository and what the checks need to know about it."""

    path: str  # as a person would name the file
    digest: str  # sha256 of its bytes
    project: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)  # name -> title
    gates: tuple[str, ...] = GATES  # all gates that may be asked for
    reports: Reports = Reports()
    critical: Critical = Critical()
    comments: Comments = Comments()
    runner: Runner = Runner()
    service: Service | None = None
    soak: Soak = field(default_factory=Soak)
    tests: tuple[str, ...] = ()  # where claims by the `criterion` marker are looked for
    guardrails: tuple[str, ...] = ()  # files with the repository's own guardrails; they run in the runner
    since: date | None = None  # work before this day belongs to none of its tasks; None: before the plan was there
    base: str = ""  # the ref that changes are judged against; "": the default branch
    waivers: tuple[Waiver, ...] = ()
    retired: tuple[Retired, ...] = ()
    tasks: tuple[Task, ...] = ()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria, in the order of the plan."""
        return tuple(criterion for task in self.tasks for criterion in task.criteria)

    def may(self, login: str, verb: str) -> bool:
        """Tell whether a person may ask for this in a comment; a login knows no case."""
        named = getattr(self.comments, verb)
        people = self.critical.reviewers if named is None else named
        return login.casefold() in {each.casefold() for each in people}

    def of_gate(self, gate: str) -> tuple[Criterion, ...]:
        """The criteria that a gate selects, in the order of the plan."""
        return tuple(criterion for criterion in self.criteria if gate in criterion.gates)
