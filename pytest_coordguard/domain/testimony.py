"""What the witness said of the repository's own tests, and what it means for the criteria that they claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.verdict import Verdict, worst

Event = Mapping[str, Any]
Code = tuple[str, int]  # the name of the file that a function comes from, and its first line


class Reading(Protocol):
    """What the text of the repository's tests says of them."""

    def reason(self, path: str, test: str) -> str | None:
        """Return why the test could not fail, None when it could."""

    def replaced(self, path: str, test: str, code: Sequence[Code]) -> str | None:
        """Return what is wrong when none of the functions that ran is the one that the file defines."""

    def tests_of(self, name: str) -> Sequence[tuple[str, int, str]]:
        """Return path, line and test of all that a path or node id is expected to bring."""


class Unread:
    """The reading of tests that claim no criterion: whatever their text says, their outcome counts."""

    def reason(self, path: str, test: str) -> None:
        """Find no test vacuous."""

    def replaced(self, path: str, test: str, code: Sequence[Code]) -> None:
        """Find no function replaced."""

    def tests_of(self, name: str) -> Sequence[tuple[str, int, str]]:  # noqa: ARG002  # the protocol's name
        """Expect no test."""
        return ()


@dataclass(frozen=True, slots=True)
class TestRow:
    """A test of the repository, as the runner collected it."""

    __test__ = False

    id: str  # pytest's node id
    path: str  # relative to the root
    line: int  # 1-based
    test: str  # the node id behind the file: "test_x[1]", "TestX::test_y"
    criteria: tuple[str, ...]
    unknown: tuple[str, ...] = ()  # claimed ids that the plan does not have
    code: tuple[Code, ...] = ()  # the functions that it runs: its own first, then those that it wraps


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of one test, in the words of criteria."""

    row: TestRow
    verdict: Verdict
    message: str = ""
    place: tuple[str, int] | None = None
    seconds: float = 0.0
    flaky: bool = False
    told: tuple[Finding, ...] = ()  # what a guardrail of the repository's own found, each at the place at fault

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that a test other than met stands for."""
        return self.told or (self.finding,)

    @property
    def finding(self) -> Finding:
        """The finding that a test other than met stands for."""
        path, line = self.place or (self.row.path, self.row.line)
        return Finding(path, line, f"{self.row.id}: {self.message}", self.verdict.word)


