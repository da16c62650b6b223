"""The reports as a reader sees them: whole texts, so that each change of a word is seen in review."""

from dataclasses import replace

import pytest

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.plan import Criterion, Plan, Task
from pytest_coordguard.domain.record import CriterionRecord, Record, stale
from pytest_coordguard.domain.standing import gate_standing, stale_because
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.annotations import LARGEST, annotations, step_summary
from pytest_coordguard.reports.checklist import checklist, headline
from pytest_coordguard.reports.dashboard import dashboard
from pytest_coordguard.reports.summary import summary_lines
from pytest_coordguard.reports.text import link, markdown, plain, terminal
from tests.reports.report_samples import COMMIT, HERE, NOW, OTHER, PLAN, RECORD, RUN

CHECKLIST = """\
# Lukhas: checklist of gate `preaudit`

**Gate preaudit is CLOSED: 1 of 5 met, 1 waived, 1 not run, 1 unmet, 1 stale**

- commit `1a2b3c4`, clean, branch `main`
- written 2026-11-24T09:15:09Z
- last run: gate `preaudit`, complete, started 2026-11-24T09:15:00Z, 8.5 s, exit status 1
- plan `coordguard.yaml`, sha256 `9f86d081884c`
- run it again: `pytest -m preaudit`

A box is ticked by a test that ran to completion and held on this commit, never by hand.

## Gate `preaudit`

### `1` Shadow-Diff Harness (1 of 1 met, codex)

- [x] `1/report` Shadow report has no difference (proven)
  - measured: differences 0 (at most 0)
  - note: 2 operations have no example
  - artefact: [`docs/audits/shadow/report.json`](../shadow/report.json) sha256 `9f86d081884c`
  - with coordguard 0.1.0

### `CC-5` OpenAPI parity validation (0 of 2 met, coordinator)

- [ ] **unmet**: `CC-5/spec-validates` Spec validates without errors
  - 2 findings
  - [`docs/openapi/lukhas-openai.json:12`](../../openapi/lukhas-openai.json#L12) \
operationId "`list_models`" is already on line 7 (`dup`)
  - [`docs/openapi/lukhas-openai.json:40`](../../openapi/lukhas-openai.json#L40) no 429 response (`rate-limit`)
  - measured: errors 2 (at most 0)
  - to do: Run the generator again, then fix the first error it names.
  - run it again: `coordguard check CC-5/spec-validates`
- [ ] **stale**: `CC-5/headers` Headers match (flaky: passed on a rerun)
  - met, found on 5e6f7a8, not on this commit (2026-11-24T09:15:02Z)
  - run it again: `coordguard check CC-5/headers`

### `CC-6` Integration test suite (0 of 2 met, coordinator)

- [ ] **waived**: `CC-6/coverage` Coverage is 75 % or more
  - 71.2 % is below 75 %
  - waiver: legacy lanes are being removed (codex, until 2026-12-31)
  - run it again: `coordguard check CC-6/coverage`
- [ ] **not run**: `CC-6/tests` All tier-1 tests pass
  - no run has judged it yet
  - run it again: `coordguard check CC-6/tests`

## Of other gates alone

### `CC-5` OpenAPI parity validation (0 of 1 met, coordinator)

- [ ] **awaiting**: `CC-5/reviewed` Reviewed
  - no approval yet
  - to do: Ask a reviewer.
  - run it again: `coordguard check CC-5/reviewed`

"""

