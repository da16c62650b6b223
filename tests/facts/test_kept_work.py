"""A copy of the work says what a look would say, and is given up when anything has moved."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard import lookout
from pytest_coordguard.domain.plan import Plan, Task
from pytest_coordguard.domain.task_link import By, Confidence, TaskLink
from pytest_coordguard.domain.work import Change, PullState, Work, Worktree
from pytest_coordguard.domain.work_json import read_work, work_data
from tests.facts.test_branches import Repo

NOW = datetime(2025, 10, 20, tzinfo=UTC)
PLAN = Plan("coordguard.yaml", "0" * 64, tasks=(Task("B", "Second", 2, files=("b.py",)),))
LINKS = st.builds(TaskLink, st.just("B"), st.sampled_from(By), st.sampled_from(Confidence), st.text(max_size=5))
CHANGES = st.builds(
    Change,
    st.text(max_size=5),
    st.sampled_from(["merged", "open", "empty"]),
    st.text(max_size=5),
    st.just("f" * 40),
    pull=st.one_of(st.none(), st.builds(PullState, st.integers(1, 9), labels=st.just(("a",)))),
    authors=st.lists(st.text(max_size=3), max_size=2).map(tuple),
    conflicts=st.sampled_from([None, (), ("a", "b")]),
    links=st.lists(LINKS, min_size=1, max_size=2).map(tuple),
)


@given(st.lists(CHANGES, max_size=3), st.booleans())
def test_work_is_read_back_as_it_was(changes, known):
    work = Work(
        known, "main", changes=tuple(changes), worktrees=(Worktree("/x", "b", "c"),), notes=("n",), merges={"d": 1}
    )

    assert read_work(work_data(work)) == work


@pytest.mark.parametrize("moved", ["nothing", "a branch", "the plan", "a copy of another version"])
def test_a_copy_is_used_until_something_moves(tmp_path, monkeypatch, moved):
    repo = Repo(tmp_path)
    repo.commit("Mend\n\nTask: B\n", {"b.py": "1\n"})
    first = lookout.kept_work_on(tmp_path, PLAN, NOW)
    plan = PLAN
    if moved == "a branch":
        repo.git("branch", "new")
    if moved == "the plan":
        plan = Plan("coordguard.yaml", "1" * 64, tasks=PLAN.tasks)
    if moved == "a copy of another version":
        (tmp_path / ".git" / lookout.COPY).write_text('{"key": ')
    looked = []
    monkeypatch.setattr(lookout, "gather", lambda *_args, **_more: looked.append(1) or first)
    again = lookout.kept_work_on(tmp_path, plan, NOW)

    assert bool(looked) == (moved != "nothing")
    assert [(each.name, each.tasks) for each in again.changes] == [(each.name, each.tasks) for each in first.changes]
