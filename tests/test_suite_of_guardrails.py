"""The suite says which package is at fault when a guardrail of someone else cannot be used."""

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from pytest_coordguard import suite as module
from pytest_coordguard.docket import NoPlanError, open_plan
from pytest_coordguard.domain.guardrail import guardrail


@pytest.fixture
def others(monkeypatch):
    """Return a function that makes entry points the installed ones; none of the packaged guardrails are there."""

    def install(*points):
        monkeypatch.setattr(module, "entry_points", lambda group: points if group == module.GROUP else ())
        monkeypatch.setattr(module, "_packaged", lambda: iter(()))
        module.suite.cache_clear()

    yield install
    module.suite.cache_clear()


def with_guardrail(monkeypatch, name):
    """Return an entry point whose module has a guardrail `demo.check`."""
    made = ModuleType(name)

    def test_demo(word: str = ""): ...

    test_demo.__module__ = name
    made.test_demo = guardrail("demo.check", remedy="Mend it.")(test_demo)
    monkeypatch.setitem(sys.modules, name, made)
    return EntryPoint(name, name, module.GROUP)


def test_guardrails_of_other_packages_join_in(others, monkeypatch):
    """A package adds a check by naming its module under the entry point group."""
    others(with_guardrail(monkeypatch, "demo_a"))

    assert {name: list(entry.signature.parameters) for name, entry in module.suite().items()} == {
        "demo.check": ["word"]
    }


def test_a_package_that_cannot_be_imported_is_named(others):
    """Else its checks would be unknown, and the plan would get the blame."""
    others(EntryPoint("broken", "no_such_module_anywhere", module.GROUP))

    with pytest.raises(module.SuiteError) as told:
        module.suite()

    assert str(told.value) == (
        "an unknown distribution: entry point broken = no_such_module_anywhere cannot be imported: "
        "No module named 'no_such_module_anywhere'"
    )


def test_a_suite_that_cannot_be_used_is_told_as_a_plan_is(others, tmp_path):
    """A sentence and exit status 4, for the command and for a gate run; no stack trace."""
    (tmp_path / "coordguard.yaml").write_text("version: 1\n")
    others(EntryPoint("broken", "no_such_module_anywhere", module.GROUP))

    with pytest.raises(NoPlanError, match=r"^an unknown distribution: entry point broken = .* cannot be imported: "):
        open_plan(None, tmp_path, tmp_path)


def test_two_guardrails_of_one_name_are_refused(others, monkeypatch):
    """Which of the two a plan means could depend on the order of installation."""
    others(with_guardrail(monkeypatch, "demo_a"), with_guardrail(monkeypatch, "demo_b"))

    with pytest.raises(module.SuiteError) as told:
        module.suite()

    assert str(told.value) == "'demo.check' is a guardrail of demo_a and of demo_b; rename one"


def test_a_plan_is_asked_for_no_fixture():
    """What the fixtures give is no parameter; one that the list lacks would be demanded of every plan."""
    from pytest_coordguard import fixtures
    from pytest_coordguard.domain.signature import FIXTURES

    source = Path(fixtures.__file__).read_text(encoding="utf-8")

    assert {*re.findall(r"@pytest\.fixture\ndef (\w+)", source), "tmp_path"} == FIXTURES