@dataclass(slots=True)
class Testimony:
    """Everything that a run of the repository's tests let us know."""

    __test__ = False

    rows: dict[str, TestRow] = field(default_factory=dict)  # by node id
    stories: dict[str, list[Event]] = field(default_factory=dict)  # node id -> its events, in order
    uncollected: dict[str, Event] = field(default_factory=dict)  # node id of a file -> its event
    started: bool = False  # the repository's pytest came up with the witness in it
    trouble: str = ""  # why it did not, or did not end; "" when all is well
    output: str = ""  # the end of what it printed
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    crashes: dict[str, str] = field(default_factory=dict)  # node id -> how the process ended while it ran
    deselected: set[str] = field(default_factory=set)  # chosen, and left out by the repository's settings or hooks
    fatal: dict[str, str] = field(default_factory=dict)  # path of a file whose import ended the process -> how
    finished: set[str] = field(default_factory=set)  # node ids of tests that came to their end, teardown and all
    claimants: dict[str, list[TestRow]] = field(default_factory=dict)  # criterion -> the tests that claim it

    def hear(self, event: Event) -> None:
        """Add one event of the witness."""
        kind = event["e"]
        if kind == "session":
            self.started = True
            self.versions["pytest (runner)"] = str(event["pytest"])
            self.versions["python (runner)"] = ".".join(map(str, event["python"]))
        elif kind == "collected":
            for row in event["items"]:
                self._collect(row)
        elif kind == "uncollected":
            self.uncollected.setdefault(str(event["id"]), event)
        elif kind == "deselected":
            self.deselected.update(map(str, event["ids"]))
        elif kind in ("start", "phase", "subtest", "finish"):
            self.stories.setdefault(str(event["id"]), []).append(event)
            if kind == "finish":
                self.finished.add(str(event["id"]))

    def _collect(self, row: Mapping[str, Any]) -> None:
        if row["id"] in self.rows:
            return
        known = TestRow(
            row["id"],
            row["path"],
            row["line"],
            row["test"],
            tuple(row["criteria"]),
            tuple(row["unknown"]),
            tuple((str(file), int(line)) for file, line in row.get("code", ())),
        )
        self.rows[known.id] = known
        for criterion in dict.fromkeys(known.criteria):
            self.claimants.setdefault(criterion, []).append(known)

    @property
    def cut(self) -> frozenset[str]:
        """The tests that began and did not end."""
        return frozenset(self.stories.keys() - self.finished)

    @property
    def settled(self) -> frozenset[str]:
        """All that a further round need not try again."""
        return frozenset(self.stories) | frozenset(self.fatal)

    def claiming(self, criterion: str) -> tuple[TestRow, ...]:
        """The tests that claim a criterion, in the order of collection."""
        return tuple(self.claimants.get(criterion, ()))

    def unknown_claims(self) -> tuple[Finding, ...]:
        """One finding for each claim of a criterion that the plan does not have."""
        return tuple(
            Finding(row.path, row.line, f"{row.id} claims {name!r}, which the plan does not have", "unknown-claim")
            for row in self.rows.values()
            for name in row.unknown
        )


def ruling(row: TestRow, testimony: Testimony, reading: Reading) -> Ruling:
    """Return what became of one test."""
    story = testimony.stories.get(row.id, [])
    if not story:
        return Ruling(row, Verdict.NOT_RUN, testimony.trouble or _never_started(row, testimony))
    if row.id not in testimony.finished:
        how = testimony.crashes.get(row.id, "the run ended while it ran")
        return Ruling(row, Verdict.BROKEN, how)
    attempts = _attempts(story)
    last = _judged(row, attempts[-1])
    seconds = sum(float(event.get("seconds", 0)) for event in story)
    if last.verdict is Verdict.MET and (reason := reading.reason(row.path, row.test)):
        return Ruling(row, Verdict.BROKEN, f"vacuous: {reason}", None, seconds)
    if last.verdict is Verdict.MET and (reason := reading.replaced(row.path, row.test, row.code)):
        return Ruling(row, Verdict.BROKEN, f"tampered: {reason}", None, seconds)
    earlier = [_judged(row, attempt) for attempt in attempts[:-1]]
    if any(ruled.message.startswith("tampered") for ruled in earlier):
        last = next(ruled for ruled in earlier if ruled.message.startswith("tampered"))
    flaky = last.verdict is Verdict.MET and any(ruled.verdict is not Verdict.MET for ruled in earlier)
    message = f"flaky: passed at attempt {len(attempts)} only" if flaky else last.message
    return Ruling(row, last.verdict, message, last.place, seconds, flaky, () if flaky else last.told)


def _never_started(row: TestRow, testimony: Testimony) -> str:
    if row.id in testimony.deselected:
        return "was deselected by the settings or a hook of the repository"
    return "was collected and never started"


def _attempts(story: Sequence[Event]) -> list[list[Event]]:
    attempts: list[list[Event]] = []
    for event in story:
        if event["e"] in ("phase", "subtest"):
            if not attempts or (event["e"] == "phase" and event["when"] == "setup"):
                attempts.append([])
            attempts[-1].append(event)
    return attempts or [[]]


def _judged(row: TestRow, attempt: Iterable[Event]) -> Ruling:
    """Return the worst of an attempt's phases; a test without a call that ended is never met."""
    rulings = [_phase(row, event) for event in attempt]
    if not any(e["e"] == "phase" and e["when"] == "call" for e in attempt) and all(
        ruled.verdict is Verdict.MET for ruled in rulings
    ):
        return Ruling(row, Verdict.NOT_RUN, "its body was never called")
    return max(rulings, key=lambda ruled: ruled.verdict)


