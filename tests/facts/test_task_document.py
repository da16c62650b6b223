"""Task documents that people and tools write become drafts of plans."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_coordguard.domain.draft import render
from pytest_coordguard.facts.plan_file import read_plan
from pytest_coordguard.facts.task_document import read_tasks

SAMPLES = Path(__file__).parent.parent / "samples" / "task_documents"
COORDINATION = (SAMPLES / "coordination" / "tasks.md").read_text(encoding="utf-8")

# Copied by hand from the document: id, owner, priority, risk, hours, waits for, critical review, criteria.
HAND_COPY = [
    ("1", "Codex", "high", "low", 2.5, (), False, 0),
    ("2", "Codex + Copilot", "high", "low", 2, (), True, 0),
    ("3", "Codex", "medium", "low", 2.5, (), False, 0),
    ("4", "Codex", "medium", "low", 1.5, (), False, 0),
    ("5", "Copilot", "high", "low", 2.5, (), False, 0),
    ("A", "Codex", "medium", "low", 2, (), False, 0),
    ("B", "Codex", "high", "medium", 3, (), True, 0),
    ("C", "Codex", "medium", "low", 2, (), False, 0),
    ("D", "Copilot", "low", "low", 1.5, (), False, 0),
    ("E", "Copilot", "low", "low", 2, (), False, 0),
    ("F", "Codex", "medium", "low", 1, (), False, 0),
    ("G", "Copilot", "medium", "low", 2.5, (), False, 0),
    ("H", "Copilot", "high", "low", 2, (), False, 0),
    ("E402-1", "Codex", "medium", "low", 0.5, (), False, 0),
    ("Safe-1", "Codex", "low", "low", 0.25, (), False, 0),
    ("CC-1", "Claude Code", "critical", "", 0.5, ("1",), False, 5 + 3),
    ("CC-2", "Claude Code", "high", "", 1, (), False, 4 + 3),
    ("CC-3", "Claude Code", "critical", "", 1, ("B",), False, 6 + 3),
    ("CC-4", "Claude Code", "high", "", 0.5, ("2",), False, 5 + 3),
    ("CC-5", "Claude Code", "high", "", 0.333, ("1", "3", "4"), False, 5 + 3),
    ("CC-6", "Claude Code", "medium", "", 0.5, (), False, 5 + 3),
    ("success-criteria", "", "", "", None, (), False, 4 + 4),
]


def written(markdown):
    """The plan's text, with the remarks behind it."""
    plan, remarks = read_tasks(markdown)
    return render(plan) + "".join(f"# remark: {remark}\n" for remark in remarks)


@pytest.mark.parametrize("folder", sorted(SAMPLES.iterdir()), ids=lambda folder: folder.name)
def test_a_document_becomes_this_plan(folder):
    """The whole plan is compared, so that nothing of a document is lost or added unseen."""
    assert written((folder / "tasks.md").read_text(encoding="utf-8")) == (folder / "expected.yaml").read_text(
        encoding="utf-8"
    )


def test_the_coordination_document_is_read_as_a_person_reads_it():
    """This table was copied from the document by a person, not by the reader."""
    plan, _ = read_tasks(COORDINATION)

    assert [
        (t.id, t.owner, t.priority, t.risk, t.estimate_hours, t.depends_on, t.critical_review, len(t.criteria))
        for t in plan.tasks
    ] == HAND_COPY


def test_what_only_a_reviewer_may_let_in_is_read():
    """The list names tasks and paths; a path is critical for whoever touches it."""
    plan, _ = read_tasks(COORDINATION)

    assert plan.critical_paths == ("matriz/", "lukhas/consciousness/", "lukhas/identity/", "lukhas/governance/")
    assert {task.reviewer for task in plan.tasks} == {"Claude Code", ""}


@pytest.mark.parametrize("folder", sorted(SAMPLES.iterdir()), ids=lambda folder: folder.name)
def test_the_plan_reader_accepts_what_is_written(folder):
    """A proposal that does not load is none."""
    draft, _ = read_tasks((folder / "tasks.md").read_text(encoding="utf-8"))

    plan = read_plan(render(draft).encode(), "coordguard.yaml", {})

    assert [(t.id, t.title, [c.text for c in t.criteria]) for t in plan.tasks] == [
        (t.id, t.title, [c.text for c in t.criteria]) for t in draft.tasks
    ]


