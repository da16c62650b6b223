"""Honest tests in the styles people write. None of them may be called vacuous."""

import asyncio
import contextlib
import importlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
import unittest
import warnings
from pathlib import Path
from unittest import mock
from unittest.mock import AsyncMock, MagicMock, Mock, patch

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shop
from shop import Cart, PriceError, total
from tests.helpers import check_response, scenario

HERE = Path(__file__).parent
EXPECTED = {"tea": 1}
SEEN = []


def test_plain():
    assert total([1, 2]) == 3


def test_deterministic():
    assert total([1]) == total([1])


def test_equal_to_another():
    assert Cart("a") == Cart("a")


def test_smoke():
    total([1, 2])


def test_import():
    import shop.till


def test_import_module():
    assert importlib.import_module("shop")


def test_raises():
    with pytest.raises(PriceError):
        total([-1])


def test_raises_and_says_why():
    with pytest.raises(PriceError) as caught:
        total([-1])
    assert "negative" in str(caught.value)


def test_raises_by_call():
    pytest.raises(PriceError, total, [-1])


def test_warns():
    with pytest.warns(DeprecationWarning):
        total(1)


def test_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        total([1])


def test_expects_failure_the_long_way():
    try:
        total([-1])
    except PriceError:
        pass
    else:
        pytest.fail("no PriceError")


def test_expects_failure_with_assert_false():
    try:
        total([-1])
        assert False
    except PriceError:
        pass


def test_judges_what_it_caught():
    try:
        total([-1])
    except Exception as error:
        assert isinstance(error, PriceError)


def test_collects_failures():
    failures = []
    for price in range(3):
        try:
            assert total([price]) == price
        except AssertionError as error:
            failures.append(error)
    assert not failures


def test_retries():
    for attempt in range(3):
        try:
            assert total([1]) == 1
            break
        except AssertionError:
            if attempt == 2:
                raise
            time.sleep(0.01)


def test_retries_with_else():
    for _ in range(3):
        try:
            total([1])
            break
        except Exception:
            time.sleep(0.01)
    else:
        pytest.fail("never")


def test_flag():
    raised = False
    try:
        total([-1])
    except PriceError:
        raised = True
    assert raised


def test_flag_in_a_loop():
    found = False
    for item in Cart("tea"):
        if item == "tea":
            found = True
    assert found


def test_counts_in_a_loop():
    count = 0
    for _ in Cart("tea"):
        count += 1
    assert count == 1


def test_flag_after_expected_failure():
    reached = False
    with contextlib.suppress(PriceError):
        total([-1])
        reached = True
    assert not reached


def test_results_in_a_list():
    results = []
    results.append(total([1]))
    assert results == [1]


def test_results_in_a_dict():
    results = {}
    results["one"] = total([1])
    assert results == {"one": 1}


def test_loop_over_constants():
    for price in (1, 2):
        assert total([price]) == price


def test_comprehension():
    assert all(total([p]) == p for p in range(3))


def test_callback():
    calls = []
    shop.subscribe(calls.append)
    shop.buy("tea")
    assert calls == ["tea"]


def test_callback_function():
    calls = []

    def on_sale(item):
        calls.append(item)

    shop.subscribe(on_sale)
    shop.buy("tea")
    assert len(calls) == 1


def test_callback_nonlocal():
    done = False

    def on_sale(item):
        nonlocal done
        done = True

    shop.subscribe(on_sale)
    assert done


def test_callback_lambda():
    seen = {}
    shop.subscribe(lambda item: seen.update(last=item))
    shop.buy("tea")
    assert seen["last"] == "tea"


def test_callback_in_the_module():
    shop.subscribe(SEEN.append)
    assert SEEN


def test_registered_by_decorator():
    seen = []

    @shop.on_sale
    def handle(item):
        seen.append(item)

    shop.buy("tea")
    assert seen == ["tea"]


def test_assertion_in_a_handler():
    def handler(request):
        assert request.path == "/tea"
        return 200

    shop.serve(handler)


def test_subclass():
    class Free(Cart):
        def price(self):
            return 0

    assert Free("tea").total() == 0


class Visitor:
    def __init__(self):
        self.seen = []

    def visit(self, item):
        self.seen.append(item)


def test_own_visitor():
    visitor = Visitor()
    Cart("tea").accept(visitor)
    assert visitor.seen == ["tea"]


def test_mock_given_to_the_code():
    till = Mock()
    shop.buy("tea", till=till)
    till.ring.assert_called_once_with("tea")


def test_mock_in_a_keyword_and_list():
    till, other = Mock(), Mock()
    shop.buy_all(tills=[till, other])
    assert other.ring.call_count == 1


