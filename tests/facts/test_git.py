"""What git knows, in every state in which a repository may be met."""

import os
import subprocess
import time

import pytest

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts import git

ODD = ['we"ird.txt', "two\nlines.txt", "tab\there.txt", "späß.txt", "back\\slash.txt", "a b", "'x'"]


def do(root, *arguments, **env):
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@x",
        "GIT_COMMITTER_NAME": "c",
        "GIT_COMMITTER_EMAIL": "c@x",
    }
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=root,
        env={**os.environ, **identity, **env},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def save(root, message="work", **env):
    do(root, "add", "-A")
    do(root, "commit", "-q", "--no-verify", "-m", message, **env)
    return do(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path):
    """A repository with one commit of `kept.py` on `main`."""
    folder = tmp_path / "repo"
    folder.mkdir()
    do(folder, "init", "-q")
    (folder / "kept.py").write_text("a = 1\nb = 2\nc = 3\n")
    save(folder, GIT_COMMITTER_DATE="2024-05-06T07:08:09+02:00")
    return folder


def test_a_folder_without_git_has_nothing_to_tell(tmp_path):
    """Every answer is None or empty, and none of them an exception."""
    (tmp_path / "a.py").write_text("")

    assert [
        git.head(tmp_path),
        git.branch(tmp_path),
        git.default_branch(tmp_path),
        git.merge_base(tmp_path, "main"),
        git.committer_time(tmp_path),
        git.show(tmp_path, "HEAD", "a.py"),
        git.changed_lines(tmp_path, "main"),
        git.dirty_paths(tmp_path),
        git.tracked(tmp_path),
    ] == [None] * 7 + [(), frozenset()]


