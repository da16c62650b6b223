"""A plan and a record that the tests of the reports share, and strategies that make others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from pytest_coordguard.domain.evidence import Evidence, Measure
from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.plan import Criterion, Plan, Task, Waiver
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord
from pytest_coordguard.domain.verdict import Verdict

COMMIT, OTHER = "1a2b3c4d" * 5, "5e6f7a8b" * 5
HERE = Provenance(COMMIT, dirty=False, checked_at="2026-11-24T09:15:02Z", run="r1")
NOW = Provenance(COMMIT, dirty=False, checked_at="2026-11-24T09:15:09Z", run="r1")
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

RUN = RunRecord(
    id="r1",
    gate="preaudit",
    state="complete",
    started="2026-11-24T09:15:00Z",
    exit_status=1,
    duration=8.5,
    commit=COMMIT,
    branch="main",
    pull_request=None,
    plan_digest=SHA,
    versions={"pytest": "9.2.0", "pytest-coordguard": "0.1.0"},
)


def criterion(task, slug, text, **more):
    return Criterion(f"{task}/{slug}", task, text, line=1, **more)


PLAN = Plan(
    path="coordguard.yaml",
    digest=SHA,
    project="Lukhas",
    groups={"top5": 'Top-5 "Do Now"', "claude_code": "Coordinator"},
    waivers=(Waiver("CC-6/coverage", "legacy lanes are being removed", "codex", date(2026, 12, 31), 9),),
    tasks=(
        Task(
            "1",
            "Shadow-Diff Harness",
            line=10,
            group="top5",
            owner="codex",
            priority="high",
            estimate_hours=2.5,
            branch="feat/shadow-diff",
            criteria=(criterion("1", "report", "Shadow report has no difference", check="service.shadow"),),
        ),
        Task(
            "CC-5",
            "OpenAPI parity validation",
            line=20,
            group="claude_code",
            owner="coordinator",
            priority="high",
            estimate_hours=1 / 3,
            depends_on=("1",),
            criteria=(
                criterion("CC-5", "spec-validates", "Spec validates without errors", check="openapi.valid"),
                criterion("CC-5", "headers", "Headers match", check="service.headers"),
                criterion("CC-5", "reviewed", "Reviewed", check="review.approved", gates=("review_gate",)),
            ),
        ),
        Task(
            "CC-6",
            "Integration test suite",
            line=30,
            group="claude_code",
            owner="coordinator",
            priority="medium",
            estimate_hours=0.5,
            depends_on=("1",),
            criteria=(
                criterion("CC-6", "coverage", "Coverage is 75 % or more", check="coverage.minimum"),
                criterion("CC-6", "tests", "All tier-1 tests pass", tests=("tests/unit",)),
            ),
        ),
    ),
)

RECORD = Record(
    RUN,
    (
        CriterionRecord(
            "1/report",
            Verdict.MET,
            duration=1.25,
            provenance=HERE,
            evidence=Evidence(
                [Measure("differences", 0, at_most=0)],
                ["2 operations have no example"],
                {"coordguard": "0.1.0"},
                {"docs/audits/shadow/report.json": SHA},
            ),
            proven=True,
        ),
        CriterionRecord(
            "CC-5/spec-validates",
            Verdict.UNMET,
            "2 findings",
            "Run the generator again, then fix the first error it names.",
            0.5,
            HERE,
            (
                Finding("docs/openapi/lukhas-openai.json", 12, 'operationId "list_models" is already on line 7', "dup"),
                Finding("docs/openapi/lukhas-openai.json", 40, "no 429 response", "rate-limit"),
            ),
            Evidence([Measure("errors", 2, at_most=0)]),
        ),
        CriterionRecord("CC-5/headers", Verdict.MET, provenance=replace(HERE, commit=OTHER), flaky=True),
        CriterionRecord("CC-5/reviewed", Verdict.AWAITING, "no approval yet", "Ask a reviewer.", provenance=HERE),
        CriterionRecord(
            "CC-6/coverage",
            Verdict.WAIVED,
            "71.2 % is below 75 %",
            provenance=HERE,
            waiver="legacy lanes are being removed (codex, until 2026-12-31)",
        ),
    ),
)

NASTY = [
    "- [x] done",
    "x\n- [x] done\n# heading",
    "<img src=x onerror=alert(1)>",
    "<!-- -->",
    "`` ` ``` tick",
    "[a](https://evil.example)",
    "see https://evil.example/a_b and www.evil.example",
    "@octocat #12 owner/repo#3 a@b.example",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "\u202etxt.exe",
    "nul\x00 \ud800 lone",
    "a | b || c",
    "1. one",
    "===",
    "| a |\n|---|\n",
    "::error file=a::b",
    "##[add-mask]x",
    "$x$ ~~gone~~ **b** __c__",
    "&lt;b&gt; &#64;x",
    "    indented",
    "\\`a\\`",
]

texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=60), st.text("`[]x-* \n#<>@|", max_size=20))
slugs = st.text("abcdefgh", min_size=1, max_size=4)
times = st.integers(0, 59).map(lambda second: f"2026-11-24T09:15:{second:02d}Z")
provenances = st.builds(
    Provenance, st.sampled_from([None, COMMIT, OTHER]), st.booleans(), times, st.sampled_from(["r1", "r2"])
)
numbers = st.one_of(st.none(), st.floats(), st.integers(-9, 9).map(float))
findings = st.builds(Finding, st.one_of(texts, st.just("a/b.py")), st.integers(0, 99), texts, texts)
evidences = st.builds(
    Evidence,
    st.lists(
        st.builds(Measure, texts, st.one_of(st.floats(), st.integers(), texts), numbers, numbers, texts), max_size=2
    ),
    st.lists(texts, max_size=2),
    st.dictionaries(texts, texts, max_size=2),
    st.dictionaries(texts, texts, max_size=2),
)


def known(identity):
    return st.builds(
        CriterionRecord,
        st.just(identity),
        st.sampled_from(Verdict),
        texts,
        texts,
        numbers,
        provenances,
        st.lists(findings, max_size=3).map(tuple),
        evidences,
        texts,
        st.sampled_from([None, True, False]),
        st.lists(texts, max_size=2).map(tuple),
        st.booleans(),
    )


@st.composite
def plans(draw):
    ids = draw(st.lists(slugs, unique=True, max_size=4))
    tasks = []
    for number, task in enumerate(ids):
        criteria = [
            Criterion(f"{task}/{slug}", task, draw(texts), 1, gates, draw(st.one_of(st.none(), texts)))
            for slug in draw(st.lists(slugs, unique=True, max_size=3))
            for gates in [draw(st.sampled_from([("preaudit",), ("review_gate",), ("preaudit", "review_gate")]))]
        ]
        depends = tuple(draw(st.lists(st.sampled_from(ids[:number]), unique=True, max_size=2)) if number else ())
        tasks.append(
            Task(
                task,
                draw(texts),
                1,
                group=draw(st.sampled_from(["top", "rest"])),
                owner=draw(texts),
                priority=draw(st.sampled_from(["critical", "high", "medium", "low"])),
                estimate_hours=draw(numbers),
                depends_on=depends,
                branch=draw(texts),
                critical_review=draw(st.booleans()),
                criteria=tuple(criteria),
            )
        )
    return Plan("coordguard.yaml", SHA, draw(texts), {"top": draw(texts)}, tasks=tuple(tasks))


@st.composite
def situations(draw):
    """A plan, a record that knows some of its criteria, and the state of the repository."""
    plan = draw(plans())
    criteria = [draw(known(each.id)) for each in plan.criteria if draw(st.booleans())]
    run = draw(
        st.builds(
            RunRecord,
            st.sampled_from(["r1", "r2"]),
            st.just("preaudit"),
            st.sampled_from(["running", "complete", "incomplete"]),
            times,
            st.one_of(st.none(), st.integers(0, 5)),
            numbers,
            st.sampled_from([None, COMMIT]),
            texts,
            st.booleans(),
            st.one_of(st.none(), st.integers(1, 999)),
            st.just(SHA),
            st.dictionaries(texts, texts, max_size=2),
            st.lists(texts, max_size=2).map(tuple),
            st.lists(texts, max_size=2).map(tuple),
        )
    )
    return plan, Record(run, tuple(criteria)), draw(provenances)
