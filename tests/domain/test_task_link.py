"""A change is linked to tasks by what its author said before what it happens to touch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.plan import Task
from pytest_coordguard.domain.task_link import (
    By,
    Confidence,
    Linker,
    TaskLink,
    Traces,
    belongs_to,
    task_links,
    trailers_in,
)

TASKS = (
    Task("1", "Shadow-diff harness", 1, files=("scripts/shadow_diff.py", "Makefile"), branch="feat/shadow-diff"),
    Task("B", "Circuit breaker", 2, files=("matriz/core/",)),
    Task("CC-2", "Dashboard", 3, files=("Makefile", "docs/plans/DASHBOARD.md"), branch="chore/coordination"),
    Task("CC-1", "Checklist", 4, branch="chore/coordination"),
    Task("CC-1-1", "A slice of the checklist", 5),
    Task("F", "Drift sentinel", 6, files=(".github/workflows/*.yml",)),
)


def found(**traces):
    return task_links(TASKS, Traces(**traces))


@pytest.mark.parametrize(
    ("traces", "link"),
    [
        pytest.param(
            {"trailers": ("b",)},
            TaskLink("B", By.TRAILER, Confidence.CERTAIN, "Task: B in a commit message"),
            id="trailer, in any case",
        ),
        pytest.param(
            {"labels": ("bug", "Task: cc-2")},
            TaskLink("CC-2", By.LABEL, Confidence.CERTAIN, "label Task: cc-2"),
            id="label",
        ),
        pytest.param(
            {"branch": "refs/remotes/fork/Feat/Shadow-Diff"},
            TaskLink("1", By.BRANCH, Confidence.HIGH, "branch Feat/Shadow-Diff, which the plan names"),
            id="the branch of the plan, wherever it lies",
        ),
        pytest.param(
            {"branch": "codex/task-b-breaker"},
            TaskLink("B", By.BRANCH, Confidence.HIGH, "B in the name of branch codex/task-b-breaker"),
            id="an id behind the word task",
        ),
        pytest.param(
            {"branch": "fix/cc_2-table"},
            TaskLink("CC-2", By.BRANCH, Confidence.MEDIUM, "CC-2 in the name of branch fix/cc_2-table"),
            id="an id that speaks for itself",
        ),
        pytest.param(
            {"branch": "x/cc-1-1"},
            TaskLink("CC-1-1", By.BRANCH, Confidence.MEDIUM, "CC-1-1 in the name of branch x/cc-1-1"),
            id="the longer of two ids",
        ),
        pytest.param(
            {"paths": ("Scripts/Shadow_Diff.py",), "new": frozenset(["Scripts/Shadow_Diff.py"])},
            TaskLink("1", By.FILES, Confidence.HIGH, "creates Scripts/Shadow_Diff.py"),
            id="a file of one task alone, made",
        ),
        pytest.param(
            {"paths": ("scripts/shadow_diff.py",)},
            TaskLink("1", By.FILES, Confidence.MEDIUM, "changes scripts/shadow_diff.py"),
            id="a file of one task alone, changed",
        ),
        pytest.param(
            {"paths": ("MATRIZ/core/node.py",)},
            TaskLink("B", By.FILES, Confidence.LOW, "touches MATRIZ/core/node.py, in matriz/core/"),
            id="a folder, in another case",
        ),
        pytest.param(
            {"paths": (".github/workflows/ci.yml",)},
            TaskLink("F", By.FILES, Confidence.LOW, "touches .github/workflows/ci.yml, in a glob of the task"),
            id="a glob",
        ),
    ],
)
def test_each_kind_of_evidence_is_found_and_told(traces, link):
    assert found(**traces) == (link,)


@pytest.mark.parametrize(
    "traces",
    [
        {"trailers": ("Z", "CC-22")},
        {"labels": ("task", "tasks: B", "subtask:B")},
        {"branch": "b"},
        {"branch": "codex/fix-a-1-b"},
        {"branch": "feat/cc-22"},
        {"branch": "release/1.2"},
        {"paths": ("scripts/shadow_diff.py.orig", "docs/matriz/core/x.py", "matriz/core2/x.py")},
        {"paths": (".github/workflows/deep/ci.yml.bak", ".github/CODEOWNERS")},
    ],
)
def test_what_only_looks_alike_links_nothing(traces):
    assert found(**traces) == ()


def test_a_file_of_several_tasks_says_little():
    links = found(paths=("Makefile",))

    assert [(each.task, each.confidence) for each in links] == [("1", Confidence.LOW), ("CC-2", Confidence.LOW)]
    assert belongs_to(links) == ()


def test_a_branch_of_several_tasks_says_little():
    links = found(branch="chore/coordination")

    assert [(each.task, each.confidence) for each in links] == [("CC-2", Confidence.LOW), ("CC-1", Confidence.LOW)]


def test_a_change_belongs_to_whom_it_says_and_keeps_its_other_links():
    """A task's own rules are not shed by naming another task."""
    links = found(trailers=("F",), labels=("task:CC-1",), branch="feat/shadow-diff", paths=("matriz/core/x.py",))

    assert [each.task for each in links] == ["F", "CC-1", "1", "B"]
    assert [each.task for each in belongs_to(links)] == ["F", "CC-1"]


