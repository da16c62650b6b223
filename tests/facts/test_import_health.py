"""The engine of `imports.healthy`: the lowest Python, search paths, circles."""

import ast
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.finding import CannotJudge
from pytest_coordguard.facts import lint_counts
from pytest_coordguard.facts.import_health.cycles import cycles, knots
from pytest_coordguard.facts.import_health.floor import Floor, floor_of
from pytest_coordguard.facts.import_health.health import Health, Scope
from pytest_coordguard.facts.import_health.searched import searched
from pytest_coordguard.facts.import_health.survey import Survey
from pytest_coordguard.facts.repository import Repository

FILES = st.sampled_from([f"m{number}.py" for number in range(6)])
EDGES = st.dictionaries(FILES, st.dictionaries(FILES, st.integers(1, 9), max_size=4))


def closed(edges):
    """Return a graph in which each target is a file, and no file imports itself."""
    files = {*edges, *(target for targets in edges.values() for target in targets)}
    return {file: {t: line for t, line in edges.get(file, {}).items() if t != file} for file in files}


def reaches(edges, start):
    found, waiting = set(), [start]
    while waiting:
        new = set(edges[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


@given(EDGES.map(closed))
def test_every_circle_is_one_and_every_import_on_a_circle_is_in_some(edges):
    """A circle that is told can be followed line by line; an import on a circle is not told away by another."""
    told = cycles(edges)

    for cycle in told:
        steps = [*cycle.steps, cycle.steps[0]]
        assert all(edges[file][target] == line for (file, line), (target, _) in pairwise(steps))
        assert len({file for file, _ in cycle.steps}) == len(cycle.steps)
    on_circles = {(a, b) for a, targets in edges.items() for b in targets if a in reaches(edges, b)}
    assert {edge for cycle in told for edge in cycle.edges} == on_circles
    assert len({cycle.edges for cycle in told}) == len(told)


@given(EDGES.map(closed))
def test_a_knot_is_the_files_that_reach_each_other(edges):
    mutual = {a: frozenset(b for b in reaches(edges, a) if a in reaches(edges, b)) for a in edges}

    assert set(knots(edges)) == {files | {a} for a, files in mutual.items() if len(files | {a}) > 1}


def test_a_chain_longer_than_pythons_stack_is_followed():
    edges = {f"m{number:05}.py": {f"m{(number + 1) % 5000:05}.py": 1} for number in range(5000)}

    assert len(knots(edges)) == 1


@given(st.sets(st.integers(0, 5), min_size=1), st.integers(0, 5))
def test_a_module_that_is_taken_away_is_missed_by_all_who_import_it(importers, gone):
    """Whoever imports it, from wherever in the package, is told."""
    files = {f"app/m{number}.py": b"" for number in range(6)} | {"app/__init__.py": b""}
    files |= {f"app/u{number}.py": f"from app import m{gone}\nimport app.m{gone}\n".encode() for number in importers}
    whole = Repository(EMPTY).with_changes(files)

    assert faults(whole) == []
    assert faults(whole.with_changes({f"app/m{gone}.py": None})) == sorted(
        (f"app/u{number}.py", line) for number in importers for line in (1, 2)
    )


def faults(repo):
    health = Health(Survey(repo, Floor(9, "")), Scope())
    return [(each.path, each.line) for kind in ("syntax", "unresolved", "cycle") for each in health.of(kind)]


@pytest.fixture(autouse=True, scope="module")
def _empty_folder(tmp_path_factory):
    global EMPTY  # noqa: PLW0603  Hypothesis allows no fixture that is made anew for each test
    EMPTY = tmp_path_factory.mktemp("empty")


@pytest.mark.parametrize(
    ("name", "text", "minor"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.9"', 9),
        ("pyproject.toml", '[project]\nrequires-python = "<4,>=3.10,!=3.10.1"', 10),
        ("pyproject.toml", '[project]\nrequires-python = "~=3.12"', 12),
        ("pyproject.toml", '[project]\nrequires-python = ">3.8"', 8),
        ("pyproject.toml", '[project]\nrequires-python = ">=3"', 7),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.10"', 10),
        ("pyproject.toml", "[project]\nname = 'x'", None),
        ("pyproject.toml", "[project", None),
        ("setup.cfg", "[options]\npython_requires = >=3.8", 8),
        ("setup.cfg", "[metadata]\nname = x", None),
        ("setup.py", "setup(python_requires='>=3.11')", 11),
        ("setup.py", "setup()", None),
    ],
)
def test_the_lowest_python_is_what_the_project_says(tmp_path, name, text, minor):
    repo = Repository(tmp_path).with_changes({name: text.encode()})

    assert floor_of(repo, None, 13) == (Floor(13, "") if minor is None else Floor(minor, name))


@pytest.mark.parametrize(("given_word", "minor"), [("3.9", 9), ("py310", None), ("python3.12", 12), ("3.9.2", 9)])
def test_the_plan_has_the_first_word(tmp_path, given_word, minor):
    repo = Repository(tmp_path).with_changes({"pyproject.toml": b'[project]\nrequires-python = ">=3.7"'})

    if minor is None:
        with pytest.raises(CannotJudge):
            floor_of(repo, given_word, 13)
    else:
        assert floor_of(repo, given_word, 13) == Floor(minor, "the plan")


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))", ("a",)),
        ("sys.path.append(str(Path(__file__).parent.parent / 'src'))", ("a/src",)),
        ("sys.path.insert(0, str(Path(__file__).resolve().parents[2]))", ("",)),
        ("HERE = Path(__file__).parent\nsys.path.insert(0, str(HERE.joinpath('..', 'lib')))", ("a/lib",)),
        ("sys.path[0:0] = ['lib', '.']", ("lib", "")),
        ("sys.path = ['lib'] + sys.path", ("lib",)),
        ("sys.path += ['lib']", ("lib",)),
        ("sys.path.extend(['lib', os.getcwd()])", ("lib", "")),
        ("sys.path.insert(0, Path('lib', 'inner'))", ("lib/inner",)),
        ("site.addsitedir('lib')", ("lib",)),
        ("monkeypatch.syspath_prepend('lib')", ("lib",)),
        ("sys.path.insert(0, os.environ['LIB'])", (None,)),
        ("sys.path.insert(0, '/opt/lib')", (None,)),
        ("sys.path.insert(0, str(Path(__file__).parents[9]))", (None,)),
        ("print(sys.path)", ()),
    ],
)
def test_a_folder_on_the_search_path_is_known_by_its_text(text, folders):
    assert searched(ast.parse(text), "a/b/run.py") == folders


def test_ruff_lints_a_content_once(tmp_path, monkeypatch):
    """A planted fault costs one file, not the repository."""
    (tmp_path / "x.py").write_text("import os\n")
    mine, asked = lint_counts.Linter(("F401",), 9), []
    said = mine._run
    monkeypatch.setattr(mine, "_run", lambda root, paths: (asked.extend(paths), said(root, paths))[1])
    repo = Repository(tmp_path)

    assert mine.look(repo, {"x.py": b"1"})["x.py"].counts == {"F401": 1}
    planted = repo.with_changes({"y.py": b"import os, sys\n"})
    assert mine.look(planted, {"x.py": b"1", "y.py": b"2"})["y.py"].counts == {"F401": 2}
    assert asked == ["x.py", "y.py"]


@pytest.mark.parametrize(
    ("code", "start", "of"), [("E402", "E4", True), ("E402", "E", True), ("EM101", "E", False), ("E402", "E402", True)]
)
def test_a_rule_is_of_those_that_it_begins_like(code, start, of):
    assert lint_counts.is_of(code, start) is of