DASHBOARD = """\
# Lukhas: dashboard

Commit `1a2b3c4`; written 2026-11-24T09:15:09Z.

## Summary

| what | is | wanted | so |
| --- | --- | --- | --- |
| tasks completed | 1 of 3 | all | no |
| tasks that fell back | 0 | 0 | yes |
| tasks with a blocker | 0 | 0 | yes |
| tasks with an owner | 3 of 3 | all | yes |
| open changes that conflict | 0 | 0 | nothing known |
| merged within estimate | 0 of 0 | all, 30 min over at most | nothing known |
| gate preaudit | 1 of 5 met | open | no |
| gate `review_gate` | 1 of 6 met | open | no |

- 3 tasks, 33 % completed: 1 completed, 2 not started
- 1 of 6 criteria met
- estimated 3.33 h, spent 0 h, left 0.83 h
- Gate preaudit is CLOSED: 1 of 5 met, 1 waived, 1 not run, 1 unmet, 1 stale
- Gate `review_gate` is CLOSED: 1 of 6 met, 1 waived, 1 awaiting, 1 not run, 1 unmet, 1 stale, the last run did not judge all of it

## Top-5 "Do Now"

| task | title | owner | priority | status | because | criteria met | work | given | spent |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 1 | Shadow-Diff Harness | codex | high | completed | every criterion is met | 1 of 1 (100 %) |  | 2.5 h |  |

## Coordinator

| task | title | owner | priority | status | because | criteria met | work | given | spent |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| CC-5 | OpenAPI parity validation | coordinator | high | not started | no criterion is met | 0 of 3 (0 %) |  | 0.33 h |  |
| CC-6 | Integration test suite | coordinator | medium | not started | no criterion is met | 0 of 2 (0 %) |  | 0.5 h |  |

## By owner

| owner | completed | others | given | spent | left |
| --- | --- | --- | --- | --- | --- |
| codex | 1 of 1 |  | 2.5 h | 0 h | 0 h |
| coordinator | 0 of 2 | 2 not started | 0.83 h | 0 h | 0.83 h |

## Blockers

None.

## Ready for review

Nothing.

## Waves

Tasks of one wave wait only for those of earlier ones; the most urgent of a wave comes first.

1. `1` (completed)
2. `CC-5` (not started), `CC-6` (not started)

```mermaid
flowchart LR
  t0["1 Shadow-Diff Harness: completed"]:::completed
  t1["CC-5 OpenAPI parity validation: not started"]:::not_started
  t2["CC-6 Integration test suite: not started"]:::not_started
  t0 --> t1
  t0 --> t2
  classDef completed fill:#cfe8cf,stroke:#2e7d32,color:#111
  classDef not_started fill:#ffffff,stroke:#757575,color:#111
```

## Next steps

- start `CC-5` OpenAPI parity validation (coordinator, high); first open criterion `CC-5/spec-validates`
- start `CC-6` Integration test suite (coordinator, medium); first open criterion `CC-6/coverage`
"""  # noqa: E501  # as a reader gets it

SUMMARY = """\
CC-5 OpenAPI parity validation
  unmet  CC-5/spec-validates  Spec validates without errors
    - docs/openapi/lukhas-openai.json:12: operationId "list_models" is already on line 7
    - docs/openapi/lukhas-openai.json:40: no 429 response
    to do: Run the generator again, then fix the first error it names.
    again: coordguard check CC-5/spec-validates
  stale  CC-5/headers  Headers match (flaky)
    - found on 5e6f7a8, not on this commit (2026-11-24T09:15:02Z)
    again: coordguard check CC-5/headers

this run judged 4 of 5 criteria, 3 of them hold; 1 met, 1 waived, 1 not run, 1 unmet, 1 stale; 1
    proven; 1 flaky
reports: docs/audits/pre-audit/GUARDRAILS_CHECKLIST.md, docs/plans/task_status.json,
    docs/plans/COORDINATION_DASHBOARD.md
gate preaudit is CLOSED: 1 of 5 met, 1 waived, 1 not run, 1 unmet, 1 stale"""


def judged(criterion, verdict, **more):
    return CriterionRecord(criterion, verdict, provenance=HERE, **more)


ALL_MET = Record(RUN, tuple(judged(each.id, Verdict.MET) for each in PLAN.criteria))


def test_the_checklist():
    """One box a criterion; what is open says where and what to do."""
    assert checklist(PLAN, RECORD, NOW, "preaudit") == CHECKLIST


def test_the_dashboard():
    """Where each task stands, and what comes next."""
    assert dashboard(PLAN, RECORD, NOW) == DASHBOARD


def test_the_summary():
    """What a person reads at the end of a run."""
    assert "\n".join(summary_lines(PLAN, RECORD, NOW, "preaudit", width=100, color=False)) == SUMMARY


def test_a_missed_fault_takes_the_tick():
    """A check that was seen to miss what it must find proves nothing by passing."""
    record = Record(RUN, (judged("1/report", Verdict.MET, proven=False),))
    text = checklist(PLAN, record, NOW, "preaudit")

    assert "- [ ] **met**: `1/report` Shadow report has no difference (**missed a planted fault**)" in text
    assert "[x]" not in text


def test_many_findings_are_counted():
    """A page of ten thousand lines is read by nobody; the status file has them all."""
    found = tuple(Finding("a.py", number, "wrong") for number in range(1, 26))
    record = Record(RUN, (judged("1/report", Verdict.UNMET, findings=found),))
    text = checklist(PLAN, record, NOW, "preaudit")

    assert text.count("wrong") == 10
    assert "  - 15 more in [`docs/plans/task_status.json`](../../plans/task_status.json)\n" in text


