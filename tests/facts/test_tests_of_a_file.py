"""What a test file is expected to bring, and whether what ran is what it defines."""

import pytest

from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.vacuity import VacuityReader

FILE = """\
import pytest
from unittest import TestCase


@pytest.fixture
def test_client():
    return 1


@pytest.mark.slow
@pytest.mark.parametrize("n", [1])
def test_first(n):
    assert n


async def test_second():
    assert 1


def testing():
    assert 1


if 0:
    def test_under_a_condition():
        assert 1


class TestBase:
    __test__ = False

    def test_base(self):
        assert 1


class TestGone:
    def test_gone(self):
        assert 1


del TestGone


class TestMore(TestBase):
    __test__ = True

    def test_more(self):
        assert 1

    def helper(self):
        return 1


class Case(TestCase):
    def test_case(self):
        assert 1


class Other:
    def test_other(self):
        assert 1
"""


@pytest.fixture
def reader(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_shop.py").write_text(FILE)
    (tmp_path / "tests/conftest.py").write_text("def test_no():\n    pass\n")
    (tmp_path / "tests/test_broken.py").write_text("def test_broken(:\n")
    (tmp_path / "tests/more_test.py").write_text("def test_it():\n    assert 1\n")
    return VacuityReader(Repository(tmp_path))


SHOP = [
    ("tests/test_shop.py", 12, "test_first"),
    ("tests/test_shop.py", 16, "test_second"),
    ("tests/test_shop.py", 47, "TestMore::test_more"),
    ("tests/test_shop.py", 55, "Case::test_case"),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tests/test_shop.py", SHOP),
        ("tests", [("tests/more_test.py", 1, "test_it"), *SHOP]),
        (".", [("tests/more_test.py", 1, "test_it"), *SHOP]),
        ("tests/test_shop.py::TestMore", SHOP[2:3]),
        ("tests/test_shop.py::test_second", SHOP[1:2]),
        ("tests/conftest.py", [("tests/conftest.py", 1, "test_no")]),
        ("tests/test_broken.py", []),
        ("no/such/folder", []),
    ],
)
def test_a_path_brings_what_pytest_collects_by_its_own_rules(reader, name, expected):
    """Fixtures, conditional definitions, deleted classes and those that are no tests by their word may be missing."""
    assert reader.tests_of(name) == expected


@pytest.mark.parametrize("line", [10, 11, 12])
def test_the_function_of_the_file_is_known_by_its_decorators_or_its_own_line(reader, line):
    assert reader.replaced("tests/test_shop.py", "test_first[1]", [("test_shop.py", line)]) is None


@pytest.mark.parametrize(
    ("test", "code", "expected"),
    [
        ("test_first", [("conftest.py", 12)], "what ran comes from conftest.py:12, not from line 12 of this file"),
        ("test_first", [("test_shop.py", 16)], "what ran comes from test_shop.py:16, not from line 12 of this file"),
        ("test_first", [], "what ran is no function, not from line 12 of this file"),
        ("test_first", [("deco.py", 3), ("test_shop.py", 10)], None),
        ("test_made_elsewhere", [("checks.py", 3)], None),
        ("TestMore::test_more", [("test_shop.py", 47)], None),
    ],
)
def test_another_function_in_a_tests_place_is_seen(reader, test, code, expected):
    """A test that the file does not define, as one that a factory makes, can be anyone's."""
    assert reader.replaced("tests/test_shop.py", test, code) == expected