@pytest.mark.parametrize("tick", ["✅ ", "âœ… ", "☑️ ", "", "[ ] ", "[x] ", "✔ "])
def test_a_tick_is_no_part_of_a_criterion(tick):
    """Nothing that is ticked in a document counts as met, and its words are the same without the tick."""
    plan, _ = read_tasks(f"### Task X-1: One\n\n**Accept**:\n- {tick}Spec validates\n")

    assert [one.text for one in plan.tasks[0].criteria] == ["Spec validates"]


def criteria(markdown):
    """The words of each task's criteria, and what was remarked."""
    plan, remarks = read_tasks(markdown)
    return {task.id: [one.text for one in task.criteria] for task in plan.tasks}, list(map(str, remarks))


LABELS = ["**Acceptance criteria**", "**Acceptance criteria**:", "__Done when__", "Acceptance criteria", "* **Accept**"]


@pytest.mark.parametrize("heading", ["## PAY-1: Cards", "## PAY-1 Cards"])
@pytest.mark.parametrize("label", LABELS)
def test_a_label_alone_on_its_line_opens_a_list(label, heading):
    """A colon is easily forgotten behind bold words, and each criterion of the list was lost with it."""
    indent = "  " if label.startswith("* ") else ""
    document = f"{heading}\n\nWords.\n\n{label}\n\n{indent}- Sums to zero\n{indent}- Declines are kept\n"

    assert criteria(document) == ({"PAY-1": ["Sums to zero", "Declines are kept"]}, [])


def test_a_heading_without_id_is_a_task_by_a_label_without_colon():
    """Such a heading was taken for a group, and its list for nothing."""
    assert criteria("## Cards\n\n**Acceptance criteria**\n- Sums to zero\n") == ({"TASK-1": ["Sums to zero"]}, [])


TABLE = "| ID | Title | Acceptance |\n|---|---|---|\n"


def test_the_rows_of_a_task_table_below_a_task_are_tasks():
    """Their criteria belong to them, not to the task that stands before."""
    document = f"## PAY-2: Refunds\n\nDone when:\n- Money is back\n\n{TABLE}| PAY-3 | Ledger | Sums to zero |\n"

    assert criteria(document) == ({"PAY-2": ["Money is back"], "PAY-3": ["Sums to zero"]}, [])


def test_a_row_of_a_task_table_is_a_task_or_a_remark():
    """A gap in one row makes no other one a criterion."""
    document = (
        f"## PAY-2: Refunds\n\nAccept: a\n\n{TABLE}| pay-3 | | Sums to zero |\n| | Queue | Drains |\n| | | Lost |\n"
    )

    assert criteria(document) == (
        {"PAY-2": ["a"], "pay-3": ["Sums to zero"], "TASK-1": ["Drains"]},
        ["9: a row without title and id is left out:  |  | Lost"],
    )


def test_rows_that_are_only_numbered_become_criteria_with_a_remark():
    """Whoever meant tasks learns what they lack."""
    document = f"## PAY-2: Refunds\n\n{TABLE}| 1 | Ledger | Sums to zero |\n"

    assert criteria(document) == (
        {"PAY-2": ["Sums to zero"]},
        ["3: the rows of this table became criteria of PAY-2: none has an id such as PAY-1"],
    )


def test_the_rows_of_a_table_of_criteria_below_a_task_are_its_criteria():
    """AC-1 is no task's id; a row that holds no criterion is not left out unseen."""
    document = f"## PAY-2: Refunds\n\n{TABLE}| AC-1 | Ledger | Sums to zero |\n| AC-2 | Queue | |\n"

    assert criteria(document) == (
        {"PAY-2": ["Sums to zero"]},
        ["6: a row without criterion is left out: AC-2 | Queue | "],
    )


def test_an_id_in_front_of_a_title_needs_no_colon():
    """Others wait for the task by this id."""
    plan, remarks = read_tasks(
        "## PAY-1 Take cards\nDone when:\n- a\n\n## PAY-2: Refund\nDepends on: PAY-1\nDone when:\n- b\n"
    )

    assert [(task.id, task.title, task.depends_on) for task in plan.tasks] == [
        ("PAY-1", "Take cards", ()),
        ("PAY-2", "Refund", ("PAY-1",)),
    ]
    assert remarks == []


