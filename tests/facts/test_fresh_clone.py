"""What a dashboard says comes from what is committed: whoever clones the repository gets the same bytes."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_coordguard.docket import open_plan
from pytest_coordguard.lookout import look_around
from pytest_coordguard.publish import stored
from pytest_coordguard.reports.dashboard import dashboard_of
from pytest_coordguard.reports.overview_json import all_facts

PLAN = """\
version: 1
project: shop
tasks:
  A: {title: Prices, owner: ana, branch: feat/prices, accept: {there: {text: There, check: files.exist, files: [README.md]}}}
  B: {title: Discounts, owner: ben, depends_on: [A], accept: {there: {text: There, check: files.exist, files: [discount.py]}}}
  C: {title: Baskets, owner: cy, branch: feat/baskets}
"""  # noqa: E501  # as a person might write it
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def git(root, *arguments):
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false"]
    day = {"GIT_COMMITTER_DATE": "2026-11-23T09:00:00Z", "GIT_AUTHOR_DATE": "2026-11-23T09:00:00Z"}
    env = {"PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "PYTHONDONTWRITEBYTECODE": "1", **day}
    subprocess.run(["git", *who, *arguments], cwd=root, env=env, check=True, capture_output=True)


@pytest.fixture
def shop(tmp_path, judged):
    root = tmp_path / "shop"
    root.mkdir()
    (root / "coordguard.yaml").write_text(PLAN)
    (root / "README.md").write_text("# Shop\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Plan")
    for name in ("prices", "baskets"):
        git(root, "switch", "-q", "-c", f"feat/{name}", "main")
        (root / f"{name}.py").write_text("x = 1\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", f"Begin {name}")
    git(root, "switch", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "Merge pull request #3 from ana/feat/prices", "feat/prices")
    judged(root)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Judge it")
    return root


@pytest.fixture
def judged():
    """Judge a repository, by a run of its own, so that its record is there."""
    import sys

    def run(root):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "preaudit", "-q", "-p", "no:cacheprovider"],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stdout + done.stderr

    return run


def told(root: Path):
    found = open_plan(None, root, root)
    record, trouble = stored(root, found.plan)
    assert not trouble
    view = look_around(root, found.plan, record, now=NOW)
    return dashboard_of(view), json.dumps({**all_facts(view), "worktrees": []})


def test_two_fresh_clones_say_the_same_to_the_byte(shop, tmp_path):
    """Where a clone lies is the only thing that its facts say of itself."""
    for name in ("one", "another"):
        git(tmp_path, "clone", "-q", str(shop), name)

    assert told(tmp_path / "one") == told(tmp_path / "another")
    assert told(tmp_path / "one")[0] == told(shop)[0]
    assert "merged in #3" in told(shop)[1]
    assert "feat/baskets has 1 commit ahead" in told(shop)[1]
