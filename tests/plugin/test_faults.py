"""After a run that did not end well, what lies on disk is true: the most telling faults, in the states of xdist."""

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("coordguard_fault_runs", Path(__file__).with_name("fault_runs.py"))
fault_runs = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = fault_runs
_SPEC.loader.exec_module(fault_runs)

CELLS = [
    ("none", "absent"),
    ("-k", "n2"),
    ("-x", "idle"),
    ("--collect-only", "idle"),
    ("bad option", "idle"),
    ("import ends the process", "idle"),
    ("os._exit(0) in a test", "n2"),
    ("segfault in a test", "idle"),
    ("time limit of the runner", "idle"),
    ("conftest fails at session start", "n2"),
    ("SIGINT to the judge", "idle"),
    ("SIGTERM to the judge", "absent"),
    ("SIGKILL to the judge", "idle"),
    ("SIGKILL to the judge", "n2"),
    ("a worker dies", "n2"),
    ("plugin: internal error", "idle"),
    ("plugin: exception in sessionfinish", "idle"),
    ("HEAD moves while it runs", "idle"),
    ("a test changes a tracked file", "idle"),
]


@pytest.fixture(scope="module")
def green(tmp_path_factory):
    """A repository whose gate was opened, reports and all."""
    folder = tmp_path_factory.mktemp("green") / "repo"
    folder.mkdir()
    return fault_runs.green(folder)


@pytest.mark.parametrize("moved", [False, True], ids=["same-commit", "next-commit"])
@pytest.mark.parametrize("name, state", CELLS, ids=[f"{name}, {state}" for name, state in CELLS])
def test_a_run_that_ends_badly_leaves_no_lie(name, state, moved, green, tmp_path):
    """An old green file that outlives a killed run is the commonest lie of all."""
    grade = fault_runs.cell(name, state, green, tmp_path, moved=moved)

    assert grade in fault_runs.GOOD or grade.startswith("SKIPPED")
