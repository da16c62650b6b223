"""Commands of a plan are run with the Python that runs the repository's tests."""

import sys

import pytest

from pytest_coordguard.domain.plan import Runner
from pytest_coordguard.facts.runner import search_path


@pytest.fixture
def started_by_path(monkeypatch):
    """A virtual environment that nobody activated: `.venv/bin/pytest`."""
    monkeypatch.setattr(sys, "prefix", "/env")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    monkeypatch.setattr(sys, "executable", "/env/bin/python")


def test_an_environment_that_was_not_activated_comes_first(tmp_path, started_by_path):
    assert search_path(Runner(), tmp_path, {"PATH": "/usr/bin"}) == "/env/bin:/usr/bin"


@pytest.mark.parametrize("name", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_what_was_activated_stays_first(tmp_path, started_by_path, name):
    """It may be another than the judge's: one that was installed apart, as by pipx."""
    assert search_path(Runner(), tmp_path, {"PATH": "/shop/bin:/usr/bin", name: "/shop"}) == "/shop/bin:/usr/bin"


def test_the_systems_python_changes_nothing(tmp_path, started_by_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/usr")

    assert search_path(Runner(), tmp_path, {"PATH": "/usr/bin"}) == "/usr/bin"


def test_the_plans_interpreter_comes_before_all(tmp_path, started_by_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()

    found = search_path(Runner(python=".venv/bin/python"), tmp_path, {"PATH": "/usr/bin", "VIRTUAL_ENV": "/other"})

    assert found == f"{python.parent}:/usr/bin"
    assert search_path(Runner(python="gone/python"), tmp_path, {"PATH": "/usr/bin"}) == "/usr/bin"
