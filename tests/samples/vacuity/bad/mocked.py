"""The code under test is mocked away. Each `# vacuous:` is the start of the reason that must be told."""

import unittest
from unittest import mock
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec, patch

import pytest

import shop
from shop import Cart, total


def test_patch():  # vacuous: replaces the code under test: `patch('shop.total')`
    with patch("shop.total", return_value=3):
        assert shop.total([1]) == 3


def test_patch_then_told():  # vacuous: replaces the code under test: `patch('shop.total')`
    with mock.patch("shop.total") as fake:
        fake.return_value = 3
        assert shop.total([1]) == 3


def test_patch_then_import():  # vacuous: replaces the code under test: `patch('shop.total')`
    with patch("shop.total", return_value=3):
        from shop import total

        assert total([1]) == 3


def test_patch_in_the_test_module():  # vacuous: replaces the code under test: `patch('tests.mocked.total')`
    with patch("tests.mocked.total", return_value=3):
        assert total([1]) == 3


@patch("shop.total", return_value=3)
def test_patch_as_decorator(fake):  # vacuous: replaces the code under test: `patch('shop.total')`
    assert shop.total([1]) == 3
    fake.assert_called_once_with([1])


@patch.object(shop, "total")
def test_patch_object(fake):  # vacuous: replaces the code under test: `patch.object(shop, 'total')`
    fake.return_value = 3
    assert shop.total([1]) == 3


def test_patch_method():  # vacuous: replaces the code under test: `patch.object(Cart, 'total')`
    with patch.object(Cart, "total", return_value=3):
        cart = Cart()
        assert cart.total() == 3


def test_monkeypatch(monkeypatch):  # vacuous: replaces the code under test: `monkeypatch.setattr(shop, 'total')`
    monkeypatch.setattr(shop, "total", lambda prices: 3)
    assert shop.total([1]) == 3


def test_monkeypatch_by_name(monkeypatch):  # vacuous: replaces the code under test: `monkeypatch.setattr('shop.total')`
    monkeypatch.setattr("shop.total", Mock(return_value=3))
    assert shop.total([1]) == 3


def test_monkeypatch_with_own_function(monkeypatch):  # vacuous: replaces the code under test
    def fake(prices):
        return 3

    monkeypatch.setattr(shop, "total", fake)
    assert shop.total([1]) == 3


def test_mocker(mocker):  # vacuous: replaces the code under test: `mocker.patch('shop.total')`
    mocker.patch("shop.total", return_value=3)
    assert shop.total([1]) == 3


def test_by_hand():  # vacuous: replaces the code under test: `shop.total = Mock(return_value=3)`
    shop.total = Mock(return_value=3)
    assert shop.total([1]) == 3


def test_mock_as_subject():  # vacuous: replaces the code under test: `Mock(...)`
    subject = Mock(return_value=3)
    assert subject() == 3


def test_mock_told_later():  # vacuous: replaces the code under test: `MagicMock(...)`
    cart = MagicMock(spec=Cart)
    cart.total.return_value = 3
    result = cart.total()
    assert result == 3
    cart.total.assert_called_once()


def test_autospec():  # vacuous: replaces the code under test: `create_autospec(...)`
    subject = create_autospec(total, return_value=3)
    assert subject([1]) == 3


async def test_async_mock():  # vacuous: replaces the code under test: `AsyncMock(...)`
    subject = AsyncMock(return_value=3)
    assert await subject() == 3


def test_mock_called_by_the_test():  # vacuous: replaces the code under test: `Mock(...)`
    send = Mock()
    send("order")
    send.assert_called_once_with("order")


@pytest.fixture
def cart():
    fake = Mock()
    fake.total.return_value = 3
    return fake


def test_mock_from_a_fixture(cart):  # vacuous: replaces the code under test: `Mock(...)`
    assert cart.total() == 3


class TestCart(unittest.TestCase):
    def setUp(self):
        self.cart = MagicMock()

    def test_mock_from_set_up(self):  # vacuous: replaces the code under test: `MagicMock(...)`
        self.cart.total.return_value = 3
        self.assertEqual(self.cart.total(), 3)
