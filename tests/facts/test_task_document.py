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


PIECES = st.sampled_from(
    ["### Task X-1: a", "## T", "**Accept**:", "- [ ] ", "- ✅ b: c", "1. x",
     "| # | Task |", "|---|---|", "| 1 | y |", "",
     "**Depends on**: X-1", "---", "  - [ ] T001 z", "`code", "<br>", "**Files**: `a/b`", "âœ", "# Success Criteria"]
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
