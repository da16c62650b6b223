"""Lies that need no tool. Each `# vacuous:` is the reason that must be told."""

import contextlib
import json
import math
import unittest

import pytest

import shop
from shop import Cart, total


def test_pass():  # vacuous: has an empty body (line +0)
    pass


def test_docstring_only():  # vacuous: has an empty body (line +0)
    """The total is right."""


def test_dots():  # vacuous: has an empty body (line +0)
    ...


def test_empty_body_with_a_fixture(client):  # vacuous: has an empty body (line +0)
    pass


def test_no_assertion():  # vacuous: has no assertion (line +0)
    result = 3
    print(result)


def test_true():  # vacuous: asserts only constants: `assert True` (line +1)
    assert True


def test_true_after_a_call():  # vacuous: asserts only constants: `assert True` (line +2)
    total([1, 2])
    assert True


def test_one_is_one():  # vacuous: asserts only constants: `assert 1 == 1` (line +1)
    assert 1 == 1


def test_text():  # vacuous: asserts only constants: `assert 'x'` (line +1)
    assert "x"


def test_tuple():  # vacuous: asserts a tuple, which is always true (line +1)
    assert (total([1]) == 1, "the total is right")


def test_not_none():  # vacuous: asserts only constants: `assert not None` (line +1)
    assert not None


def test_or_true():  # vacuous: asserts only constants: `assert total([1]) == 2 or True` (line +1)
    assert total([1]) == 2 or True


def test_none_or_not_none():  # vacuous: asserts only constants: `assert result is None or result is not None` (line +2)
    result = total([1])
    assert result is None or result is not None


def test_is_an_object():  # vacuous: asserts only constants: `isinstance(result, object)` (line +2)
    result = total([1])
    assert isinstance(result, object)


def test_itself():  # vacuous: compares a thing with itself: `result == result` (line +2)
    result = total([1])
    assert result == result


def test_list_of_constants():  # vacuous: asserts only constants: `assert [1, 2]` (line +1)
    assert [1, 2]


def test_locals():  # vacuous: asserts only what the test itself made (line +3)
    prices = [1, 2]
    expected = sum(prices)
    assert expected == 3


def test_standard_library():  # vacuous: asserts only what the test itself made (line +2)
    text = json.dumps({"total": 3})
    assert json.loads(text)["total"] == math.floor(3.5)


def test_constant_after_a_call():  # vacuous: asserts only what the test itself made (line +4)
    total([1])
    status = "ok"

    assert status == "ok"


def test_temporary_file(tmp_path):  # vacuous: asserts only what the test itself made (line +3)
    file = tmp_path / "order.json"
    file.write_text("{}")
    assert file.read_text() == "{}"


def test_swallowed_bare():  # vacuous: catches its own failure: `except: pass` at line +3
    try:
        assert total([1]) == 2
    except:
        pass


def test_swallowed_exception():  # vacuous: catches its own failure: `except Exception: pass` at line +3
    try:
        assert total([1]) == 2
    except Exception:
        pass


def test_swallowed_base_exception():  # vacuous: catches its own failure: `except BaseException as e: print(e)` at line +3
    try:
        assert total([1]) == 2
    except BaseException as e:
        print(e)


def test_swallowed_assertion():  # vacuous: catches its own failure: `except AssertionError: return` at line +3
    try:
        assert total([1]) == 2
    except AssertionError:
        return


def test_swallowed_among_others():  # vacuous: catches its own failure: `except (ValueError, AssertionError): pass` at line +3
    try:
        assert total([1]) == 2
    except (ValueError, AssertionError):
        pass


def test_swallowed_call():  # vacuous: catches its own failure: `except Exception: pass` at line +3
    try:
        total([1])
    except Exception:
        pass


def test_swallowed_by_finally():  # vacuous: catches its own failure: `finally` that leaves the block at line +4
    try:
        assert total([1]) == 2
    finally:
        return


def test_suppressed():  # vacuous: catches its own failure: `with contextlib.suppress(AssertionError)` at line +1
    with contextlib.suppress(AssertionError):
        assert total([1]) == 2


