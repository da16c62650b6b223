import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.vacuity import vacuous_reason

_SPEC = importlib.util.spec_from_file_location("coordguard_lies", Path(__file__).with_name("lies.py"))
lies = importlib.util.module_from_spec(_SPEC)
sys.modules["coordguard_lies"] = lies  # dataclasses look their module up
_SPEC.loader.exec_module(lies)

EVERY = {**lies.SITUATIONS, **lies.HONEST}


@pytest.mark.parametrize("name", ["fails", "deleted", "stale", "waived"])
def test_a_situation_is_a_clean_git_repository(tmp_path, name):
    """The gate must find what the situation says, and nothing else to complain of."""
    asked = []
    lies.build(EVERY[name], tmp_path, asked.append)
    status = subprocess.run(["git", "status", "--short"], cwd=tmp_path, capture_output=True, check=True, text=True)

    assert status.stdout == ""
    assert (tmp_path / "tests/test_honest.py").read_text() == lies.BASE["tests/test_honest.py"]
    assert bool(asked) is EVERY[name].runs_between


def test_no_lie_may_open_the_gate():
    """The one exception is on purpose: a claim that moved to an honest test is honest, and a reviewer must see it."""
    opening = {name for name, s in lies.SITUATIONS.items() if s.verdicts & lies.OPEN}

    assert opening == {"claim-moved", "stale"}
    assert all(s.verdicts <= lies.OPEN and s.exits == {0} for s in lies.HONEST.values())


def test_no_name_is_used_twice():
    """A later folder would hide an earlier one's situation."""
    assert sum(map(len, lies.GROUPS.values())) == len(lies.SITUATIONS) >= 34


def reason_of(situation):
    files = {**lies.BASE, **situation.first, **situation.files}
    contents = {path: text.encode() for path, text in files.items()}
    lie = next(path for path in files if path.endswith("_lie.py"))
    return vacuous_reason(Repository(Path(__file__).parent, contents), lie, "test_lie")


@pytest.mark.parametrize("name", sorted(lies.GROUPS["vacuous"]))
def test_a_vacuous_test_is_seen_without_running_it(name):
    """These pass, whatever the code does."""
    assert reason_of(lies.GROUPS["vacuous"][name])


@pytest.mark.parametrize("name", sorted({*lies.HONEST} | {"fails", "xfail", "skip-inside", "os-exit"}))
def test_what_can_fail_or_ends_otherwise_is_not_called_vacuous(name):
    """Its verdict comes from the run."""
    assert reason_of(EVERY[name]) is None
