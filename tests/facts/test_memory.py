"""What was found in a file is known again as long as the file holds the same, and no longer."""

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.at_commit import AtCommit
from pytest_coordguard.facts.git_tree import GitTree, TreeRepository
from pytest_coordguard.facts.memory import Memory
from pytest_coordguard.facts.quarantine import Quarantine
from pytest_coordguard.facts.repository import Repository


def asked(repo, path, question="content"):
    """Return what is found in a file, and whether it was looked at for that."""
    looks = []
    found = repo.recall(path, question, lambda data: looks.append(path) or data.decode() or "nothing")
    return found, bool(looks)


@pytest.fixture
def repo(tmp_path):
    (tmp_path / "a.py").write_text("one")
    (tmp_path / "b.py").write_text("two")
    return Repository(tmp_path)


def test_a_file_is_looked_at_once_for_a_question(repo):
    assert [asked(repo, "a.py"), asked(repo, "a.py"), asked(repo, "a.py", "other")] == [
        ("one", True),
        ("one", False),
        ("one", True),
    ]


def test_a_view_knows_what_the_repository_knows_of_the_files_that_it_leaves_alone(repo):
    asked(repo, "a.py")
    asked(repo, "b.py")
    view = repo.with_changes({"b.py": b"three", "c.py": b"four"})

    assert [asked(view, path) for path in ("a.py", "b.py", "c.py")] == [("one", False), ("three", True), ("four", True)]
    assert asked(repo, "b.py") == ("two", False)


def test_what_a_view_came_to_know_is_known_without_it(repo):
    """Proofs may come before the check itself, as on another worker."""
    asked(repo.with_changes({"b.py": b"three"}), "a.py")

    assert asked(repo, "a.py") == ("one", False)


def test_a_file_that_is_gone_from_a_view_is_not_there(repo):
    asked(repo, "a.py")

    with pytest.raises(FileNotFoundError):
        asked(repo.with_changes({"a.py": None}), "a.py")


def test_a_file_written_anew_within_one_tick_of_the_clock_is_looked_at_anew(repo, tmp_path):
    """Size and time of change may be the same then; a command of the gate may write what a later check reads."""
    asked(repo, "a.py")
    before = (tmp_path / "a.py").stat()
    (tmp_path / "a.py").write_text("six")
    os.utime(tmp_path / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert asked(repo, "a.py") == ("six", True)


def test_a_settled_file_is_known_by_its_times_alone(repo, monkeypatch):
    """17,000 files are not read again for each planted fault."""
    monkeypatch.setattr("pytest_coordguard.facts.memory.SETTLED_NS", -(10**18))
    asked(repo, "a.py")
    monkeypatch.setattr(Repository, "read", lambda _self, path: pytest.fail(f"reads {path}"))

    assert asked(repo, "a.py") == ("one", False)


def test_a_link_out_of_the_repository_is_never_looked_into(repo, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret").write_text("three")
    (repo.root / "c.py").symlink_to(outside / "secret")
    (repo.root / "d").symlink_to(outside)

    for path in ("c.py", "d/secret"):
        with pytest.raises(CannotJudge, match=f"{path}: leads out of the repository"):
            asked(repo, path)


def test_a_fault_in_looking_is_not_kept(repo):
    def fails(_data):
        raise CannotJudge("the engine is missing")

    with pytest.raises(CannotJudge, match="the engine is missing"):
        repo.recall("a.py", "content", fails)
    assert asked(repo, "a.py") == ("one", True)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=60), st.integers(1, 8))
def test_the_memory_never_grows_beyond_its_limit_and_never_mistakes_an_answer(asks, limit):
    """The question that was asked longest ago is forgotten first."""
    memory = Memory(limit)
    for question, number in asks:
        if (known := memory.get(question, f"{number}", 0)) is not None:
            assert known == (question, number)
        memory.put(question, f"{number}", 0, (question, number))
        assert memory.get(question, f"{number}", 0) == (question, number)
        assert sum(memory.get(q, f"{n}", 0) is not None for q in range(6) for n in range(6)) <= limit


@pytest.fixture
def committed(repo):
    """The commit of a file that has changed on disk since."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], cwd=repo.root, check=True)
    (repo.root / "a.py").write_text("now")
    (repo.root / "b.py").unlink()
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repo.root, check=True, capture_output=True, text=True
    ).stdout


def test_what_a_commit_holds_is_known_by_the_commit_and_not_by_the_disk(repo, committed):
    commit = AtCommit(repo.root, committed.strip())

    assert [asked(commit, "a.py"), asked(commit, "a.py"), asked(commit, "b.py")] == [
        ("one", True),
        ("one", False),
        ("two", True),
    ]
    with pytest.raises(FileNotFoundError):
        asked(commit, "c.py")


def test_the_tree_of_a_commit_is_remembered_by_its_views(repo, committed, tmp_path_factory):
    """A pull request is judged from git alone; nothing of it is written to a folder for that."""
    place = tmp_path_factory.mktemp("tree")
    tree = TreeRepository(GitTree(Quarantine(repo.root, place / "store"), committed.strip()), place / "out")
    assert [asked(tree, "a.py"), asked(tree, "b.py")] == [("one", True), ("two", True)]
    view = tree.with_changes({"b.py": b"three"})

    assert [asked(view, path) for path in ("a.py", "b.py")] == [("one", False), ("three", True)]
    with pytest.raises(FileNotFoundError):
        asked(view, "c.py")
    assert not (place / "out").exists()