@pytest.mark.parametrize("heading", ["UTF-8 handling", "SHA-256 sums", "Phase-2 rollout", "PHASE-2 rollout", "V2 API"])
def test_a_standard_or_a_phase_is_no_id(heading):
    """They look like one, and a heading of them is a title."""
    plan, _ = read_tasks(f"## {heading}\n\nDone when:\n- a\n")

    assert [(task.id, task.title) for task in plan.tasks] == [("TASK-1", heading)]


@pytest.mark.parametrize("bullet", ["", "- ", "Done when:\n- Sums to zero\n- "])
@pytest.mark.parametrize(
    "line", ["Owner: bo. Priority: high. Estimate: 2-3h", "**Owner**: bo; **Priority**: high, **Estimate**: 2-3h."]
)
def test_a_line_holds_several_fields(line, bullet):
    """All of the rest once became the owner's name."""
    plan, remarks = read_tasks(f"## PAY-1: Cards\n{bullet}{line}\n\nAccept: Cards work. Or not: both\n")

    task = plan.tasks[0]
    assert (task.owner, task.priority, task.estimate_hours) == ("bo", "high", 2.5)
    assert task.criteria[-1].text == "Cards work. Or not: both"
    assert remarks == []


def test_a_field_in_a_list_of_criteria_is_no_criterion():
    """Its neighbours stay criteria, and so does a sentence that begins with the same word."""
    document = """## PAY-1: Cards
- Done when
  * Sums to zero
  * Owner: ana
  * Priority: high
  * Estimate: 3h
  * Depends on: PAY-2, PAY-3
  * Owner: sees each of his cards
  * Depends on: nothing but the standard library
  * Time: below 2 s
## PAY-2: a
Accept: a
## PAY-3: b
Accept: b
"""
    plan, remarks = read_tasks(document)

    task = plan.tasks[0]
    assert (task.owner, task.priority, task.estimate_hours, task.depends_on) == ("ana", "high", 3, ("PAY-2", "PAY-3"))
    assert [one.text for one in task.criteria] == [
        "Sums to zero",
        "Owner: sees each of his cards",
        "Depends on: nothing but the standard library",
        "Time: below 2 s",
    ]
    assert remarks == []


def test_a_task_without_criterion_is_a_remark_with_its_line():
    """No gate would wait for it."""
    assert criteria("## PAY-1: Cards\nAccept: a\n\n## PAY-2 Refunds\n\nWords.\n") == (
        {"PAY-1": ["a"], "PAY-2": []},
        ["4: task PAY-2 has no acceptance criterion"],
    )


PIECES = st.sampled_from(
    ["### Task X-1: a", "## T", "**Accept**:", "- [ ] ", "- ✅ b: c", "1. x",
     "| # | Task |", "|---|---|", "| 1 | y |", "",
     "**Depends on**: X-1", "---", "  - [ ] T001 z", "`code", "<br>", "**Files**: `a/b`", "âœ", "# Success Criteria",
     "**Accept**", "## PAY-1 z", "| ID | Task | Accept |", "| PAY-2 | y | w |", "- Owner: bo. Priority: high"]
)  # fmt: skip


def test_headings_without_ascii_words_are_groups_of_their_own():
    """Two of them once shared a key, so that the tasks of one stood under the title of the other."""
    draft, _ = read_tasks("## 今日\n\n### Task 1: a\n\n## 明日\n\n### Task 2: b\n\n\x1f\n---\n\n### Task 3: c\n")

    assert [(task.id, draft.groups.get(task.group, "")) for task in draft.tasks] == [
        ("1", "今日"),
        ("2", "明日"),
        ("3", ""),
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=12), max_size=14))
def test_any_document_gives_a_plan_that_loads(lines):
    """Documents are other people's: whatever they hold, `init` ends with a plan and remarks, never with an error."""
    draft, _ = read_tasks("\n".join(lines))

    plan = read_plan(render(draft).encode(), "coordguard.yaml", {}) if draft.tasks else None

    assert plan is None or [task.id for task in plan.tasks] == [task.id for task in draft.tasks]
