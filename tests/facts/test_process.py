"""A command ends when its time is up, whatever it has started."""

import os
import signal
import sys

import pytest

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts.process import for_the_repository, run

LEAVES_ITS_GROUP = """
import os, time
if os.fork() == 0:
    os.setsid()
    print("leaving", os.getpid(), flush=True)
    time.sleep(20)
    open("waited-for", "w").close()
else:
    time.sleep(60)
"""


def test_a_process_that_left_the_group_and_holds_the_pipe_is_not_waited_for(tmp_path):
    """A daemon that a test run starts would else keep the run for as long as it lives."""
    outcome = run([sys.executable, "-c", LEAVES_ITS_GROUP], cwd=tmp_path, seconds=2)

    assert (outcome.timed_out, outcome.output.split()[0]) == (True, "leaving")
    assert not (tmp_path / "waited-for").exists()
    os.kill(int(outcome.output.split()[1]), signal.SIGKILL)


def test_nothing_of_the_repository_is_run_beside_a_token(monkeypatch, tmp_path):
    """A process of the same user can read what the judge holds; so the judge of a pull request starts none."""
    monkeypatch.setenv("COORDGUARD_EXECUTE", "never")
    said = r"nothing of the repository is run here \(COORDGUARD_EXECUTE=never\); judge this where no token is"
    with pytest.raises(CannotJudge, match=said):
        run(["touch", "ran"], cwd=tmp_path, seconds=5)
    with pytest.raises(CannotJudge, match=said):
        for_the_repository()

    assert not (tmp_path / "ran").exists()


def test_a_misspelt_never_is_no_permission(monkeypatch):
    monkeypatch.setenv("COORDGUARD_EXECUTE", "Never")
    with pytest.raises(CannotJudge, match="COORDGUARD_EXECUTE is 'Never'; meant: never, or no such variable"):
        for_the_repository()
