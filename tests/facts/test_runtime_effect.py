"""The engine behind `change.no_runtime_effect`, on texts that nobody chose: this package's own modules."""

import ast
import random
import types
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_coordguard.facts.runtime_effect.compare import LADDER, beyond, compare, normal
from pytest_coordguard.facts.runtime_effect.levels import Level
from pytest_coordguard.facts.runtime_effect.sides import Side
from pytest_coordguard.facts.runtime_effect.source import Text
from pytest_coordguard.facts.runtime_effect.trees import form

ROOT = Path(__file__).parents[2]
MODULES = sorted(ROOT.glob("pytest_coordguard/**/*.py")) + sorted(ROOT.glob("guardrails/*.py"))
SMALL = [path for path in MODULES if 500 < path.stat().st_size < 9000]
SAMPLES = ROOT / "tests" / "samples" / "change.no_runtime_effect" / "good"
modules = st.sampled_from(SMALL)


@cache
def text(path):
    return path.read_bytes()


def code(data):
    """Return what a text compiles to, without where it stands: names, constants and instructions."""
    return plain(compile(data, "x", "exec", dont_inherit=True, optimize=2))


def plain(value):
    if isinstance(value, types.CodeType):
        return (value.co_code, tuple(map(plain, value.co_consts)), value.co_names, value.co_varnames, value.co_freevars)
    return (type(value).__name__, repr(value))


@settings(max_examples=20, deadline=None)
@given(modules)
def test_another_layout_is_layout(path):
    """Python's own writer changes every quote, bracket and blank, and drops all comments."""
    after = ast.unparse(ast.parse(text(path))).encode()

    assert compare(text(path), after, path.name).level <= Level.LAYOUT


@settings(max_examples=20, deadline=None)
@given(modules, st.randoms(use_true_random=False))
def test_shuffled_imports_are_an_order(path, chance):
    """Each run of neighbouring imports in an order of its own."""
    tree = ast.parse(text(path))
    head = next((at for at, each in enumerate(tree.body) if isinstance(each, ast.Import | ast.ImportFrom)), 0)
    end = head
    while end < len(tree.body) and isinstance(tree.body[end], ast.Import | ast.ImportFrom):
        end += 1
    run = [each for each in tree.body[head:end] if getattr(each, "module", "") != "__future__"]
    first = end - len(run)
    chance.shuffle(run)
    tree.body[first:end] = run

    assert compare(text(path), ast.unparse(tree).encode(), path.name).level <= Level.IMPORT_ORDER


class Mutator(ast.NodeTransformer):
    """Alters the n-th place at which a constant, an operator or a call can be altered."""

    def __init__(self, at):
        self.left = at
        self.done = False

    def here(self):
        self.left -= 1
        self.done = self.done or self.left == 0
        return self.left == 0

    def visit_Expr(self, node):
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Constant(self, node):
        if isinstance(node.value, (int, str)) and self.here():
            return ast.Constant(f"{node.value}!")
        return node

    def visit_JoinedStr(self, node):
        return node

    def visit_Call(self, node):
        if node.args and self.here():
            return ast.Call(node.func, node.args[1:], node.keywords)
        return self.generic_visit(node)

    def visit_Compare(self, node):
        if self.here():
            return ast.UnaryOp(ast.Not(), node)
        return self.generic_visit(node)

    def visit_Return(self, node):
        if node.value is not None and self.here():
            return ast.Return(ast.Constant(0))
        return self.generic_visit(node)


@settings(max_examples=40, deadline=None)
@given(modules, st.integers(1, 60))
def test_an_altered_expression_is_seen_and_placed(path, at):
    """No single constant, call, comparison or returned value can be altered without a finding."""
    tree = ast.parse(text(path))
    mutator = Mutator(at)
    after = ast.unparse(ast.fix_missing_locations(mutator.visit(tree))).encode()
    if not mutator.done or form(ast.parse(after)) == form(ast.parse(text(path))):
        return

    assert compare(text(path), after, path.name).level > Level.IMPORT_ORDER
    assert beyond(text(path), after, path.name, Level.IMPORT_ORDER)


@settings(max_examples=40, deadline=None)
@given(modules, st.integers(0, 200))
def test_a_statement_less_is_seen(path, at):
    """Taking away a statement that is no import, `pass` or docstring is at least a value that lives shorter."""
    tree = ast.parse(text(path))
    places = [
        (owner.body, index)
        for owner in ast.walk(tree)
        if isinstance(getattr(owner, "body", None), list)
        for index in range(len(owner.body))
    ]
    body, index = places[at % len(places)]
    gone = body[index]
    if isinstance(gone, ast.Import | ast.ImportFrom | ast.Pass) or (
        isinstance(gone, ast.Expr) and isinstance(gone.value, ast.Constant)
    ):
        return
    body[index] = ast.Pass()

    assert (
        compare(text(path), ast.unparse(ast.fix_missing_locations(tree)).encode(), path.name).level > Level.IMPORT_ORDER
    )


@pytest.mark.parametrize("folder", sorted(SAMPLES.iterdir()), ids=lambda folder: folder.name)
def test_layout_compiles_to_the_same_code(folder):
    """Python's compiler is the witness: names, constants and instructions are the same, docstrings left out."""
    before, after = ((folder / name).read_bytes() for name in ("before.py", "after.py"))

    assert (compare(before, after, "x.py").level <= Level.LAYOUT) <= (code(before) == code(after))


@settings(max_examples=10, deadline=None)
@given(modules)
def test_a_higher_rung_takes_in_all_of_a_lower_one(path):
    """Else the level would depend on which rungs were tried."""
    tree = ast.parse(text(path))
    random.Random(1).shuffle(tree.body)
    other = ast.unparse(tree).encode()
    equal = [
        form(normal(Side(Text(text(path), "x.py")), r)) == form(normal(Side(Text(other, "x.py")), r)) for r in LADDER
    ]

    assert equal == sorted(equal)


def test_a_text_is_as_far_from_another_as_the_other_from_it():
    for folder in sorted(SAMPLES.iterdir()):
        before, after = ((folder / name).read_bytes() for name in ("before.py", "after.py"))

        assert compare(before, after, "x.py").level == compare(after, before, "x.py").level


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"x = 1\n", b"x = '\0'\n"),
        (b"x = 1\n", b"x = " + b"(" * 5000 + b")" * 5000),
        (b"x = 1\n", b"# coding: no-such\n"),
    ],
    ids=["null-byte", "nested-too-deep", "unknown-encoding"],
)
def test_what_python_refuses_is_unprovable(before, after):
    assert compare(before, after, "x.py").level is Level.UNPROVABLE
    assert compare(after, before, "x.py").trouble.startswith("does not compile before: ")
