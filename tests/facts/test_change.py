"""A change is told whole: new, altered, renamed and gone files, in git or in a planted view, since the right commit."""

import os
import subprocess

import pytest

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.change import NO_COMMIT, ChangedFile, RangeError, change_of_range, change_since
from pytest_coordguard.facts.repository import Repository

IDENTITY = {f"GIT_{who}_{what}": "a@example.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
LONG = "".join(f"line {number}\n" for number in range(30))


def git(root, *arguments):
    done = subprocess.run(
        ["git", *arguments], cwd=root, env={**os.environ, **IDENTITY}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path):
    """Two commits on main, then a branch with work on it."""
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, a_py="a = 1\n", gone_py="g = 1\n", old_py=LONG)
    git(tmp_path, "switch", "-q", "-c", "work")
    return tmp_path


def test_every_kind_of_change_is_told(root):
    git(root, "mv", "old.py", "new.py")
    git(root, "rm", "-q", "gone.py")
    commit(root, a_py="a = 2\n", sub__b_py="b = 1\n")
    (root / "untracked.py").write_text("u = 1\n")

    assert change_since(root).files(Repository(root)) == (
        ChangedFile("a.py", "a.py"),
        ChangedFile("gone.py", "gone.py", deleted=True),
        ChangedFile("new.py", "old.py"),
        ChangedFile("sub/b.py", None),
        ChangedFile("untracked.py", None),
    )
    assert change_since(root).content_before("a.py") == b"a = 1\n"
    assert change_since(root).content_before("sub/b.py") is None


def test_a_planted_change_counts_as_one_on_disk_does(root):
    """Or no fault of a change could be planted."""
    commit(root, a_py="a = 2\n", b_py="b = 1\n")
    view = Repository(root).with_changes(
        {"a.py": b"a = 1\n", "b.py": None, "gone.py": None, "old.py": b"o\n", "c.py": b"c\n"}
    )

    assert change_since(root).files(view) == (
        ChangedFile("c.py", None),
        ChangedFile("gone.py", "gone.py", deleted=True),
        ChangedFile("old.py", "old.py"),
    )


def test_paths_are_of_the_plans_folder_where_that_lies_below_the_top(root):
    commit(root, sub__b_py="b = 1\n", c_py="c = 1\n")

    assert change_since(root / "sub").files(Repository(root / "sub")) == (ChangedFile("b.py", None),)


def test_what_main_did_since_is_no_part_of_the_change(root):
    commit(root, b_py="b = 1\n")
    git(root, "switch", "-q", "main")
    commit(root, a_py="a = 3\n")
    git(root, "switch", "-q", "work")

    assert change_since(root).files(Repository(root)) == (ChangedFile("b.py", None),)
    assert change_since(root).since == "HEAD left main"


def test_a_base_that_is_not_here_is_said(root):
    with pytest.raises(CannotJudge, match=r"nothing to compare with: 'develop' shares no commit with HEAD here"):
        change_since(root, "develop").files(Repository(root))
    git(root, "branch", "-q", "-D", "main")
    with pytest.raises(CannotJudge, match=r"neither origin/HEAD, main nor master is a branch here; name the `base`"):
        change_since(root).content_before("a.py")


@pytest.mark.parametrize("text", ["main..HEAD", "main..work", "main..", "main...work"])
def test_a_range_ends_at_what_is_checked_out(root, text):
    commit(root, b_py="b = 1\n")

    assert change_of_range(root, text).files(Repository(root)) == (ChangedFile("b.py", None),)


def test_a_push_over_another_history_is_compared_with_what_was_there(root):
    """A force push: what was there before is no ancestor, and still is what people had."""
    before = commit(root, b_py="b = 1\n")
    git(root, "reset", "-q", "--hard", "main")
    commit(root, c_py="c = 1\n")
    here = Repository(root)

    assert change_of_range(root, f"{before}..HEAD").files(here) == (
        ChangedFile("b.py", "b.py", deleted=True),
        ChangedFile("c.py", None),
    )
    assert change_of_range(root, f"{before}...HEAD").files(here) == (ChangedFile("c.py", None),)


def test_a_push_that_makes_a_branch_is_judged_since_it_left_the_default_branch(root):
    commit(root, b_py="b = 1\n")

    assert change_of_range(root, f"{NO_COMMIT}..HEAD").files(Repository(root)) == (ChangedFile("b.py", None),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("main", "--range: 'main' is no range; meant: A..B, as origin/main..HEAD"),
        ("..HEAD", "--range: '..HEAD' is no range; meant: A..B, as origin/main..HEAD"),
        ("HEAD..nowhere", "--range: 'nowhere' names no commit of this clone; check the range's end out first"),
        ("HEAD..main", "--range: 'main' is MAIN, and WORK is checked out; check the range's end out first"),
        ("lost..HEAD", "--range: 'lost' names no commit of this clone; fetch the history (fetch-depth: 0)"),
    ],
)
def test_a_range_that_cannot_be_judged_is_told(root, text, message):
    commit(root, b_py="b = 1\n")
    message = message.replace("MAIN", git(root, "rev-parse", "main")[:9])
    message = message.replace("WORK", git(root, "rev-parse", "HEAD")[:9])

    with pytest.raises(RangeError) as told:
        change_of_range(root, text)

    assert str(told.value) == message
