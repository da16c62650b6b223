"""Tasks are owned, in time and tracked; branches merge; snapshots are there; a candidate may be released."""

import subprocess
from dataclasses import replace
from datetime import date

import pytest
from pytest_coordguard.guardrails.test_branches import test_branches_are_free_of_conflicts as conflict_free
from pytest_coordguard.guardrails.test_release import test_the_candidate_may_be_released as promotable
from pytest_coordguard.guardrails.test_snapshots import test_a_snapshot_is_taken_each_day as daily
from pytest_coordguard.guardrails.test_tasks import test_all_tasks_are_tracked as tracked
from pytest_coordguard.guardrails.test_tasks import test_tasks_are_done_by_their_owners as owned
from pytest_coordguard.guardrails.test_tasks import test_tasks_are_done_in_time as on_time

from pytest_coordguard.domain.conflicts import Conflicts
from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.overview import Overview, overview
from pytest_coordguard.domain.plan import Criterion, Plan, Task
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord
from pytest_coordguard.domain.task_link import By, Confidence, TaskLink
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.domain.work import MERGED, OPEN, Change, Work
from pytest_coordguard.facts.repository import Repository

AT = 1_760_000_000  # 2025-10-09T08:53:20Z, a Thursday
WHEN, COMMIT, HOUR = "2025-10-09T08:53:20Z", "c" * 40, 3600
HERE = Provenance(COMMIT, dirty=False, checked_at=WHEN, run="r")
CRITERION = Criterion("B/one", "B", "One", 3, gates=("preaudit",))
PLAN = Plan(
    "coordguard.yaml",
    "0" * 64,
    tasks=(Task("B", "Second", 7, owner="Codex + Ben", estimate_hours=1.0, criteria=(CRITERION,)),),
)


def change(name="#7", state=MERGED, task="B", **more):
    given = {
        "first": AT - 5 * HOUR,
        "last": AT - 5 * HOUR,
        "merged_at": AT - 4 * HOUR,
        "authors": ("Ben <b@example.org>",),
    }
    link = TaskLink(task, By.TRAILER, Confidence.CERTAIN, "Task: B in a commit message")
    return Change(name, state, "merged", "f" * 40, **{**given, "links": (link,), **more})


def seen(*changes, plan=PLAN, now=HERE, **more):
    record = Record(
        RunRecord("r", "preaudit", "complete", WHEN), (CriterionRecord("B/one", Verdict.MET, provenance=HERE),)
    )
    return overview(plan, record, now, Work(known=True, main="main", now=AT, changes=changes, **more))


def judged(check, **given):
    """Return what a guardrail finds, [] when the criterion holds."""
    try:
        check(evidence=Evidence(), **given)
    except Unmet as unmet:
        return [str(each) for each in unmet.findings]
    return []


def planted(check, **given):
    """Return what is found of each planted fault beyond what is found without it."""
    before = judged(check, **given)
    found = {}
    for violation in described(check).violations:
        try:
            fault = violation.changes(**given)
        except CannotPlant as why:
            found[violation.name] = str(why)
            continue
        name = "view" if isinstance(fault, Overview) else "clashes" if isinstance(fault, Conflicts) else "repo"
        changed = given["repo"].with_changes(fault) if name == "repo" else fault
        found[violation.name] = [each for each in judged(check, **{**given, name: changed}) if each not in before]
    return found


# -- task.owned ----------------------------------------------------------------------------------------------


def test_work_by_one_of_the_owners_is_owned():
    assert judged(owned, view=seen(change())) == []
    assert judged(owned, view=seen(change(authors=("X <x@y>", "codex-bot <c@y>")))) == []


def test_work_by_someone_else_is_named():
    assert judged(owned, view=seen(change(authors=("Eve <eve@example.org>",)))) == [
        "coordguard.yaml:7: B: #7 is by Eve, and Codex + Ben owns the task"
    ]
    people = {"codex": ["eve@example.org"]}
    assert judged(owned, view=seen(change(authors=("Eve <eve@example.org>",))), people=people) == []


def test_an_owner_who_is_none_is_named():
    assert judged(owned, view=seen(), owners=["ana"]) == [
        "coordguard.yaml:7: B: Codex + Ben is none of the owners: ana"
    ]
    with pytest.raises(CannotJudge, match="the plan has no task Z"):
        judged(owned, view=seen(), tasks=["Z"])