def _phase(row: TestRow, event: Event) -> Ruling:
    """Return what one phase, or a subtest, means for its test."""
    verdict, message = _subtest(event) if event["e"] == "subtest" else _ending(event)
    place = tuple(event["place"]) if event.get("place") else None
    told = tuple(Finding(*each) for each in event.get("findings", ())) if verdict is Verdict.UNMET else ()
    return Ruling(row, verdict, message, place, told=told)


def _subtest(event: Event) -> tuple[Verdict, str]:
    verdict = Verdict.NOT_RUN if event["outcome"] == "skipped" else Verdict.UNMET
    return verdict, f"a subtest {event['outcome']}: {event.get('text', '')}"


def _ending(event: Event) -> tuple[Verdict, str]:
    """Return what the end of a phase means: first whether the witness is believed, then whether it ran at all."""
    raised, text = event["raised"], str(event.get("text", ""))
    if _is_tampered(event):
        return Verdict.BROKEN, _tampered(event)
    if raised == "skipped" or (raised == "" and event["reported"] == "skipped" and not event.get("wasxfail")):
        return Verdict.NOT_RUN, f"skipped: {text.removeprefix('Skipped: ')}"
    if event["when"] == "call":
        return _call(event, text)
    return (Verdict.BROKEN, f"{_PHASE[event['when']]} failed: {text}") if raised else (Verdict.MET, "")


def _is_tampered(event: Event) -> bool:
    """Tell whether the report says better of a phase than its exception and its body do, whoever did that."""
    if event["reported"] != "passed":
        return False
    return event["raised"] not in ("", "xfailed") or event.get("body", "") not in ("", "returned")


def _call(event: Event, text: str) -> tuple[Verdict, str]:
    """Return what the call of a test means that was neither tampered with nor skipped."""
    raised, expected = event["raised"], bool(event.get("wasxfail"))
    if raised in ("failed", "xfailed") or expected:
        if raised == "" and expected:
            return Verdict.UNMET, "expected to fail, and passed: take its xfail mark away"
        return Verdict.UNMET, f"expected to fail, and failed: {text}" if expected else text
    if raised:
        return Verdict.BROKEN, text
    if event["reported"] != "passed":
        return Verdict.UNMET, "reported as failed although it raised nothing (an unexpected pass is one)"
    return Verdict.MET, ""


_PHASE = {"setup": "set-up", "teardown": "teardown"}


def _tampered(event: Event) -> str:
    who = ", ".join(event.get("hooks") or ()) or "a hook that does not show"
    if event["raised"] or event.get("body") not in ("returned", "not entered", ""):
        was = event["raised"] or event["body"]
        return f"tampered by {who}: it {was}, and was reported as passed"
    return f"tampered by {who}: reported as passed, and its body was never entered, or never awaited"


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """What the repository's own tests say of one criterion."""

    verdict: Verdict
    message: str
    findings: tuple[Finding, ...]
    tests: tuple[str, ...]
    seconds: float
    flaky: bool


