"""The files of a commit that is not checked out: some are written for a tool, and none beside the folder."""

import os
import subprocess

import pytest

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.git_tree import GitTree, TreeRepository
from pytest_coordguard.facts.linted import linted
from pytest_coordguard.facts.quarantine import Quarantine
from pytest_coordguard.facts.ruff import Settings


def git(root, *arguments, stdin=b""):
    env = {
        **os.environ,
        **{f"GIT_{who}_{what}": "a@b.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", *arguments], cwd=root, input=stdin, env=env, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture
def root(tmp_path):
    (tmp_path / "shop" / "pkg").mkdir(parents=True)
    root = tmp_path / "shop"
    git(root, "init", "-q")
    (root / "pkg" / "bad.py").write_text("x = = 1\n")
    (root / "good.py").write_text("x = 1\n")
    (root / "link.py").symlink_to("pkg/bad.py")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "c")
    return root


def repository(root, commit):
    return TreeRepository(GitTree(Quarantine(root, root.parent / "quarantine"), commit), root.parent / "run" / "tree")


def written(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_linter_of_single_files_is_given_these_and_no_others(root):
    repo = repository(root, git(root, "rev-parse", "HEAD"))
    look = linted(repo, ["pkg/bad.py", "link.py", "gone.py"], Settings(("E9",)))

    assert sorted({each.path for each in look.unparsed}) == ["link.py", "pkg/bad.py"]
    assert written(root.parent / "run") == ["some/link.py", "some/pkg/bad.py"]


def test_rules_that_go_by_other_files_are_given_all(root):
    repo = repository(root, git(root, "rev-parse", "HEAD"))
    linted(repo, ["good.py"], Settings(("I001",)))

    assert (root.parent / "run" / "tree" / "pkg" / "bad.py").is_file()


@pytest.mark.parametrize("name", ["..", ".git", ".GIT"])
def test_a_name_that_leads_out_of_the_folder_is_refused(root, name):
    """Git itself writes no such tree; who makes one by hand can push it where nobody looks."""
    blob = git(root, "hash-object", "-w", "--stdin", stdin=b"x = 1\n")
    inner = git(root, "mktree", stdin=f"100644 blob {blob}\tevil.py\n".encode())
    raw = f"40000 {name}\0".encode() + bytes.fromhex(inner)
    tree = git(root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    repo = repository(root, git(root, "commit-tree", tree, "-m", "c"))

    with pytest.raises(CannotJudge, match="is no name for a file"):
        repo.folder_with(list(repo.files))
    assert not (root.parent / "run" / "evil.py").exists()
