"""Many files of a commit by one process, whatever they hold and are called."""

import subprocess

import pytest

from pytest_coordguard.facts import git
from pytest_coordguard.facts.blobs import Blobs, content_at

FILES = {
    "a.txt": b"a\n",
    "empty": b"",
    "no line end": b"x",
    "b\0c": None,
    "sub/ü.bin": bytes(range(256)) * 99,
    "n\nl": b"n",
}


@pytest.fixture
def repo(tmp_path):
    kept = {path: content for path, content in FILES.items() if content is not None}
    for path, content in kept.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *command], cwd=tmp_path, check=True
        )
    return tmp_path


def test_it_says_what_git_show_says(repo):
    asked = [*FILES, "gone", "sub", "a.txt"]
    for commit in (git.head(repo), "0" * 40):
        assert [content_at(repo, commit, path) for path in asked] == [git.show(repo, commit, path) for path in asked]


def test_paths_are_below_the_folder_that_is_judged(repo):
    assert content_at(repo / "sub", git.head(repo), "ü.bin") == FILES["sub/ü.bin"]


def test_one_process_answers_for_all(repo):
    blobs = Blobs(repo)
    head = git.head(repo)
    assert [blobs.read(head, path) for path in ("a.txt", "gone", "sub", "empty", "a.txt")] == [
        b"a\n",
        None,
        None,
        b"",
        b"a\n",
    ]


def test_without_a_repository_nothing_is_there(tmp_path):
    assert content_at(tmp_path, "0" * 40, "a.txt") is None
    assert content_at(tmp_path / "gone", "0" * 40, "a.txt") is None
