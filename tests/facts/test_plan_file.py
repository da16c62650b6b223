"""A plan is read whole, or told whole: every fault with its line, and nothing else ever raised."""

import json
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_coordguard.domain.faults import PlanError
from pytest_coordguard.domain.plan import Criterion, Critical, Plan, Reports, Retired, Runner, Service, Task, Waiver
from pytest_coordguard.facts.plan_file import read_plan

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
from plan_samples import CHECKS  # noqa: E402

SAMPLES = sorted((TESTS / "samples" / "plans").iterdir())
HEAD = "version: 1\ntasks:\n"


def faults(text):
    """Return what is wrong with a plan, one line a fault; "" when it can be read."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    try:
        read_plan(data, "coordguard.yaml", CHECKS)
    except PlanError as error:
        return f"{error}\n"
    return ""


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_each_trouble_is_told_in_full(sample):
    """An author corrects a plan in one go, so all its faults are named, each with its line and what was meant."""
    assert faults((sample / "coordguard.yaml").read_bytes()) == (sample / "expected.txt").read_text("utf-8")


def test_a_full_plan_is_read():
    """Each key of the format arrives where the rest of the package looks for it."""
    text = """\
version: 1
project: Lukhas
groups: {top5: Top-5 "Do Now"}
gates: [nightly]
reports: {checklist: a.md, status: b.json, dashboard: c.md, audits: d}
critical: {paths: matriz/, reviewers: [ann, bob], within: 1.5h}
service: {url: "http://127.0.0.1:8000", ready: /healthz}
runner: {python: .venv/bin/python, args: [-q], env: {MODE: on}, timeout: 20m, flaky: open}
tests: [tests/acceptance]
guardrails: checks/test_own.py
base: origin/main
waivers:
  - {criterion: 1/valid, reason: old, owner: codex, until: 2026-12-31}
retired:
  - {criterion: 1/gone, reason: no longer served}
tasks:
  1:
    title: Parity
    group: top5
    owner: codex
    reviewer: ann
    priority: High
    risk: LOW
    estimate: 2-3h
    depends_on: 1e2
    files: [docs/, "**/*.md"]
    branch: task/1
    critical_review: true
    accept:
      valid:
        text: |
          Spec validates
          without errors
        gates: [nightly, preaudit]
        check: openapi.valid
        spec: docs/a.json
        at_most: 3
        tests: tests/test_a.py::test_b[x\\d]
  1e2: {title: no}
"""

    plan = read_plan(text.encode(), "coordguard.yaml", CHECKS)

    assert plan == Plan(
        path="coordguard.yaml",
        digest=plan.digest,
        project="Lukhas",
        groups={"top5": 'Top-5 "Do Now"'},
        gates=("preaudit", "review_gate", "nightly"),
        reports=Reports("a.md", "b.json", "c.md", "d"),
        critical=Critical(("matriz/",), ("ann", "bob"), 5400.0),
        service=Service(url="http://127.0.0.1:8000", ready="/healthz"),
        runner=Runner(".venv/bin/python", ("-q",), {"MODE": "on"}, 1200.0, "open"),
        tests=("tests/acceptance",),
        guardrails=("checks/test_own.py",),
        base="origin/main",
        waivers=(Waiver("1/valid", "old", "codex", date(2026, 12, 31), 13),),
        retired=(Retired("1/gone", "no longer served", 15),),
        tasks=(
            Task(
                id="1",
                title="Parity",
                line=17,
                group="top5",
                owner="codex",
                reviewer="ann",
                priority="high",
                risk="low",
                estimate_hours=2.5,
                depends_on=("1e2",),
                files=("docs/", "**/*.md"),
                branch="task/1",
                critical_review=True,
                criteria=(
                    Criterion(
                        id="1/valid",
                        task="1",
                        text="Spec validates without errors",
                        line=30,
                        gates=("nightly", "preaudit"),
                        check="openapi.valid",
                        parameters={"spec": "docs/a.json", "at_most": 3},
                        tests=("tests/test_a.py::test_b[x\\d]",),
                    ),
                ),
            ),
            Task(id="1e2", title="no", line=39),
        ),
    )


@pytest.mark.parametrize(
    "name", ["1", "1e2", "A", "E402-1", "0x1f", "3.10", "2026-10-15", "no", "null", "1_000", '"5"']
)
def test_an_id_keeps_the_signs_it_is_written_with(name):
    """YAML would make 100.0 of 1e2, False of no, and 3.1 of 3.10; a task's id is what its author wrote."""
    plan = read_plan(f"{HEAD}  {name}: {{title: a}}\n".encode(), "p", CHECKS)

    assert [task.id for task in plan.tasks] == [name.strip('"')]


@pytest.mark.parametrize(
    "written, hours",
    [("2h", 2), ("30m", 0.5), ("30min", 0.5), ("1.5h", 1.5), ("2-3h", 2.5), ("2\u20133h", 2.5), ("15-45m", 0.5)],
)
def test_an_estimate_is_read_in_hours(written, hours):
    """Of a range the mean counts: sums over many tasks are then neither hopeful nor gloomy."""
    assert (
        read_plan(f"{HEAD}  A: {{title: a, estimate: {written}}}\n".encode(), "p", {}).tasks[0].estimate_hours == hours
    )


