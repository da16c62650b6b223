"""Coverage reports as data: formats, shares, paths, statements."""

import textwrap
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.facts.coverage.data import settings
from pytest_coordguard.facts.coverage.paths import is_outside, resolved
from pytest_coordguard.facts.coverage.read import from_json, read
from pytest_coordguard.facts.coverage.report import FileLines, Report, Share, share, united
from pytest_coordguard.facts.coverage.statements import code_lines, counted, starts
from pytest_coordguard.facts.coverage.whole import neighbours, omitted
from pytest_coordguard.facts.repository import Repository

LINES = st.builds(
    lambda run, missed: FileLines(frozenset(run), frozenset(missed) - frozenset(run)),
    st.sets(st.integers(1, 30)),
    st.sets(st.integers(1, 30)),
)


def lines(run, missed, **more):
    return FileLines(frozenset(run), frozenset(missed), **more)


def test_cobertura_xml_is_read_with_its_conditions():
    """Two classes of one file, as in Java, are one file; a timestamp may count seconds or milliseconds."""
    content = b"""<?xml version="1.0"?>
        <!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
        <coverage timestamp="1714972089"><sources><source>/src</source><source/></sources><packages><package><classes>
        <class filename="A.java"><methods><method><lines><line number="9" hits="1"/></lines></method></methods><lines>
          <line number="1" hits="2" branch="true" condition-coverage="75% (3/4)"/><line number="2" hits="0"/>
        </lines></class>
        <class filename="A.java"><lines><line number="5" hits="1"/></lines></class>
        </classes></package></packages></coverage>"""

    assert read("x", content) == Report(
        files={"A.java": lines([1, 5], [2], taken=3, branches=4)}, made_at=1714972089.0, roots=("/src",)
    )


def test_lcov_is_read_with_its_branches():
    """`-` is a branch whose line never ran; a record may come twice, once for each test."""
    first = b"TN:\nSF:src/a.c\nDA:1,5\nDA:2,0,hash\nBRDA:1,0,0,3\nBRDA:1,0,1,-\nend_of_record\n"
    content = first + b"SF:src/a.c\nDA:2,1\nend_of_record\n"

    assert read("x", content) == Report(files={"src/a.c": lines([1, 2], [], taken=1, branches=2)})


def test_coverage_json_is_read(monkeypatch):
    """Its time has no zone: the later of this machine's and UTC, which is what CI mostly runs on."""
    content = b"""{"meta": {"version": "7.6.1", "timestamp": "2024-05-06T05:08:09"}, "files": {"a.py":
        {"executed_lines": [1], "missing_lines": [2], "excluded_lines": [3],
         "summary": {"num_branches": 4, "covered_branches": 1}}}}"""
    monkeypatch.setenv("TZ", "Etc/GMT-5")
    time.tzset()
    try:
        found = from_json(content)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert found == Report(
        files={"a.py": lines([1], [2], excluded=frozenset([3]), taken=1, branches=4)},
        maker="coverage.py 7.6.1",
        made_at=1714972089.0,
    )


def test_an_empty_file_has_no_line_however_it_was_measured():
    """Python's own tracing of lines tells one at 0 for a file without any."""
    content = b"""{"meta": {}, "files": {"a/__init__.py":
        {"executed_lines": [0], "missing_lines": [], "excluded_lines": [], "summary": {}}}}"""

    assert from_json(content).files == {"a/__init__.py": lines([], [], excluded=frozenset())}


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(0, 10_000))
def test_a_share_that_is_shown_below_its_bound_does_not_reach_it(covered, total, bound):
    """What is printed and what is judged never contradict each other."""
    one = Share(min(covered, total), total)

    assert one.reaches(bound / 100) == (Fraction(100 * one.covered, one.total) >= Fraction(str(bound / 100)))
    assert one.reaches(one.percent)
    assert 0 <= Fraction(100 * one.covered, one.total) - Fraction(str(one.percent)) < Fraction(1, 100)


def test_nothing_of_nothing_reaches_no_bound():
    assert not share([]).reaches(0)


@given(LINES, LINES, LINES)
def test_the_order_of_reports_makes_no_difference(a, b, c):
    assert a.merged(b) == b.merged(a)
    assert a.merged(b).merged(c) == a.merged(b.merged(c))
    assert a.merged(a) == a


@given(st.lists(st.dictionaries(st.sampled_from("ab"), LINES), max_size=4))
def test_together_ran_what_any_ran(reports):
    together = united(reports)

    for name, found in together.items():
        mine = [report[name] for report in reports if name in report]
        assert found.run == frozenset().union(*(one.run for one in mine))
        assert found.statements == frozenset().union(*(one.statements for one in mine))
        assert not found.run & found.missed


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("src/pkg/a.py", "src/pkg/a.py"),
        ("/build/src/pkg/a.py", "src/pkg/a.py"),
        ("C:\\work\\src\\pkg\\a.py", "src/pkg/a.py"),
        ("src/../src/./pkg/a.py", "src/pkg/a.py"),
        ("../src/pkg/a.py", None),
        ("pkg/a.py", None),
        ("/usr/lib/python3/zzz.py", None),
    ],
)
def test_a_name_is_found_or_not(tmp_path, name, path):
    (tmp_path / "src" / "pkg").mkdir(parents=True)
    (tmp_path / "src" / "pkg" / "a.py").touch()

    assert resolved([name], Repository(tmp_path)) == {name: path}


