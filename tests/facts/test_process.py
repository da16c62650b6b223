"""A command ends when its time is up, whatever it has started."""

import os
import signal
import sys

from pytest_coordguard.facts.process import run

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
