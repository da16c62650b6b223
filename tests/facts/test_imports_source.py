"""Files that parse, files that do not, and what can be said of any bytes at all."""

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.facts.imports.fallback import salvage
from pytest_coordguard.facts.imports.glimpse import may_import
from pytest_coordguard.facts.imports.modules import Modules
from pytest_coordguard.facts.imports.references import references
from pytest_coordguard.facts.imports.scopes import Scopes
from pytest_coordguard.facts.imports.source import mentions, parse
from pytest_coordguard.facts.imports.targets import HOLE, Targets
from pytest_coordguard.facts.imports.texts import Texts
from pytest_coordguard.facts.repository import Repository

TARGETS = Targets(("candidate",), ("candidate",))
IMPORT = "import candidate.core"


@given(st.binary(max_size=300))
def test_no_bytes_stop_the_reading(data):
    """One broken file makes other engines report nothing of the whole lane."""
    source = parse(data, "app/x.py")
    Scopes(source.tree)

    assert isinstance(references(source.tree, "app/x.py"), list)


@given(
    st.lists(
        st.sampled_from(["x = 1", "def f(:", "print 'a'", "<<<<<<< HEAD", ")", "if x:", "    y =", "@"]), max_size=6
    ),
    st.lists(st.sampled_from(["x = 1", "def f(:", "print 'a'", ">>>>>>> next", "}", "if x:", "    y ="]), max_size=6),
)
def test_an_import_on_a_line_of_its_own_survives_any_breakage(before, after):
    """Whatever else is wrong with a file, a plain import in it is seen, on its own line."""
    source = parse("\n".join([*before, IMPORT, *after]).encode(), "app/x.py")

    found = [*references(source.tree, "app/x.py"), *source.lost]

    assert (len(before) + 1, "candidate.core") in {(reference.line, reference.name) for reference in found}


def test_both_sides_of_a_merge_conflict_are_read():
    text = "<<<<<<< HEAD\nimport a\n=======\nimport b\n>>>>>>> other\n"

    tree, lost = salvage(text, "x.py")

    assert [(found.line, found.name) for found in references(tree, "x.py")] == [(2, "a"), (4, "b")]
    assert lost == []


@pytest.mark.parametrize(
    ("expression", "texts"),
    [
        ("'a' + '.b'", ["a.b"]),
        ("f'a.{x}.c'", [f"a.{HOLE}.c"]),
        ("'a.%s.c' % 'b'", ["a.b.c"]),
        ("'{0}.{1}'.format('a', 'b')", ["a.b"]),
        ("('a', 'b') + ('c',)", ["a", "b", "c"]),
        ("'a' if x else 'b'", ["a", "b"]),
        ("x or 'b'", [HOLE, "b"]),
        ("{'k': 'a', 'l': 'b'}", ["k", "l", "a", "b"]),
        ("'a/b'.replace('/', '.')", ["a.b"]),
        ("'a b'.split()", ["a", "b"]),
        ("'a b'.split('')", ["a", "b"]),
        ("'/'.join(['a', x, 'b'])", [f"a/{HOLE}/b"]),
        ("x / 'a' / 'b.py'", [f"{HOLE}/a/b.py"]),
        ("'A.B'.lower()", ["a.b"]),
        ("[p + '.c' for p in ('a', 'b')]", ["a.c", "b.c"]),
    ],
)
def test_the_texts_of_an_expression(expression, texts):
    scopes = Scopes(ast.parse(f"y = {expression}"))
    (value,) = scopes.module.names["y"]

    found = Texts(scopes, lambda origin: ()).of(value, scopes.module)

    assert [text.value for text in found] == texts


def test_names_that_lead_in_circles_end():
    """Assignments of a state machine name each other; the answer is what is known, in little time."""
    names = [f"n{index}" for index in range(40)]
    lines = [f"{name} = {other} + {third}" for name in names for other in names[:6] for third in names[:6]]
    scopes = Scopes(ast.parse("\n".join(["n0 = 'a'", *lines])))

    found = Texts(scopes, lambda origin: ()).of(scopes.module.names["n39"][0], scopes.module)

    assert len(found) < 1000


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"import candidate", True),
        (b"import os", False),
        ("import ｃandidate".encode(), True),  # noqa: RUF001 - that it looks alike is the point
        (b"# coding: utf-7\nimport c+AGE-ndidate", True),
        (b"# coding: latin-1\nimport os", False),
    ],
)
def test_a_mention_is_seen_as_python_reads_it(data, expected):
    assert mentions(data, re.compile(b"candidate")) is expected