def test_what_is_said_of_tasks_that_are_not_there_is_told():
    said = Traces(trailers=("B", "Z"), labels=("task: Q", "bug", "Task:b"))

    assert Linker(TASKS).unknown(said) == ("Z", "Q")


@pytest.mark.parametrize(
    ("message", "tasks"),
    [
        ("Add it\n\nTask: B\n", ("B",)),
        ("Add it\n\nTask: B\nTask: CC-5\nTask: B\n", ("B", "CC-5")),
        ("* Add it\n\nTasks: B, CC-5;1\n\n* Mend it\n\nCo-authored-by: x\n", ("B", "CC-5", "1")),
        ("Add it\r\n\r\nTask: B\r\n", ("B",)),
        ("Add it (Task 5 Phase 1)\n\nThis is Task: B of our list\n    Task: C\n> Task: D\nTask:\n", ()),
    ],
)
def test_only_a_line_of_its_own_is_a_trailer(message, tasks):
    """Another plan's "Task 5" in a subject, a quotation and an example say nothing."""
    assert trailers_in(message) == tasks


NAMES = st.text("abMZ/-_.1 \n", max_size=12)
PATHS = st.sampled_from(
    ["scripts/shadow_diff.py", "SCRIPTS/shadow_diff.py", "Makefile", "matriz/core/a", "MATRIZ/CORE/b", "x/y", ""]
)
TRACES = st.builds(
    Traces,
    trailers=st.lists(st.sampled_from(["B", "b", "cc-1", "Z", ""]), max_size=3).map(tuple),
    labels=st.lists(st.sampled_from(["task:B", "task: CC-2", "bug", "task:"]), max_size=3).map(tuple),
    branch=st.one_of(NAMES, st.sampled_from(["feat/shadow-diff", "origin/task/b", "x/cc-1-1"])),
    paths=st.lists(PATHS, max_size=5).map(tuple),
    new=st.frozensets(PATHS, max_size=3),
)


@given(TRACES, TRACES)
def test_more_evidence_never_loses_a_link(traces, more):
    """Nor makes one weaker: so no author can shed what a task asks of a change."""
    both = Traces(
        traces.trailers + more.trailers,
        traces.labels + more.labels,
        traces.branch,
        traces.paths + more.paths,
        traces.new | more.new,
    )
    before = {each.task: each for each in task_links(TASKS, traces)}
    after = {each.task: each for each in task_links(TASKS, both)}

    assert before.keys() <= after.keys()
    assert all(after[task].by <= link.by for task, link in before.items())


@given(TRACES)
def test_one_link_a_task_the_strongest_first(traces):
    links = task_links(TASKS, traces)

    assert len({each.task for each in links}) == len(links)
    assert [each.by for each in links] == sorted(each.by for each in links)
    assert set(belongs_to(links)) <= set(links)


@given(TRACES, st.randoms())
def test_the_order_of_what_is_known_does_not_matter(traces, random):
    paths = list(traces.paths)
    random.shuffle(paths)
    other = Traces(traces.trailers[::-1], traces.labels, traces.branch, tuple(paths), traces.new)

    assert task_links(TASKS, other) == task_links(TASKS, traces)


@given(st.lists(PATHS, max_size=5))
def test_case_does_not_matter_to_a_path(paths):
    upper = tuple(path.upper() for path in paths)

    assert [(each.task, each.confidence) for each in task_links(TASKS, Traces(paths=tuple(paths)))] == [
        (each.task, each.confidence) for each in task_links(TASKS, Traces(paths=upper))
    ]