def test_problems_of_the_run_stand_first_and_close_the_gate():
    """All boxes ticked and a run that was tampered with is no open gate."""
    record = replace(ALL_MET, run=replace(RUN, problems=("outcome of 2 tests changed by plugin flip",)))
    text = checklist(PLAN, record, NOW, "preaudit")

    assert "**Gate preaudit is CLOSED: 5 of 5 met, 1 run problem**" in text
    assert (
        "## Problems of the run\n\nThey keep the gate closed, whatever the boxes say.\n\n"
        "- outcome of 2 tests changed by plugin flip\n\n## Gate"
    ) in text


@pytest.mark.parametrize(
    "record, now, sentence",
    [
        (ALL_MET, NOW, "Gate preaudit is OPEN: 5 of 5 met"),
        (
            replace(
                ALL_MET,
                criteria=tuple(replace(each, provenance=replace(HERE, dirty=True)) for each in ALL_MET.criteria),
            ),
            replace(NOW, dirty=True),
            (
                "Gate preaudit would be OPEN: 5 of 5 hold with uncommitted changes;"
                " commit them and run again for the ticks"
            ),
        ),
        (ALL_MET, replace(NOW, commit=OTHER), "Gate preaudit is CLOSED: 0 of 5 met, 5 stale"),
        (
            replace(ALL_MET, run=replace(RUN, state="running")),
            NOW,
            "Gate preaudit is CLOSED: 5 of 5 met, the last run did not judge all of it",
        ),
        (Record(RUN), NOW, "Gate preaudit is CLOSED: 0 of 5 met, 5 not run"),
    ],
    ids=["open", "uncommitted", "another-commit", "running", "nothing"],
)
def test_the_gate_in_a_sentence(record, now, sentence):
    """Open needs all of it: each verdict, this commit, a run that ended."""
    assert headline(gate_standing(PLAN, record, now, "preaudit")) == sentence


def test_a_gate_that_selects_nothing_is_closed():
    """Nothing was checked: the complaint that this project answers."""
    assert headline(gate_standing(PLAN, ALL_MET, NOW, "release")) == (
        "Gate release is CLOSED: the plan has no criterion of it"
    )


def test_a_verdict_is_stale_with_a_reason_whenever_the_rule_says_so():
    """The sentence and the rule must never part."""
    states = [replace(HERE, commit=commit, dirty=dirty) for commit in (None, COMMIT, OTHER) for dirty in (False, True)]
    reasons = {(found, now): stale_because(found, now) for found in states for now in states}

    assert all(bool(reason) == stale(found, now) for (found, now), reason in reasons.items())
    assert sorted(set(reasons.values())) == [
        "",
        "found on 1a2b3c4 with uncommitted changes, not on this commit",
        "found on 1a2b3c4, not on this commit",
        "found on 5e6f7a8 with uncommitted changes, not on this commit",
        "found on 5e6f7a8, not on this commit",
        "found on no commit",
        "found with uncommitted changes",
        "there are uncommitted changes now",
    ]


def test_annotations_show_the_first_of_each_criterion_first():
    """Ten are shown: the eleventh finding of one criterion must not hide another criterion."""
    many = tuple(Finding("a,b:c.py", number, "50 %\nwrong") for number in range(1, 21))
    record = Record(
        replace(RUN, problems=("the witness was changed",)),
        (judged("1/report", Verdict.UNMET, findings=many), judged("CC-5/headers", Verdict.BROKEN, message="no tool")),
    )
    lines = annotations(PLAN, record, NOW, "preaudit")

    assert lines[:4] == [
        "::error title=gate preaudit::the witness was changed",
        "::error file=a%2Cb%3Ac.py,line=1,title=1/report unmet::50 %25%0Awrong",
        "::error title=CC-5/spec-validates not run::no run has judged it yet",
        "::error title=CC-5/headers broken::no tool",
    ]
    assert len(lines) == 11
    assert lines[-1] == "::notice title=gate preaudit::15 more in docs/plans/task_status.json"


