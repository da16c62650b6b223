"""A small repository whose page is shown, and a server for it."""

import subprocess
import threading

import pytest

from pytest_coordguard.docket import open_plan
from pytest_coordguard.domain.record import Provenance, Record, RunRecord
from pytest_coordguard.facts import git
from pytest_coordguard.live import Board, listen
from pytest_coordguard.reports.files import Journal, state_path
from pytest_coordguard.reports.merge import pending
from pytest_coordguard.reports.status_json import entry, status_document, status_text

PLAN = """\
version: 1
project: shop
tasks:
  A:
    title: Prices
    owner: ana
    accept:
      there: {text: There, check: files.exist, files: [README.md]}
      more: {text: More, check: files.exist, files: [price.py]}
  B: {title: Discounts, owner: ben, depends_on: [A], accept: {there: {text: There, check: files.exist, files: [d.py]}}}
"""
WHO = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")


class Shop:
    """A repository with a plan, in which runs are pretended."""

    def __init__(self, root):
        self.root = root
        self.plan = open_plan(None, root, root).plan
        self.run = RunRecord("r7-1", "preaudit", "running", "2026-11-24T09:15:00Z", commit=git.head(root))
        self._journal = None

    def begin(self):
        """Do what a run does first: write ahead, and open a journal."""
        ahead = pending(self.run, [each.id for each in self.plan.criteria])
        status = self.root / self.plan.reports.status
        status.parent.mkdir(parents=True, exist_ok=True)
        document = status_document(self.plan, Record(self.run, ahead), Provenance(self.run.commit))
        status.write_text(status_text(document))
        self._journal = Journal(state_path(self.root, f"coordguard-journal-{self.run.id}.jsonl"))

    def judge(self, known):
        """Do what a run does at each verdict."""
        self._journal.append(entry(known))

    @property
    def files(self):
        """What is there beside the git folder, with its content."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {path: path.read_bytes() for path in paths}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    root = tmp_path / "shop"
    root.mkdir()
    (root / "coordguard.yaml").write_text(PLAN)
    (root / "README.md").write_text("# Shop\n")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Plan")):
        subprocess.run(["git", *WHO, *command], cwd=root, check=True)
    monkeypatch.chdir(root)
    return Shop(root)


@pytest.fixture
def server(shop):
    with listen(Board(shop.root, None), 0) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        yield server
        server.stop()
        server.shutdown()
        thread.join(10)
