import ast
import re
from pathlib import Path

import pytest

from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.vacuity import VacuityReader, vacuous_reason

SAMPLES = Path(__file__).parents[1] / "samples" / "vacuity"
MARK = re.compile(r"# vacuous: (.*)")


def samples_of(kind):
    """Yield file, node id below it, and the reason in the comment of the test's first line."""
    for path in sorted((SAMPLES / kind).glob("*.py")):
        text = path.read_text()
        lines = text.splitlines()
        for node in ast.parse(text).body:
            inner = (
                [(f"{node.name}::", child) for child in node.body] if isinstance(node, ast.ClassDef) else [("", node)]
            )
            for prefix, child in inner:
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.startswith("test"):
                    mark = MARK.search(lines[child.lineno - 1])
                    yield pytest.param(
                        path.name,
                        prefix + child.name,
                        mark and mark[1],
                        child.lineno,
                        id=f"{path.stem}-{prefix}{child.name}",
                    )


@pytest.fixture(scope="module")
def readers():
    return {kind: VacuityReader(Repository(SAMPLES / kind)) for kind in ("good", "bad")}


@pytest.mark.parametrize("path, test, _reason, _line", list(samples_of("good")))
def test_honest_work_is_never_called_vacuous(readers, path, test, _reason, _line):
    """A false alarm teaches people to switch the check off."""
    assert readers["good"].reason(path, test) is None


@pytest.mark.parametrize("path, test, reason, defined_at", [p for p in samples_of("bad") if p.values[2]])
def test_a_test_that_cannot_fail_is_named_with_the_reason(readers, path, test, reason, defined_at):
    """What proves nothing must not tick a box, and its author must learn why."""
    told = readers["bad"].reason(path, test)

    assert relative(told, defined_at).startswith(reason)


def relative(reason, line):
    """Count the lines from the test's own, so that samples may be moved."""
    return re.sub(r"line (\d+)", lambda found: f"line +{int(found[1]) - line}", reason or "none")


def reason_of(source, test="test_x"):
    return vacuous_reason(Repository(SAMPLES, {"test_shop.py": source.encode()}), "test_shop.py", test)


def test_brackets_of_parameters_are_no_part_of_the_name():
    """A node id may be given as pytest prints it."""
    assert reason_of("def test_x(n): pass", "test_x[1-a::b]") == "has an empty body (line 1)"


@pytest.mark.parametrize("source", ["def test_x(: pass", "", "test_x = make()", "class test_x: pass"])
def test_what_cannot_be_read_is_left_to_the_runner(source):
    """No test of that name, or no Python of this version, is for the run itself to tell."""
    assert reason_of(source) is None


def test_a_repository_may_bear_the_name_of_a_tool():
    """In the repository of a test tool or of Python itself, that tool is the code under test."""
    source = "import json\ndef test_x(): assert json.dumps(1) == '1'"
    own = Repository(SAMPLES, {"src/json/__init__.py": b"", "test_shop.py": source.encode()})

    assert reason_of(source) == "asserts only what the test itself made (line 2)"
    assert vacuous_reason(own, "test_shop.py", "test_x") is None


def test_a_test_inherited_from_this_file_is_read_with_the_class_that_is_named():
    """What `self.kind` is depends on the class that pytest runs it in."""
    source = "import shop\nclass Base:\n    def test_x(self):\n        assert self.kind\n"
    source += "class TestOwn(Base):\n    kind = 1\nclass TestReal(Base):\n    kind = shop.Cart\n"

    assert reason_of(source, "TestOwn::test_x") == "asserts only what the test itself made (line 4)"
    assert reason_of(source, "TestReal::test_x") is None


def test_the_order_of_questions_changes_no_answer():
    """What one test does to the file's globals is not blamed on, or credited to, the next."""
    source = "import shop\nSEEN = []\ndef test_a():\n    shop.on(SEEN.append)\n    assert SEEN\n"
    source += "def test_b():\n    assert SEEN == []\n"
    repo = Repository(SAMPLES, {"test_shop.py": source.encode()})
    first, second = VacuityReader(repo), VacuityReader(repo)
    forward = [first.reason("test_shop.py", name) for name in ("test_a", "test_b")]
    backward = [second.reason("test_shop.py", name) for name in ("test_b", "test_a")]

    assert forward == backward[::-1] == [None, "asserts only what the test itself made (line 7)"]
