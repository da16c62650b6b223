"""What became of branches: every way to merge, and merges that are tried without a trace."""

import subprocess

import pytest

from pytest_coordguard.domain.plan import Plan, Reports, Task
from pytest_coordguard.domain.work import Pulls, PullState
from pytest_coordguard.facts.branches import merging
from pytest_coordguard.facts.branches.conflicts import chosen, conflicts
from pytest_coordguard.facts.branches.pulls import PullsError, read_pulls
from pytest_coordguard.facts.branches.refs import worktrees
from pytest_coordguard.facts.branches.work import gather

WHO = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false"]
PLAN = Plan(
    "coordguard.yaml",
    "0" * 64,
    tasks=(
        Task("A", "First", 1, files=("a.py",), branch="feat/a"),
        Task("B", "Second", 2, files=("b.py",)),
        Task("C", "Third", 3, files=("c.py",)),
        Task("D", "Fourth", 4, branch="feat/d"),
    ),
)
DAY = 24 * 3600
START = 1_760_000_000


class Repo:
    """A repository whose clock goes forward by an hour a commit."""

    def __init__(self, root):
        self.root, self.now = root, START
        self.git("init", "-q", "-b", "main")
        self.commit("Begin", {"base.txt": "base\n", "a.py": "a = 1\n", "coordguard.yaml": "version: 1\n"})

    def git(self, *arguments):
        env = {
            "GIT_COMMITTER_DATE": f"{self.now} +0000",
            "GIT_AUTHOR_DATE": f"{self.now} +0000",
            "PATH": "/usr/bin:/bin",
        }
        done = subprocess.run(
            ["git", *WHO, *arguments], cwd=self.root, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, message, files):
        self.now += 3600
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name, message, files, start="main"):
        self.git("switch", "-q", "-c", name, start)
        commit = self.commit(message, files)
        self.git("switch", "-q", "main")
        return commit

    def work(self, **more):
        return gather(self.root, PLAN, now=self.now + DAY, **more)


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path)


def told(work):
    return {each.name: (each.state, [link.task for link in each.tasks]) for each in work.changes if each.tasks}


def test_every_way_to_merge_is_seen(repo):
    """A commit, a squash, a merge with its trailer inside, a squash whose branch stays, a rebase, an empty merge."""
    repo.commit("Mend\n\nTask: B\n", {"other.py": "1\n"})
    repo.commit("Squash it (#11)\n\n* one\n\nTask: C\n\n* two\n", {"c2.py": "1\n"})
    repo.branch("topic", "Inner\n\nTask: D\n", {"d.py": "1\n"})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge pull request #12 from ana/topic\n\nThe title", "topic")
    head = repo.branch("feat/a", "Begin a", {"a.py": "a = 2\n"})
    repo.git("update-ref", "refs/pull/13/head", head)
    repo.commit("Squash a (#13)", {"a.py": "a = 2\n"})
    repo.branch("feat/d", "Also on main", {"same.py": "1\n"})
    repo.commit("The same by hand", {"same.py": "1\n"})
    repo.commit("Empty (#14)\n\nTask: D\n", {})
    by_hand = repo.git("rev-parse", "--short=9", "HEAD~5")

    assert told(repo.work()) == {
        by_hand: ("merged", ["B"]),
        "#11": ("merged", ["C"]),
        "#12": ("merged", ["D"]),
        "#13": ("merged", ["A"]),
        "#14": ("empty", ["D"]),
        "feat/d": ("empty", ["D"]),
    }
    merge = next(each for each in repo.work().changes if each.name == "#12")
    assert (merge.title, merge.branch, len(merge.paths)) == ("The title", "topic", 1)


