"""What the repository's own tests do to the process that runs them is told of the test that did it."""

from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.domain.testimony import Unread, ruling
from pytest_coordguard.facts import runner
from pytest_coordguard.facts.runner import Request

DIES = """
import os
import pytest


@pytest.mark.parametrize("number", range(4))
@pytest.mark.criterion("T-1/x")
def test_dies(number):
    os._exit(0)
"""


def test_a_run_that_dies_again_and_again_says_why_it_was_given_up(tmp_path, monkeypatch):
    """The tests that never got their turn are not told as if the repository had left them out."""
    monkeypatch.setattr(runner, "ROUNDS", 2)
    (tmp_path / "test_x.py").write_text(DIES)
    asked = Request(tmp_path, "preaudit", ("T-1/x",), ("T-1/x",), {"T-1/x": ["test_x.py"]}, (), args=("-p", "no:xdist"))

    testimony = runner.testify(asked, Runner())

    assert [ruling(row, testimony, Unread()).message for row in testimony.rows.values()] == [
        "the process ended while it ran (exit status 0)",
        "the process ended while it ran (exit status 0)",
        "not run: the process ended under 2 tests, and was not started again",
        "not run: the process ended under 2 tests, and was not started again",
    ]