def test_mock_answer_goes_through_the_code():
    till = Mock()
    till.price.return_value = 2
    assert shop.Cart(till).total() == 2


def test_mock_patched_in():
    with patch("shop.till.ring") as ring:
        shop.buy("tea")
    ring.assert_called_once()


@patch("shop.till.ring")
def test_mock_patched_in_by_decorator(ring):
    shop.buy("tea")
    ring.assert_called_once_with("tea")


def test_dependency_mocked():
    with patch("shop.price_of", return_value=2):
        assert shop.total_of("tea") == 2


def test_imported_before_the_patch():
    with patch("shop.total", return_value=4):
        assert total([1]) == 1


def test_real_after_the_patch():
    with patch("shop.total", return_value=4):
        pass
    assert shop.total([1]) == 1


@patch.object(Cart, "price")
def test_method_mocked(price):
    price.return_value = 2
    assert Cart("tea").total() == 2


def test_mock_told_something_real():
    with patch("shop.find") as find:
        find.return_value = Cart("tea")
        assert shop.find().total() == 1


def test_mock_wraps_the_code():
    spy = Mock(wraps=total)
    assert spy([1]) == 1


def test_monkeypatched_dependency(monkeypatch):
    sent = []
    monkeypatch.setattr(shop, "send", sent.append)
    shop.buy("tea")
    assert sent == ["tea"]


def test_monkeypatched_environment(monkeypatch):
    monkeypatch.setenv("CURRENCY", "EUR")
    assert shop.currency() == "EUR"


def test_undone(monkeypatch):
    monkeypatch.setattr(shop, "total", lambda prices: 4)
    monkeypatch.undo()
    assert shop.total([1]) == 1


def test_spy(mocker):
    spy = mocker.spy(shop, "total")
    shop.buy("tea")
    spy.assert_called_once()


def test_output(capsys):
    shop.buy("tea")
    assert capsys.readouterr().out == "tea\n"


def test_log(caplog):
    with caplog.at_level(logging.INFO):
        shop.buy("tea")
    assert "tea" in caplog.text


