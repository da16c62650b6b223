"""A repository with a base commit, and what was changed since: for the guardrails that judge a change."""

import subprocess

import pytest

from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.repository import Repository

WHO = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false"]


def git(root, *arguments):
    done = subprocess.run(["git", *WHO, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)


@pytest.fixture
def changed(tmp_path):
    """Return a function that commits `before` as the base, puts `after` over it, and gives repository and change."""

    def build(before, after, *, commit=False):
        git(tmp_path, "init", "-q", "-b", "main")
        write(tmp_path, before)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "base")
        base = git(tmp_path, "rev-parse", "HEAD")
        write(tmp_path, after)
        if commit:
            git(tmp_path, "add", "-A")
            git(tmp_path, "commit", "-q", "--allow-empty", "-m", "change")
        return Repository(tmp_path), Change(tmp_path, base, "HEAD left main", asked=True)

    return build
