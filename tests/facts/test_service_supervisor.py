"""Nothing that a service starts outlives the process that asked for it, in whatever way that one ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_coordguard.facts.service.process import Supervised

REPOSITORY = Path(__file__).parents[2]
# A service with a helper in a session of its own whose parent is gone, and one that is deaf to SIGTERM.
FAMILY = """
import os, signal, sys, time
def note():
    with open(sys.argv[1], "a") as file:
        file.write(f"{os.getpid()}\\n")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        note()
        time.sleep(600)
    os._exit(0)
if os.fork() == 0:
    if sys.argv[2] == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note()
    time.sleep(600)
note()
time.sleep(600)
"""
ASKS = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background of a shell inherits it ignored
from pytest_coordguard.facts.service.process import Supervised
folder = Path(sys.argv[1])
family = [sys.executable, "-c", sys.argv[2], str(folder / "pids"), "listens"]
Supervised(family, cwd=folder, env={}, log=folder / "log", folder=folder / "own")
time.sleep(600)
"""


def pids(folder, many=3):
    """Return the processes of the family, when all of them are there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = (folder / "pids").read_text().split() if (folder / "pids").exists() else []
        if len(found) == many:
            return [int(pid) for pid in found]
        time.sleep(0.02)
    raise AssertionError((folder / "log").read_text())


def left(processes):
    """Return those that still run, after waiting for the supervisor to do its work."""
    deadline = time.monotonic() + 20
    while (found := [pid for pid in processes if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def gone(folder):
    """Tell whether a folder goes, after waiting for the supervisor to take it away, which it does last."""
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not folder.exists()


def supervised(folder, *argv):
    return Supervised(argv, cwd=folder, env=dict(os.environ), log=folder / "log", folder=folder / "own")


def ended(process):
    deadline = time.monotonic() + 20
    while not process.ending and time.monotonic() < deadline:
        time.sleep(0.02)
    return process.ending


linux = pytest.mark.skipif(sys.platform != "linux", reason="orphans come back to a process on Linux alone")


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_nothing_is_left_however_the_asking_process_ends(tmp_path, number):
    """Ctrl-C, a CI job that is cancelled, the OOM killer: a port that stays taken would be judged by the next run."""
    (tmp_path / "own").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", ASKS, str(tmp_path), FAMILY], cwd=REPOSITORY, stderr=subprocess.DEVNULL
    ) as asks:
        family = pids(tmp_path)
        asks.send_signal(number)

    assert asks.returncode in (-number, 1)
    assert left(family) == []
    assert gone(tmp_path / "own")


@linux
def test_stop_ends_those_that_left_and_those_that_do_not_listen(tmp_path):
    """And it comes back only when that is done, so that the port is free again."""
    process = supervised(tmp_path, sys.executable, "-c", FAMILY, str(tmp_path / "pids"), "deaf")
    family = pids(tmp_path)

    process.stop()

    assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.parametrize(
    ("code", "told"),
    [("raise SystemExit(3)", "exited 3"), ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9")],
    ids=["exit", "signal"],
)
def test_the_end_of_a_command_is_told(tmp_path, code, told):
    """A service that ends early is reported at once, with its status."""
    process = supervised(tmp_path, sys.executable, "-c", code)

    assert ended(process) == told
    process.stop()


def test_a_command_that_is_not_there_is_told(tmp_path):
    """The author of the plan misspelled it."""
    process = supervised(tmp_path, "no-such-command-anywhere")

    assert ended(process) == "cannot be started (No such file or directory: no-such-command-anywhere)"
    process.stop()


def test_the_supervisor_needs_the_standard_library_alone():
    """It is started with -I -S, where nothing else is there."""
    listed = "import json, runpy, sys; runpy.run_path(sys.argv[1]); print(json.dumps(sorted(sys.modules)))"
    script = REPOSITORY / "pytest_coordguard" / "facts" / "service" / "supervisor.py"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", listed, script], capture_output=True, check=True)

    assert {name.partition(".")[0] for name in json.loads(done.stdout)} <= {*sys.stdlib_module_names, "__main__"}
