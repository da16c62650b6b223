"""A check finds in a view what it would find in the very same files on disk, whatever it knows from before."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_coordguard.guardrails.test_code import test_no_exception_is_swallowed as no_silent_except
from pytest_coordguard.guardrails.test_import_health import test_imports_are_healthy as imports_healthy
from pytest_coordguard.guardrails.test_imports import test_imports_lanes as imports_lanes
from pytest_coordguard.guardrails.test_lint import test_lint_is_clean as lint_clean
from pytest_coordguard.guardrails.test_secrets import test_no_secrets as secrets_absent
from pytest_coordguard.guardrails.test_sweep import test_sweep_is_healthy as sweep_healthy

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.change import Change
from pytest_coordguard.facts.repository import Repository

PLAN = Plan("coordguard.yaml", "")
PATHS = [
    "app/__init__.py", "app/a.py", "app/b.py", "app/deep/__init__.py", "app/deep/c.py", "helper.py", "names.py",
    "src/helper.py", "labs/__init__.py", "labs/x.py", "labs.py", "between/__init__.py", "between/m.py", "setup.cfg",
    "app/notes.txt",
]  # fmt: skip
MODULES = st.sampled_from(["app.a", "app.b", "app.deep.c", "helper", "names", ".a", ".b"])
# Pieces of files that lean on other files: helpers and texts of another file, and of one that leans back.
LEANING = [
    "import importlib\ndef load(name):\n    return importlib.import_module(name)",
    "from {one} import load as again  # import_module\ndef load(name):\n    return again(name)",
    "from {one} import load\nfrom {other} import NAME  # import_module\nload(NAME)",
    "from {one} import load  # import_module\nload('la' + 'bs.x')",
    "from importlib import import_module\nfrom {one} import NAME\nimport_module(NAME)",
    "from {one} import NAME", "from {one} import load", "NAME = 'labs.x'", "NAME = 'json'", "from {one} import *",
    "import {other}",
]  # fmt: skip
PLANTED = "pass" + f"word = '{'Xylophon'}-{93}-{'Quarz'}'"
LINES = [
    "import labs.x", "from ..labs import x", "text = 'labs.x.thing'", "eval('import labs')", "from labs import x, y",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import labs", "def broken(:", "<<<<<<< HEAD",
    "try:\n    import labs\nexcept Exception:\n    pass", "import os, sys", "x = 1  # noqa",
    "import sys; sys.path.insert(0, 'src')", PLANTED, "def y(): pass",
]  # fmt: skip
PIECES = st.sampled_from(LINES) | st.builds(
    lambda text, one, other: text.format(one=one, other=other.lstrip(".")), st.sampled_from(LEANING), MODULES, MODULES
)
CONTENTS = st.lists(PIECES, max_size=3).map(lambda pieces: "\n".join([*pieces, ""]).encode())
ALWAYS = ["app/a.py", "app/b.py", "helper.py", "names.py", "labs/x.py"]
TREES = st.fixed_dictionaries(
    dict.fromkeys(ALWAYS, CONTENTS), optional={path: CONTENTS for path in PATHS if path not in ALWAYS}
)
CHANGES = st.dictionaries(st.sampled_from(PATHS), CONTENTS | st.none(), min_size=1, max_size=3)
# The same, of a few files that all lean on one another: what is known of one goes by the others.
KNOT = ["app/a.py", "app/b.py", "helper.py", "names.py"]
LEANT = st.lists(
    st.builds(
        lambda text, one, other: text.format(one=one, other=other),
        st.sampled_from(LEANING), *[st.sampled_from(["app.a", "app.b", "helper", "names"])] * 2,
    ),
    min_size=1, max_size=3, unique=True,
).map(lambda pieces: "\n".join([*pieces, ""]).encode())  # fmt: skip
KNOTS = st.fixed_dictionaries(dict.fromkeys(KNOT, LEANT))
IN_KNOTS = st.dictionaries(
    st.sampled_from([*KNOT, "helper/__init__.py", "names/__init__.py"]), LEANT | st.none(), min_size=1
)

ASKS = {
    imports_lanes: {"lane": ["app"], "forbid": ["labs"], "strings": "fail"},
    imports_healthy: {"change": Change(Path(), None, "no base", asked=False), "plan": PLAN, "work": 0},
    sweep_healthy: {"plan": PLAN, "at_most": {"F401": 0, "syntax_errors": 0}, "lanes": {"app": ["labs"]}},
    no_silent_except: {"paths": ["."], "narrow": "fail"},
    lint_clean: {"change": Change(Path(), None, "no base", asked=False), "plan": PLAN, "rules": ["F", "I"],
                 "files": ["."]},
    secrets_absent: {},
}  # fmt: skip


def told(check, repo):
    """Return all that a check says of a repository: its findings, or why there are none, and its evidence."""
    evidence = Evidence()
    try:
        check(repo=repo, evidence=evidence, **ASKS[check])
        outcome = "met"
    except (Unmet, Vacuous, CannotJudge) as error:
        outcome = f"{type(error).__name__}: {error}"
    return outcome, evidence.measures, evidence.remarks, evidence.sweep


def write(root, files):
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def require_alike(check, tree, changes, others):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        write(Path(one), tree)
        repo = Repository(Path(one))
        told(check, repo)
        told(check, repo.with_changes(others))
        write(Path(two), {path: content for path, content in {**tree, **changes}.items() if content is not None})

        assert told(check, repo.with_changes(changes)) == told(check, Repository(Path(two)))


@pytest.mark.parametrize("check", list(ASKS), ids=lambda check: check.__name__)
def test_a_view_is_judged_like_the_same_files_on_disk(check):
    @settings(max_examples=15, deadline=None)
    @given(TREES, CHANGES, CHANGES)
    def judged_alike(tree, changes, others):
        require_alike(check, tree, changes, others)

    judged_alike()


@settings(max_examples=250, deadline=None)
@given(KNOTS, IN_KNOTS, IN_KNOTS)
def test_a_file_that_leans_on_a_changed_one_is_looked_at_anew(tree, changes, others):
    """A helper that imports what it is handed, a name that it is handed: both may lie in any other file."""
    require_alike(imports_lanes, tree, changes, others)
