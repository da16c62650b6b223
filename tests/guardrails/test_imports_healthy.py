"""What `imports.healthy` says of each trouble, and of what only looks like one."""

import inspect
import json
import subprocess
from pathlib import Path

import pytest
from pytest_coordguard.guardrails.test_import_health import test_imports_are_healthy as imports_healthy

from pytest_coordguard.domain.evidence import Evidence
from pytest_coordguard.domain.finding import CannotJudge, Unmet, Vacuous
from pytest_coordguard.domain.guardrail import CannotPlant, described
from pytest_coordguard.domain.plan import Plan
from pytest_coordguard.facts.change import Change, change_since
from pytest_coordguard.facts.repository import Repository

SAMPLES = Path(__file__).parents[1] / "samples" / "imports.healthy"
PLAN = Plan("coordguard.yaml", "")


def samples(kind):
    folders = sorted(folder for folder in (SAMPLES / kind).iterdir() if folder.is_dir())
    return [pytest.param(folder, id=folder.name) for folder in folders]


def judged(root, evidence=None, changes=None, change=None, **options):
    repo = Repository(root).with_changes(changes or {})
    imports_healthy(repo, evidence or Evidence(), PLAN, change or Change(root, None, "no base", asked=False), **options)


def options_of(folder):
    """The sample's own options; where it says of no Python, the lowest that runs these tests."""
    file = folder / "options.json"
    said = any((folder / name).exists() for name in ("pyproject.toml", "setup.cfg", "setup.py"))
    return {**({} if said else {"python": "3.11"}), **(json.loads(file.read_text()) if file.exists() else {})}


@pytest.mark.parametrize("folder", samples("bad"))
def test_a_trouble_is_seen(folder):
    """Each folder holds one trouble, and the lines that the guardrail must say of it."""
    with pytest.raises(Unmet) as unmet:
        judged(folder, **options_of(folder))

    assert str(unmet.value) == (folder / "expected.txt").read_text().rstrip("\n")


@pytest.mark.parametrize("folder", samples("good"))
def test_what_only_looks_like_a_trouble_stays_silent(folder):
    """A gate that is red for honest work is switched off."""
    judged(folder, **options_of(folder))


def test_a_folder_without_python_is_no_healthy_one(tmp_path):
    """A folder that was renamed must not turn the criterion green."""
    with pytest.raises(Vacuous, match=r"^there is no Python file in app without app/old$"):
        judged(tmp_path, changes={"lib/x.py": b""}, paths=["app"], exclude=["app/old"])


def test_a_file_that_cannot_be_read_is_not_taken_for_a_healthy_one(tmp_path):
    (tmp_path / "x.py").symlink_to("/etc/hostname")

    with pytest.raises(CannotJudge, match=r"files that cannot be read: x\.py: leads out of the repository"):
        judged(tmp_path)


def test_a_dangling_link_is_told_and_tolerated(tmp_path):
    """Other engines stop at one and report nothing at all."""
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    evidence = Evidence()

    judged(tmp_path, evidence, {"x.py": b""})

    assert "links that lead nowhere: gone.py" in evidence.remarks


def test_a_version_that_is_none_is_refused(tmp_path):
    with pytest.raises(CannotJudge, match=r"^python: 'new' is no version of Python 3; meant: 3\.9$"):
        judged(tmp_path, changes={"x.py": b""}, python="new")


def test_a_file_nested_too_deeply_is_told(tmp_path):
    """CPython ends with RecursionError or MemoryError there, and a check that breaks judges nothing."""
    with pytest.raises(Unmet, match=r"^x\.py(:1)?: does not compile for Python 3\.11: .*(nested|parenthes)"):
        judged(tmp_path, changes={"x.py": b"x = " + b"(" * 5000 + b")" * 5000}, python="3.11")


def test_the_evidence_says_how_much_was_looked_at(tmp_path):
    evidence = Evidence()
    files = {"app/__init__.py": b"", "app/x.py": b"try:\n    import app.gone\nexcept ImportError:\n    open('a')\n"}

    judged(tmp_path, evidence, files, python="3.9")

    assert {measure.name: (measure.value, measure.at_most) for measure in evidence.measures} == {
        "Python files": (2, None),
        "syntax errors": (0, 0),
        "unresolved imports": (0, 0),
        "cycles": (0, 0),
        "optional imports that lead nowhere": (1, None),
        "imports for type checkers that lead nowhere": (0, None),
        "works at import time": (1, None),
    }
    assert evidence.remarks == [
        "optional imports that lead nowhere: app/x.py:2: app.gone",
        "compiled for Python 3.9, by the plan",
    ]


def test_what_is_too_young_for_this_python_is_judged_by_ruff_and_said(tmp_path):
    """A project for Python 3.14 can be judged by a Python 3.11, and its files are not called broken for that."""
    evidence = Evidence()
    young = b"try:\n    pass\nexcept ValueError, TypeError:\n    pass\n"

    judged(tmp_path, evidence, {"x.py": young}, python="3.14")

    if evidence.tools["python"] < "3.14":
        assert any(remark.startswith("too young for Python 3.") for remark in evidence.remarks)
    with pytest.raises(Unmet, match=r"x\.py:3: .*Multiple exception types must be parenthesized on Python 3\.13"):
        judged(tmp_path, changes={"x.py": young}, python="3.13")