@pytest.mark.parametrize("before", ["\ufeff", "# a comment\n", "---\n", "%YAML 1.2\n---\n"])
def test_what_stands_before_a_plan_does_no_harm(before):
    """Editors write byte order marks, and YAML files may start with a marker."""
    assert faults(f"{before}version: 1\ntasks: {{}}\n") == ""


def test_anchors_and_merge_keys_are_followed():
    """Defaults are often shared by an anchor; a key of one's own wins, and an anchor may be set twice."""
    rows = "  A: &b {title: a, owner: ann}\n  B: {<<: *b, title: b}\n  C: &b {title: c}\n  D: *b\n"

    plan = read_plan(f"{HEAD}{rows}".encode(), "p", {})

    assert [(task.title, task.owner) for task in plan.tasks] == [("a", "ann"), ("b", "ann"), ("c", ""), ("c", "")]


def test_depth_ends_in_a_sentence():
    """PyYAML's C composer overruns its stack on such a file, and the process is gone."""
    expected = "coordguard.yaml:2: nested more than 60 levels deep; meant: a plan\n"

    assert faults("version: 1\nproject: " + "[" * 200_000) == expected
    assert faults("version: 1\nproject:\n" + "- " * 1000) == expected.replace(":2:", ":3:")


def test_size_ends_in_a_sentence():
    """A file that was named by mistake is not read for minutes."""
    found = faults(b"#" * (8 * 1024 * 1024 + 1))

    assert found == "coordguard.yaml: 8388609 bytes; meant: a plan of at most 8388608 bytes\n"


def test_a_long_chain_of_tasks_is_no_recursion():
    """Thousands of tasks may wait for one another in a row."""
    rows = "".join(f"  T{n}: {{title: a, depends_on: [T{n + 1}]}}\n" for n in range(3000))

    assert faults(f"{HEAD}{rows}  T3000: {{title: z}}\n") == ""
    assert faults(f"{HEAD}{rows}  T3000: {{title: z, depends_on: T0}}\n").startswith(
        "coordguard.yaml:3: tasks wait for one another: T0 -> T1 -> T2"
    )


def test_two_thousand_criteria_are_read_in_well_under_a_second():
    """The plan is read at the start of every gate run."""
    start = time.process_time()
    plan = read_plan(large_plan(200, 10).encode(), "p", CHECKS)

    assert len(plan.criteria) == 2000
    assert time.process_time() - start < 3  # seconds; measured about 0.3, and machines differ


def large_plan(tasks, criteria):
    return HEAD + "".join(
        f"  T-{t}:\n    title: Task {t}\n    owner: codex\n    priority: high\n    estimate: 2-3h\n    accept:\n"
        + "".join(
            f"      c-{c}:\n        text: Criterion {c}\n        check: openapi.valid\n        spec: docs/{c}.json\n"
            for c in range(criteria)
        )
        for t in range(tasks)
    )


def test_the_reader_in_pure_python_ends_in_sentences_too(monkeypatch):
    """Where PyYAML was built without libyaml, the same holds: depth, surrogates, broken syntax."""
    import yaml

    monkeypatch.delattr(yaml, "CSafeLoader")

    assert faults("version: 1\nproject: " + "[" * 20_000) == (
        "coordguard.yaml:2: nested more than 60 levels deep; meant: a plan\n"
    )
    assert faults('version: 1\nproject: "\\ud800"\ntasks: {}\n') == (
        "coordguard.yaml:2: half of a surrogate pair; meant: a character\n"
    )
    for sample in SAMPLES:
        read = faults((sample / "coordguard.yaml").read_bytes())
        assert read.count("\n") == (sample / "expected.txt").read_text("utf-8").count("\n"), sample.name


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_bytes_raise_anything_else(data):
    """Whatever a file holds, its author gets a sentence."""
    faults(data)


SIGNS = st.sampled_from(
    [*"\n\n  :-[]{},&*!|>'\"#%@`~?<=/\\\t", "version: 1", "tasks:", "A", "title", "accept", "<<", "1e3"]
)


@given(st.lists(SIGNS, max_size=40).map("".join))
def test_no_yaml_raises_anything_else(text):
    """The signs of YAML in any order."""
    faults(text)


@given(st.data())
def test_no_mutation_of_a_plan_raises_anything_else(data):
    """A plan that is nearly right goes deeper into the reader than noise does."""
    sample = data.draw(st.sampled_from(SAMPLES), "sample")
    text = (sample / "coordguard.yaml").read_bytes()
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 20)))

    faults(text[:at] + data.draw(SIGNS).encode() + text[until:])


SLUG = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,3})?", fullmatch=True)
TASK = st.fixed_dictionaries(
    {"title": st.text("ab\n: #-'\"é", min_size=1).filter(str.strip)},
    optional={
        "accept": st.dictionaries(SLUG, st.just({"text": "x"}), max_size=4),
        "priority": st.sampled_from(["LOW", "high"]),
    },
)


@settings(max_examples=60)
@given(st.dictionaries(st.from_regex(r"[A-Z][0-9._-]{0,3}", fullmatch=True), TASK, max_size=5))
def test_no_criterion_is_lost(tasks):
    """Each criterion of a plan that is read stands in it exactly once, in the order of the file."""
    plan = read_plan(json.dumps({"version": 1, "tasks": tasks}, ensure_ascii=False).encode(), "p", CHECKS)

    assert [c.id for c in plan.criteria] == [
        f"{name}/{slug}" for name, task in tasks.items() for slug in task.get("accept", {})
    ]
