"""`init` proposes a plan for any repository: one that loads, asks only for what is there, and says what it left out."""

import subprocess
from pathlib import Path

import pytest

from pytest_coordguard.cli import main
from pytest_coordguard.domain.signature import signatures_in
from pytest_coordguard.facts.init import init_plan
from pytest_coordguard.facts.plan_file import read_plan
from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.survey import survey

ROOT = Path(__file__).parents[2]


def repository(folder, files):
    """A repository with these files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q", "-b", "trunk"], cwd=folder, check=True)
    return Repository(folder)


FULL = {
    "README.md": "# Shop\n",
    "pyproject.toml": """
[project]
name = "shop"
[tool.coverage.report]
fail_under = 82
[tool.pytest.ini_options]
testpaths = ["tests"]
[tool.importlinter]
root_package = "shop"
[[tool.importlinter.contracts]]
name = "No legacy"
type = "forbidden"
source_modules = ["shop.web"]
forbidden_modules = ["shop.legacy", "shop.gone"]
ignore_imports = ["shop.web.old -> shop.legacy.core"]
[[tool.importlinter.contracts]]
name = "Layers"
type = "layers"
containers = ["shop"]
layers = ["web", "legacy"]
[[tool.importlinter.contracts]]
name = "Gone"
type = "forbidden"
source_modules = ["shop.gone"]
forbidden_modules = ["shop.web"]
""",
    "src/shop/__init__.py": "",
    "src/shop/web/__init__.py": "",
    "src/shop/web/old.py": "",
    "src/shop/web/app.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "src/shop/legacy/__init__.py": "",
    "tests/test_shop.py": "def test_a(): ...\n",
    "docs/openapi.yaml": "info: {}\nopenapi: 3.1.0\n",
    "tests/fixtures/openapi.yaml": "openapi: 3.0.0\n",
    "CODEOWNERS": "* @everyone\n/src/shop/legacy/ @ann @org/core\n/gone/ @bob\n",
}


def test_the_plan_of_a_repository_asks_for_what_is_there(tmp_path):
    """Each criterion has something to look at; a lane of a package that is gone would never find anything."""
    text, remarks = init_plan(repository(tmp_path, FULL), None)

    assert text == (ROOT / "tests/samples/init/shop.yaml").read_text(encoding="utf-8")
    assert remarks == ["pyproject.toml: contract 'Gone': shop.gone or what it must not import is not here"]


def test_settings_that_cannot_be_read_are_a_remark(tmp_path):
    """The repositories that need a plan most have broken settings; `init` goes on with the rest."""
    broken = {
        "pyproject.toml": "[tool\n",
        "setup.cfg": "no section\n",
        "tox.ini": "[pytest]\ntestpaths = t\n",
        "t/test_a.py": "",
    }

    text, remarks = init_plan(repository(tmp_path, broken), None)

    assert "select: [t]" in text
    assert [remark.partition(": ")[0] for remark in remarks] == ["pyproject.toml", "setup.cfg"]


@pytest.mark.parametrize(
    "contents", [{}, {"README.md": "x"}, {"main.go": "package main\n", "Makefile": "test:\n\tgo test\n"}]
)
def test_any_repository_gets_a_plan_that_loads(tmp_path, contents):
    """No Python, no tests, no file at all: the plan loads and every criterion of it has a check or tests."""
    text, _ = init_plan(repository(tmp_path, contents), None)

    plan = read_plan(text.encode(), "coordguard.yaml", packaged())
    assert plan.tasks
    assert [criterion.id for criterion in plan.criteria if not (criterion.check or criterion.tests)] == []


def packaged():
    """The signatures of the packaged guardrails, read as text."""
    files = sorted((ROOT / "guardrails").glob("test_*.py"))
    return {one.check: one for file in files for one in signatures_in(file.read_text(encoding="utf-8"), file.name)}


def test_every_check_that_is_proposed_exists_with_these_parameters(tmp_path):
    """A proposal that names a check of another time would be refused when it is read."""
    text, _ = init_plan(repository(tmp_path, FULL), None)

    assert len(read_plan(text.encode(), "coordguard.yaml", packaged()).criteria) == 7


def test_a_task_document_gets_its_name_in_the_remarks(tmp_path):
    """Whoever reads the remarks opens the line they speak of."""
    document = "### Task A-1: Ship\n\n**Priority**: whenever\n\n**Accept**:\n- Spec validates\n"

    text, remarks = init_plan(repository(tmp_path, FULL), ("docs/TASKS.md", document))

    assert remarks == ["docs/TASKS.md:3: 'whenever' is no priority that can be read"]
    assert "        check: openapi.valid\n        spec: docs/openapi.yaml\n" in text


@pytest.mark.parametrize("output", ["-", "coordguard.yaml"])
def test_a_document_without_tasks_is_a_trouble(tmp_path, monkeypatch, capsys, output):
    """An empty plan would look like success; what was seen and left out is said as well."""
    repository(tmp_path, {"NOTES.md": "Only words.\n\n| Name | Colour |\n|---|---|\n| a | b |\n"})
    monkeypatch.chdir(tmp_path)

    assert main(["init", "--from", "NOTES.md", "--output", output]) == 4

    out, err = capsys.readouterr()
    assert out == ""
    assert "NOTES.md: no task was found. A task is a heading" in err
    assert err.endswith("NOTES.md:3: a table without tasks is left out: Name | Colour\n")
    assert not (tmp_path / "coordguard.yaml").exists()


def test_a_plan_that_is_printed_has_its_remarks_beside_it(tmp_path, monkeypatch, capsys):
    """They go to standard error, so that the plan can be piped on."""
    repository(tmp_path, {"TASKS.md": "## PAY-1 Cards\nPriority: whenever\n"})
    monkeypatch.chdir(tmp_path)

    assert main(["init", "--from", "TASKS.md", "--output", "-"]) == 0

    out, err = capsys.readouterr()
    assert "  PAY-1:\n    title: Cards\n" in out
    assert err.splitlines() == [
        "TASKS.md:1: task PAY-1 has no acceptance criterion",
        "TASKS.md:2: 'whenever' is no priority that can be read",
    ]


def test_a_changed_view_is_surveyed_as_it_is_seen(tmp_path):
    """What was planted in memory alone counts as well."""
    seen = repository(tmp_path, {"README.md": "x"}).with_changes({"api.json": b'{"openapi": "3.0.0"}'})

    assert survey(seen).specs == ("api.json",)


def test_a_lane_closed_to_nothing_that_exists_is_left_out(tmp_path):
    """Such a criterion could never fail."""
    contract = "[importlinter]\nroot_package = a\n[importlinter:contract:1]\nname = One\ntype = forbidden\n"
    files = {".importlinter": contract + "source_modules = a\nforbidden_modules = b\n", "a/__init__.py": ""}

    text, remarks = init_plan(repository(tmp_path, files), None)

    assert "imports.lanes" not in text
    assert remarks == [".importlinter: contract 'One': a or what it must not import is not here"]


def test_a_lane_closed_to_what_is_gone_and_still_imported_is_proposed(tmp_path):
    """A package that was renamed lives on in imports that nobody mended: just these are what the contract is for."""
    contract = "[importlinter]\nroot_package = a\n[importlinter:contract:1]\nname = One\ntype = layers\n"
    files = {".importlinter": contract + "layers =\n    old\n    a\n", "a/__init__.py": "from old.x import y\n"}

    text, remarks = init_plan(repository(tmp_path, files), None)

    assert "        lane: [a/]\n        forbid: [old]\n" in text
    assert remarks == []