def large(tasks, each, findings=12):
    """A plan of many criteria, all unmet, each with findings."""
    made = tuple(
        Task(
            f"T-{number}",
            f"Task {number}",
            number,
            owner="codex",
            estimate_hours=1.0,
            criteria=tuple(
                Criterion(f"T-{number}/c{i}", f"T-{number}", f"Claim {i} of task {number} holds", 1)
                for i in range(each)
            ),
        )
        for number in range(tasks)
    )
    plan = Plan("coordguard.yaml", "0" * 64, "Large", tasks=made)
    found = tuple(
        Finding(f"src/{i}.py", i, f"line {i} of it is wrong in a way that takes words") for i in range(findings)
    )
    return plan, Record(
        RUN, tuple(judged(c.id, Verdict.UNMET, findings=found, remedy="Mend it.") for c in plan.criteria)
    )


@pytest.mark.parametrize("tasks, each", [(1, 2000), (2000, 1), (200, 10), (20, 5), (3, 3)])
def test_the_summary_of_any_plan_is_some_sixty_lines(tasks, each):
    """A terminal of two thousand faults is as short as one of twenty, and counts what it leaves out."""
    plan, record = large(tasks, each)
    lines = summary_lines(plan, record, NOW, "preaudit", width=100, color=False)

    assert len(lines) <= 60
    assert lines[-1] == f"gate preaudit is CLOSED: 0 of {tasks * each} met, {tasks * each} unmet"
    told = sum(line.startswith("  unmet") for line in lines)
    assert told >= min(5, tasks * each)


def test_a_step_summary_stays_below_what_github_takes():
    """A larger one is dropped as a whole."""
    plan, record = large(250, 20)
    text = step_summary(plan, record, NOW, "preaudit")

    assert len(text.encode()) <= LARGEST + 1024
    assert text.endswith("more in docs/audits/pre-audit/`GUARDRAILS_CHECKLIST.md`\n") or "more in `docs/audits" in text


def test_colours_are_added_and_nothing_else():
    """What is read is the same with colours and without."""
    colored = summary_lines(PLAN, RECORD, NOW, "preaudit", width=100, color=True)
    bare = [plain(text) for text in colored]

    assert "\x1b[31m  unmet" in "\n".join(colored)
    assert bare == summary_lines(PLAN, RECORD, NOW, "preaudit", width=100, color=False)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("- [x] done", "`-` `[x]` done"),
        ("# no heading", "`#` no heading"),
        ("1. no list", "`1.` no list"),
        ("see https://evil.example/a_b.", "see `https://evil.example/a_b`."),
        ("ask @octocat (#12), please", "ask `@octocat` (`#12`), please"),
        ("as in GH-26 of old", "as in `GH-26` of old"),
        ("`GET /users` lacks `X-Limit`", "'GET /users' lacks 'X-Limit'"),
        ("<b>bold</b>\nnew line", "`<b>bold</b>` new line"),
        ("\x1b[31mred\x1b[0m \u202egpj.exe", "red `\\u202egpj.exe`"),
        ("__init__.py:12: f(*args)", "`__init__.py:12`: `f(*args)`"),
    ],
)
def test_signs_become_code(text, shown):
    """Words with a sign that means something in Markdown, on GitHub or in a terminal."""
    assert markdown(text) == shown


@pytest.mark.parametrize(
    "path, number, page, shown",
    [
        ("a/b.py", 3, "docs/x.md", "[`a/b.py:3`](../a/b.py#L3)"),
        ("docs/b (1).py", 0, "docs/x.md", "[`docs/b (1).py`](b%20%281%29.py)"),
        ("javascript:alert(1)", 0, "x.md", "[`javascript:alert(1)`](javascript%3Aalert%281%29)"),
        ("../secret", 1, "x.md", "`../secret:1`"),
        ("/etc/passwd", 0, "x.md", "`/etc/passwd`"),
        ("a/b.py", 3, None, "`a/b.py:3`"),
        ("a](http://x)`.py", 1, "x.md", "[`a](http://x)'.py:1`](a%5D%28http%3A/x%29%60.py#L1)"),
    ],
)
def test_places_are_links_from_the_page_itself(path, number, page, shown):
    """A link from the root would lead nowhere: the checklist lies three folders down."""
    assert link(path, number, page) == shown


@pytest.mark.parametrize(
    "text, shown",
    [("::error::x", ": :error::x"), ("a ##[group]x", "a # #[group]x"), ("t.py::test_a", "t.py::test_a")],
)
def test_the_terminal_gets_no_commands_of_the_runner(text, shown):
    """A node id stays as it is; a workflow command becomes text."""
    assert terminal(text) == shown