def test_what_is_open_is_told_with_its_conflicts(repo):
    repo.branch("feat/a", "Change a", {"a.py": "a = 2\n"})
    head = repo.branch("codex/task-b", "Do b\n\nSpent: 1h 30m\n", {"b.py": "b\n"})
    repo.git("update-ref", "refs/pull/21/head", head)
    repo.branch("idle", "Nothing of a task", {"z.txt": "z\n"})
    repo.commit("Change a too", {"a.py": "a = 3\n"})
    work = repo.work()
    a, b = (each for each in work.changes if each.state == "open" and each.tasks)

    assert (a.name, a.conflicts, a.ahead, a.pull) == ("feat/a", ("a.py",), 1, None)
    assert (b.name, b.branch, b.conflicts, b.spent_hours) == ("#21", "codex/task-b", (), 1.5)
    assert b.pull.open is None
    assert work.on_main


def test_a_forge_says_what_is_open_and_what_was_closed(repo):
    heads = [repo.branch(f"x/{n}", f"Work {n}\n\nTask: B\n", {f"{n}.txt": "x\n"}) for n in (31, 32)]
    for number, head in zip((31, 32), heads, strict=True):
        repo.git("update-ref", f"refs/pull/{number}/head", head)
    pulls = {31: PullState(31, "Mine", open=True, draft=True, labels=("task:C",)), 32: PullState(32, open=False)}
    work = repo.work(pulls=Pulls(pulls, "a test"))

    assert told(work) == {"#31": ("open", ["B", "C"])}
    assert work.pulls_known


def test_what_is_older_than_the_plan_belongs_to_none_of_its_tasks(repo):
    repo.git("rm", "-q", "--cached", "coordguard.yaml")
    (repo.root / "coordguard.yaml").unlink()
    repo.commit("Take it out", {})
    repo.commit("Before\n\nTask: B\n", {"b.py": "1\n"})
    repo.commit("Plan", {"coordguard.yaml": "version: 1\n"})
    repo.commit("After\n\nTask: C\n", {"c.py": "1\n"})

    assert [each.title for each in repo.work().changes if each.tasks] == ["After"]


def test_our_own_reports_are_nobodys_work(repo):
    plan = Plan(
        "coordguard.yaml", "0" * 64, reports=Reports(), tasks=(Task("R", "Report", 1, files=(Reports().dashboard,)),)
    )
    repo.commit("Write it", {Reports().dashboard: "1\n"})
    repo.commit("Write it again", {Reports().dashboard: "2\n"})
    work = gather(repo.root, plan, now=repo.now)

    assert [each.title for each in work.changes if each.tasks] == ["Write it"]


def test_a_branch_that_is_checked_out_is_not_the_default_branch(repo):
    repo.branch("feat/a", "Change a", {"a.py": "a = 2\n"})
    repo.git("switch", "-q", "feat/a")

    assert not repo.work().on_main
    assert repo.work().branch == "feat/a"


def test_without_git_and_without_a_commit_nothing_is_known(tmp_path):
    assert not gather(tmp_path, PLAN, now=1).known
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert gather(tmp_path, PLAN, now=1).notes == ("there is no commit yet",)


def test_work_trees_are_listed_with_what_differs_in_them(repo, tmp_path_factory):
    other = tmp_path_factory.mktemp("trees") / "feat"
    repo.git("worktree", "add", "-q", "-b", "feat/a", str(other))
    (other / "new.txt").write_text("1\n")
    found = worktrees(repo.root, look=True)

    assert [(each.branch, each.dirty) for each in found] == [("main", 0), ("feat/a", 1)]
    assert worktrees(repo.root)[0].dirty is None


# -- merges that are tried -----------------------------------------------------------------------------------


@pytest.fixture
def clashing(repo):
    """Two old branches that conflict with each other, two that only look so, one that main has left behind."""
    repo.commit("Lines", {"lines.txt": "".join(f"{n}\n" for n in range(20)), "main.txt": "1\n", "odd ü\n.txt": "1\n"})
    repo.branch("one", "One", {"lines.txt": "one\n" + "".join(f"{n}\n" for n in range(1, 20))})
    repo.branch("two", "Two", {"lines.txt": "two\n" + "".join(f"{n}\n" for n in range(1, 20))})
    repo.branch("far", "Far", {"lines.txt": "".join(f"{n}\n" for n in range(19)) + "far\n"})
    repo.branch("odd", "Odd", {"odd ü\n.txt": "2\n"})
    repo.branch("odder", "Odder", {"odd ü\n.txt": "3\n"})
    repo.branch("stale", "Stale", {"main.txt": "2\n"})
    repo.branch("file", "File", {"place": "a file\n"})
    repo.branch("folder", "Folder", {"place/in.txt": "in a folder\n"})
    repo.commit("Drift", {"main.txt": "3\n"})
    return repo