SHOP = {
    "shop/__init__.py": b"from shop.core import total\n",
    "shop/core.py": b"def total():\n    return 1\n",
    "shop/cli.py": b"from shop import total\nimport shop.core\n",
}


def test_every_fault_that_can_be_planted_is_found(tmp_path):
    """Those of the plan with bounds, too: more than they let be is planted."""
    options = {"syntax_errors": 1, "cycles": 2, "work": 3, "python": "3.9"}
    repo = Repository(tmp_path).with_changes(SHOP)
    for violation in described(imports_healthy).violations:
        wanted = inspect.signature(violation.plant).parameters
        planted = violation.plant(repo, **{name: value for name, value in options.items() if name in wanted})

        with pytest.raises(Unmet):
            judged(tmp_path, changes={**SHOP, **planted}, **options)


def test_a_fault_that_has_no_place_is_not_planted(tmp_path):
    plants = {violation.name: violation.plant for violation in described(imports_healthy).violations}
    repo = Repository(tmp_path).with_changes({"x.py": b""})

    with pytest.raises(CannotPlant, match="no bound"):
        plants["work-at-import-time"](repo)
    with pytest.raises(CannotPlant, match="no syntax is younger"):
        plants["syntax-of-a-younger-python"](repo, python="3.14")
    with pytest.raises(CannotPlant, match="no file of the scope imports another"):
        plants["module-taken-away-from-its-importer"](repo)


# -- a change


@pytest.fixture
def shop(tmp_path):
    """A repository of one commit with a debt of each kind."""
    files = {
        **SHOP,
        "shop/old.py": b"import shop.long_gone\n",
        "shop/broken.py": b"def f(:\n",
        "shop/a.py": b"import shop.b\n",
        "shop/b.py": b"import shop.a\n",
        "helper.py": b"",
        "run.py": b"import helper\n",
    }
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, files)
    commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "work")
    return tmp_path


def git(root, *arguments):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], cwd=root, check=True)


def write(root, files):
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            (root / path).unlink()
        else:
            (root / path).write_bytes(content)


def commit(root):
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")


def newly(root, files):
    """Return what the guardrail says of a commit with these files."""
    write(root, files)
    commit(root)
    with pytest.raises(Unmet) as unmet:
        judged(root, change=change_since(root, "main"), new_only=True)
    return str(unmet.value)


def test_the_debt_of_the_base_is_not_the_changes(shop):
    """The whole is red, the change is green: that is what lets a team begin."""
    write(shop, {"shop/new.py": b"import shop.core\n", "shop/old.py": b"\nimport shop.long_gone\n"})
    commit(shop)

    judged(shop, change=change_since(shop, "main"), new_only=True)

    with pytest.raises(Unmet):
        judged(shop)


BROKEN_BY_A_CHANGE = {
    "renamed-module": (
        {"shop/core.py": None, "shop/basis.py": SHOP["shop/core.py"]},
        [
            "shop/__init__.py:1: imports 'shop.core', and there is no module shop/core",
            "shop/cli.py:2: imports 'shop.core', and there is no module shop/core",
        ],
    ),
    "removed-helper-of-a-script": (
        {"helper.py": None},
        ["run.py:1: imports 'helper', and the repository has no such package"],
    ),
    "renamed-function": (
        {"shop/core.py": b"def sum_of():\n    return 1\n"},
        ["shop/__init__.py:1: imports 'shop.core.total', and shop/core.py neither defines nor imports total"],
    ),
    "a-second-import-beside-an-old-one": (
        {"shop/old.py": b"import shop.long_gone\nimport shop.just_gone\n"},
        ["shop/old.py:2: imports 'shop.just_gone', and there is no module shop/just_gone"],
    ),
    "new-circle": (
        {"shop/core.py": b"import shop.cli\ntotal = 1\n"},
        [
            "shop/__init__.py:1: imports in a circle: shop/core.py:1 -> shop/cli.py:1 -> shop/__init__.py:1",
            "shop/cli.py:2: imports in a circle: shop/core.py:1 -> shop/cli.py:2",
        ],
    ),
    "broken-file": (
        {"shop/cli.py": b"x = 1\nreturn x\n"},
        ["shop/cli.py:2: does not compile for Python 3.11: 'return' outside function"],
    ),
}


@pytest.mark.parametrize("trouble", BROKEN_BY_A_CHANGE)
def test_what_a_change_breaks_is_told_where_it_breaks(shop, trouble):
    """Files that the change does not touch are among them."""
    files, said = BROKEN_BY_A_CHANGE[trouble]

    assert newly(shop, {**files, "setup.py": b"python_requires='>=3.11'\n"}).splitlines() == said


def test_a_file_that_moved_takes_its_debt_along(shop):
    """The same faults under another name are no new ones; what still asks for the old name is."""
    git(shop, "mv", "shop/old.py", "shop/older.py")
    git(shop, "mv", "shop/broken.py", "shop/wrecked.py")
    commit(shop)

    judged(shop, change=change_since(shop, "main"), new_only=True)


def test_no_change_is_nothing_to_judge(shop):
    with pytest.raises(Vacuous, match=r"^nothing has changed since HEAD left main$"):
        judged(shop, change=change_since(shop, "main"), new_only=True)


def test_a_change_without_a_base_cannot_be_judged(shop):
    with pytest.raises(CannotJudge, match="there is nothing to compare with"):
        judged(shop, change=Change(shop, None, "no base", asked=False, note="no branch"), new_only=True)