def test_each_fault_of_ownership_is_found():
    assert planted(owned, view=seen(change())) == {
        "a-task-without-owner": ["coordguard.yaml:7: B: has no owner"],
        "work-of-someone-else": ["coordguard.yaml:7: B: planted is by Planted, and Codex + Ben owns the task"],
    }


# -- task.on_time --------------------------------------------------------------------------------------------


def test_half_an_hour_more_is_in_time_and_an_hour_is_not():
    assert judged(on_time, view=seen(change(spent_hours=1.5))) == []
    assert judged(on_time, view=seen(change(spent_hours=2.0))) == [
        "coordguard.yaml:7: B: took 2.0 h, estimated were 1 h"
    ]


def test_the_time_between_commit_and_merge_counts_without_a_trailer():
    assert judged(on_time, view=seen(change())) == []
    late = change(merged_at=AT - HOUR)
    assert judged(on_time, view=seen(late)) == ["coordguard.yaml:7: B: took 4.0 h, estimated were 1 h"]


def test_what_is_going_on_is_judged_when_asked_for():
    going = seen(change(state=OPEN))
    with pytest.raises(Vacuous):
        judged(on_time, view=going)
    assert judged(on_time, view=going, going=True) == ["coordguard.yaml:7: B: took 5.0 h, estimated were 1 h"]


def test_each_fault_of_time_is_found():
    assert planted(on_time, view=seen(change())) == {
        "a-task-that-took-too-long": ["coordguard.yaml:7: B: took 2.5 h, estimated were 1 h"]
    }


# -- tasks.tracked -------------------------------------------------------------------------------------------


def test_a_task_that_nothing_can_show_done_and_work_on_no_task_are_named():
    bare = replace(PLAN, tasks=(*PLAN.tasks, Task("C", "Third", 9)))
    view = seen(change(unknown=("Z",)), plan=bare)

    assert judged(tracked, view=view) == [
        "coordguard.yaml:9: C: has no criterion: nothing can show that it is done",
        "#7 says that it is of task Z, which the plan does not have",
    ]


def test_each_fault_of_tracking_is_found():
    found = planted(tracked, view=seen(change()), strays=True)

    assert found == {
        "a-task-without-criteria": ["coordguard.yaml:7: B: has no criterion: nothing can show that it is done"],
        "work-on-a-task-that-is-not-there": ["planted says that it is of task planted, which the plan does not have"],
        "open-work-of-no-task": ["planted () is open and belongs to no task"],
    }


# -- branches.conflict_free ----------------------------------------------------------------------------------


def test_conflicts_are_named_with_their_place():
    one, two = change("feat/a", OPEN), change("feat/b", OPEN)
    clashes = Conflicts(
        "main", (one, two), with_main={"feat/a": ("x.py",)}, pairs={("feat/a", "feat/b"): ("y.py", "z.py")}
    )

    assert judged(conflict_free, view=seen(), clashes=clashes) == [
        "x.py: feat/a conflicts with main in x.py",
        "y.py: feat/a conflicts with feat/b in y.py, z.py",
    ]


def test_what_nobody_touched_lately_or_is_no_tasks_is_left_out():
    old, stray = change("old", OPEN, last=AT - 20 * 24 * HOUR), change("stray", OPEN, links=())
    clashes = Conflicts("main", (old, stray), with_main={"old": ("x",), "stray": ("x",)})

    with pytest.raises(Vacuous):
        judged(conflict_free, view=seen(), clashes=clashes)
    assert len(judged(conflict_free, view=seen(), clashes=clashes, every=True, days=30)) == 2


@pytest.mark.parametrize(
    "clashes",
    [Conflicts("main", note="unknown: merges are tried with git 2.38 or newer"),
     Conflicts("main", (change("feat/a", OPEN),), unreadable=("feat/a",))],
    ids=["old git", "missing objects"],
)  # fmt: skip
def test_what_git_cannot_try_is_not_free_of_conflicts(clashes):
    with pytest.raises(CannotJudge):
        judged(conflict_free, view=seen(), clashes=clashes)


def test_each_fault_of_branches_is_found():
    clashes = Conflicts("main", (change("feat/a", OPEN),))

    assert planted(conflict_free, view=seen(), clashes=clashes) == {
        "a-branch-that-conflicts-with-the-default-branch": ["planted.txt: planted conflicts with main in planted.txt"],
        "two-branches-that-conflict": ["planted.txt: planted-a conflicts with planted-b in planted.txt"],
    }