def test_written_file(tmp_path):
    shop.export(tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text() == "{}"


def test_written_file_open(tmp_path):
    path = tmp_path / "out.json"
    shop.export(path)
    with open(path) as file:
        assert json.load(file) == {}


def test_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shop.export("out.json")
    assert (tmp_path / "out.json").exists()


def test_speed():
    start = time.perf_counter()
    total(range(1000))
    assert time.perf_counter() - start < 1


def test_command():
    result = subprocess.run([sys.executable, "-m", "shop"], capture_output=True)
    assert result.returncode == 0


def test_command_that_checks_itself():
    subprocess.run(["make", "build"], check=True)
    assert True


def test_reads_a_file():
    with open("README.md") as file:
        assert "shop" in file.read()


def test_reads_a_path():
    assert (HERE / "README.md").exists()


def test_reads_json():
    data = json.loads(Path("package.json").read_text())
    assert data["name"] == "shop"


def test_environment_of_the_code():
    assert os.environ["SHOP"]


def test_module_is_loaded():
    assert "shop" in sys.modules


def test_helper_from_elsewhere():
    check_response(total([1]))


def test_helper_from_elsewhere_alone():
    scenario("buy").run()


def check_price(value, expected):
    assert value == expected


def test_helper_of_this_file():
    check_price(total([1]), 1)


def test_helper_through_a_variable():
    check = check_price
    check(total([1]), 1)


def test_helper_with_keywords():
    check_price(**{"value": total([1]), "expected": 1})


def make_cart(*items):
    return Cart(*items)


def test_factory_of_this_file():
    assert len(make_cart("tea")) == 1


@contextlib.contextmanager
def open_shop():
    yield shop.open()


def test_own_context_manager():
    with open_shop() as opened:
        assert opened.ready


def test_unknown_fixture(client):
    assert client.get("/").status == 200


def test_fixture_alone_with_a_call(client):
    client.get("/")


@pytest.fixture
def cart():
    return Cart("tea")


@pytest.fixture
def full_cart(cart):
    cart.add("milk")
    yield cart


def test_own_fixture(full_cart):
    assert len(full_cart) == 2


@pytest.fixture
def till():
    fake = Mock()
    shop.use(fake)
    return fake


def test_fixture_that_hands_over_its_mock(till):
    shop.buy("tea")
    till.ring.assert_called_once()


@pytest.fixture
def checked():
    yield
    assert shop.total([1]) == 1


def test_assertion_in_the_fixture(checked):
    pass


def test_by_name(request):
    assert request.getfixturevalue("cart")


@pytest.mark.parametrize("prices, expected", [([1], 1), ([1, 2], 3)])
def test_parameters(prices, expected):
    assert total(prices) == expected


@pytest.mark.parametrize("name", dir(shop))
def test_parameters_from_the_code(name):
    assert not name.isupper()


@pytest.mark.parametrize("cart", ["tea"], indirect=True)
def test_indirect(cart):
    assert cart


@given(st.lists(st.integers()))
def test_property(prices):
    assert total(prices) == sum(prices)


@given(prices=st.lists(st.integers()))
@hypothesis.settings(max_examples=5)
def test_property_by_name(prices):
    total(prices)


@given(st.from_type(Cart))
def test_property_of_its_type(cart):
    assert cart is not None


@shop.requires_database
def test_unknown_decorator():
    pass


def test_numpy():
    np.testing.assert_allclose(shop.prices(), [1, 2])


def test_snapshot(snapshot):
    assert Cart("tea") == snapshot


def test_regression(data_regression):
    data_regression.check(total([1]))


def test_benchmark(benchmark):
    benchmark(total, [1])


async def test_async():
    assert await shop.fetch() == 1


def test_async_run():
    assert asyncio.run(shop.fetch()) == 1


async def test_async_with():
    async with shop.session() as session:
        assert session.ready


def test_async_inner():
    async def main():
        assert await shop.fetch() == 1

    asyncio.run(main())


def test_thread():
    results = []

    def work():
        results.append(total([1]))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results == [1]


def test_subtests(subtests):
    for price in range(3):
        with subtests.test(price=price):
            assert total([price]) == price


def test_optional_dependency():
    library = pytest.importorskip("till")
    assert library.ring


def test_skips_itself():
    pytest.skip("not yet")


def test_fails_when_it_finds_something():
    for item in shop.items():
        if item.price < 0:
            pytest.fail(item.name)


def test_raises_when_it_finds_something():
    if not shop.ready():
        raise RuntimeError("not ready")


def test_closed_shop():
    shop.limit = 0
    assert shop.total([1]) == 0


def test_unpacked():
    first, *rest = shop.items()
    assert rest


def test_walrus():
    if (result := total([1])) != 1:
        assert result == 2


def test_match():
    match shop.find("tea"):
        case Cart(items=items):
            assert items
        case _:
            assert False


def test_global_state():
    global EXPECTED
    EXPECTED = total([1])
    assert EXPECTED


def test_skips_on_error():
    try:
        assert total([1]) == 1
    except Exception:
        pytest.skip("no shop")


def test_exits_on_error():
    try:
        assert total([1]) == 1
    except AssertionError:
        sys.exit(1)


def test_type_hints():
    cart: Cart = Cart("tea")
    assert cart.total() > 0


def test_patched_replacement_changed_by_the_code():
    with patch("shop.state", {}):
        shop.buy("tea")
        assert shop.state == {"tea": 1}


def test_expected_value_behind_a_condition():
    wanted = 2 if shop.is_double() else 1
    assert wanted == 2


def test_frozen_time():
    with shop.frozen("2020-01-01"):
        assert time.time() == 1577836800


class TestPlain:
    def setup_method(self):
        self.cart = Cart("tea")
        self.till = Mock()

    def test_set_up(self):
        assert self.cart.total() == 1

    def test_mock_of_set_up(self):
        shop.buy("tea", till=self.till)
        self.till.ring.assert_called_once()

    def check(self, value):
        assert value == 1

    def test_own_method(self):
        self.check(total([1]))

    @staticmethod
    def test_static():
        assert total([1]) == 1

    @pytest.fixture(autouse=True)
    def _open(self, client):
        self.client = client

    def test_autouse(self):
        assert self.client.get("/").ok


class TestBase(shop.ShopTest):
    def test_unknown_base(self):
        self.assert_open()

    def test_unknown_attribute(self):
        assert self.shop


class TestCases(unittest.TestCase):
    def setUp(self):
        self.cart = Cart("tea")
        patcher = patch("shop.ring")
        self.ring = patcher.start()
        self.addCleanup(patcher.stop)

    def test_equal(self):
        self.assertEqual(self.cart.total(), 1)

    def test_raises(self):
        with self.assertRaises(PriceError):
            total([-1])

    def test_raises_by_call(self):
        self.assertRaises(PriceError, total, [-1])

    def test_mock(self):
        self.cart.buy()
        self.ring.assert_called_once()

    def test_logs(self):
        with self.assertLogs("shop") as logs:
            shop.buy("tea")
        self.assertIn("tea", logs.output[0])

    def test_sub_test(self):
        for price in range(2):
            with self.subTest(price=price):
                self.assertEqual(total([price]), price)


class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def test_awaited(self):
        self.assertEqual(await shop.fetch(), 1)


try:
    from shop import fast_total
except ImportError:
    fast_total = None


def test_optional_import():
    assert fast_total([1]) == 1


if sys.platform == "win32":

    def test_by_platform():
        pass

else:

    def test_by_platform():
        assert total([1]) == 1


def test_speeds_in_a_list():
    times = []
    for _ in range(3):
        start = time.perf_counter()
        total([1])
        times.append(time.perf_counter() - start)
    assert sum(times) / len(times) < 1


async def test_coroutine_handed_over():
    order = []

    async def work(name):
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            order.append(name)
            raise

    shop.start(work("tea"))
    await shop.close()
    assert order == ["tea"]


def test_file_behind_a_patch(monkeypatch, tmp_path):
    out = tmp_path / "out.txt"
    with out.open("w") as stream:
        monkeypatch.setattr(shop, "stdout", lambda: stream)
        with shop.printer() as printer:
            printer.write("tea")
    assert out.read_text() == "tea"


def test_frozen():
    cart = Cart("tea")
    with pytest.raises(AttributeError):
        cart.items = []


def test_no_such_item():
    cart = Cart("tea")
    with pytest.raises(KeyError):
        cart["milk"]


def test_cannot_set_item():
    cart = Cart("tea")
    with pytest.raises(TypeError):
        cart["milk"] = 1


def test_cannot_delete_item():
    cart = Cart("tea")
    with pytest.raises(TypeError):
        del cart["milk"]


def test_decorated_by_hand():
    class Till:
        total: "int"

    Till.__module__ = "nowhere"
    Till = shop.register(Till)
    with pytest.raises(NameError):
        Till.__init__
    assert Till


def test_match_by_class():
    @shop.register
    class Till:
        pass

    with pytest.raises(TypeError):
        match Till():
            case Till(_):
                pass


class TestNested:
    @shop.register
    class Till:
        pass

    def test_nested_class(self):
        self.Till().open()


def test_mock_behind_two_names():
    world = Mock()
    till = world.till = Mock()
    shop.open(world)
    till.start.assert_called_with()


def test_mock_put_into_another():
    till, drawer = Mock(), Mock()
    till.open.return_value = drawer
    shop.buy("tea", till=till)
    drawer.put.assert_called_once()


def test_mock_put_into_a_patched_one():
    with patch("shop.till") as till:
        drawer = Mock()
        till.return_value.drawer = drawer
        shop.buy("tea")
        drawer.put.assert_called_once()


def test_attribute_that_the_code_replaces():
    world = Mock()
    world.till.open = Mock(return_value=True)
    shop.close(world)
    assert world.till.open() is False


def test_property_made_by_the_code():
    class Till:
        @shop.cached
        def total(self):
            return 1

    assert Till.total
    with pytest.raises(AttributeError):
        Till().total = 2


def test_setting_an_item_of_the_code():
    shop.prices["tea"] = 1


def test_in_place_operator():
    cart = Cart("tea")
    with pytest.raises(TypeError):
        cart |= 1


def test_import_that_must_fail():
    shop.forbid("ssl")
    with pytest.raises(ImportError):
        import ssl


def test_fails_in_a_loop_unless_the_code_raises():
    for price in [-1, -2]:
        try:
            total([price])
            raise AssertionError(price)
        except PriceError:
            pass


class TestInjected:
    """A conftest sets `app` on the instance."""

    def setup_method(self):
        self.app.till = Mock()
        self.called = False

        @self.app.task
        def add(a, b):
            return a + b

        self.add = add

    def test_injected(self):
        assert self.app.total([1]) == 1

    def test_task_of_set_up(self):
        with pytest.raises(TypeError):
            self.add.delay(1)

    def test_callback_sets_attribute(self):
        def on_sale():
            self.called = True

        shop.subscribe(on_sale)
        assert self.called

    def on_sale(self):
        self.called = True

    def test_method_as_callback(self):
        shop.subscribe(self.on_sale)
        assert self.called

    def test_decorated_inside(self):
        @shop.step
        def check(self, *args):
            self.assertEqual(args, ("tea",))
            yield

        check(self, "tea")

    def test_itself_handed_over(self):
        shop.visit(self)
        assert self.called


class Plain:
    def total(self):
        return 1


def test_class_that_the_code_changes():
    shop.discount(Plain)
    assert Plain().total() == 0


def test_instance_that_the_code_changes():
    plain = Plain()
    shop.discount(plain)
    assert plain.total() == 0


def greet():
    return "hello"


shop.translate(greet)


def test_function_that_the_code_changed_at_import():
    assert greet.language == "de"
    assert greet() == "hallo"


def test_notes_what_it_finds():
    notes = []
    for item in Cart("tea"):
        if item.price < 0:
            notes.append("negative")
    assert not notes