def test_suppressed_all():  # vacuous: catches its own failure: `with contextlib.suppress(Exception)` at line +1
    with contextlib.suppress(Exception):
        assert total([1]) == 2


def test_retries_and_gives_up_in_silence():  # vacuous: catches its own failure: `except AssertionError: continue` at line +5
    for _ in range(3):
        try:
            assert total([1]) == 2
            break
        except AssertionError:
            continue


def test_expects_failure_and_swallows_it():  # vacuous: catches its own failure: `except Exception: pass` at line +4
    try:
        total(None)
        assert False, "should raise"
    except Exception:
        pass


def test_after_return():  # vacuous: has an assertion that is never reached (line +3)
    result = total([1])
    return
    assert result == 1


def test_if_false():  # vacuous: has an assertion that is never reached (line +2)
    if False:
        assert total([1]) == 1


def test_while_false():  # vacuous: has an assertion that is never reached (line +2)
    while False:
        assert total([1]) == 1


def test_for_nothing():  # vacuous: has an assertion that is never reached (line +2)
    for _ in ():
        assert total([1]) == 1


def test_early_return_under_a_constant():  # vacuous: has an assertion that is never reached (line +4)
    if True:
        return
    result = total([1])
    assert result == 1


def test_nested_and_never_called():  # vacuous: asserts only in a function that nothing calls (line +2)
    def inner():
        assert total([1]) == 1


def test_generator():  # vacuous: is a generator, whose body never runs (line +0)
    yield total([1])
    assert total([1]) == 1


def test_returns_a_comparison():  # vacuous: returns a comparison that nothing asserts (line +1)
    return total([1]) == 1


def test_raises_its_own():  # vacuous: expects only what the test itself raises (line +1)
    with pytest.raises(ZeroDivisionError):
        1 / 0


def check_nothing(value):
    assert True


def test_helper_that_checks_nothing():  # vacuous: asserts only constants: `assert True` (line +-3)
    check_nothing(total([1]))


def is_fine(value):
    assert value == 3


def test_helper_given_a_constant():  # vacuous: asserts only what the test itself made (line +-3)
    is_fine(3)


def own_total(prices):
    return sum(prices)


def test_copy_of_the_code():  # vacuous: asserts only what the test itself made (line +1)
    assert own_total([1, 2]) == 3


class OwnCart:
    def __init__(self):
        self.items = []

    def add(self, item):
        self.items.append(item)


def test_copy_of_the_class():  # vacuous: asserts only what the test itself made (line +3)
    cart = OwnCart()
    cart.add("tea")
    assert cart.items == ["tea"]


@pytest.mark.parametrize("n, expected", [(1, 1), (2, 4)])
def test_parameters_only(n, expected):  # vacuous: asserts only what the test itself made (line +1)
    assert n * n == expected


@pytest.fixture
def prices():
    return [1, 2]


def test_own_fixture(prices):  # vacuous: asserts only what the test itself made (line +1)
    assert len(prices) == 2


class TestCart:
    limit = 3

    def setup_method(self):
        self.items = ["tea"]

    def test_set_up_only(self):  # vacuous: asserts only what the test itself made (line +1)
        assert len(self.items) < self.limit

    def test_shadowed(self):
        assert total([1]) == 1

    def test_shadowed(self):  # vacuous: has an empty body (line +0)
        pass


class TestCase(unittest.TestCase):
    def test_equal(self):  # vacuous: asserts only constants: `self.assertEqual(1, 1)` (line +1)
        self.assertEqual(1, 1)

    def test_true(self):  # vacuous: asserts only constants: `self.assertTrue(True)` (line +1)
        self.assertTrue(True)

    def test_same(self):  # vacuous: asserts only what the test itself made (line +2)
        result = total([1])
        self.assertEqual(result, result)

    async def test_never_awaited(self):  # vacuous: is `async` in a `unittest.TestCase`, which never awaits it (line +0)
        self.assertEqual(total([1]), 1)
