"""What is known after a run: the verdict of each criterion, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.verdict import Verdict


def utc(moment: datetime) -> str:
    """Return a moment that is told in UTC as records and reports write it: 2026-11-24T09:15:02Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The state of the repository on which a verdict was found."""

    commit: str | None = None  # full object name; None: no git, or no commit yet
    dirty: bool = False  # files beside the reports differ from the commit
    checked_at: str = ""  # UTC, as 2026-11-24T09:15:02Z
    run: str = ""  # id of the run
    same: tuple[str, ...] = ()  # commits that differ from this one in our own reports alone
    changed: tuple[str, ...] = ()  # the paths that make it dirty; known of the present state alone


@dataclass(frozen=True, slots=True)
class CriterionRecord:
    """What a run found of one criterion."""

    id: str
    verdict: Verdict
    message: str = ""  # one sentence for a person; "" when there is nothing to say
    remedy: str = ""
    duration: float | None = None  # seconds
    provenance: Provenance = Provenance()
    findings: tuple[Finding, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    waiver: str = ""  # "reason (owner, until 2026-12-31)", when one covers it or has expired
    proven: bool | None = None  # True: its guardrail found each planted fault; False: it did not; None: not tried
    tests: tuple[str, ...] = ()  # the tests that claim it
    flaky: bool = False


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run."""

    id: str
    gate: str
    state: str  # running, complete, incomplete
    started: str  # UTC
    exit_status: int | None = None
    duration: float | None = None  # seconds
    commit: str | None = None
    branch: str = ""
    dirty: bool = False
    pull_request: int | None = None
    plan_digest: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()  # what closes the gate and belongs to no criterion
    artefacts: tuple[str, ...] = ()  # paths relative to the root
    range: str = ""  # as the command line named it, A..B


@dataclass(frozen=True, slots=True)
class Record:
    """The last run, and the newest verdict of each criterion of the plan."""

    run: RunRecord
    criteria: tuple[CriterionRecord, ...] = ()
    today: date | None = None

    def of(self, criterion: str) -> CriterionRecord | None:
        """Return what is known of a criterion, None when nothing is."""
        return next((known for known in self.criteria if known.id == criterion), None)


def stale(found: Provenance, now: Provenance) -> bool:
    """Tell whether a verdict has lost its tick: it was found on another commit, on none, or on a dirty tree.

    A commit that adds nothing but our own reports is no other one: they could never be committed with their ticks.
    """
    elsewhere = found.commit != now.commit and found.commit not in now.same
    return found.commit is None or elsewhere or found.dirty or now.dirty