def test_one_foreign_root_serves_all_names(tmp_path):
    """A `setup.py` of another project is not ours because it has the same name."""
    for name in ("setup.py", "pkg/a.py", "pkg/b.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    assert resolved(["/ci/repo/pkg/a.py", "/ci/repo/pkg/b.py", "/usr/lib/other/setup.py"], Repository(tmp_path)) == {
        "/ci/repo/pkg/a.py": "pkg/a.py",
        "/ci/repo/pkg/b.py": "pkg/b.py",
        "/usr/lib/other/setup.py": None,
    }


def test_names_may_be_relative_to_the_reports_folder(tmp_path):
    """A run in `service/` writes `service/coverage.json` with names from there."""
    (tmp_path / "service" / "app").mkdir(parents=True)
    (tmp_path / "service" / "app" / "a.py").touch()

    assert resolved(["app/a.py"], Repository(tmp_path), report="service/coverage.json") == {
        "app/a.py": "service/app/a.py"
    }


@pytest.mark.parametrize(
    ("name", "outside"), [("/a.py", True), ("D:\\a.py", True), ("<string>", True), ("a.py", False)]
)
def test_an_absolute_name_is_of_no_repository(name, outside):
    assert is_outside(name) is outside


SOURCE = textwrap.dedent('''\
    """Words."""
    import os

    # a comment
    @decorated
    @again(
        1,
    )
    def one(
        a,
    ):
        """More words."""
        if a:  # pragma: no cover
            return (
                1
            )
        try:
            match a:
                case 1:
                    pass
        except ValueError:
            raise
        finally:
            x = """
            text"""
        done = 1
''')


def test_statements_begin_where_coverage_py_counts_them():
    """Whatever coverage.py counts is a place at which a statement begins."""
    found = counted(SOURCE, r"#\s*pragma: no cover")

    assert sorted(found.counted) == [2, 5, 6, 9, 17, 18, 19, 20, 21, 22, 24, 26]
    assert not found.excluded & found.counted
    assert starts(SOURCE).all - starts(SOURCE).certain == {1, 12}
    assert counted(SOURCE, "").counted <= starts(SOURCE).all <= code_lines(SOURCE)


def test_a_case_begins_at_its_word_wherever_its_pattern_stands():
    """A formatter puts a long pattern in parentheses below it."""
    text = "match x:\n    case (\n        1\n        | 2\n    ):\n        pass\n    case 3:\n        pass\n"

    assert starts(text).all == starts(text).certain == counted(text, "").counted == {1, 2, 6, 7, 8}


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n", '"""doc"""\n', "x = 1\x0c\n"])
def test_odd_sources_are_counted(text):
    assert counted(text, "").counted <= code_lines(text) | {1}


@pytest.mark.parametrize("text", ["def (", "x = '", "\0", "  x\n y"])
def test_what_is_no_python_is_a_syntax_error(text):
    for look in (lambda: counted(text, ""), lambda: starts(text)):
        with pytest.raises((SyntaxError, ValueError)):
            look()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".coveragerc", "[run]\nomit =\n    */vendor/*\n[report]\nexclude_also =\n    never here\n"),
        ("setup.cfg", "[coverage:run]\nomit = */vendor/*\n[coverage:report]\nexclude_also = never here\n"),
        ("tox.ini", "[coverage:run]\nomit = */vendor/*\n[coverage:report]\nexclude_also = never here\n"),
        (
            "pyproject.toml",
            '[tool.coverage.run]\nomit = ["*/vendor/*"]\n[tool.coverage.report]\nexclude_also = ["never here"]\n',
        ),
    ],
)
def test_settings_are_those_of_the_repository(tmp_path, monkeypatch, name, text):
    """Not those of this process, which may itself be measured."""
    monkeypatch.setenv("COVERAGE_RCFILE", "/nonexistent")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / name).write_text(text)

    found = settings(Repository(tmp_path))

    assert found.omit == ("*/vendor/*",)
    assert "(?:never here)" in found.exclude
    assert "pragma" in found.exclude


def test_neighbours_are_unmeasured_files_beside_measured_ones(tmp_path):
    for name in ("pkg/a.py", "pkg/sub/b.py", "pkg/vendor/c.py", "pkg/sub/d.txt", "tests/t.py", "top.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert neighbours(Repository(tmp_path), {"pkg/a.py": FileLines(), "top.py": FileLines()}, ["*/vendor/*"]) == (
        "pkg/sub/b.py",
    )
    assert omitted("pkg/vendor/c.py", ["pkg/vendor/*"])