def objects(root):
    return {path for path in (root / ".git").rglob("*") if path.is_file() and "index" not in path.name}


def test_pairs_are_tried_on_todays_default_branch(clashing):
    before = objects(clashing.root)
    work = clashing.work()
    found = conflicts(clashing.root, work, chosen(work, days=14, every=True))

    assert found.with_main == {"stale": ("main.txt",)}
    assert found.pairs == {
        ("odd", "odder"): ("odd ü\n.txt",),
        ("one", "two"): ("lines.txt",),
        ("file", "folder"): found.pairs["file", "folder"],
    }
    assert found.compared == 5
    assert objects(clashing.root) == before


def test_each_pair_agrees_with_a_merge_that_is_really_made(clashing):
    names = ("one", "two", "far", "odd", "odder", "file", "folder")
    work = clashing.work()
    found = conflicts(clashing.root, work, chosen(work, days=14, every=True))
    really = set()
    for position, first in enumerate(names):
        for second in names[position + 1 :]:
            clashing.git("switch", "-q", "--detach", "main")
            clashing.git("merge", "-q", "-m", "first", first)
            try:
                clashing.git("merge", "-q", "-m", "second", second)
            except subprocess.CalledProcessError:
                really.add((min(first, second), max(first, second)))
                clashing.git("merge", "--abort")

    assert set(found.pairs) == really


def test_a_branch_that_git_cannot_merge_stops_no_other(clashing):
    tips = {name: clashing.git("rev-parse", name) for name in ("one", "two")}
    found = merging.matrix(
        clashing.root, clashing.git("rev-parse", "main"), {**tips, "gone": "1" * 40, "zero": "2" * 40}
    )

    assert {name for name, merge in found.alone.items() if merge.unreadable} == {"gone", "zero"}
    assert set(found.pairs) == {("one", "two")}


def test_an_older_git_knows_nothing(clashing, monkeypatch):
    monkeypatch.setattr(merging, "version", lambda _root: (2, 37))
    found = merging.matrix(clashing.root, "main", {"one": "one"})

    assert found.note == "unknown: merges are tried with git 2.38 or newer"
    assert not found.alone


# -- what a forge says ---------------------------------------------------------------------------------------


def test_the_list_that_gh_writes_is_read():
    text = """[{"number": 7, "title": "T", "state": "OPEN", "isDraft": false, "headRefName": "feat/a",
      "headRefOid": "abc", "labels": [{"name": "task:A"}], "reviewDecision": "CHANGES_REQUESTED",
      "author": {"login": "ana"}, "createdAt": "2025-10-16T05:00:00Z", "updatedAt": "x",
      "statusCheckRollup": [{"name": "unit", "conclusion": "FAILURE"}, {"name": "lint", "conclusion": "FAILURE"},
                            {"name": "lint", "conclusion": "SUCCESS"}, {"context": "ci", "state": "ERROR"}]},
      {"number": 8, "state": "MERGED"}]"""

    assert read_pulls(text, "pulls.json") == {
        7: PullState(
            7, "T", "feat/a", "abc", True, False, ("task:A",), "CHANGES_REQUESTED", ("ci", "unit"), "ana", 1760590800
        ),
        8: PullState(8, open=False),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "pulls.json: no JSON"),
        ("{}", "pulls.json: no list of pull requests; meant: gh pr list --state all --json number,title"),
        ('[{"number": "7"}]', "pulls.json[0].number: '7'; meant: the number of a pull request"),
    ],
)
def test_another_file_is_refused(text, message):
    with pytest.raises(PullsError) as told_:
        read_pulls(text, "pulls.json")

    assert str(told_.value).startswith(message)