def claim_verdict(
    criterion: str, named: Sequence[str], testimony: Testimony, reading: Reading, *, flaky_opens: bool
) -> ClaimVerdict:
    """Return the worst of what became of the tests that claim a criterion.

    Args:
        criterion: its id.
        named: the paths and node ids that the plan names for it; each must have brought a test.
        testimony: what the witness said.
        reading: what the text of the tests says of them.
        flaky_opens: whether a test that passed on a rerun only counts as met.

    """
    rows = testimony.claiming(criterion)
    rulings = [ruling(row, testimony, reading) for row in rows]
    lost = [found for name in named for found in _lost(name, rows, testimony, reading)]
    flaky = any(ruled.flaky for ruled in rulings)
    if not rulings and not lost:
        return _nobody(testimony)
    verdicts = [_with_flake(ruled, opens=flaky_opens) for ruled in rulings]
    verdict = worst([*verdicts, *(v for v, _ in lost)])
    unmet = [r for r, v in zip(rulings, verdicts, strict=True) if v is not Verdict.MET or r.flaky]
    findings = [finding for ruled in unmet for finding in ruled.findings]
    findings += [finding for _, finding in lost]
    worst_first = [r.message for r, v in zip(rulings, verdicts, strict=True) if v is verdict and r.message]
    worst_first += [finding.message for v, finding in lost if v is verdict]
    return ClaimVerdict(
        verdict,
        worst_first[0] if worst_first else "",
        tuple(findings),
        tuple(row.id for row in rows),
        sum(ruled.seconds for ruled in rulings),
        flaky,
    )


def _with_flake(ruled: Ruling, *, opens: bool) -> Verdict:
    return Verdict.UNMET if ruled.flaky and not opens else ruled.verdict


def _nobody(testimony: Testimony) -> ClaimVerdict:
    if testimony.trouble:
        return ClaimVerdict(Verdict.NOT_RUN, testimony.trouble, (), (), 0.0, flaky=False)
    broken = [event for event in testimony.uncollected.values() if event["outcome"] == "failed"]
    aside = f"; {len(broken)} file(s) could not be collected: {broken[0]['id']}" if broken else ""
    return ClaimVerdict(Verdict.UNCLAIMED, f"no guardrail and no test verifies it{aside}", (), (), 0.0, flaky=False)


def _lost(name: str, rows: Sequence[TestRow], testimony: Testimony, reading: Reading) -> list[tuple[Verdict, Finding]]:
    """Return the trouble of what a path or node id should have brought and did not."""
    if (missing := _missing(name, rows, testimony)) is not None:
        return [missing]
    brought = {(row.path, row.test.partition("[")[0]) for row in rows}
    files = {path for path, _ in brought}
    found: dict[str, tuple[Verdict, Finding]] = {}
    for path, line, test in reading.tests_of(name):
        whole = None if path in files else _missing(path, rows, testimony)
        if whole is not None:
            found[path] = whole
        elif (path, test) not in brought:
            said = f"{test} is a test by its name, and was not collected"
            found[f"{path}::{test}"] = (Verdict.NOT_RUN, Finding(path, line, said, "not-collected"))
    return list(found.values())


def _missing(name: str, rows: Sequence[TestRow], testimony: Testimony) -> tuple[Verdict, Finding] | None:
    """Return the trouble of a path or node id that brought no test, None when it brought one."""
    path, _, function = name.partition("::")
    folder = path.rstrip("/") + "/"
    for row in rows:
        here = row.path == path or row.path.startswith(folder) or path == "."
        if here and (not function or row.test == function or row.test.startswith((function + "[", function + "::"))):
            return None
    for node, event in testimony.uncollected.items():
        file = node.partition("::")[0]
        if file == path or file.startswith(folder) or path.startswith(file.rstrip("/") + "/"):
            if event["outcome"] == "skipped":
                return Verdict.NOT_RUN, Finding(file, 0, f"skips itself as a whole: {event['text']}", "skipped-file")
            last = str(event["text"]).strip().splitlines() or [""]
            return Verdict.BROKEN, Finding(file, 0, f"cannot be collected: {last[-1]}", "uncollected")
    for file, how in testimony.fatal.items():
        if file == path or file.startswith(folder):
            return Verdict.BROKEN, Finding(file, 0, how, "uncollected")
    if testimony.trouble:
        return Verdict.NOT_RUN, Finding(path, 0, testimony.trouble, "not-run")
    return Verdict.NOT_RUN, Finding(path, 0, f"no test was collected from {name!r}", "no-test")