@given(st.text("candidate.s", max_size=12))
def test_only_the_package_itself_and_what_is_in_it_is_named(name):
    assert TARGETS.named(name) is (name.split(".")[0] == "candidate" if name else False)


def modules_of(tmp_path, *paths):
    return Modules(Repository(tmp_path).with_changes(dict.fromkeys(paths, b"")))


def test_an_import_runs_the_packages_that_it_passes(tmp_path):
    """`import a.b.c` runs `a` and `a.b` as well; what holds the importer itself has run before."""
    modules = modules_of(tmp_path, "a/__init__.py", "a/b/__init__.py", "a/b/c.py")

    assert modules.run_by("a.b.c", None, "x.py") == ["a/__init__.py", "a/b/__init__.py", "a/b/c.py"]
    assert modules.run_by("a.b.c", None, "a/x.py") == ["a/b/__init__.py", "a/b/c.py"]
    assert modules.run_by("a", None, "a/x.py") == ["a/__init__.py"]


def test_folders_need_no_init_and_sources_may_lie_in_src(tmp_path):
    modules = modules_of(tmp_path, "space/inner/x.py", "src/app/core.py", "tool-box/run.py", "tool-box/help.py")

    assert modules.run_by("space.inner.x", None, "y.py") == ["space/inner/x.py"]
    assert modules.run_by("app.core", None, "y.py") == ["src/app/core.py"]
    assert modules.run_by("help", None, "tool-box/run.py") == ["tool-box/help.py"]
    assert modules.run_by("json", None, "y.py") == []


def test_a_package_comes_before_a_module_of_its_name(tmp_path):
    """As Python's path finder has it; both are files of the lane all the same."""
    modules = modules_of(tmp_path, "foo.py", "foo/__init__.py")

    assert modules.run_by("foo", None, "x.py") == ["foo/__init__.py"]


BLANKS = st.sampled_from([" ", "  ", "\t", "\f", " \\\n ", "\\\r\n"])
NAMES = st.sampled_from(["a", "from_", "imports", "candidate", "\uff43andidate", "é", "as_"])
DOTTED = st.lists(NAMES, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([".".join(parts), " . ".join(parts), "\\\n.".join(parts)])
)
ALIASES = st.builds(lambda name, alias: name + alias, NAMES, st.sampled_from(["", " as b", "\tas \\\n c"]))
TAKEN = st.lists(ALIASES, min_size=1, max_size=3).flatmap(
    lambda names: st.sampled_from([
        " " + ", ".join(names), "(" + ",".join(names) + ")",
        " (  # why (not)\n" + ",\n # or ) so\n".join(names) + ",\n)",
        " *",
    ])
)  # fmt: skip
STATEMENTS = st.one_of(
    st.builds("import{}{}{}".format, BLANKS, DOTTED, st.sampled_from(["", " as d, e.f"])),
    st.builds(
        lambda gap, dots, name, taken: f"from{gap}{dots}{name} import{taken}",
        BLANKS, st.sampled_from(["", ".", "..", ". .", "..."]), DOTTED | st.just(""), TAKEN,
    ),
)  # fmt: skip
AROUND = st.sampled_from([
    "{}", "x = 1; {}", "try: {}\nexcept E: pass", "# taken from x\\\n{}", "'''from y\n'''; {}", "if x:\n  {}",
    "\ufeff{}",
    "# -*- coding: utf-8 -*-\n{}", "x = '''\n''' ; {}",
])  # fmt: skip


@given(
    st.lists(st.builds(str.format, AROUND, STATEMENTS), min_size=1, max_size=3), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_a_glimpse_misses_no_import(pieces, newline):
    """What it tells is more than there is at times, and never less: a file that it shows nothing of is not parsed."""
    data = newline.join(pieces).encode("utf-8")
    source = parse(data, "app/deep/x.py")
    glimpsed = {(each.name, member, each.place) for each in may_import(data, "app/deep/x.py") for member in taken(each)}

    for each in references(source.tree, "app/deep/x.py") if not source.trouble else ():
        assert {(each.name, member, each.place) for member in taken(each)} <= glimpsed


def taken(reference):
    """An import is looked up by each member alone."""
    return reference.members or ("",)