def test_no_git_program_is_no_git(root, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")

    assert (git.head(root), git.dirty_paths(root)) == (None, ())


def test_before_the_first_commit_all_files_are_dirty(tmp_path):
    do(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("")
    (tmp_path / "b.py").write_text("")
    do(tmp_path, "add", "a.py")

    assert (git.head(tmp_path), git.branch(tmp_path), git.default_branch(tmp_path), git.dirty_paths(tmp_path)) == (
        None,
        "main",
        None,
        ("a.py", "b.py"),
    )


def test_head_and_branch_name_what_is_checked_out(root):
    first = git.head(root)

    assert (first, git.branch(root), git.default_branch(root)) == (do(root, "rev-parse", "HEAD"), "main", "main")
    do(root, "checkout", "-q", "--detach")
    assert (git.head(root), git.branch(root)) == (first, None)


def test_the_committer_time_is_in_seconds(root):
    """2024-05-06 07:08:09 +0200 as seconds since 1970."""
    assert git.committer_time(root) == 1714972089


def test_a_worktree_has_a_head_of_its_own(root, tmp_path):
    other = tmp_path / "other"
    do(root, "worktree", "add", "-q", "-b", "feature", str(other))
    (other / "new.py").write_text("x\n")

    assert (git.branch(other), git.branch(root)) == ("feature", "main")
    assert (git.dirty_paths(other), git.dirty_paths(root)) == (("new.py",), ())


def test_the_default_branch_is_what_the_remote_says(root, tmp_path):
    do(root, "branch", "-m", "trunk")
    clone = tmp_path / "clone"
    do(tmp_path, "clone", "-q", str(root), str(clone))

    assert (git.default_branch(root), git.default_branch(clone)) == (None, "origin/trunk")


def test_a_shallow_clone_may_know_no_merge_base(root, tmp_path):
    """It is None, and not the root commit of what was fetched."""
    do(root, "checkout", "-q", "-b", "feature")
    for number in range(3):
        (root / f"{number}.py").write_text("x\n")
        save(root)
    do(root, "checkout", "-q", "main")
    (root / "main.py").write_text("y\n")
    save(root)
    clone = tmp_path / "clone"
    do(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", "-b", "feature", root.as_uri(), str(clone))

    assert git.merge_base(clone, "origin/main") is None
    assert git.merge_base(root, "feature") == do(root, "merge-base", "main", "feature")


@pytest.mark.parametrize("ref", ["", "nowhere", "--all", "-h", "kept.py", "a\0b"])
def test_what_names_no_commit_is_none(root, ref):
    """A name that looks like an option is never taken for one."""
    assert (git.commit(root, ref), git.merge_base(root, ref), git.show(root, ref, "kept.py")) == (None, None, None)


def test_dirty_paths_are_all_that_differ_from_head(root):
    for name in ("gone.py", "staged.py", "moved.py"):
        (root / name).write_text(f"{name}\n" * 5)
    (root / ".gitignore").write_text("ignored.py\n")
    save(root)
    (root / "gone.py").unlink()
    (root / "staged.py").write_text("x\n")
    do(root, "add", "staged.py")
    do(root, "mv", "moved.py", "to.py")
    (root / "kept.py").write_text("z\n")
    (root / "ignored.py").write_text("")
    (root / "new.py").write_text("")

    assert git.dirty_paths(root) == ("gone.py", "kept.py", "moved.py", "new.py", "staged.py", "to.py")


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_file_hidden_from_git_status_is_dirty_all_the_same(root, flag):
    """`git update-index` can hide an edit from `git status`; a verdict on "this commit" would be a lie."""
    do(root, "update-index", flag, "kept.py")

    assert git.dirty_paths(root) == ()
    (root / "kept.py").write_text("z\n")
    assert do(root, "status", "--porcelain") == ""
    assert git.dirty_paths(root) == ("kept.py",)


def test_an_edit_of_the_same_size_with_its_time_put_back_is_dirty(root):
    """With `core.checkStat=minimal` and `core.trustctime=false` git itself would not see it."""
    do(root, "config", "core.checkStat", "minimal")
    do(root, "config", "core.trustctime", "false")
    os.utime(root / "kept.py", (1, 1))
    do(root, "update-index", "--refresh")
    time.sleep(1.1)  # the index of most builds of git keeps whole seconds
    (root / "kept.py").write_text("a = 1\nb = 2\nc = 9\n")
    os.utime(root / "kept.py", (1, 1))

    assert git.dirty_paths(root) == ("kept.py",)


@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_any_file_name_comes_back_as_it_is(root, name):
    (root / name).write_text("1\n")
    save(root)
    base = git.head(root)
    (root / name).write_text("1\n2\n")

    assert git.dirty_paths(root) == (name,)
    assert git.changed_lines(root, base) == {name: {2}}
    assert git.show(root, "HEAD", name) == b"1\n"
    assert name in git.tracked(root)


def test_changed_lines_are_those_added_or_altered(root):
    base = git.head(root)
    (root / "kept.py").write_text("a = 1\nb = 22\nc = 3\nd = 4\n")
    (root / "new.py").write_text("x\ny\n")
    (root / "empty.py").write_text("")
    save(root)
    (root / "untracked.py").write_text("x\ny\nz")

    assert git.changed_lines(root, base) == {"kept.py": {2, 4}, "new.py": {1, 2}, "untracked.py": {1, 2, 3}}
    assert git.changed_lines(root, base, ["new*.py"]) == {"new.py": {1, 2}}


def test_lines_that_only_went_or_moved_house_are_not_changed(root):
    base = git.head(root)
    do(root, "mv", "kept.py", "moved.py")
    (root / "moved.py").write_text("a = 1\nb = 2\n")

    assert git.changed_lines(root, base) == {}


def test_content_that_looks_like_a_header_is_content(root):
    """A removed line `-- a/x` prints as `--- a/x`, an added `++ b/x` as `+++ b/x`."""
    (root / "odd.txt").write_text("-- a/x\n@@ -1 +1 @@\nlast")
    save(root)
    base = git.head(root)
    (root / "odd.txt").write_text("++ b/x\n++ b/y")

    assert git.changed_lines(root, base) == {"odd.txt": {1, 2}}


def test_neither_attributes_nor_settings_hide_a_change(root, tmp_path):
    """`*.py -diff` calls sources binary; settings of diff change how it prints; none may start a program."""
    (root / ".gitattributes").write_text("*.py -diff\n*.txt diff=odd\n")
    (root / "a.txt").write_text("a\n")
    save(root)
    trap = f"touch {tmp_path / 'ran'}; true"
    for name, value in {
        "diff.noprefix": "true",
        "diff.interHunkContext": "9",
        "color.ui": "always",
        "diff.external": trap,
        "diff.odd.textconv": trap,
        "diff.odd.command": trap,
        "core.fsmonitor": trap,
        "core.pager": trap,
        "diff.orderFile": "/nonexistent",
    }.items():
        do(root, "config", name, value)
    base = git.head(root)
    (root / "kept.py").write_text("A\nb = 2\nC\n")
    (root / "a.txt").write_text("b\n")

    assert git.changed_lines(root, base) == {"a.txt": {1}, "kept.py": {1, 3}}
    assert git.dirty_paths(root) == ("a.txt", "kept.py")
    assert not (tmp_path / "ran").exists()


def test_hooks_of_the_repository_do_not_run(root, tmp_path):
    for name in ("post-index-change", "post-checkout", "fsmonitor-watchman"):
        hook = root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
        hook.chmod(0o755)
    do(root, "config", "core.fsmonitor", ".git/hooks/fsmonitor-watchman")
    (root / "kept.py").touch()

    git.dirty_paths(root)
    git.changed_lines(root, "HEAD")

    assert not (tmp_path / "ran").exists()


def test_variables_for_another_repository_do_not_mislead(root, tmp_path, monkeypatch):
    """Git sets them when it starts a hook, and a run may have been started from one."""
    other = tmp_path / "other"
    other.mkdir()
    do(other, "init", "-q")
    expected = git.head(root)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")

    assert (git.head(root), git.dirty_paths(root), git.tracked(root)) == (expected, (), frozenset({"kept.py"}))


def test_below_the_top_paths_are_relative_to_the_folder(root):
    below = root / "sub"
    below.mkdir()
    (below / "a.py").write_text("1\n")
    base = save(root)
    (below / "a.py").write_text("1\n2\n")
    (below / "b.py").write_text("")
    (root / "kept.py").write_text("")

    assert git.dirty_paths(below) == ("a.py", "b.py")
    assert git.changed_lines(below, base) == {"a.py": {2}}
    assert git.show(below, "HEAD", "a.py") == b"1\n"


def test_objects_that_are_missing_are_no_empty_change(root):
    """A partial clone without the base's files must not read as "nothing changed"."""
    base = git.head(root)
    (root / "kept.py").write_text("z\n")
    save(root)
    blob = do(root, "rev-parse", f"{base}:kept.py")
    (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    with pytest.raises(CannotJudge, match="objects of it are missing"):
        git.changed_lines(root, base)


def test_the_reflog_tells_what_was_checked_out_when(root):
    """Before the first entry nothing is known; a time between two entries belongs to the earlier."""
    first = git.head(root)
    (root / "b.py").write_text("b\n")
    second = save(root, GIT_COMMITTER_DATE="2024-05-06T08:08:09+02:00")

    assert [git.head_at(root, 1714972089 + seconds) for seconds in (-1, 0, 3599, 3600, 9999)] == [
        None,
        first,
        first,
        second,
        second,
    ]
    assert git.head_at(root / "..", 1714972089) is None


def test_one_whole_branch_has_no_other_base(tmp_path):
    """A shallow clone, a detached HEAD or another branch may hide what a change left."""
    origin = tmp_path / "origin"
    origin.mkdir()
    do(origin, "init", "-q", "-b", "trunk")
    for number in range(2):
        (origin / "a").write_text(str(number))
        do(origin, "add", "a")
        do(origin, "commit", "-q", "-m", "x")

    assert git.is_only_branch(origin)
    do(tmp_path, "clone", "-q", "--depth", "1", origin.as_uri(), "shallow")
    assert not git.is_only_branch(tmp_path / "shallow")
    do(tmp_path, "clone", "-q", origin.as_uri(), "whole")
    assert git.is_only_branch(tmp_path / "whole")
    do(origin, "branch", "work")
    assert not git.is_only_branch(origin)
    do(origin, "branch", "-D", "-q", "work")
    do(origin, "checkout", "-q", "--detach")
    assert not git.is_only_branch(origin)