# -- snapshots.daily -----------------------------------------------------------------------------------------


def with_snapshots(root, *days):
    for day in days:
        path = root / f"docs/audits/coordination/{day}/090000Z/snapshot.json"
        path.parent.mkdir(parents=True)
        path.write_text("{}\n")
    return Repository(root)


def test_a_missing_day_is_named_and_a_weekend_is_none(tmp_path):
    repo = with_snapshots(tmp_path, "2025-10-03", "2025-10-06", "2025-10-08", "no-day")

    assert judged(daily, repo=repo, plan=PLAN, view=seen()) == [
        "docs/audits/coordination/2025-10-07: there is no snapshot of this day"
    ]
    assert len(judged(daily, repo=repo, plan=PLAN, view=seen(), weekends=True)) == 3


def test_no_snapshot_at_all_is_none_of_each_day(tmp_path):
    assert len(judged(daily, repo=Repository(tmp_path), plan=PLAN, view=seen())) == 5


def test_the_fault_of_snapshots_is_found(tmp_path):
    repo = with_snapshots(tmp_path, *(date(2025, 10, day).isoformat() for day in range(1, 9)))

    assert planted(daily, repo=repo, plan=PLAN, view=seen()) == {
        "a-day-without-a-snapshot": ["docs/audits/coordination/2025-10-08: there is no snapshot of this day"]
    }


# -- rc.promotable -------------------------------------------------------------------------------------------


@pytest.fixture
def candidate(tmp_path):
    """A repository with a tag v1.2.0-rc1 of three days ago, and a changelog."""
    when = f"{AT - 72 * HOUR} +0000"
    env = {"PATH": "/usr/bin:/bin", "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}

    def git(*arguments):
        who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=tmp_path, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## [1.2.0]\n\n- Much\n\n## 1.1.0\n")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    for tag in ("v1.1.0", "v1.2.0-rc1", "v1.10.0", "nightly"):
        git("tag", tag)
    return Repository(tmp_path), git("rev-parse", "HEAD")


def at(commit, **more):
    now = replace(HERE, commit=commit, **more)
    record = Record(
        RunRecord("r", "preaudit", "complete", WHEN), (CriterionRecord("B/one", Verdict.MET, provenance=now),)
    )
    return overview(PLAN, record, now, Work(known=True, now=AT))


def test_a_candidate_that_lacks_nothing(candidate):
    repo, commit = candidate

    assert judged(promotable, repo=repo, view=at(commit)) == []


def test_of_what_the_same_run_judges_nobody_knows_how_it_ends(candidate):
    repo, commit = candidate
    now = replace(HERE, commit=commit)
    run = RunRecord("r", "preaudit", "running", WHEN)
    ahead = CriterionRecord("B/one", Verdict.NOT_RUN, provenance=replace(now, run="r"))
    view = overview(PLAN, Record(run, (ahead,)), now, Work(known=True, now=AT))

    with pytest.raises(
        CannotJudge, match=r"B/one of preaudit: judged by this very run; put rc\.promotable into a gate"
    ):
        judged(promotable, repo=repo, view=view)
    earlier = replace(ahead, provenance=replace(now, run="q"))
    assert judged(
        promotable, repo=repo, view=overview(PLAN, Record(run, (earlier,)), now, Work(known=True, now=AT))
    ) == ["v1.2.0-rc1: gate preaudit: B/one is not run"]


def test_all_that_a_candidate_lacks_is_named_at_once(candidate):
    repo, commit = candidate
    view = at("d" * 40, dirty=True)
    hundred = 100 * 3600.0

    assert judged(promotable, repo=repo.with_changes({"CHANGELOG.md": None}), view=view, soak=hundred, after=["x"]) == [
        "v1.2.0-rc1: the changelog says nothing of 1.2.0",
        "v1.2.0-rc1: the plan has no gate x",
        "v1.2.0-rc1: there are uncommitted changes",
        f"v1.2.0-rc1: v1.2.0-rc1 is {commit[:9]}, and ddddddddd is checked out",
        "v1.2.0-rc1: v1.2.0-rc1 was tagged 72.0 h ago; it has to soak for 100 h",
    ]


def test_each_fault_of_a_candidate_is_found(candidate):
    repo, commit = candidate
    found = planted(promotable, repo=repo, view=at(commit))

    assert len(found) == 5
    assert all(isinstance(each, list) and each for each in found.values()), found
